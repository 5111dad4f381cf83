#include "protocol/explain.hpp"

#include <array>

namespace tmq::protocol {
namespace {

struct explanation {
    std::uint32_t code;
    std::string_view prefix;  ///< Start of the server's text; empty for any text.
    std::string_view meaning;
};

/// The first entry that matches applies.
constexpr std::array explanations = {
    explanation{0x03E1, "",
                "there is no topic of this name; topics are created with CREATE TOPIC, and their names are "
                "case-sensitive"},
    explanation{0x0118, "unknown configuration key",
                "this server does not know the configuration key that it names"},
    explanation{0x0118, "invalid value for key",
                "the value of the configuration key that it names is out of range"},
    explanation{0xFFFE, "",
                "a setting is unknown to this server or out of range; the server does not say which one"},
    explanation{0xFFFF, "init tscObj failed",
                "wrong password, unknown user, or taosAdapter cannot reach taosd"},
    explanation{0xFFFF, "Authentication failure", "wrong password"},
    explanation{0xFFFF, "Invalid user", "there is no user of this name"},
    explanation{0xFFFF, "Invalid token", "the token is not valid, or this edition of the server issues none"},
    explanation{0xFFFF, "group is empty", "group.id is not set"},
    explanation{0xFFFF, "malloc tmq element failed or group is empty", "group.id is not set"},
    explanation{0xFFFF, "tmq should have unsubscribed first", "the connection has a subscription already"},
    explanation{0xFFFF, "strconv.", "a setting that must be a number, or true or false, has another value"},
    explanation{0xFFFF, "fail",
                "one of these settings is out of range: auto.offset.reset, session.timeout.ms (6000 to "
                "1800000), max.poll.interval.ms (at least 1000), msg.with.table.name"},
};

}  // namespace

std::string_view explain_refused_subscribe(std::uint32_t code, std::string_view message) noexcept {
    for (const explanation& entry : explanations)
        if (entry.code == code && message.starts_with(entry.prefix)) return entry.meaning;
    return {};
}

}  // namespace tmq::protocol
