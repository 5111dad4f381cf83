#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace tmq {

/// Levels of detail of the log; a level includes those before it.
enum class log_level : std::uint8_t {
    off,      ///< nothing
    error,    ///< failures that the application also receives
    warning,  ///< failures that the consumer repaired, such as a lost connection
    info,     ///< connections, subscriptions
    debug,    ///< requests and replies
};

/// Receives one line without its line break. The text may hold text of a server: never use it as a format
/// string. It never holds a secret. The sink should not block. An exception from it is dropped.
/// *Threads*: called on the consumer's executor.
using log_sink = std::function<void(log_level, std::string_view)>;

}  // namespace tmq
