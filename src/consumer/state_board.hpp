#pragma once

#include "tmq/consumer_state.hpp"
#include "tmq/event.hpp"

#include <mutex>
#include <string>
#include <vector>

namespace tmq::client {

/// State of a consumer that its executor writes, when it changes, and any thread reads.
class state_board {
  public:
    using time_point = consumer_state::time_point;

    /// Records an event: a connection, or its reason as the last error.
    void note(const event& occurrence, time_point now);
    /// Records a failure that the application gets from a call, unless it is the caller's own.
    void note(const error& failure, time_point now);
    /// `topics`: of the subscription; empty without one.
    void joined(bool is_joined, const std::vector<std::string>& topics);
    void paused(bool is_paused);
    void server_version(const std::string& version);

    consumer_state read() const;

  private:
    mutable std::mutex mutex_;
    consumer_state state_;
};

}  // namespace tmq::client
