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

/// One run of tmqcat: reads topics, prints their rows, commits, and ends when the options, a signal or an
/// error say so.
///
/// A first signal, or a silence that is too long, interrupts whatever is awaited, except a commit: that has
/// config::close_timeout left, since its rows are printed. A second signal ends everything at once.
class cat {
  public:
    /// `record`, unless null, hears the conversation. Throws what Asio throws when the process has no
    /// descriptor left.
    cat(const tmqcat_options& options, recorder* record);

    exit_status run();
    tmq::stats stats() const { return consumer_.stats(); }

  private:
    using time_point = std::chrono::steady_clock::time_point;

    config settings_with_handlers(recorder* record);
    void heard(const event& what);
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
    time_point last_sign_{};  ///< of a server that has rows
    bool is_stopping_ = false;
    bool is_committing_ = false;
    bool is_leaving_ = false;
    bool has_connected_ = false;
};

}  // namespace tmq::tools
