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

/// Threads with a context each. A consumer is bound to one of them, so consumers share nothing.
class thread_group {
  public:
    explicit thread_group(std::size_t threads);
    asio::io_context& operator[](std::size_t index) { return *contexts_[index % contexts_.size()]; }

    /// Adds work for the next run().
    void spawn(std::size_t index, asio::awaitable<void> work);
    /// Runs until all work is done, with the calling thread as one of the threads. Other handlers of the
    /// contexts rest until the next run.
    /// *Throws* the exception of the first work that fails, at once.
    void run();

  private:
    void on_end(std::exception_ptr failure);
    void stop();

    std::vector<std::unique_ptr<asio::io_context>> contexts_;
    std::atomic<std::size_t> pending_ = 0;
    std::mutex mutex_;
    std::exception_ptr failure_;
};

}  // namespace tmq::tools::tmqbench
