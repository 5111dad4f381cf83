#include "tmq/tmq.hpp"
#include "tools/link_watch.hpp"
#include "tools/recorder.hpp"
#include "tools/row_printer.hpp"
#include "tools/tmqcat_options.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using tmq::tools::tmqcat_options;
using namespace std::chrono_literals;

/// fmt::print throws when stderr is closed, which must not hide the exit status.
template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
    const std::string text = fmt::format(format, std::forward<Args>(args)...);
    std::fputs(text.c_str(), stderr);
}

enum exit_status : int { done = 0, usage = 1, connection_failed = 2, bad_data = 3 };

/// A consumer without any vgroup may be one too many in its group, or have joined just now.
constexpr auto time_to_be_assigned = 5s;

/// Whether the vgroup or the topic is another member's by now.
bool has_moved(const tmq::error& why) { return why.code() == tmq::make_server_error(0x4008) || why.code() == tmq::make_server_error(0x4009); }

/// Entries of the logs that are still to be read, over all vgroups: 0 = at the end of everything.
/// Nothing when the server cannot say at the moment, as in a rebalance.
asio::awaitable<std::optional<std::int64_t>> remaining(tmq::consumer& consumer, const std::vector<std::string>& topics,
                                                       std::chrono::steady_clock::time_point joined) {
    std::int64_t sum = 0;
    const bool just_joined = std::chrono::steady_clock::now() - joined < time_to_be_assigned;
    for (const std::string& topic : topics) {
        std::vector<tmq::assigned_vgroup> vgroups;
        std::vector<tmq::topic_partition> positions;
        try {
            vgroups = co_await consumer.assignment(topic);
            for (const tmq::assigned_vgroup& vgroup : vgroups) positions.emplace_back(topic, vgroup.vgroup());
            positions = co_await consumer.position(std::move(positions));
        } catch (const tmq::error& why) {
            if (why.kind() != tmq::error_kind::server || !(why.is_retriable() || has_moved(why))) throw;
            co_return std::nullopt;
        }
        if (vgroups.empty() && just_joined) co_return std::nullopt;
        for (std::size_t i = 0; i < vgroups.size(); ++i) {
            if (vgroups[i].begin() < 0 || vgroups[i].end() < 0) co_return std::nullopt;
            // A negative position says that nothing was read yet.
            sum += std::max<std::int64_t>(0, vgroups[i].end() - std::max(vgroups[i].begin(), positions[i].offset()));
        }
    }
    co_return sum;
}

asio::awaitable<bool> is_at_end(tmq::consumer& consumer, const std::vector<std::string>& topics, const tmq::tools::link_watch& watch,
                                std::chrono::steady_clock::time_point joined) {
    const std::optional<std::int64_t> left = co_await remaining(consumer, topics, joined);
    // What is still to come back after a lost connection is not among the assigned vgroups.
    co_return left == 0 && !watch.is_missing_vgroups();
}

/// Rows, rows/s and lag on a terminal, at most once a second.
class progress {
  public:
    bool is_due() const { return on_terminal_ && std::chrono::steady_clock::now() >= next_; }
    void show(std::uint64_t rows, std::optional<std::int64_t> lag) {
        const auto now = std::chrono::steady_clock::now();
        const double seconds = std::chrono::duration<double>(now - last_).count();
        say("{} rows, {:.0f} rows/s, lag {}\n", rows, static_cast<double>(rows - last_rows_) / seconds, lag ? std::to_string(*lag) : "unknown");
        last_ = now;
        last_rows_ = rows;
        next_ = now + 1s;
    }

  private:
    bool on_terminal_ = isatty(STDERR_FILENO) == 1;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point next_ = last_ + 1s;
    std::uint64_t last_rows_ = 0;
};

/// As poll. Lost rows end nothing: the watch has told of them, and what is left of the log is still to be printed.
asio::awaitable<bool> next_message(tmq::consumer& consumer, tmq::message& message) {
    try {
        co_return co_await consumer.poll(message, 200ms);
    } catch (const tmq::error& why) {
        if (why.code() != tmq::errc::data_lost) throw;
    }
    co_return false;
}

/// A vgroup that has moved while its message was printed is no reason to end: the member that has it now prints the message as well.
asio::awaitable<void> commit(tmq::consumer& consumer, const tmq::message& printed) {
    try {
        co_await consumer.commit(printed);
    } catch (const tmq::error& why) {
        if (!has_moved(why)) throw;
        say("tmqcat: not committed: topic {}, vgroup {}, offset {}: {}\n", printed.topic(), printed.vgroup(), printed.next_offset(), why.what());
    }
}

