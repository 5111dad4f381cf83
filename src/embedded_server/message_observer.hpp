#pragma once

#include "tmq/testing/announced_message.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

namespace tmq::embedded {

/// Holds the function that gets every message that a poll has found.
/// Threads: any thread may replace the function.
class message_observer {
  public:
    using function = std::function<void(const testing::announced_message&)>;

    void replace(function observer) {
        const std::lock_guard lock(mutex_);
        observer_ = std::move(observer);
        count_ = 0;
    }

    /// Numbers the message and calls the function. The function may replace itself.
    void announce(testing::announced_message message) {
        function observer;
        {
            const std::lock_guard lock(mutex_);
            message.count = ++count_;
            observer = observer_;
        }
        if (observer) observer(message);
    }

  private:
    std::mutex mutex_;
    function observer_;
    std::uint64_t count_ = 0;
};

}  // namespace tmq::embedded
