#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace tmq::embedded {

/// Counts the clients' connections, requests, pings and pongs, and keeps the text of their last requests.
/// Threads: any. One mutex guards everything.
class request_log {
  public:
    void add_connection();
    void remove_connection();
    void add_request(const std::string& action, std::string_view text);
    void add_ping();
    void add_pong();
    void set_waiting_polls(std::size_t count);
    /// Wakes the waiting threads. Call it after a change has taken effect.
    void notify() noexcept { change_.notify_all(); }

    std::size_t connections() const;
    std::size_t accepted_connections() const;
    /// Returns the number of requests of an action; of all actions if `action` is empty.
    std::size_t requests(std::string_view action) const;
    /// Returns the text of the last request of an action; empty if there was none.
    std::string last_request(std::string_view action) const;
    std::size_t pings() const;
    std::size_t pongs() const;
    std::size_t waiting_polls() const;

    // Each of these returns false if `timeout` passes first.
    bool await_requests(std::string_view action, std::size_t count, std::chrono::milliseconds timeout) const;
    bool await_waiting_polls(std::size_t count, std::chrono::milliseconds timeout) const;
    bool await_pongs(std::size_t count, std::chrono::milliseconds timeout) const;
    bool await_connections(std::size_t count, std::chrono::milliseconds timeout) const;

  private:
    struct action_record {
        std::size_t count = 0;
        std::string last_text;
    };

    /// Returns the same as requests(). The caller holds the mutex.
    std::size_t count_requests(std::string_view action) const;
    bool await(std::chrono::milliseconds timeout, const std::function<bool()>& condition) const;

    mutable std::mutex mutex_;
    mutable std::condition_variable change_;
    std::map<std::string, action_record, std::less<>> actions_;
    std::size_t requests_ = 0;  ///< Of all actions.
    std::size_t connections_ = 0;
    std::size_t accepted_connections_ = 0;
    std::size_t pings_ = 0;
    std::size_t pongs_ = 0;
    std::size_t waiting_polls_ = 0;
};

}  // namespace tmq::embedded
