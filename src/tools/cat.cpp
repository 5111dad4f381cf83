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

/// How long -e waits until the server confirms that this member has left, when nothing is left to commit and
/// close.timeout.ms does not say otherwise. Real servers take 2 s to confirm it, and do it without being
/// waited for.
constexpr std::chrono::milliseconds farewell{500};

/// True if the vgroup or the topic is another member's by now.
bool has_moved(const error& why) {
    const boost::system::error_code& code = why.code();
    return code == make_server_error(0x4008) || code == make_server_error(0x4009);
}

/// Asio throws a code of its own from an await that begins after the interruption.
bool is_interruption(const boost::system::system_error& why) {
    const boost::system::error_code& code = why.code();
    return code == errc::cancelled || code == asio::error::operation_aborted;
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
    settings.on_event([this](const event& what) { heard(what); });
    if (record != nullptr) settings.on_traffic([record](const traffic& message) { record->hear(message); });
    return settings;
}

exit_status cat::run() {
    await_signal();
    exit_status status = done;
    const auto on_end = [&](const std::exception_ptr& failure) {
        status = explain_end(failure, has_connected_);
        signals_.cancel();
        silence_timer_.cancel();
        commit_timer_.cancel();
        consumer_.cancel();  // after a failure the connection may still be there
    };
    asio::co_spawn(context_, print_topics(), asio::bind_cancellation_slot(interruption_.slot(), on_end));
    context_.run();
    return link_.has_lost_rows() ? bad_data : status;
}

void cat::heard(const event& what) {
    const time_point now = steady_clock::now();
    const std::string line = link_.heard(what);
    end_.heard(what, now);
    if (!line.empty()) say("tmqcat: {}", line);
    if (what.kind() == event_kind::connected) {
        has_connected_ = true;
        last_sign_ = now;
    }
    leave_when_down();
}

void cat::await_signal() {
    signals_.async_wait([this](boost::system::error_code ec, int) {
        if (ec) return;
        if (is_stopping_) return consumer_.cancel();
        await_signal();
        interrupt();
    });
}

/// Interrupts when no message has come for as long as the user wants to wait.
void cat::watch_silence() {
    if (!options_.idle_timeout) return;
    silence_timer_.expires_at(last_sign_ + *options_.idle_timeout);
    silence_timer_.async_wait([this](boost::system::error_code ec) {
        if (ec || is_stopping_ || is_leaving_) return;
        const time_point now = steady_clock::now();
        // A server that cannot be reached is not silent.
        if (link_.is_down()) last_sign_ = now;
        if (now < last_sign_ + *options_.idle_timeout) return watch_silence();
        say("tmqcat: no message for {} s", std::chrono::duration<double>(*options_.idle_timeout).count());
        interrupt();
    });
}

void cat::interrupt() {
    is_stopping_ = true;
    if (is_leaving_) return consumer_.cancel();
    if (!is_committing_) return interruption_.emit(asio::cancellation_type::terminal);
    commit_timer_.expires_after(options_.settings.close_timeout());
    commit_timer_.async_wait([this](boost::system::error_code ec) {
        if (!ec && is_committing_) interruption_.emit(asio::cancellation_type::terminal);
    });
}

/// There is nobody to take leave of.
void cat::leave_when_down() {
    if (is_stopping_ && link_.is_down()) consumer_.cancel();
}

asio::awaitable<void> cat::print_topics() {
    try {
        co_await consumer_.subscribe(options_.topics);
        co_await print_until_over();
    } catch (const boost::system::system_error& why) {
        if (!is_stopping_ || !is_interruption(why)) throw;
    }
    is_leaving_ = true;
    // An interrupted coroutine may not await anything until it says that it has noticed.
    co_await asio::this_coro::reset_cancellation_state();
    if (!is_stopping_ || !link_.is_down()) co_await consumer_.close();
}

asio::awaitable<void> cat::print_until_over() {
    last_sign_ = steady_clock::now();
    end_.joined(last_sign_);
    watch_silence();
    while (!is_stopping_ && rows_ < options_.max_rows) {
        const bool has_message = co_await next_message();
        if (has_message) {
            co_await print_message();
        } else {
            end_.read_nothing();
            const bool is_over = co_await is_at_end();
            if (is_over) break;
        }
        if (progress_.is_due() && !link_.is_down()) co_await show_progress();
    }
}

/// As poll. Lost rows end nothing: the user has been told of them, and what is left of the log is still to be
/// printed.
asio::awaitable<bool> cat::next_message() {
    try {
        co_return co_await consumer_.poll(message_, 200ms);
    } catch (const error& why) {
        if (why.code() != errc::data_lost) throw;
    }
    co_return false;
}

asio::awaitable<void> cat::print_message() {
    // A message is the unit of commit: what is committed was printed whole.
    const std::uint64_t limit = options_.commits() ? message_.row_count() : options_.max_rows - rows_;
    rows_ += printer_.print(message_, limit);
    // The time that the reader of the rows takes is not the server's.
    last_sign_ = steady_clock::now();
    end_.read(message_.topic(), message_.vgroup(), last_sign_);
    if (options_.commit) co_await commit_message();
}

/// A vgroup that has moved while its message was printed is no reason to end: the member that has it now
/// prints the message as well.
asio::awaitable<void> cat::commit_message() {
    is_committing_ = true;
    try {
        co_await consumer_.commit(message_);
    } catch (const error& why) {
        if (!has_moved(why) && !(is_stopping_ && is_interruption(why))) throw;
        say("tmqcat: not committed: topic {}, vgroup {}, offset {}: {}", message_.topic(), message_.vgroup(),
            message_.next_offset(), why.what());
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
