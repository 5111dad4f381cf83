// What a message costs between its last byte and the application: every length, count and offset is checked, and where columns lie is
// written down. Fixed-width columns are not looked into; offsets of variable ones are checked row by row, NCHAR becomes UTF-8.
#include "micro/measure.hpp"
#include "micro/meter_block.hpp"
#include "wire/data_message.hpp"

#include <benchmark/benchmark.h>

#include <memory>
#include <utility>

namespace tmq::bench {
namespace {

measure validation(std::string name, std::string item, std::uint64_t items, std::vector<std::uint8_t> message) {
    const std::uint64_t bytes = message.size();
    return {std::move(name), std::move(item), items, bytes, [message = std::move(message), layout = std::make_shared<detail::message_layout>()] {
                if (wire::parse_data_message(message, *layout)) std::abort();
                benchmark::DoNotOptimize(layout->columns.data());
            }};
}

}  // namespace

std::vector<measure> validation_measures() {
    std::vector<measure> all;
    for (const std::size_t rows : {std::size_t{10}, std::size_t{100}, std::size_t{1000}, std::size_t{10000}})
        all.push_back(validation("validate/fixed/rows:" + std::to_string(rows), "block", 1, message_of(fixed_meters(rows))));
    all.push_back(validation("validate/fixed/blocks:100", "block", 100, message_of(fixed_meters(100), 100)));
    all.push_back(validation("validate/varchar/rows:10000", "row", 10000, message_of(varchar_meters(10000))));
    all.push_back(validation("validate/nchar/rows:10000", "row", 10000, message_of(nchar_meters(10000))));
    return all;
}

}  // namespace tmq::bench
