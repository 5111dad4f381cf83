// Members of one group join and leave at random moments. Every row must be delivered, and only what was not
// committed when a vgroup moved may be delivered again.
#include "soak/arguments.hpp"
#include "soak/feeder.hpp"
#include "soak/group_model.hpp"
#include "soak/message_log.hpp"
#include "soak/watchdog.hpp"
#include "tmq/testing/server.hpp"
#include "tmq/tmq.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::soak {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr std::string_view group = "group";
constexpr std::uint32_t foreign_vgroup = 0x4008;

struct settings {
    std::uint64_t rows = 50'000;
    std::uint64_t seed = 1;
    std::size_t members = 0;  ///< 0: a run with two, and one with three
    bool auto_commit = false;
    std::size_t commit_every = 5;
    std::size_t prefetch = 1;
    unsigned patience = 60;  ///< seconds without progress

    explicit settings(arguments given) {
        rows = given.number<std::uint64_t>("--rows").value_or(rows);
        seed = given.number<std::uint64_t>("--seed").value_or(seed);
        members = given.number<std::size_t>("--members").value_or(members);
        auto_commit = given.flag("--auto-commit");
        commit_every = given.number<std::size_t>("--commit-every").value_or(commit_every);
        prefetch = given.number<std::size_t>("--prefetch").value_or(prefetch);
        patience = given.number<unsigned>("--patience").value_or(patience);
        given.finish();
        if (rows == 0 || commit_every == 0)
            throw std::runtime_error("rows and messages between commits are at least 1");
    }
    std::string describe() const {
        return fmt::format("{} members {} prefetch {} seed {}", members,
                           auto_commit ? std::string("auto") : fmt::format("manual/{}", commit_every),
                           prefetch, seed);
    }
};

class group_run {
  public:
    explicit group_run(const settings& how) : how_(how), random_(how.seed ^ 0x2545f491) {}

