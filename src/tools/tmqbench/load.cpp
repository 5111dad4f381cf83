#include "tools/tmqbench/load.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace tmq::tools::tmqbench {
namespace {

constexpr std::uint64_t start_ms = 1'700'000'000'000;
constexpr std::uint64_t null_interval = 50;
constexpr std::array types = {data_type::timestamp, data_type::real,    data_type::integer, data_type::real,
                              data_type::integer,   data_type::varchar, data_type::bigint};
constexpr std::array<std::string_view, 8> locations = {"California.SanFrancisco", "California.LosAngeles",
                                                       "California.SanDiego",     "California.Sacramento",
                                                       "California.SantaBarbara", "California.MountainView",
                                                       "California.SantaClarita", "California.Bakersfield"};

/// Returns a well-mixed number for each index (splitmix64), so that the load compresses as real readings do.
std::uint64_t mix(std::uint64_t index) noexcept {
    std::uint64_t z = (index + 1) * 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

testing::block_builder empty_block(std::uint64_t table) {
    testing::block_builder block;
    block.table("d" + std::to_string(table));
    block.column("ts", data_type::timestamp)
        .column("current", data_type::real)
        .column("voltage", data_type::integer)
        .column("phase", data_type::real)
        .column("groupid", data_type::integer)
        .column("location", data_type::varchar, 64)
        .column("sequence", data_type::bigint);
    return block;
}

void add_row(testing::block_builder& block, std::uint64_t table, std::uint64_t index) {
    const std::uint64_t random = mix(index);
    std::optional<std::string_view> location;
    if (index % null_interval != 0) location = locations[table % locations.size()];
    block.row(timestamp(static_cast<std::int64_t>(start_ms + index), time_precision::milliseconds),
              static_cast<float>(random % 2000) / 100.0F,
              static_cast<std::int32_t>(200 + (random >> 16) % 41),
              static_cast<float>((random >> 32) % 360) / 1000.0F, static_cast<std::int32_t>(table), location,
              static_cast<std::int64_t>(index));
}

}  // namespace

void make_messages(
    const load& load,
    const std::function<void(std::size_t vgroup, std::span<const testing::block_builder> blocks)>& take) {
    const std::uint64_t tables = std::max<std::uint64_t>(8, static_cast<std::uint64_t>(load.vgroups));
    std::vector<std::vector<testing::block_builder>> pending(static_cast<std::size_t>(load.vgroups));
    const auto send = [&](std::size_t vgroup) {
        if (pending[vgroup].empty()) return;
        take(vgroup, pending[vgroup]);
        pending[vgroup].clear();
    };
    // Row i belongs to table i % tables. A window has one block of each table, so the tables advance together
    // in time.
    const std::uint64_t window = tables * load.rows_per_block;
    for (std::uint64_t start = 0; start < load.rows; start += window) {
        const std::uint64_t end = std::min(load.rows, start + window);
        for (std::uint64_t table = 0; table < tables && start + table < end; ++table) {
            const std::size_t vgroup = table % pending.size();
            testing::block_builder& block = pending[vgroup].emplace_back(empty_block(table));
            for (std::uint64_t index = start + table; index < end; index += tables)
                add_row(block, table, index);
            if (pending[vgroup].size() == load.blocks_per_message) send(vgroup);
        }
    }
    for (std::size_t vgroup = 0; vgroup < pending.size(); ++vgroup)
        send(vgroup);
}

void append(testing::server& server, const load& load) {
    const std::vector<std::int32_t> vgroups =
        server.create_topic(testing::topic_options(load.topic)
                                .database("power")
                                .kind(load.stable ? testing::topic_kind::stable : testing::topic_kind::select)
                                .vgroups(load.vgroups));
    make_messages(load, [&](std::size_t vgroup, std::span<const testing::block_builder> blocks) {
        server.append(load.topic, vgroups[vgroup], blocks);
    });
}

bool has_columns_of_load(const block_view& block) {
    if (block.column_count() != types.size()) return false;
    for (std::size_t i = 0; i < types.size(); ++i)
        if (block.column_type(i) != types[i]) return false;
    return true;
}

}  // namespace tmq::tools::tmqbench
