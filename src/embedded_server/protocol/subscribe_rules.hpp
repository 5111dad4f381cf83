#pragma once

#include "embedded_server/protocol/requests.hpp"
#include "embedded_server/server_version.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace tmq::embedded::protocol {

enum class offset_reset { earliest, latest, none };

/// Settings of a consumer, from the strings of its first subscribe.
struct consumer_settings {
    std::string group;
    offset_reset reset = offset_reset::latest;
    bool auto_commit = true;
    std::chrono::milliseconds auto_commit_interval{5000};
    std::chrono::milliseconds session_timeout{12000};
    std::chrono::milliseconds max_poll_interval{300000};
    std::optional<std::size_t> min_poll_rows{};
    bool snapshot = false;
};

struct refusal {
    std::uint32_t code = 0;
    std::string text;
};

struct subscribe_verdict {
    consumer_settings settings;
    std::optional<protocol::refusal> refusal;
    bool hangs = false;  ///< A real server never replies to this request.
};

/// Checks a subscribe request as a server does before it checks the topics.
subscribe_verdict check_subscribe(const subscribe_args& args, const server_version& version,
                                  const std::string& user, const std::string& password);

}  // namespace tmq::embedded::protocol