asio::awaitable<void> print_topics(tmq::consumer& consumer, const tmqcat_options& options, const tmq::tools::link_watch& watch, const bool& stopping,
                                   bool& subscribed) {
    co_await consumer.subscribe(options.topics);
    subscribed = true;
    tmq::tools::row_printer printer(stdout, options.json);
    tmq::message message;
    std::uint64_t rows = 0;
    progress status;
    const auto joined = std::chrono::steady_clock::now();
    auto last_message = joined;
    while (!stopping && rows < options.max_rows) {
        const bool has_message = co_await next_message(consumer, message);
        // A server that cannot be reached is not silent.
        if (has_message || watch.is_down()) last_message = std::chrono::steady_clock::now();
        if (has_message) {
            // A message is the unit of commit: what is committed was printed whole.
            const std::uint64_t limit = options.commits() ? message.row_count() : options.max_rows - rows;
            rows += printer.print(message, limit);
            if (options.commit) co_await commit(consumer, message);
        } else if (stopping || (options.exit_at_end && co_await is_at_end(consumer, options.topics, watch, joined))) {
            break;
        } else if (options.idle_timeout && std::chrono::steady_clock::now() - last_message >= *options.idle_timeout) {
            say("tmqcat: no message for {} s\n", std::chrono::duration<double>(*options.idle_timeout).count());
            break;
        }
        if (status.is_due()) status.show(rows, co_await remaining(consumer, options.topics, joined));
    }
    co_await consumer.close();
}

double ms(std::chrono::nanoseconds time) { return std::chrono::duration<double, std::milli>(time).count(); }

void say_stats(const tmq::stats& done) {
    const tmq::latency_summary& trip = done.round_trip;
    say("{} messages, {} blocks, {} rows, {} commits\n", done.messages, done.blocks, done.rows, done.commits);
    say("{} bytes received, {} sent, {} inflated\n", done.bytes_received, done.bytes_sent, done.bytes_inflated);
    say("{} connections, {} polls, {} of them without a message\n", done.connections, done.polls, done.empty_polls);
    say("{} other requests: {:.3f} ms to {:.3f} ms, half within {:.3f} ms, 99 % within {:.3f} ms\n", trip.count, ms(trip.min), ms(trip.max),
        ms(trip.p50), ms(trip.p99));
}

/// Whether the peer broke the data format or the conversation, and not only WebSocket: then it is no taosAdapter at all.
bool is_bad_data(const tmq::error& why) {
    return why.kind() == tmq::error_kind::protocol && why.code().value() >= static_cast<int>(tmq::errc::reply_not_json);
}

int exit_status_of(const std::exception_ptr& failure, bool stopping) {
    if (failure == nullptr) return done;
    try {
        std::rethrow_exception(failure);
    } catch (const tmq::error& why) {
        if (stopping && why.code() == tmq::errc::cancelled) return done;
        say("tmqcat: {}\n", why.what());
        if (why.kind() == tmq::error_kind::usage) return usage;
        return is_bad_data(why) ? bad_data : connection_failed;
    } catch (const std::system_error& why) {
        if (why.code() != std::errc::broken_pipe) say("tmqcat: {}\n", why.what());
        return why.code() == std::errc::broken_pipe ? done : connection_failed;
    } catch (const std::exception& why) {
        say("tmqcat: {}\n", why.what());
    }
    return connection_failed;
}

}  // namespace

int main(int argc, char** argv) {
    const tmq::tools::parsed_options parsed = tmq::tools::parse_tmqcat_options(argc, argv);
    if (!parsed.options) return parsed.exit_code;
    std::signal(SIGPIPE, SIG_IGN);

    asio::io_context context(1);
    tmq::tools::link_watch watch;
    std::optional<tmq::tools::recorder> record;
    std::optional<tmq::consumer> consumer;
    bool stopping = false;
    bool subscribed = false;
    // Who is to stop does not wait for a connection.
    const auto leave_when_down = [&] {
        if (stopping && (!subscribed || watch.is_down())) consumer->cancel();
    };
    tmq::config settings = parsed.options->settings;
    settings.on_event([&](const tmq::event& what) {
        const std::string line = watch.heard(what);
        if (!line.empty()) say("tmqcat: {}\n", line);
        leave_when_down();
    });
    try {
        if (parsed.options->record) record.emplace(*parsed.options->record, settings);
    } catch (const std::system_error& why) {
        say("tmqcat: {}\n", why.what());
        return usage;
    }
    if (record) settings.on_traffic([&](const tmq::traffic& message) { record->hear(message); });
    consumer.emplace(context, settings);
    asio::signal_set signals(context, SIGINT, SIGTERM);
    // The first signal ends the loop behind the message at hand, the second does not wait for the server.
    const auto on_second_signal = [&](boost::system::error_code ec, int) {
        if (!ec) consumer->cancel();
    };
    signals.async_wait([&](boost::system::error_code ec, int) {
        if (ec) return;
        stopping = true;
        leave_when_down();
        signals.async_wait(on_second_signal);
    });

    int status = done;
    asio::co_spawn(context, print_topics(*consumer, *parsed.options, watch, stopping, subscribed), [&](std::exception_ptr failure) {
        signals.cancel();
        status = exit_status_of(failure, stopping);
        consumer->cancel();  // after a failure the connection may still be there
    });
    context.run();
    if (parsed.options->stats) say_stats(consumer->stats());
    if (record && !record->finish()) {
        say("tmqcat: {}: the conversation could not be written\n", *parsed.options->record);
        if (status == done) status = connection_failed;
    }
    return watch.has_lost_rows() ? bad_data : status;
}
