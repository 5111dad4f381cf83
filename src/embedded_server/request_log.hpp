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

/// Counts of what clients have done, and the text of their last requests. Any thread may ask for them and
/// wait for them: one mutex guards them all.
class request_log {
  public:
    void add_connection();
    void remove_connection();
    void add_request(const std::string& action, std::string_view text);
    void add_ping();
    void add_pong();
    void set_waiting_polls(std::size_t count);
    /// Lets the threads that wait compare again. To be called after a change has taken effect.
    void notify() noexcept { changed_.notify_all(); }

    std::size_t connections() const;
    std::size_t accepted() const;
    /// Requests of an action; of every action if it is empty.
    std::size_t requests(std::string_view action) const;
    /// Text of the last request of an action; empty if there was none.
    std::string last_request(std::string_view action) const;
    std::size_t pings() const;
    std::size_t pongs() const;
    std::size_t waiting_polls() const;

    /// Each of these is false if `timeout` passes first.
    bool await_requests(std::string_view action, std::size_t count, std::chrono::milliseconds timeout) const;
    bool await_waiting_polls(std::size_t count, std::chrono::milliseconds timeout) const;
    bool await_pongs(std::size_t count, std::chrono::milliseconds timeout) const;
    bool await_connections(std::size_t count, std::chrono::milliseconds timeout) const;

  private:
    struct action_record {
        std::size_t count = 0;
        std::string last;
    };

    std::size_t count_of(std::string_view action) const;  ///< with the mutex held
    bool await(std::chrono::milliseconds timeout, const std::function<bool()>& condition) const;

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::map<std::string, action_record, std::less<>> actions_;
    std::size_t requests_ = 0;  ///< of all actions
    std::size_t open_ = 0;
    std::size_t accepted_ = 0;
    std::size_t pings_ = 0;
    std::size_t pongs_ = 0;
    std::size_t waiting_polls_ = 0;
};

}  // namespace tmq::embedded
