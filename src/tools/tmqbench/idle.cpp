#include "tmq/consumer.hpp"
#include "tools/tmqbench/commands.hpp"
#include "tools/tmqbench/member_options.hpp"
#include "tools/tmqbench/process_usage.hpp"
#include "tools/tmqbench/thread_group.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace tmq::tools::tmqbench {
namespace {

struct idle_options : member_options {
    std::chrono::seconds time{10};
};

idle_options parse_idle(arguments& args) {
    idle_options out;
    out.consumers = 1000;
    out.settings.start_at(offset_reset::latest);
    while (args.next()) {
        if (args.option() == "--seconds")
            out.time = std::chrono::seconds(args.number(1, 86'400));
        else if (!out.read(args))
            throw usage_error("unknown option " + args.option());
    }
    out.complete();
    return out;
}

/// The cost of a measured time.
struct cost {
    double seconds = 0;
    double cpu = 0;
    std::uint64_t polls = 0;  ///< answered polls
};

/// A number of consumers without anything to read.
class fleet {
  public:
    explicit fleet(const idle_options& options)
        : options_(options), threads_(options.threads), messages_(options.consumers) {
        for (std::size_t i = 0; i < options.consumers; ++i) {
            // Each consumer is in a group of its own, so it is assigned every vgroup, and is not delayed by
            // rebalances.
            config settings = options.settings;
            settings.group_id(fmt::format("{}_{}", options.group, i));
            members_.push_back(std::make_unique<consumer>(threads_[i], settings));
        }
    }
    void subscribe() {
        for (std::size_t i = 0; i < members_.size(); ++i)
            threads_.spawn(i, members_[i]->subscribe(options_.topic));
        threads_.run();
    }
    cost do_nothing() {
        return measure([this] { threads_.spawn(0, pass()); });
    }
    cost wait_in_poll() {
        return measure([this] {
            for (std::size_t i = 0; i < members_.size(); ++i)
                threads_.spawn(i, poll(*members_[i], messages_[i]));
        });
    }
    void close() {
        for (std::size_t i = 0; i < members_.size(); ++i)
            threads_.spawn(i, members_[i]->close());
        threads_.run();
    }

  private:
    asio::awaitable<void> pass() {
        asio::steady_timer timer(threads_[0], options_.time);
        co_await timer.async_wait(asio::use_awaitable);
    }
    asio::awaitable<void> poll(consumer& member, message& out) {
        const bool has_message = co_await member.poll(out, options_.time);
        if (has_message) throw std::runtime_error("a message arrived, but nobody must write to the topic");
    }
    std::uint64_t polls() const {
        std::uint64_t sum = 0;
        for (const auto& member : members_)
            sum += member->stats().polls;
        return sum;
    }
    template <class Spawn>
    cost measure(const Spawn& spawn) {
        const std::uint64_t initial_polls = polls();
        const double initial_cpu = cpu_seconds();
        const auto start = std::chrono::steady_clock::now();
        spawn();
        threads_.run();
        return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
                cpu_seconds() - initial_cpu, polls() - initial_polls};
    }

    const idle_options& options_;
    thread_group threads_;
    std::vector<message> messages_;
    std::vector<std::unique_ptr<consumer>> members_;
};

/// Connects one consumer, since the first connection of a process costs more than the next ones.
void warm_up(idle_options options) {
    options.consumers = 1;
    options.threads = 1;
    options.group += "_first";
    fleet first(options);
    first.subscribe();
    first.close();
}

struct result {
    std::uint64_t initial_kb = 0;
    std::uint64_t kb = 0;
    std::uint64_t bytes = 0;  ///< allocated by subscribe
    cost idling;
    cost polling;
};

void print(const idle_options& options, const result& measured) {
    const auto consumers = static_cast<double>(options.consumers);
    const double kb = static_cast<double>(measured.kb) - static_cast<double>(measured.initial_kb);
    const cost& idling = measured.idling;
    const cost& polling = measured.polling;
    fmt::print(
        R"({{"peer":"tmq","consumers":{},"threads":{},"rss_kb":{},"rss_kb_before":{},"rss_kb_each":{:.2f},)"
        R"("heap_bytes_each":{:.0f},"idle_s":{:.3f},"idle_cpu_s":{:.6f},"idle_cpu_share":{:.6f},)"
        R"("poll_s":{:.3f},"poll_cpu_s":{:.6f},"poll_cpu_share":{:.6f},"polls":{},"cpu_us_per_poll":{:.3f}}})"
        "\n",
        options.consumers, options.threads, measured.kb, measured.initial_kb, kb / consumers,
        static_cast<double>(measured.bytes) / consumers, idling.seconds, idling.cpu,
        idling.cpu / idling.seconds, polling.seconds, polling.cpu, polling.cpu / polling.seconds,
        polling.polls, 1e6 * polling.cpu / static_cast<double>(polling.polls));
}

}  // namespace

int idle(arguments args) {
    const idle_options options = parse_idle(args);
    allow_many_files();
    warm_up(options);
    result measured;
    measured.initial_kb = memory_kb();
    const std::uint64_t initial_bytes = allocated_bytes();
    fleet consumers(options);
    consumers.subscribe();
    measured.bytes = allocated_bytes() - initial_bytes;
    measured.idling = consumers.do_nothing();
    measured.polling = consumers.wait_in_poll();
    measured.kb = memory_kb();
    consumers.close();
    print(options, measured);
    return 0;
}

}  // namespace tmq::tools::tmqbench
