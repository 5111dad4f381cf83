#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

namespace tmq::tools::tmqbench {

namespace asio = boost::asio;

/// Threads with a context each: consumers are bound to one, and share nothing.
class thread_group {
  public:
    explicit thread_group(std::size_t threads);
    asio::io_context& operator[](std::size_t index) { return *contexts_[index % contexts_.size()]; }

    /// Something to be done in the next run().
    void spawn(std::size_t index, asio::awaitable<void> work);
    /// Until all of it is done, with this thread as one of them; what else there is in the contexts rests
    /// until the next run. Throws what the first to fail has thrown, at once.
    void run();

  private:
    void finished(std::exception_ptr failure);
    void stop();

    std::vector<std::unique_ptr<asio::io_context>> contexts_;
    std::atomic<std::size_t> under_way_ = 0;
    std::mutex mutex_;
    std::exception_ptr failure_;
};

}  // namespace tmq::tools::tmqbench
