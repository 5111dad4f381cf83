#include "soak/soak_run.hpp"

#include "soak/cut_dice.hpp"
#include "soak/cut_states.hpp"
#include "soak/delivery_model.hpp"
#include "soak/feeder.hpp"
#include "soak/message_log.hpp"
#include "soak/watchdog.hpp"
#include "support/certificates.hpp"
#include "support/fault_proxy.hpp"
#include "tmq/testing/server.hpp"
#include "tmq/tmq.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace tmq::soak {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr std::string_view group = "soak";
/// Rows that are written and not read, at most; it varies below that.
constexpr std::uint64_t largest_backlog = 4000;
constexpr std::size_t reach_of_seeks = 20;  // messages
constexpr unsigned errors_in_a_row = 1000;

/// The server's certificate and who vouches for it, where the run needs them.
struct credentials {
    explicit credentials(const run_options& how) {
        if (how.over != transport::tls) return;
        const test::certificate_authority authority;
        shown = authority.issue(test::loopback());
        ca = authority.pem();
    }
    testing::server_options options() const {
        testing::server_options result;
        if (!ca.empty()) result.tls(shown.certificate, shown.private_key);
        return result;
    }
    test::identity shown;
    std::string ca;
};

/// One consumer that reads on and on, and does now and then what applications do.
class soak_run {
  public:
    explicit soak_run(const run_options& how)
        : how_(how),
          credentials_(how),
          server_(credentials_.options()),
          feeder_(server_, log_, how.seed, true),
          random_(how.seed ^ 0x9e3779b97f4a7c15) {
        proxy_.next_plan([this](std::size_t) {
            states_.opened();
            return dice_.draw();
        });
        proxy_.on_cut([this](const test::link_cut& cut) {
            dice_.count_cut();
            states_.cut(cut);
            if (const milliseconds time = dice_.closed_port(); time > 0ms)
                proxy_.refuse(test::fault_proxy::refusal::not_listening, time);
        });
    }

