#include "tools/cat.hpp"

#include "tools/say.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <vector>

namespace tmq::tools {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// Longest wait of -e until the server confirms that this member has left the group, unless there is
/// something left to commit, or close.timeout.ms is set. Real servers take 2 s to confirm it, and remove the
/// member even if nobody waits for that.
constexpr std::chrono::milliseconds farewell{500};

bool has_moved(const error& failure) { return failure.code() == condition::vgroup_moved; }

bool is_interruption(const boost::system::system_error& failure) {
    return failure.code() == asio::error::operation_aborted;
}

}  // namespace

cat::cat(const tmqcat_options& options, recorder* record)
    : options_(options),
      end_(link_, options.settle_time),
      consumer_(context_, settings_with_handlers(record)),
      signals_(context_, SIGINT, SIGTERM),
      silence_timer_(context_),
      commit_timer_(context_),
      printer_(stdout, options.json) {}

config cat::settings_with_handlers(recorder* record) {
    config settings = options_.settings;
    const bool has_last_commit = settings.auto_commit();
    if (options_.exit_at_end && !has_last_commit && settings.close_timeout() == config().close_timeout())
        settings.close_timeout(farewell);
    if (record != nullptr) settings.on_traffic([record](const traffic& message) { record->write(message); });
    return settings;
}

exit_status cat::run() {
    consumer_.on_event([this](consumer&, const event& occurrence) { on_event(occurrence); });
    await_signal();
    exit_status status = success;
    const auto on_end = [&](const std::exception_ptr& failure) {
        status = explain_end(failure, has_connected_);
        signals_.cancel();
        silence_timer_.cancel();
        commit_timer_.cancel();
        consumer_.disconnect();  // the connection may still be open after a failure
    };
    asio::co_spawn(context_, print_topics(), asio::bind_cancellation_slot(interruption_.slot(), on_end));
    context_.run();
    return link_.has_lost_rows() ? bad_data : status;
}

void cat::on_event(const event& occurrence) {
    const time_point now = steady_clock::now();
    const std::string line = link_.on_event(occurrence);
    end_.on_event(occurrence, now);
    if (!line.empty()) say("tmqcat: {}", line);
    if (std::holds_alternative<events::connected>(occurrence)) {
        has_connected_ = true;
        silence_start_ = now;
    }
    leave_when_down();
}

void cat::await_signal() {
    signals_.async_wait([this](boost::system::error_code ec, int) {
        if (ec) return;
        if (is_stopping_) return consumer_.disconnect();
        await_signal();
        interrupt();
    });
}

/// Interrupts the run if no message arrives within the idle timeout.
void cat::watch_silence() {
    if (!options_.idle_timeout) return;
    silence_timer_.expires_at(silence_start_ + *options_.idle_timeout);
    silence_timer_.async_wait([this](boost::system::error_code ec) {
        if (ec || is_stopping_ || is_leaving_) return;
        const time_point now = steady_clock::now();
        // Time without a connection does not count as silence.
        if (link_.is_down()) silence_start_ = now;
        if (now < silence_start_ + *options_.idle_timeout) return watch_silence();
        say("tmqcat: no message for {} s", std::chrono::duration<double>(*options_.idle_timeout).count());
        interrupt();
    });
}

void cat::interrupt() {
    is_stopping_ = true;
    if (is_leaving_) return consumer_.disconnect();
    if (!is_committing_) return interruption_.emit(asio::cancellation_type::terminal);
    commit_timer_.expires_after(options_.settings.close_timeout());
    commit_timer_.async_wait([this](boost::system::error_code ec) {
        if (!ec && is_committing_) interruption_.emit(asio::cancellation_type::terminal);
    });
}

/// Without a connection there is no server to leave.
void cat::leave_when_down() {
    if (is_stopping_ && link_.is_down()) consumer_.disconnect();
}

asio::awaitable<void> cat::print_topics() {
    try {
        co_await consumer_.subscribe(options_.topics);
        co_await print_until_over();
    } catch (const boost::system::system_error& failure) {
        if (!is_stopping_ || !is_interruption(failure)) throw;
    }
    is_leaving_ = true;
    // Asio refuses every further await of an interrupted coroutine until its cancellation state is reset.
    co_await asio::this_coro::reset_cancellation_state();
    if (!is_stopping_ || !link_.is_down()) co_await consumer_.close();
}

asio::awaitable<void> cat::print_until_over() {
    silence_start_ = steady_clock::now();
    end_.on_joined(silence_start_);
    watch_silence();
    while (!is_stopping_ && rows_ < options_.max_rows) {
        const bool has_message = co_await next_message();
        if (has_message) {
            co_await print_message();
        } else {
            end_.on_empty_poll();
            const bool is_over = co_await is_at_end();
            if (is_over) break;
        }
        if (progress_.is_due() && !link_.is_down()) co_await show_progress();
    }
}

/// Polls, and returns true if there is a message. Continues after lost rows: they were reported to the user,
/// and the rest of the log is still to be printed.
asio::awaitable<bool> cat::next_message() {
    try {
        co_return co_await consumer_.poll(message_, 200ms);
    } catch (const error& failure) {
        if (failure.code() != errc::data_lost) throw;
    }
    co_return false;
}

asio::awaitable<void> cat::print_message() {
    // A message is the unit of commit, so a committed message must be printed whole.
    const std::uint64_t limit = options_.commits() ? message_.row_count() : options_.max_rows - rows_;
    rows_ += printer_.print(message_, limit);
    // Printing waits for the reader of the rows. That time is not a silence of the server.
    silence_start_ = steady_clock::now();
    end_.on_message(message_.topic(), message_.vgroup(), silence_start_);
    if (options_.commit) co_await commit_message();
}

/// Continues if the vgroup has moved to another member while its message was printed: that member prints the
/// message as well.
asio::awaitable<void> cat::commit_message() {
    is_committing_ = true;
    try {
        co_await consumer_.commit(message_);
    } catch (const error& failure) {
        if (!has_moved(failure) && !(is_stopping_ && is_interruption(failure))) throw;
        say("tmqcat: not committed: topic {}, vgroup {}, offset {}: {}", message_.topic(), message_.vgroup(),
            message_.next_offset().value_or(-1), failure.what());
    }
    is_committing_ = false;
    commit_timer_.cancel();
}

asio::awaitable<bool> cat::is_at_end() {
    if (!options_.exit_at_end || !end_.needs_lag()) co_return false;
    const std::vector<vgroup_lag> lags = co_await consumer_.lag();
    if (!end_.is_end(lags, steady_clock::now())) co_return false;
    say("tmqcat: {} rows of {} vgroups", rows_, end_.vgroup_count());
    co_return true;
}

asio::awaitable<void> cat::show_progress() {
    const std::vector<vgroup_lag> lags = co_await consumer_.lag();
    progress_.show(rows_, total_lag(lags));
}

}  // namespace tmq::tools
