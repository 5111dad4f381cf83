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

/// What went by in a time.
struct usage {
    double seconds = 0;
    double cpu = 0;
    std::uint64_t polls = 0;  ///< that were answered
};

/// Consumers that have nothing to read.
class fleet {
  public:
    explicit fleet(const idle_options& options)
        : options_(options), threads_(options.threads), messages_(options.consumers) {
        for (std::size_t i = 0; i < options.consumers; ++i) {
            // In a group of its own each is assigned every vgroup, and none is held up by the coming of the
            // others.
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
    usage do_nothing() {
        return measure([this] { threads_.spawn(0, pass()); });
    }
    usage wait_in_poll() {
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
        const bool got = co_await member.poll(out, options_.time);
        if (got) throw std::runtime_error("a message came: the topic is not at rest");
    }
    std::uint64_t polls() const {
        std::uint64_t sum = 0;
        for (const auto& member : members_)
            sum += member->stats().polls;
        return sum;
    }
    template <class Spawn>
    usage measure(const Spawn& spawn) {
        const std::uint64_t polls_before = polls();
        const double cpu_before = cpu_seconds();
        const auto begun = std::chrono::steady_clock::now();
        spawn();
        threads_.run();
        return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(),
                cpu_seconds() - cpu_before, polls() - polls_before};
    }

    const idle_options& options_;
    thread_group threads_;
    std::vector<message> messages_;
    std::vector<std::unique_ptr<consumer>> members_;
};

}  // namespace

int idle(arguments args) {
    const idle_options options = parse_idle(args);
    allow_many_files();
    {
        // What the first connection of a process costs is not the next one's.
        idle_options one = options;
        one.consumers = one.threads = 1;
        one.group += "_first";
        fleet first(one);
        first.subscribe();
        first.close();
    }
    const std::uint64_t kb_before = memory_kb();
    const std::uint64_t bytes_before = allocated_bytes();
    fleet all(options);
    all.subscribe();
    const std::uint64_t bytes = allocated_bytes() - bytes_before;
    const usage nothing = all.do_nothing();
    const usage polling = all.wait_in_poll();
    const std::uint64_t kb = memory_kb();
    all.close();

    const auto consumers = static_cast<double>(options.consumers);
    fmt::print(
        R"({{"peer":"tmq","consumers":{},"threads":{},"rss_kb":{},"rss_kb_before":{},"rss_kb_each":{:.2f},"heap_bytes_each":{:.0f},)"
        R"("idle_s":{:.3f},"idle_cpu_s":{:.6f},"idle_cpu_share":{:.6f},"poll_s":{:.3f},"poll_cpu_s":{:.6f},"poll_cpu_share":{:.6f},"polls":{},)"
        R"("cpu_us_per_poll":{:.3f}}})"
        "\n",
        options.consumers, options.threads, kb, kb_before,
        (static_cast<double>(kb) - static_cast<double>(kb_before)) / consumers,
        static_cast<double>(bytes) / consumers, nothing.seconds, nothing.cpu, nothing.cpu / nothing.seconds,
        polling.seconds, polling.cpu, polling.cpu / polling.seconds, polling.polls,
        1e6 * polling.cpu / static_cast<double>(polling.polls));
    return 0;
}

}  // namespace tmq::tools::tmqbench
