// microbench [Google Benchmark's options]: times. microbench --instructions, under callgrind: one dump for
// each measure. microbench --items: how many items a pass goes through, and what they are.
#include "micro/measure.hpp"

#include <benchmark/benchmark.h>
#include <valgrind/callgrind.h>

#include <cstdio>
#include <string_view>

namespace {

std::vector<tmq::bench::measure> all_measures() {
    std::vector<tmq::bench::measure> all;
    for (const auto make :
         {tmq::bench::validation_measures, tmq::bench::column_measures, tmq::bench::row_measures,
          tmq::bench::nchar_measures, tmq::bench::decimal_measures, tmq::bench::inflate_measures,
          tmq::bench::ws_measures, tmq::bench::json_measures, tmq::bench::request_measures})
        for (auto& measure : make())
            all.push_back(std::move(measure));
    return all;
}

void count_instructions(const std::vector<tmq::bench::measure>& all) {
    for (const auto& measure : all) {
        measure.pass();  // whatever is done once only
        CALLGRIND_ZERO_STATS;
        measure.pass();
        CALLGRIND_DUMP_STATS_AT(measure.name.c_str());
    }
}

void register_timing(const tmq::bench::measure& measure) {
    benchmark::RegisterBenchmark(measure.name.c_str(), [&measure](benchmark::State& state) {
        for ([[maybe_unused]] const auto _ : state)
            measure.pass();
        state.counters["items"] = static_cast<double>(measure.items);
        state.SetLabel(measure.item);
        state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(measure.bytes));
    });
}

}  // namespace

int main(int argc, char** argv) {
    const auto all = all_measures();
    if (argc > 1 && std::string_view(argv[1]) == "--instructions") {
        if (RUNNING_ON_VALGRIND == 0)
            return std::fputs("run it under valgrind --tool=callgrind\n", stderr), 1;
        count_instructions(all);
        return 0;
    }
    if (argc > 1 && std::string_view(argv[1]) == "--items") {
        for (const auto& measure : all)
            std::printf("%s %llu %s\n", measure.name.c_str(), static_cast<unsigned long long>(measure.items),
                        measure.item.c_str());
        return 0;
    }
    for (const auto& measure : all)
        register_timing(measure);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
