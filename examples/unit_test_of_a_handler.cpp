// A function that handles a message, and its unit tests: no server, no consumer, no coroutine.
#include <tmq/testing/message.hpp>
#include <tmq/tmq.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// The function under test: the highest voltage of each table; NULL is no voltage.
std::map<std::string, std::int32_t> highest_voltages(const tmq::message& received) {
    std::map<std::string, std::int32_t> highest;
    for (const tmq::block_view block : received.blocks())
        for (const auto volts : block.column<std::optional<std::int32_t>>("voltage"))
            if (volts) {
                const auto entry = highest.try_emplace(std::string(block.table_name()), *volts).first;
                entry->second = std::max(entry->second, *volts);
            }
    return highest;
}

tmq::testing::block_builder meter(const std::string& table) {
    tmq::testing::block_builder block;
    block.table(table).column("ts", tmq::data_type::timestamp).column("voltage", tmq::data_type::integer);
    return block;
}

TEST(highest_voltages, are_found_table_by_table) {
    const std::vector<tmq::testing::block_builder> blocks = {meter("d0").row(1, 220).row(2, 231).row(3, 225),
                                                             meter("d1").row(1, 199)};
    const tmq::message received = tmq::testing::make_message(
        tmq::testing::message_options("topic_meters").vgroup(3).offset(17), blocks);
    EXPECT_EQ(highest_voltages(received), (std::map<std::string, std::int32_t>{{"d0", 231}, {"d1", 199}}));
}

TEST(highest_voltages, ignore_null) {
    const tmq::message received = tmq::testing::make_message(tmq::testing::message_options("topic_meters"),
                                                             meter("d0").row(1, nullptr));
    EXPECT_TRUE(highest_voltages(received).empty());
}

TEST(highest_voltages, are_none_in_a_message_without_rows) {
    const tmq::message received = tmq::testing::make_message(
        tmq::testing::message_options("topic_meters"), tmq::drop_table{tmq::table_kind::super, {"meters"}});
    EXPECT_TRUE(highest_voltages(received).empty());
}
