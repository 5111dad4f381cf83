#include "soak/feeder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace tmq::soak {

feeder::feeder(testing::server& server, message_log& log, std::uint64_t seed, bool with_gaps)
    : server_(server),
      log_(log),
      meters_(seed, table_count, 10),
      random_(seed),
      with_gaps_(with_gaps),
      vgroups_(server.create_topic(testing::topic_options(std::string(topic))
                                       .database("power")
                                       .kind(testing::topic_kind::stable)
                                       .vgroups(vgroup_count))) {
    for (const std::int32_t vgroup : vgroups_)
        log_.add_vgroup(vgroup);
    for (std::uint32_t table = 0; table < table_count; ++table)
        next_row_.push_back(table);
}

void feeder::append(std::uint64_t most_rows) {
    const std::size_t which = random_() % vgroups_.size();
    const std::uint64_t size_class = random_() % 100;
    std::uint64_t left = std::min<std::uint64_t>(most_rows, 1 + random_() % (size_class < 80   ? 30
                                                                             : size_class < 98 ? 300
                                                                                               : 6000));
    std::vector<testing::block_builder> blocks;
    std::vector<std::uint64_t> rows;
    for (auto table = static_cast<std::uint32_t>(which); table < table_count && left != 0;
         table += vgroup_count) {
        const bool is_last = table + vgroup_count >= table_count;
        testing::block_builder& block = blocks.emplace_back(meters_.make_block(table));
        for (std::uint64_t count = is_last ? left : 1 + random_() % left; count != 0; --count, --left) {
            meters_.add_row(block, next_row_[table]);
            rows.push_back(next_row_[table]);
            next_row_[table] += table_count;
        }
    }
    log_.append(vgroups_[which], server_.append(topic, vgroups_[which], blocks), std::move(rows));
    // behind the message, so that readers come to stand in the middle of such offsets
    if (with_gaps_ && random_() % 20 == 0)
        server_.advance_log(topic, vgroups_[which], static_cast<std::int64_t>(1 + random_() % 3));
}

void feeder::append_until(std::uint64_t rows) {
    while (log_.rows() < rows)
        append(rows - log_.rows());
}

std::vector<std::uint64_t> row_numbers(const message& received, const testing::meter_source& source) {
    std::vector<std::uint64_t> numbers;
    for (const block_view block : received.blocks()) {
        for (const auto& [ts, current, voltage, phase, groupid, location] :
             block.rows<timestamp, float, std::int32_t, float, std::int32_t, std::optional<std::string_view>>(
                 "ts", "current", "voltage", "phase", "groupid", "location")) {
            const std::uint64_t number = testing::meter_source::index_of(ts);
            const testing::meter_row due = source.row(number);
            if (ts != due.ts || current != due.current || voltage != due.voltage || phase != due.phase ||
                groupid != due.groupid || location.has_value() != due.location.has_value() ||
                location.value_or("") != due.location.value_or("") ||
                block.table_name() != testing::meter_source::table_name(source.table_of(number)))
                throw std::runtime_error(
                    fmt::format("row {} of vgroup {}, offset {}, is not as it was written", number,
                                received.vgroup(), received.offset()));
            numbers.push_back(number);
        }
    }
    return numbers;
}

}  // namespace tmq::soak
