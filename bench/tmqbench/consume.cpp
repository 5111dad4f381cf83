#include "tmq/consumer.hpp"
#include "tmqbench/commands.hpp"
#include "tmqbench/consume_options.hpp"
#include "tmqbench/progress.hpp"
#include "tmqbench/touch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/core.h>

#include <chrono>
#include <cmath>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace tmq::bench {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

void work_for(std::chrono::microseconds time) {
    const auto end = steady::now() + time;
    while (steady::now() < end) {
    }
}

asio::awaitable<void> until(const consumer& member, const progress& progress, bool (tmq::bench::progress::*condition)() const noexcept) {
    asio::steady_timer tick(member.get_executor());
    while (!(progress.*condition)()) {
        tick.expires_after(1ms);
        co_await tick.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> read(consumer& consumer, const consume_options& options, progress& progress, totals& sums) {
    constexpr auto longest_silence = 30s;
    message message;
    std::int64_t left = 0;
    auto changed = steady::now();
    while (!progress.is_done()) {
        if (!co_await consumer.poll(message, 200ms)) {
            // Nobody has read anything: a member may well have nothing to read.
            const std::int64_t left_now = progress.rows_left();
            if (std::exchange(left, left_now) != left_now) changed = steady::now();
            if (steady::now() - changed > longest_silence) throw std::runtime_error("no message for 30 s");
            continue;
        }
        touch(message, options.mode, sums);
        progress.add(message.row_count());
        if (options.work.count() != 0) work_for(options.work);
        if (options.commit) co_await consumer.commit(message);
    }
}

asio::awaitable<void> run(consumer& consumer, const consume_options& options, progress& progress, totals& sums) {
    // While one reads nobody comes or goes: vgroups that move bring messages again that were not committed.
    co_await consumer.subscribe(options.topic);
    progress.joined();
    co_await until(consumer, progress, &tmq::bench::progress::all_joined);
    co_await read(consumer, options, progress, sums);
    progress.finished();
    co_await until(consumer, progress, &tmq::bench::progress::all_finished);
    co_await consumer.close();
}

/// Threads with a context each: consumers are bound to one, and share nothing.
class thread_group {
  public:
    explicit thread_group(std::size_t threads) {
        for (std::size_t i = 0; i < threads; ++i) contexts_.push_back(std::make_unique<asio::io_context>(1));
    }
    asio::io_context& operator[](std::size_t index) { return *contexts_[index % contexts_.size()]; }

    void spawn(std::size_t index, asio::awaitable<void> work) {
        asio::co_spawn((*this)[index], std::move(work), [this](std::exception_ptr failure) {
            if (failure) fail(std::move(failure));
        });
    }
    /// Until all is done, with this thread as one of them. Throws what the first to fail has thrown, at once.
    void run() {
        {
            std::vector<std::jthread> others;
            for (std::size_t i = 1; i < contexts_.size(); ++i) others.emplace_back([&context = *contexts_[i]] { context.run(); });
            contexts_.front()->run();
        }
        if (failure_) std::rethrow_exception(failure_);
    }

  private:
    void fail(std::exception_ptr failure) {
        const std::scoped_lock lock(mutex_);
        if (!failure_) failure_ = std::move(failure);
        for (const auto& context : contexts_) context->stop();
    }

    std::vector<std::unique_ptr<asio::io_context>> contexts_;
    std::mutex mutex_;
    std::exception_ptr failure_;
};

void print(const consume_options& options, const totals& sums, const progress& progress) {
    const auto seconds = [](steady::duration time) { return std::chrono::duration<double>(time).count(); };
    fmt::print(R"({{"peer":"tmq","mode":"{}","rows":{},"cells":{},"nulls":{},"bytes":{},"msgs":{},"blocks":{},"isum":{},"fsum":{},)"
               R"("first_s":{:.6f},"seconds":{:.6f},"rows_per_s":{:.0f},"cpu_s":{:.6f},"rss_kb":{}}})"
               "\n",
               options.mode_name, sums.rows, sums.cells, sums.nulls, sums.bytes, sums.messages, sums.blocks, static_cast<std::int64_t>(sums.integers),
               std::isfinite(sums.floats) ? fmt::format("{}", sums.floats) : "null", seconds(progress.first()), seconds(progress.all()),
               static_cast<double>(sums.rows) / seconds(progress.all()), progress.cpu(), peak_memory_kb());
}

}  // namespace

int consume(arguments args) {
    const consume_options options = parse_consume_options(args);
    thread_group threads(options.threads);
    std::vector<std::unique_ptr<consumer>> members;
    for (std::size_t i = 0; i < options.consumers; ++i) members.push_back(std::make_unique<consumer>(threads[i], options.settings));

    std::vector<totals> sums(members.size());
    progress progress(members.size(), options.rows);
    for (std::size_t i = 0; i < members.size(); ++i) threads.spawn(i, run(*members[i], options, progress, sums[i]));
    threads.run();

    totals all;
    for (const totals& one : sums) all += one;
    print(options, all, progress);
    return 0;
}

}  // namespace tmq::bench
