// DECIMAL: read from a column, and converted. Numbers of 18 digits, as DECIMAL64 has them, and of 38.
#include "tmq/decimal.hpp"

#include "micro/measure.hpp"
#include "micro/meter_block.hpp"
#include "tmq/block.hpp"

#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <string>

namespace tmq::bench {
namespace {

constexpr std::size_t value_count = 1000;

std::vector<decimal> numbers(bool wide) {
    std::mt19937_64 random(1);
    std::vector<decimal> all;
    for (std::size_t i = 0; i < value_count; ++i) {
        const auto magnitude = static_cast<std::int64_t>(random() % 1'000'000'000'000'000'000);
        const std::int64_t number = i % 2 == 0 ? magnitude : -magnitude;
        all.push_back(wide ? decimal(number, random(), 38, 10) : decimal(number, 18, 4));
    }
    return all;
}

template <class Convert>
measure converting(std::string name, bool wide, Convert convert) {
    const auto values = std::make_shared<const std::vector<decimal>>(numbers(wide));
    return {name + (wide ? "/38 digits" : "/18 digits"), "value", value_count, 0, [values, convert] {
                for (const decimal& value : *values)
                    benchmark::DoNotOptimize(convert(value));
            }};
}

measure reading(data_type type, std::string name) {
    std::vector<test::optional_number> values;
    for (const decimal& value : numbers(false))
        values.push_back(value.low());
    test::block_spec block;
    block.rows = value_count;
    block.columns.push_back(test::decimal_column("price", type, 4, 18, values));
    const auto message = parsed(block);
    return {std::move(name), "row", value_count, message->bytes.size(), [message] {
                std::uint64_t sum = 0;
                for (const decimal& value :
                     block_view(message->layout, message->layout.blocks[0]).column<decimal>(0))
                    sum += value.low();
                benchmark::DoNotOptimize(sum);
            }};
}

}  // namespace

std::vector<measure> decimal_measures() {
    std::vector<measure> all;
    all.push_back(reading(data_type::decimal64, "decimal/column/64 bits"));
    all.push_back(reading(data_type::decimal, "decimal/column/128 bits"));
    for (const bool wide : {false, true}) {
        all.push_back(
            converting("decimal/to_string", wide, [](const decimal& value) { return to_string(value); }));
        all.push_back(
            converting("decimal/to_double", wide, [](const decimal& value) { return value.to_double(); }));
        all.push_back(
            converting("decimal/to_int64", wide, [](const decimal& value) { return value.to_int64(); }));
    }
    return all;
}

}  // namespace tmq::bench
