#pragma once

#include "tmq/log.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace tmq::net {

/// Sends a consumer's log lines to its sink. Costs one comparison if the level is not logged.
class logger {
  public:
    logger(log_level most_detailed, log_sink sink)
        : detail_(sink ? most_detailed : log_level::off), sink_(std::move(sink)) {}

    bool logs(log_level level) const noexcept { return level <= detail_; }

    /// Formats one line and gives it to the sink. Ignores exceptions of the sink: a log that fails must not
    /// end a connection.
    template <class... Args>
    void write(log_level level, fmt::format_string<Args...> format, Args&&... args) const noexcept {
        if (!logs(level)) return;
        try {
            sink_(level, fmt::format(format, std::forward<Args>(args)...));
        } catch (...) {
            return;
        }
    }

  private:
    log_level detail_;
    log_sink sink_;
};

}  // namespace tmq::net
