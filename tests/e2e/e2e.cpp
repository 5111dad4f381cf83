#include "e2e.hpp"

#include <optional>
#include <ostream>

namespace tmq::test {

void e2e::run_subscribed(const config& changed_settings, const consumer_coroutine& work) {
    run_subscribed(changed_settings, topic, work);
}

asio::awaitable<void> e2e::until_polls_wait(std::size_t count) {
    co_await until([this, count] { return server.waiting_polls() == count; });
}

void e2e::create_topic(std::int32_t vgroups, topic_kind kind) {
    server.create_topic(topic_options(std::string(topic)).database("power").kind(kind).vgroups(vgroups));
}

void e2e::append(std::uint64_t first, std::uint64_t rows, std::size_t rows_per_block,
                 std::size_t blocks_per_message) {
    append_meters(server, topic, meters, first, rows, rows_per_block, blocks_per_message);
}

config e2e::settings(std::string_view group) const {
    return on_request_only(config(server.url())).group_id(group).start_at(offset_reset::earliest);
}

consumer e2e::make_consumer(std::string_view group) { return consumer(context, settings(group)); }

void check_rows(const message& received, const meter_source& source, std::vector<int>& seen) {
    for (const block_view block : received.blocks()) {
        for (const auto& [ts, current, voltage, phase, groupid, location] :
             block.rows<timestamp, float, std::int32_t, float, std::int32_t, std::optional<std::string_view>>(
                 "ts", "current", "voltage", "phase", "groupid", "location")) {
            const std::uint64_t index = meter_source::index_of(ts);
            ASSERT_LT(index, seen.size());
            ++seen[index];
            const meter_row expected = source.row(index);
            ASSERT_EQ(ts, expected.ts);
            ASSERT_EQ(current, expected.current);
            ASSERT_EQ(voltage, expected.voltage);
            ASSERT_EQ(phase, expected.phase);
            ASSERT_EQ(groupid, expected.groupid);
            ASSERT_EQ(location.has_value(), expected.location.has_value());
            ASSERT_EQ(location.value_or(""), expected.location.value_or(""));
            ASSERT_TRUE(block.table_name().empty() ||
                        block.table_name() == meter_source::table_name(source.table_of(index)));
        }
    }
}

delivery count(const std::vector<int>& seen) {
    delivery result;
    for (const int times : seen) {
        if (times == 0) ++result.lost;
        if (times > 0) ++result.delivered;
        if (times > 1) result.repeated += static_cast<std::uint64_t>(times - 1);
    }
    return result;
}

std::ostream& operator<<(std::ostream& out, const delivery& value) {
    return out << "delivered " << value.delivered << ", lost " << value.lost << ", repeated "
               << value.repeated;
}

}  // namespace tmq::test
