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

/// The settings of a consumer, out of the strings of its first subscribe.
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
    std::optional<refusal> refused;
    bool hangs = false;  ///< the real server never answers this one
};

/// Checks what a server checks before it looks at the topics.
subscribe_verdict check_subscribe(const subscribe_args& args, const server_version& version,
                                  const std::string& user, const std::string& password);

}  // namespace tmq::embedded::protocol
