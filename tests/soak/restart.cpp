// A consumer process is killed at random moments, or closed, and started again in the same group until it has
// seen every row. Nothing may be lost; only what was not committed may come twice, and after a clean close
// nothing.
#include "soak/arguments.hpp"
#include "soak/delivery_model.hpp"
#include "soak/feeder.hpp"
#include "soak/message_log.hpp"
#include "support/process.hpp"
#include "tmq/testing/meters.hpp"
#include "tmq/tmq.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <map>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace tmq::soak {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr std::string_view group = "restart";
constexpr std::size_t most_children = 5000;

struct settings {
    std::uint64_t rows = 50'000;
    std::uint64_t seed = 1;
    bool auto_commit = false;
    std::size_t commit_every = 5;
    std::size_t prefetch = 1;
    bool close = false;
    std::size_t messages = 0;  ///< of the child: how many it takes before it closes; 0 = it is killed
    std::string url;           ///< of the child

    explicit settings(arguments given) {
        rows = given.number<std::uint64_t>("--rows").value_or(rows);
        seed = given.number<std::uint64_t>("--seed").value_or(seed);
        auto_commit = given.flag("--auto-commit");
        commit_every = given.number<std::size_t>("--commit-every").value_or(commit_every);
        prefetch = given.number<std::size_t>("--prefetch").value_or(prefetch);
        close = given.flag("--close");
        messages = given.number<std::size_t>("--child-messages").value_or(messages);
        url = given.text("--child").value_or("");
        given.finish();
        if (rows == 0 || commit_every == 0)
            throw std::runtime_error("rows and messages between commits are at least 1");
    }
};

/// The child. It tells what it got before it can be committed: "got VGROUP BEGIN END ROW... ." and "committed
/// VGROUP OFFSET .".
class reader {
  public:
    explicit reader(const settings& how) : how_(how) {}

    void run() {
        std::exception_ptr failure;
        asio::co_spawn(context_, read(), [&](std::exception_ptr thrown) {
            failure = thrown;
            context_.stop();
        });
        context_.run();
        if (failure) std::rethrow_exception(failure);
    }

  private:
    config consumer_settings() const {
        config result(how_.url);
        result.group_id(group).start_at(offset_reset::earliest).prefetch(how_.prefetch).poll_slice(50ms);
        result.auto_commit(how_.auto_commit).auto_commit_interval(1ms);
        return result;
    }
    static void tell(const std::string& line) {
        for (std::size_t done = 0; done < line.size();) {
            const ssize_t size = write(STDOUT_FILENO, line.data() + done, line.size() - done);
            if (size < 0) throw std::system_error(errno, std::generic_category(), "write");
            done += static_cast<std::size_t>(size);
        }
    }
    asio::awaitable<void> read() {
        consumer from(context_, consumer_settings());
        co_await from.subscribe(topic);
        message received;
        for (std::size_t count = 0; how_.messages == 0 || count < how_.messages;) {
            const bool got = co_await from.poll(received, 1s);
            if (!got) continue;
            ++count;
            std::string line = fmt::format("got {} {} {}", received.vgroup(), received.offset(),
                                           received.next_offset().value());
            for (const block_view block : received.blocks())
                for (const auto& [ts] : block.rows<timestamp>("ts"))
                    line += fmt::format(" {}", testing::meter_source::index_of(ts));
            tell(line + " .\n");
            if (how_.auto_commit || count % how_.commit_every != 0) continue;
            if (count % 2 == 0) {
                co_await from.commit();
                continue;
            }
            co_await from.commit(received);
            tell(fmt::format("committed {} {} .\n", received.vgroup(), received.next_offset().value()));
        }
        if (!how_.auto_commit) co_await from.commit();
        co_await from.close();
    }

    settings how_;
    asio::io_context context_{1};
};

/// The parent: has the server, and holds what the children tell against what it wrote.
class supervisor {
  public:
    explicit supervisor(const settings& how) : how_(how), random_(how.seed ^ 0x51ed270b) {}

