// Every value of six columns, row by row.
#include "micro/measure.hpp"
#include "micro/meter_block.hpp"
#include "tmq/block.hpp"
#include "tmq/describe.hpp"
#include "tmq/row.hpp"

#include <benchmark/benchmark.h>

#include <boost/describe.hpp>

#include <optional>
#include <string_view>
#include <variant>

namespace tmq::bench {
namespace {

constexpr std::size_t row_count = 10000;

struct meter {
    timestamp ts;
    float current = 0;
    std::optional<std::int32_t> voltage;
    double phase = 0;
    std::int64_t energy = 0;
    std::optional<std::string_view> location;
};
BOOST_DESCRIBE_STRUCT(meter, (), (ts, current, voltage, phase, energy, location))

/// What the values of a row add up to, so that none can be left unread.
class checksum {
  public:
    void add(timestamp ts) { integers_ += ts.ticks(); }
    void add(double value) { floats_ += value; }
    void add(std::int64_t value) { integers_ += value; }
    void add(std::string_view text) {
        integers_ += static_cast<std::int64_t>(text.size()) + (text.empty() ? 0 : text.back());
    }
    template <class T>
    void add(const std::optional<T>& value) {
        if (value) add(*value);
    }
    void add(float value) { add(double{value}); }
    template <class T>
    void add(const T&) {}  // alternatives of a value that are in no column here
    ~checksum() {
        benchmark::DoNotOptimize(integers_);
        benchmark::DoNotOptimize(floats_);
    }

  private:
    std::int64_t integers_ = 0;
    double floats_ = 0;
};

template <class Read>
measure reading(std::string name, const test::block_spec& block, Read read) {
    const auto message = parsed(block);
    return {std::move(name), "row", row_count, message->bytes.size(), [message, read] {
                checksum sum;
                read(block_view(message->layout, message->layout.blocks[0]), sum);
            }};
}

}  // namespace

std::vector<measure> row_measures() {
    std::vector<measure> all;
    all.push_back(reading("rows<6>/fixed", fixed_meters(row_count), [](block_view block, checksum& sum) {
        for (const auto& [ts, current, voltage, phase, energy, status] :
             block.rows<timestamp, float, std::int32_t, double, std::int64_t, std::uint32_t>()) {
            sum.add(ts);
            sum.add(double{current});
            sum.add(std::int64_t{voltage});
            sum.add(phase);
            sum.add(energy);
            sum.add(std::int64_t{status});
        }
    }));
    all.push_back(
        reading("rows<6>/nulls and text", varchar_meters(row_count, 10), [](block_view block, checksum& sum) {
            for (const auto& [ts, current, voltage, phase, energy, location] :
                 block.rows<timestamp, float, std::optional<std::int32_t>, double, std::int64_t,
                            std::string_view>()) {
                sum.add(ts);
                sum.add(double{current});
                if (voltage) sum.add(std::int64_t{*voltage});
                sum.add(phase);
                sum.add(energy);
                sum.add(location);
            }
        }));
    all.push_back(reading("rows_as<struct>/nulls and text", varchar_meters(row_count, 10),
                          [](block_view block, checksum& sum) {
                              for (const meter& m : block.rows_as<meter>()) {
                                  sum.add(m.ts);
                                  sum.add(double{m.current});
                                  if (m.voltage) sum.add(std::int64_t{*m.voltage});
                                  sum.add(m.phase);
                                  sum.add(m.energy);
                                  sum.add(m.location);
                              }
                          }));
    const auto read_dynamic_rows = [](block_view block, checksum& sum) {
        for (const row_view row : block.dynamic_rows())
            for (std::size_t column = 0; column < row.size(); ++column)
                std::visit([&](const auto& value) { sum.add(value); }, row[column]);
    };
    all.push_back(reading("dynamic_rows/fixed", fixed_meters(row_count), read_dynamic_rows));
    all.push_back(reading("dynamic_rows/nulls and text", varchar_meters(row_count, 10), read_dynamic_rows));
    all.push_back(
        reading("value()/nulls and text", varchar_meters(row_count, 10), [](block_view block, checksum& sum) {
            for (std::size_t row = 0; row < block.row_count(); ++row)
                for (std::size_t column = 0; column < block.column_count(); ++column)
                    std::visit([&](const auto& value) { sum.add(value); }, block.value(row, column));
        }));
    return all;
}

}  // namespace tmq::bench
