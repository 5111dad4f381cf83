#include "tmq/consumer.hpp"
#include "tmqbench/commands.hpp"
#include "tmqbench/touch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <fmt/core.h>

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <future>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tmq::bench {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

struct consume_options {
    config settings;
    std::string topic;
    std::uint64_t rows = 0;
    std::string mode_name = "rows";
    touch_mode mode = touch_mode::rows;
    bool commit = false;
    std::chrono::microseconds work{0};
    std::size_t consumers = 1;
    std::size_t threads = 1;
};

touch_mode mode_of(const std::string& name) {
    if (name == "rows") return touch_mode::rows;
    if (name == "columns") return touch_mode::columns;
    if (name == "dynamic") return touch_mode::dynamic;
    throw usage_error("--mode: '" + name + "' is not rows, columns or dynamic");
}

consume_options parse(arguments& args) {
    constexpr std::uint64_t billions = 1'000'000'000'000;
    consume_options out;
    out.settings.auto_commit(false).start_at(offset_reset::earliest).group_id(fmt::format("tmqbench_{}", ::getpid()));
    std::optional<std::string> url;
    std::optional<std::string> group;
    std::optional<std::uint64_t> prefetch;
    bool compress = false;
    while (args.next()) {
        const std::string& option = args.option();
        if (option == "--url")
            url = args.value();
        else if (option == "--topic")
            out.topic = args.value();
        else if (option == "--rows")
            out.rows = args.number(1, billions);
        else if (option == "--group")
            group = args.value();
        else if (option == "--mode")
            out.mode = mode_of(out.mode_name = args.value());
        else if (option == "--prefetch")
            prefetch = args.number(0, 1024);
        else if (option == "--compress")
            compress = true;
        else if (option == "--commit")
            out.commit = true;
        else if (option == "--work-us")
            out.work = std::chrono::microseconds(args.number(0, 10'000'000));
        else if (option == "--consumers")
            out.consumers = args.number(1, 1024);
        else if (option == "--threads")
            out.threads = args.number(1, 1024);
        else
            throw usage_error("unknown option " + option);
    }
    if (!url) throw usage_error("--url is missing");
    if (out.topic.empty()) throw usage_error("--topic is missing");
    if (out.rows == 0) throw usage_error("--rows is missing");
    out.settings.url(*url);
    if (group) out.settings.group_id(*group);
    if (prefetch) out.settings.prefetch(*prefetch);
    if (compress) out.settings.compression(true);
    return out;
}

void work_for(std::chrono::microseconds time) {
    const auto end = steady::now() + time;
    while (steady::now() < end) {
    }
}

double seconds(steady::duration time) { return std::chrono::duration<double>(time).count(); }

/// User and system, of the whole process.
double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

/// getrusage would tell of the process that started this one, too.
std::uint64_t peak_memory_kb() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6));
    return 0;
}

/// What the members of the group share.
class progress {
  public:
    explicit progress(std::uint64_t rows) : rows_left_(static_cast<std::int64_t>(rows)) {}

    void start() { start_ = steady::now(); }
    /// The first message and the one that reaches the number of rows fix the times.
    void add(std::uint64_t rows) {
        const auto count = static_cast<std::int64_t>(rows);
        const std::int64_t before = rows_left_.fetch_sub(count);
        if (!has_message_.exchange(true)) first_ = steady::now() - start_;
        if (before > 0 && before <= count) all_ = steady::now() - start_;
    }
    std::int64_t rows_left() const { return rows_left_; }
    bool is_done() const { return rows_left_ <= 0; }
    steady::duration first() const { return first_; }
    steady::duration all() const { return all_; }

  private:
    std::atomic<std::int64_t> rows_left_;
    std::atomic<bool> has_message_ = false;
    steady::time_point start_;
    steady::duration first_{};
    steady::duration all_{};
};

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

/// A context for each thread: consumers are bound to one, and share nothing.
class context_list {
  public:
    explicit context_list(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) all_.push_back(std::make_unique<asio::io_context>(1));
    }
    asio::io_context& operator[](std::size_t index) { return *all_[index % all_.size()]; }
    auto begin() const { return all_.begin(); }
    auto end() const { return all_.end(); }

  private:
    std::vector<std::unique_ptr<asio::io_context>> all_;
};

/// Runs every context in a thread of its own, until its end.
class running_threads {
  public:
    explicit running_threads(const context_list& contexts) : contexts_(contexts) {
        for (const auto& context : contexts) {
            guards_.push_back(asio::make_work_guard(*context));
            threads_.emplace_back([&context] { context->run(); });
        }
    }
    ~running_threads() {
        for (const auto& context : contexts_) context->stop();
    }
    running_threads(const running_threads&) = delete;
    running_threads& operator=(const running_threads&) = delete;

  private:
    const context_list& contexts_;
    std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
    std::vector<std::jthread> threads_;
};

void print(const consume_options& options, const totals& sums, const progress& progress, double cpu) {
    const double all = seconds(progress.all());
    fmt::print(R"({{"peer":"tmq","mode":"{}","rows":{},"cells":{},"nulls":{},"bytes":{},"msgs":{},"blocks":{},"isum":{},"fsum":{},)"
               R"("first_s":{:.6f},"seconds":{:.6f},"rows_per_s":{:.0f},"cpu_s":{:.6f},"rss_kb":{}}})"
               "\n",
               options.mode_name, sums.rows, sums.cells, sums.nulls, sums.bytes, sums.messages, sums.blocks, static_cast<std::int64_t>(sums.integers),
               std::isfinite(sums.floats) ? fmt::format("{}", sums.floats) : "null", seconds(progress.first()), all,
               static_cast<double>(sums.rows) / all, cpu, peak_memory_kb());
}

}  // namespace

int consume(arguments args) {
    const consume_options options = parse(args);
    context_list contexts(options.threads);
    std::vector<std::unique_ptr<consumer>> members;
    for (std::size_t i = 0; i < options.consumers; ++i) members.push_back(std::make_unique<consumer>(contexts[i], options.settings));
    const running_threads threads(contexts);

    const double cpu_before = cpu_seconds();
    // All are members before the first reads: vgroups that moved later would bring their messages again.
    for (std::size_t i = 0; i < members.size(); ++i) asio::co_spawn(contexts[i], members[i]->subscribe(options.topic), asio::use_future).get();
    progress progress(options.rows);
    std::vector<totals> sums(members.size());
    std::vector<std::future<void>> reading;
    progress.start();
    for (std::size_t i = 0; i < members.size(); ++i)
        reading.push_back(asio::co_spawn(contexts[i], read(*members[i], options, progress, sums[i]), asio::use_future));
    for (auto& one : reading) one.get();
    const double cpu = cpu_seconds() - cpu_before;
    for (std::size_t i = 0; i < members.size(); ++i) asio::co_spawn(contexts[i], members[i]->close(), asio::use_future).get();

    totals all;
    for (const totals& one : sums) all += one;
    print(options, all, progress, cpu);
    return 0;
}

}  // namespace tmq::bench
