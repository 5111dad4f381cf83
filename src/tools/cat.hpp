#pragma once

#include "tmq/consumer.hpp"
#include "tools/end_watch.hpp"
#include "tools/exit_status.hpp"
#include "tools/link_watch.hpp"
#include "tools/progress.hpp"
#include "tools/recorder.hpp"
#include "tools/row_printer.hpp"
#include "tools/tmqcat_options.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>

namespace tmq::tools {

namespace asio = boost::asio;

/// One run of tmqcat: reads topics, prints their rows and commits them. Ends by its options, by a signal or
/// by an error.
///
/// The first signal, or a silence longer than the idle timeout, interrupts every wait except that for a
/// commit. The rows of a commit are printed already, so it may take another config::close_timeout. The second
/// signal ends everything at once.
class cat {
  public:
    /// `record` receives the conversation, unless null.
    /// *Throws* boost::system::system_error if the process has no file descriptor left.
    cat(const tmqcat_options& options, recorder* record);

    exit_status run();
    tmq::stats stats() const { return consumer_.stats(); }

  private:
    using time_point = std::chrono::steady_clock::time_point;

    config settings_with_handlers(recorder* record);
    void on_event(const event& occurrence);
    void await_signal();
    void watch_silence();
    void interrupt();
    void leave_when_down();

    asio::awaitable<void> print_topics();
    asio::awaitable<void> print_until_over();
    asio::awaitable<bool> next_message();
    asio::awaitable<void> print_message();
    asio::awaitable<void> commit_message();
    asio::awaitable<bool> is_at_end();
    asio::awaitable<void> show_progress();

    const tmqcat_options& options_;
    asio::cancellation_signal interruption_;
    asio::io_context context_{1};
    link_watch link_;
    end_watch end_;
    consumer consumer_;
    asio::signal_set signals_;
    asio::steady_timer silence_timer_;
    asio::steady_timer commit_timer_;

    row_printer printer_;
    progress progress_;
    message message_;
    std::uint64_t rows_ = 0;
    time_point silence_start_{};
    bool is_stopping_ = false;
    bool is_committing_ = false;
    bool is_leaving_ = false;
    bool has_connected_ = false;
};

}  // namespace tmq::tools