    bool run() {
        const auto start = std::chrono::steady_clock::now();
        feeder_.append_until(how_.rows);
        for (const std::int32_t vgroup : feeder_.vgroups())
            model_.read_from(vgroup, 0);
        try {
            while (!seen_all_ && model_.pending() != 0)
                start_one();
        } catch (const std::exception& why) {
            fault(why.what());
        }
        const delivery_model::counts rows = model_.count();
        const std::uint64_t lost = rows.lost + missing_;
        const bool right =
            lost == 0 && rows.faults() == 0 && faults_ == 0 && (!how_.close || rows.asked_again == 0);
        fmt::print(
            "{} {} prefetch {} seed {}: {}, rows {}, {} {} times, lost {}, repeated {} (uncommitted), "
            "repeated although committed {}, out of order "
            "{}, "
            "foreign {}, other faults {}, {:.1f} s\n",
            how_.close ? "close" : "kill",
            how_.auto_commit ? std::string("auto") : fmt::format("manual/{}", how_.commit_every),
            how_.prefetch, how_.seed, right ? "right" : "WRONG", rows.delivered - rows.asked_again,
            how_.close ? "closed" : "killed", children_, lost, rows.asked_again, rows.repeated,
            rows.out_of_order, rows.foreign, faults_,
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        if (!model_.first_fault().empty()) fmt::print("    first: {}\n", model_.first_fault());
        if (!first_fault_.empty()) fmt::print("    first: {}\n", first_fault_);
        return right;
    }

  private:
    std::uint64_t below(std::uint64_t limit) {
        return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
    }
    void fault(std::string text) {
        ++faults_;
        if (first_fault_.empty()) first_fault_ = std::move(text);
    }

    void start_one() {
        if (children_ > most_children) throw std::runtime_error("the group gets no further");
        if (how_.close && model_.count().asked_again != 0)
            throw std::runtime_error("a close did not commit everything");
        std::size_t left = 0;
        for (const std::int32_t vgroup : feeder_.vgroups())
            left += log_.entries(vgroup).size() - log_.entry_at(vgroup, model_.position(vgroup));
        // Commits by time need some of it.
        const std::size_t lines = 1 + below(how_.auto_commit && !how_.close ? 100 : 25);
        std::vector<std::string> command = {"/proc/self/exe",
                                            "--child",
                                            server_.url(),
                                            "--prefetch",
                                            std::to_string(how_.prefetch),
                                            "--commit-every",
                                            std::to_string(how_.commit_every)};
        if (how_.auto_commit) command.emplace_back("--auto-commit");
        if (how_.close) {
            command.emplace_back("--child-messages");
            command.push_back(std::to_string(std::min(left, lines)));
        }
        test::process child(std::move(command));
        ++children_;
        told_.clear();
        if (!how_.close) {
            // What it writes between the last line that is read here and the kill is as random as the
            // scheduler.
            for (std::size_t i = 0; i < lines && model_.pending() != 0; ++i)
                hear(child.read_line());
            child.signal(SIGKILL);
        }
        for (const std::string& line : child.read_lines())
            hear(line);
        const int status = child.wait();
        if (status != (how_.close ? 0 : 128 + SIGKILL))
            throw std::runtime_error(fmt::format("a child ended with {}: {}", status, child.errors()));
        if (!server_.await_connections(0)) throw std::runtime_error("the server still has a connection");
        // What a kill leaves uncommitted at the very end would come again for ever.
        seen_all_ = !how_.close && model_.pending() == 0;
        missing_ = model_.pending();
        go_on();
    }

    void hear(const std::string& line) {
        // A line that the kill has cut is a message that nobody was told of.
        if (!line.ends_with(" .")) return;
        std::istringstream fields(line);
        std::string what;
        std::int32_t vgroup = 0;
        std::int64_t begin = 0;
        fields >> what >> vgroup >> begin;
        if (what == "committed") {
            told_[vgroup] = begin;
            return;
        }
        if (what != "got") throw std::runtime_error("a child says: " + line);
        std::int64_t end = 0;
        fields >> end;
        std::vector<std::uint64_t> rows;
        for (std::uint64_t row = 0; fields >> row;)
            rows.push_back(row);
        model_.deliver(vgroup, begin, end, rows);
    }

    /// The next child must begin exactly where the group has committed.
    void go_on() {
        model_.finish();
        for (const std::int32_t vgroup : feeder_.vgroups()) {
            const std::int64_t committed = server_.committed(group, topic, vgroup).value_or(0);
            if (!model_.may_be_committed(vgroup, committed))
                fault(
                    fmt::format("vgroup {} is committed to {}, ahead of the application", vgroup, committed));
            if (const auto told = told_.find(vgroup); told != told_.end() && committed < told->second)
                fault(fmt::format("vgroup {} is committed to {}, the child was told {}", vgroup, committed,
                                  told->second));
            model_.read_from(vgroup, committed);
        }
    }

    settings how_;
    testing::server server_;
    message_log log_{table_count};
    feeder feeder_{server_, log_, how_.seed, false};
    delivery_model model_{log_};
    std::mt19937_64 random_;
    std::map<std::int32_t, std::int64_t> told_;  ///< commits that the child knows of
    std::size_t children_ = 0;
    bool seen_all_ = false;
    std::uint64_t missing_ = 0;  ///< rows behind those that were delivered last
    std::uint64_t faults_ = 0;
    std::string first_fault_;
};

}  // namespace

}  // namespace tmq::soak

int main(int argc, char** argv) {
    using namespace tmq::soak;
    try {
        const settings how(arguments(argc, argv));
        if (how.url.empty()) return supervisor(how).run() ? 0 : 1;
        reader(how).run();
        return 0;
    } catch (const std::exception& why) {
        std::fprintf(stderr,
                     "soak_restart: %s\nusage: soak_restart [--rows N] [--seed N] [--auto-commit | "
                     "--commit-every MESSAGES] [--prefetch K] [--close]\n",
                     why.what());
        return 3;
    }
}
