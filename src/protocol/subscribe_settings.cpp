#include "protocol/subscribe_settings.hpp"

#include <optional>

namespace tmq::protocol {
namespace {

std::string_view to_text(offset_reset reset) noexcept {
    switch (reset) {
        case offset_reset::earliest: return "earliest";
        case offset_reset::none: return "none";
        case offset_reset::latest: break;
    }
    return "latest";
}

std::string to_text(std::chrono::milliseconds time) {
    return time.count() == 0 ? std::string() : std::to_string(time.count());
}

std::string_view flag_word(std::optional<bool> value) noexcept {
    if (!value) return "";
    return *value ? "true" : "false";
}

/// Returns the value of a setting that libtaos reads as a number: it reads "true" as 0.
std::string_view flag_digit(std::optional<bool> value) noexcept {
    if (!value) return "";
    return *value ? "1" : "0";
}

}  // namespace

subscribe_settings::subscribe_settings(const config& settings)
    : settings_(settings),
      session_timeout_(to_text(settings.session_timeout())),
      max_poll_interval_(to_text(settings.max_poll_interval())),
      consume_excluded_(settings.consume_excluded() ? std::to_string(*settings.consume_excluded())
                                                    : std::string()) {
    const auto add = [this](std::string_view key, std::string_view value) {
        if (!value.empty()) map_.emplace_back(key, value);
    };
    add("td.connect.token", settings.bearer_token());
    add("heartbeat.interval.ms", to_text(settings.heartbeat_interval()));
    add("enable.replay", flag_word(settings.replay()));
    add("enable.wal.marker", flag_word(settings.wal_marker()));
    add("fetch.max.wait.ms", to_text(settings.fetch_max_wait()));
    if (settings.min_poll_rows() != 0) add("min.poll.rows", std::to_string(settings.min_poll_rows()));
    for (const auto& [key, value] : settings.extra_properties())
        map_.emplace_back(key, value);
}

protocol::subscribe_request subscribe_settings::request(std::span<const std::string> topics) const {
    protocol::subscribe_request request;
    request.user = settings_.user();
    request.password = settings_.password();
    request.db = settings_.database();
    request.group_id = settings_.group_id();
    request.client_id = settings_.client_id();
    request.offset_reset = to_text(settings_.start_at());
    request.snapshot_enable = flag_word(settings_.snapshot());
    request.with_table_name = flag_word(settings_.with_table_name());
    request.enable_batch_meta = flag_digit(settings_.batch_meta());
    request.msg_consume_excluded = consume_excluded_;
    request.msg_consume_rawdata = flag_digit(settings_.raw_data());
    request.session_timeout_ms = session_timeout_;
    request.max_poll_interval_ms = max_poll_interval_;
    request.tz = settings_.timezone();
    request.app = settings_.app();
    request.connector = "tmq " TMQ_VERSION;
    request.list_instances = settings_.list_instances();
    request.config = map_;
    request.topics = topics;
    return request;
}

}  // namespace tmq::protocol
