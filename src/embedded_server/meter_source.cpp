#include "tmq/testing/meters.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace tmq::testing {

namespace {

constexpr std::int64_t start_ms = 1700000000000;
constexpr std::array<std::string_view, 6> locations = {"California.SanFrancisco", "California.LosAngeles",
                                                       "California.SanDiego",     "California.SanJose",
                                                       "California.Oakland",      "California.Sunnyvale"};

/// Returns a well-mixed number for each pair of seed and index (splitmix64).
std::uint64_t mix(std::uint64_t seed, std::uint64_t index) noexcept {
    std::uint64_t z = seed * 0x9e3779b97f4a7c15 + index * 0xd1342543de82ef95 + 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

constexpr std::int64_t ticks_per_ms(time_precision precision) noexcept {
    return precision == time_precision::milliseconds   ? 1
           : precision == time_precision::microseconds ? 1000
                                                       : 1000000;
}

}  // namespace

meter_source::meter_source(std::uint64_t seed, std::uint32_t tables, std::uint64_t null_every)
    : seed_(seed), tables_(tables), null_every_(null_every) {
    if (tables == 0) throw std::invalid_argument("a meter source needs a table");
}

meter_row meter_source::row(std::uint64_t index) const {
    const std::uint64_t random = mix(seed_, index);
    const std::uint32_t table = table_of(index);
    meter_row row;
    row.ts = timestamp(start_ms + static_cast<std::int64_t>(index), time_precision::milliseconds);
    row.current = static_cast<float>(random % 2000) / 100.0F;
    row.voltage = static_cast<std::int32_t>(200 + (random >> 16) % 41);
    row.phase = static_cast<float>((random >> 32) % 360) / 1000.0F;
    row.groupid = static_cast<std::int32_t>(table);
    if (null_every_ == 0 || index % null_every_ != 0) row.location = locations[table % locations.size()];
    return row;
}

std::uint64_t meter_source::index_of(const timestamp& ts) noexcept {
    return static_cast<std::uint64_t>(ts.ticks() / ticks_per_ms(ts.precision()) - start_ms);
}

std::string meter_source::table_name(std::uint32_t table) {
    return std::string("d").append(std::to_string(table));
}

block_builder meter_source::make_block(std::uint32_t table, time_precision precision) const {
    block_builder block(precision);
    block.table(table_name(table));
    block.column("ts", data_type::timestamp)
        .column("current", data_type::real)
        .column("voltage", data_type::integer)
        .column("phase", data_type::real)
        .column("groupid", data_type::integer)
        .column("location", data_type::varchar, 64);
    return block;
}

void meter_source::add_row(block_builder& block, std::uint64_t index) const {
    const meter_row values = row(index);
    const timestamp ts(values.ts.ticks() * ticks_per_ms(block.precision()), block.precision());
    block.row(ts, values.current, values.voltage, values.phase, values.groupid, values.location);
}

void append_meters(server& server, std::string_view topic, const meter_source& source,
                   std::uint64_t first_index, std::uint64_t rows, std::size_t rows_per_block,
                   std::size_t blocks_per_message) {
    if (rows_per_block == 0 || blocks_per_message == 0)
        throw std::invalid_argument("blocks and messages cannot be empty");
    const std::vector<std::int32_t> vgroups = server.vgroups(topic);
    const time_precision precision = server.precision(topic);
    std::vector<std::vector<block_builder>> pending(vgroups.size());
    const auto send = [&](std::size_t vgroup) {
        server.append(topic, vgroups[vgroup], pending[vgroup]);
        pending[vgroup].clear();
    };
    // A window has one block per table, so that the tables advance together in time.
    const std::uint64_t end = first_index + rows;
    const std::uint64_t window = std::uint64_t{source.tables()} * rows_per_block;
    for (std::uint64_t start = first_index; start < end; start += std::min(window, end - start)) {
        const std::uint64_t stop = start + std::min(window, end - start);
        for (std::uint64_t first = start; first < stop && first < start + source.tables(); ++first) {
            const std::uint32_t table = source.table_of(first);
            const std::size_t vgroup = table % vgroups.size();
            block_builder& block = pending[vgroup].emplace_back(source.make_block(table, precision));
            for (std::uint64_t index = first; index < stop; index += source.tables())
                source.add_row(block, index);
            if (pending[vgroup].size() == blocks_per_message) send(vgroup);
        }
    }
    for (std::size_t vgroup = 0; vgroup < pending.size(); ++vgroup)
        if (!pending[vgroup].empty()) send(vgroup);
}

}  // namespace tmq::testing