    bool run() {
        const auto start = std::chrono::steady_clock::now();
        asio::co_spawn(context_, read(), [this](std::exception_ptr thrown) {
            try {
                if (thrown) std::rethrow_exception(thrown);
            } catch (const std::exception& why) {
                fault(fmt::format("the run ended with: {}", why.what()));
            }
            context_.stop();
        });
        context_.run();
        proxy_.next_plan(nullptr);
        proxy_.on_cut(nullptr);
        return report(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }

  private:
    config settings() {
        config result(server_.url());
        result.port(proxy_.port())
            .group_id(group)
            .start_at(how_.start)
            .compression(how_.over == transport::compressed)
            .prefetch(how_.prefetch);
        if (!credentials_.ca.empty()) result.tls_settings(tls_options().ca_pem(credentials_.ca));
        result.auto_commit(how_.auto_commit).auto_commit_interval(30ms);
        result.reconnect(true)
            .reconnect_retries(1'000'000)
            .reconnect_interval(5ms)
            .reconnect_factor(1)
            .reconnect_max_interval(5ms);
        result.connect_timeout(2s)
            .handshake_timeout(500ms)
            .request_timeout(500ms)
            .write_timeout(500ms)
            .idle_timeout(500ms)
            .close_timeout(2s);
        result.poll_slice(50ms);
        result.log(log_level::debug, [this](log_level, std::string_view line) {
            states_.logged(line);
            trace("    {}", line);
        });
        return result;
    }
    std::uint64_t below(std::uint64_t limit) {
        return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
    }
    bool one_in(std::uint64_t n) { return below(n) == 0; }

    template <class... Arguments>
    void trace(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        if (how_.trace)
            fmt::print(stderr, "{}\n", fmt::format(format, std::forward<Arguments>(arguments)...));
    }
    void fault(std::string text) {
        trace("FAULT {}", text);
        ++other_faults_;
        if (first_fault_.empty()) first_fault_ = std::move(text);
    }
    /// A request that a cut has hit may fail; nothing else may.
    void request_failed(std::string_view what, const error& why) {
        ++refused_;
        trace("{} failed: {}", what, why.what());
        if (why.kind() != error_kind::transport) fault(fmt::format("{}: {}", what, why.what()));
    }
    asio::awaitable<void> pause(milliseconds time) {
        asio::steady_timer timer(context_, time);
        co_await timer.async_wait(asio::use_awaitable);
    }

    std::uint64_t goal() const { return how_.messages != 0 ? how_.messages : how_.rows; }
    std::uint64_t done() const { return how_.messages != 0 ? messages_ : read_rows(); }
    std::uint64_t read_rows() const { return log_.rows() - rows_before_subscribe_ - model_.pending(); }
    bool wants_more_rows() const {
        if (log_.rows() - rows_before_subscribe_ < how_.rows) return true;
        return how_.messages == 0 && !dice_.all_done();
    }
    bool is_complete() const {
        return done() >= goal() && dice_.all_done() && !wants_more_rows() && model_.pending() == 0;
    }

    asio::awaitable<void> subscribe() {
        for (unsigned tries = 0;; ++tries) {
            std::exception_ptr given_up;
            try {
                watchdog_.at("subscribe");
                co_await consumer_.subscribe(topic);
                co_return;
            } catch (const error& why) {
                // The first connection is not made again by itself: a wrong address must not look like a slow
                // server.
                request_failed("subscribe", why);
                if (tries == errors_in_a_row) given_up = std::current_exception();
            }
            if (given_up) std::rethrow_exception(given_up);
            co_await pause(5ms);
        }
    }

    asio::awaitable<void> read() {
        feeder_.append_until(500);
        rows_before_subscribe_ = how_.start == offset_reset::latest ? log_.rows() : 0;
        for (const std::int32_t vgroup : feeder_.vgroups())
            begin_.emplace_back(vgroup,
                                how_.start == offset_reset::latest ? server_.end_offset(topic, vgroup) : 0);
        co_await subscribe();
        for (const auto& [vgroup, offset] : begin_)
            model_.read_from(vgroup, offset);
        asio::co_spawn(context_, feed(), asio::detached);

        constexpr std::array<milliseconds, 4> timeouts = {0ms, 1ms, 5ms, 30ms};
        unsigned errors = 0;
        while (!is_complete() && errors < errors_in_a_row) {
            if (one_in(60)) co_await seek_near();
            if (one_in(100)) co_await pause(milliseconds(below(20)));
            if (one_in(50)) co_await check_positions();
            if (how_.messages != 0 && model_.pending() == 0 && !wants_more_rows()) co_await seek_to_begin();
            co_await poll(timeouts[below(timeouts.size())], errors);
            check_commits();
        }
        is_reading_ = false;
        if (errors == 0) co_await end();
    }

    asio::awaitable<void> poll(milliseconds timeout, unsigned& errors) {
        watchdog_.at("poll");
        model_.finish();
        const result<bool> got = co_await consumer_.try_poll(message_, timeout);
        if (got.has_error()) {
            // The consumer connects again by itself, so an application sees no error at all.
            fault(fmt::format("poll: {}", got.error().what()));
            ++errors;
            co_await pause(1ms);
            co_return;
        }
        errors = 0;
        if (!*got) co_return;
        const std::vector<std::uint64_t> rows = row_numbers(message_, feeder_.meters());
        trace("got vgroup {} {} to {}, {} rows; {} was due", message_.vgroup(), message_.offset(),
              message_.next_offset().value(), rows.size(), model_.position(message_.vgroup()));
        model_.deliver(message_.vgroup(), message_.offset(), message_.next_offset().value(), rows);
        ++messages_;
        note_progress();
        if (!how_.auto_commit && messages_ % how_.commit_every == 0) co_await commit();
    }

    void note_progress() {
        const std::uint64_t now = done();
        dice_.progress(std::min(1.0, static_cast<double>(now) / static_cast<double>(goal())));
        for (std::size_t i = 0; i < memory_.size(); ++i) {
            constexpr std::array<std::uint64_t, 3> percents = {10, 50, 100};
            if (memory_[i] == 0 && now * 100 >= goal() * percents[i]) memory_[i] = resident_mebibytes();
        }
        if (now > furthest_) watchdog_.progress();
        furthest_ = std::max(furthest_, now);
        const stats counters = consumer_.stats();
        watchdog_.stands_at(
            fmt::format("{} of {} rows or messages, {} rows pending, {} cuts, {} connections, {} open links, "
                        "{} connected",
                        now, goal(), model_.pending(), dice_.cuts(), counters.connections,
                        proxy_.open_connections(), server_.connection_count()));
    }

    asio::awaitable<void> commit() {
        watchdog_.at("commit");
        trace("commit");
        model_.finish();
        const bool one_message = one_in(2);
        try {
            if (one_message)
                co_await consumer_.commit(message_);
            else
                co_await consumer_.commit();
            ++commits_;
        } catch (const error& why) {
            request_failed("commit", why);
        }
    }

    /// Back by some messages, or to where the vgroup stands.
    asio::awaitable<void> seek_near() {
        const std::int32_t vgroup = feeder_.vgroups()[below(vgroup_count)];
        const std::int64_t now = model_.position(vgroup);
        const std::size_t next = log_.entry_at(vgroup, now);
        const std::size_t back = below(reach_of_seeks);
        std::int64_t target = now;
        if (back != 0 && back <= next)
            target = std::max(log_.entries(vgroup)[next - back].begin, first_of(vgroup));
        co_await seek(vgroup, target);
    }
    asio::awaitable<void> seek_to_begin() {
        for (const auto& [vgroup, offset] : begin_)
            co_await seek(vgroup, offset);
    }
    std::int64_t first_of(std::int32_t vgroup) const {
        return std::ranges::find(begin_, vgroup, &std::pair<std::int32_t, std::int64_t>::first)->second;
    }
    asio::awaitable<void> seek(std::int32_t vgroup, std::int64_t offset) {
        watchdog_.at("seek");
        trace("seek vgroup {} to {}", vgroup, offset);
        try {
            co_await consumer_.seek(partition_offset(topic, vgroup, offset));
            model_.read_from(vgroup, offset);
            ++seeks_;
            trace("sought");
        } catch (const error& why) {
            // Then everything stays as it was.
            request_failed("seek", why);
        }
    }

    asio::awaitable<void> check_positions() {
        watchdog_.at("position");
        std::vector<topic_partition> asked;
        for (const std::int32_t vgroup : feeder_.vgroups())
            asked.emplace_back(topic, vgroup);
        try {
            const consumer::known_offsets positions = co_await consumer_.position(asked);
            for (const auto& [partition, offset] : positions)
                if (!model_.may_be_at(partition.vgroup(), offset.value_or(-1)))
                    fault(fmt::format("position of vgroup {} is {}, not {}", partition.vgroup(),
                                      offset.value_or(-1), model_.position(partition.vgroup())));
        } catch (const error& why) {
            request_failed("position", why);
        }
    }

    void check_commits() {
        for (const std::int32_t vgroup : feeder_.vgroups())
            if (const auto committed = server_.committed(group, topic, vgroup);
                committed && !model_.may_be_committed(vgroup, *committed))
                fault(fmt::format("vgroup {} is committed to {}, ahead of the application", vgroup,
                                  *committed));
    }

    /// Keeps a backlog that grows and shrinks.
    asio::awaitable<void> feed() {
        while (is_reading_) {
            std::uint64_t wanted = below(largest_backlog);
            while (is_reading_ && wants_more_rows() && model_.pending() < wanted) {
                if (log_.rows() - rows_before_subscribe_ < how_.rows)
                    feeder_.append(how_.rows + rows_before_subscribe_ - log_.rows());
                else
                    feeder_.append();
            }
            co_await pause(milliseconds(1 + below(3)));
        }
    }

    /// Nothing comes behind the last row.
    asio::awaitable<void> end() {
        unsigned errors = 0;
        co_await poll(100ms, errors);
        watchdog_.at("close");
        co_await consumer_.close();
    }

    bool report(double seconds) {
        const delivery_model::counts rows = model_.count();
        const std::uint64_t lost = rows.lost + (begin_.empty() ? 0 : model_.pending());
        const stats counters = consumer_.stats();
        const bool right = rows.faults() == 0 && lost == 0 && other_faults_ == 0 && is_complete();
        fmt::print(
            "{} seed {}: {}, rows {} (and {} asked for again), messages {}, cuts {} (fin {}, rst {}, stall "
            "{}; {}), lost {}, repeated {}, out of "
            "order {}, "
            "foreign {}, other faults {}, reconnects {}, requests that failed {}, seeks {}, commits {}, "
            "{:.1f} s, {:.0f} rows/s, RSS MiB {:.1f} "
            "{:.1f} "
            "{:.1f}\n",
            how_.describe(), how_.seed, right ? "right" : "WRONG", rows.delivered - rows.asked_again,
            rows.asked_again, messages_, proxy_.cuts(), proxy_.cuts(test::cut_kind::fin),
            proxy_.cuts(test::cut_kind::rst), proxy_.cuts(test::cut_kind::stall), states_.summary(), lost,
            rows.repeated, rows.out_of_order, rows.foreign, other_faults_, counters.reconnects, refused_,
            seeks_, counters.commits, seconds, static_cast<double>(rows.delivered) / seconds, memory_[0],
            memory_[1], memory_[2]);
        if (!model_.first_fault().empty()) fmt::print("    first: {}\n", model_.first_fault());
        if (!first_fault_.empty()) fmt::print("    first: {}\n", first_fault_);
        std::fflush(stdout);
        return right;
    }

    run_options how_;
    credentials credentials_;
    testing::server server_;
    message_log log_{table_count};
    feeder feeder_;
    delivery_model model_{log_};
    cut_states states_{server_};
    cut_dice dice_{how_.seed, how_.cuts, how_.over == transport::tls};
    test::fault_proxy proxy_{server_.port()};
    std::mt19937_64 random_;
    watchdog watchdog_{how_.describe(), std::chrono::seconds(how_.patience)};

    asio::io_context context_{1};
    consumer consumer_{context_, settings()};
    message message_;
    std::vector<std::pair<std::int32_t, std::int64_t>> begin_;  ///< vgroups, and where reading began
    std::uint64_t rows_before_subscribe_ = 0;                   ///< that are not to be delivered
    bool is_reading_ = true;

    std::uint64_t furthest_ = 0;
    std::uint64_t messages_ = 0;
    std::uint64_t seeks_ = 0;
    std::uint64_t commits_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t other_faults_ = 0;
    std::string first_fault_;
    std::array<double, 3> memory_{};
};

}  // namespace

bool run(const run_options& how) { return soak_run(how).run(); }

}  // namespace tmq::soak