    bool run() {
        const auto start = std::chrono::steady_clock::now();
        std::size_t running = how_.members;
        for (std::size_t i = 0; i < how_.members; ++i)
            asio::co_spawn(context_, join_and_leave(), [&](std::exception_ptr thrown) {
                try {
                    if (thrown) std::rethrow_exception(thrown);
                } catch (const std::exception& why) {
                    fault(fmt::format("a member ended with: {}", why.what()));
                    context_.stop();
                }
                if (--running == 0) context_.stop();
            });
        context_.run();
        const group_model::counts rows = model_.count();
        const bool right = rows.faults() == 0 && faults_ == 0;
        fmt::print(
            "{}: {}, rows {}, joined {}, vgroups taken over {}, lost {}, repeated {} (uncommitted), repeated "
            "although committed {}, foreign {}, "
            "other "
            "faults {}, commits refused {}, {:.1f} s\n",
            how_.describe(), right ? "right" : "WRONG", rows.delivered, joined_, rows.moves, rows.lost,
            rows.again, rows.repeated, rows.foreign, faults_, refused_,
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        if (!model_.first_fault().empty()) fmt::print("    first: {}\n", model_.first_fault());
        if (!first_fault_.empty()) fmt::print("    first: {}\n", first_fault_);
        std::fflush(stdout);
        return right;
    }

  private:
    /// The whole log: the model wants to know it.
    message_log& fed() {
        feeder_.append_until(how_.rows);
        return log_;
    }
    config consumer_settings() const {
        config result(server_.url());
        result.group_id(group).start_at(offset_reset::earliest).prefetch(how_.prefetch).poll_slice(20ms);
        result.auto_commit(how_.auto_commit).auto_commit_interval(10ms);
        return result;
    }
    std::uint64_t below(std::uint64_t limit) {
        return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
    }
    void fault(std::string text) {
        ++faults_;
        if (first_fault_.empty()) first_fault_ = std::move(text);
    }
    asio::awaitable<void> pause(milliseconds time) {
        asio::steady_timer timer(context_, time);
        co_await timer.async_wait(asio::use_awaitable);
    }
    void at(std::size_t member, std::string_view step) {
        steps_[member] = step;
        std::string all;
        for (const auto& [number, now] : steps_)
            all += fmt::format("{}member {}: {}", all.empty() ? "" : ", ", number, now);
        watchdog_.at(all);
    }
    /// Commits by time must not take back what was committed; those of the application may be of any message.
    void check_commits() {
        for (const std::int32_t vgroup : feeder_.vgroups()) {
            const std::int64_t now = server_.committed(group, topic, vgroup).value_or(0);
            std::int64_t& before = committed_[vgroup];
            if (how_.auto_commit && now < before)
                fault(fmt::format("vgroup {} was committed to {}, and then back to {}", vgroup, before, now));
            before = now;
        }
    }
    void note_change() {
        for (const std::int32_t vgroup : feeder_.vgroups())
            model_.before_change(vgroup, server_.committed(group, topic, vgroup).value_or(0));
    }

    asio::awaitable<void> join_and_leave() {
        while (!model_.complete()) {
            co_await pause(milliseconds(below(10)));
            co_await be_a_member(joined_++);
        }
    }

    asio::awaitable<void> be_a_member(std::size_t number) {
        consumer member(context_, consumer_settings());
        at(number, "subscribe");
        note_change();
        model_.joins(number);
        co_await member.subscribe(topic);
        message received;
        std::size_t count = 0;
        const std::size_t enough = 1 + below(25);
        // Without a vgroup nothing comes: such a member leaves too.
        for (std::size_t empty = 0; count < enough && empty < 20 && !model_.complete();) {
            at(number, "poll");
            const bool got = co_await member.poll(received, milliseconds(1 + below(10)));
            if (!got) {
                ++empty;
                continue;
            }
            ++count;
            check_commits();
            const std::vector<std::uint64_t> rows = row_numbers(received, feeder_.meters());
            const std::uint64_t before = model_.count().delivered;
            model_.deliver(number, received.vgroup(), received.offset(), received.next_offset().value(),
                           rows);
            if (model_.count().delivered > before) watchdog_.progress();
            watchdog_.stands_at(fmt::format("{} rows delivered, {} members joined, {} connections",
                                            model_.count().delivered, joined_, server_.connection_count()));
            if (!how_.auto_commit && count % how_.commit_every == 0)
                co_await commit(number, member, &received);
            if (below(4) == 0) co_await pause(milliseconds(1));
        }
        // Some leave without having committed everything.
        if (!how_.auto_commit && below(2) == 0) co_await commit(number, member, nullptr);
        at(number, "close");
        note_change();
        co_await member.close();
        steps_.erase(number);
    }

    /// One message, or all.
    asio::awaitable<void> commit(std::size_t number, consumer& member, const message* one) {
        at(number, one != nullptr ? "commit of a message" : "commit of all");
        try {
            if (one != nullptr)
                co_await member.commit(*one);
            else
                co_await member.commit();
        } catch (const error& why) {
            // The vgroup may have moved on.
            ++refused_;
            if (why.code() != make_server_error(foreign_vgroup)) fault(fmt::format("commit: {}", why.what()));
        }
    }

    settings how_;
    testing::server server_;
    message_log log_{table_count};
    feeder feeder_{server_, log_, how_.seed, false};
    group_model model_{fed(), how_.prefetch + 1};
    std::mt19937_64 random_;
    watchdog watchdog_{how_.describe(), std::chrono::seconds(how_.patience)};
    asio::io_context context_{1};
    std::size_t joined_ = 0;
    std::map<std::size_t, std::string_view> steps_;   ///< what the members do
    std::map<std::int32_t, std::int64_t> committed_;  ///< as it was last seen
    std::uint64_t refused_ = 0;
    std::uint64_t faults_ = 0;
    std::string first_fault_;
};

}  // namespace

}  // namespace tmq::soak

int main(int argc, char** argv) {
    using namespace tmq::soak;
    try {
        settings how(arguments(argc, argv));
        bool right = true;
        const std::vector<std::size_t> sizes =
            how.members == 0 ? std::vector<std::size_t>{2, 3} : std::vector<std::size_t>{how.members};
        for (const std::size_t size : sizes) {
            how.members = size;
            right = group_run(how).run() && right;
        }
        return right ? 0 : 1;
    } catch (const std::exception& why) {
        std::fprintf(stderr,
                     "soak_group: %s\nusage: soak_group [--rows N] [--seed N] [--members N] [--auto-commit | "
                     "--commit-every MESSAGES] [--prefetch K] "
                     "[--patience SECONDS]\n",
                     why.what());
        return 3;
    }
}
