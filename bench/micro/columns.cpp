// One column of numbers without nulls, against memcpy of the same bytes.
#include "column_sum.hpp"
#include "micro/measure.hpp"
#include "micro/meter_block.hpp"
#include "tmq/block.hpp"

#include <benchmark/benchmark.h>

#include <cstring>
#include <memory>

namespace tmq::bench {
std::vector<measure> column_measures() {
    std::vector<measure> all;
    for (const std::size_t rows :
         {std::size_t{4096}, std::size_t{65536}, std::size_t{1'000'000}, std::size_t{8'000'000}}) {
        test::block_spec block;
        block.rows = static_cast<std::uint32_t>(rows);
        std::vector<test::optional_number> values(rows);
        for (std::size_t row = 0; row < rows; ++row)
            values[row] = 200 + row % 40;
        block.columns.push_back(test::fixed_column("voltage", data_type::integer, 4, values));
        const auto message = parsed(block);
        const auto column =
            block_view(message->layout, message->layout.blocks[0]).column<std::int32_t>("voltage");
        const std::uint64_t bytes = rows * sizeof(std::int32_t);
        const std::string suffix = "/rows:" + std::to_string(rows);

        const auto copy = std::make_shared<std::vector<std::int32_t>>(rows);
        all.push_back({"column/memcpy" + suffix, "row", rows, bytes, [message, column, copy] {
                           std::memcpy(copy->data(), column.raw_values().data(), column.raw_values().size());
                           benchmark::ClobberMemory();
                       }});
        all.push_back({"column/sum" + suffix, "row", rows, bytes, [message, column] {
                           std::int64_t result = sum(column);
                           benchmark::DoNotOptimize(result);
                       }});
        all.push_back({"column/simple sum" + suffix, "row", rows, bytes, [message, column] {
                           std::int64_t result = 0;
                           for (const std::int32_t value : column)
                               result += value;
                           benchmark::DoNotOptimize(result);
                       }});
        all.push_back({"column/copy_to" + suffix, "row", rows, bytes, [message, column, copy] {
                           column.copy_to(*copy);
                           benchmark::ClobberMemory();
                       }});
    }
    return all;
}

}  // namespace tmq::bench
