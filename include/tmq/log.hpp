#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace tmq {

/// From silence to every detail; a level includes those before it.
enum class log_level : std::uint8_t {
    off,
    error,    ///< what the application is also told
    warning,  ///< what was put right without it, such as a lost connection
    info,     ///< connections, subscriptions
    debug,    ///< requests and replies
};

/// Takes one line without its line break. The text may hold what a server said: never use it as a format. No
/// secret is ever in it. Called from the consumer's executor; it must not throw, and should not block.
using log_sink = std::function<void(log_level, std::string_view)>;

}  // namespace tmq
