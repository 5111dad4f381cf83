#include "tmq/consumer.hpp"
#include "tools/tmqbench/commands.hpp"
#include "tools/tmqbench/consume_options.hpp"
#include "tools/tmqbench/process_usage.hpp"
#include "tools/tmqbench/progress.hpp"
#include "tools/tmqbench/thread_group.hpp"
#include "tools/tmqbench/touch.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace tmq::tools::tmqbench {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

void work_for(std::chrono::microseconds time) {
    const auto end = steady::now() + time;
    while (steady::now() < end) {
    }
}

asio::awaitable<void> read(consumer& consumer, const consume_options& options, progress& progress,
                           totals& sums) {
    constexpr auto longest_silence = 30s;
    message message;
    std::int64_t rows_left = 0;
    auto silence_start = steady::now();
    while (!progress.is_done()) {
        if (!co_await consumer.poll(message, 200ms)) {
            // A member may have nothing to read, so the silence is that of all members.
            const std::int64_t current = progress.rows_left();
            if (std::exchange(rows_left, current) != current) silence_start = steady::now();
            if (steady::now() - silence_start > longest_silence)
                throw std::runtime_error("no message for 30 s");
            continue;
        }
        touch(message, options.mode, sums);
        progress.add(message.row_count());
        if (options.work.count() != 0) work_for(options.work);
        if (options.commit) co_await consumer.commit(message);
    }
}

void print(const consume_options& options, const totals& sums, const progress& progress) {
    const auto seconds = [](steady::duration time) { return std::chrono::duration<double>(time).count(); };
    fmt::print(
        R"({{"peer":"tmq","mode":"{}","rows":{},"cells":{},"typed_cells":{},"nulls":{},"bytes":{},)"
        R"("msgs":{},"blocks":{},"isum":{},"fsum":{},"first_s":{:.6f},"seconds":{:.6f},"rows_per_s":{:.0f},)"
        R"("cpu_s":{:.6f},"read_cpu_s":{:.6f},"rss_kb":{}}})"
        "\n",
        options.mode_name, sums.rows, sums.cells, sums.typed_cells, sums.nulls, sums.bytes, sums.messages,
        sums.blocks, static_cast<std::int64_t>(sums.integers),
        std::isfinite(sums.floats) ? fmt::format("{}", sums.floats) : "null",
        seconds(progress.first_message()), seconds(progress.total()),
        static_cast<double>(sums.rows) / seconds(progress.total()), progress.cpu(), progress.read_cpu(),
        peak_memory_kb());
}

}  // namespace

int consume(arguments args) {
    const consume_options options = parse_consume_options(args);
    allow_many_files();
    thread_group threads(options.threads);
    std::vector<std::unique_ptr<consumer>> members;
    for (std::size_t i = 0; i < options.consumers; ++i) {
        config settings = options.settings;
        if (options.own_groups) settings.group_id(fmt::format("{}_{}", options.group, i));
        members.push_back(std::make_unique<consumer>(threads[i], settings));
    }

    std::vector<totals> sums(members.size());
    progress progress(options.rows);
    // No member joins or leaves while another one reads: a vgroup that moves delivers its uncommitted
    // messages again.
    for (std::size_t i = 0; i < members.size(); ++i)
        threads.spawn(i, members[i]->subscribe(options.topic));
    threads.run();
    progress.start();
    for (std::size_t i = 0; i < members.size(); ++i)
        threads.spawn(i, read(*members[i], options, progress, sums[i]));
    threads.run();
    for (std::size_t i = 0; i < members.size(); ++i)
        threads.spawn(i, members[i]->close());
    threads.run();

    totals total;
    for (const totals& part : sums)
        total += part;
    print(options, total, progress);
    return 0;
}

}  // namespace tmq::tools::tmqbench
