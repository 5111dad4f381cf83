#include "tmq/assigned_vgroup.hpp"
#include "tmq/partition_offset.hpp"
#include "tmq/topic_partition.hpp"
#include "tmq/vgroup_lag.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tmq {
namespace {

template <class T>
std::string printed(const T& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

TEST(topic_partition, is_a_topic_and_a_vgroup) {
    const topic_partition partition("meters", 4);
    EXPECT_EQ(partition.topic(), "meters");
    EXPECT_EQ(partition.vgroup(), 4);
    EXPECT_EQ(partition, topic_partition("meters", 4));
    EXPECT_NE(partition, topic_partition("meters", 5));
    EXPECT_NE(partition, topic_partition("alarms", 4));
}

TEST(topic_partition, is_ordered_by_topic_and_then_by_vgroup) {
    const std::set<topic_partition> ordered = {topic_partition("meters", 2), topic_partition("meters", 10),
                                               topic_partition("alarms", 30), topic_partition("meters", -1),
                                               topic_partition("alarms", 30)};
    const std::vector<topic_partition> expected = {
        topic_partition("alarms", 30), topic_partition("meters", -1), topic_partition("meters", 2),
        topic_partition("meters", 10)};
    EXPECT_EQ(std::vector<topic_partition>(ordered.begin(), ordered.end()), expected);
    EXPECT_LT(topic_partition("meters", 2), topic_partition("meters", 3));
}

TEST(topic_partition, is_a_key_of_unordered_containers) {
    std::unordered_map<topic_partition, std::int64_t> entries;
    for (const char* topic : {"meters", "alarms", ""})
        for (std::int32_t vgroup = 0; vgroup < 100; ++vgroup)
            ++entries[topic_partition(topic, vgroup)];
    EXPECT_EQ(entries.size(), 300U);
    EXPECT_EQ(++entries[topic_partition("alarms", 99)], 2);
    EXPECT_FALSE(entries.contains(topic_partition("alarms", 100)));
}

TEST(topic_partition, has_a_hash_that_spreads) {
    std::set<std::size_t> hashes;
    for (const char* topic : {"meters", "alarms"})
        for (std::int32_t vgroup = 0; vgroup < 100; ++vgroup)
            hashes.insert(std::hash<topic_partition>()(topic_partition(topic, vgroup)));
    EXPECT_EQ(hashes.size(), 200U);
}

TEST(topic_partition, is_printed_with_its_vgroup_in_brackets) {
    EXPECT_EQ(to_string(topic_partition("meters", 3)), "meters[3]");
    EXPECT_EQ(printed(topic_partition("meters", 3)), "meters[3]");
}

TEST(partition_offset, is_a_partition_and_an_offset) {
    const partition_offset position("meters", 4, 9);
    EXPECT_EQ(position.topic(), "meters");
    EXPECT_EQ(position.vgroup(), 4);
    EXPECT_EQ(position.partition(), topic_partition("meters", 4));
    EXPECT_EQ(position.offset(), 9);
    EXPECT_EQ(position, partition_offset(topic_partition("meters", 4), 9));
    EXPECT_NE(position, partition_offset("meters", 5, 9));
    EXPECT_NE(position, partition_offset("alarms", 4, 9));
    EXPECT_NE(position, partition_offset("meters", 4, 8));
}

TEST(partition_offset, cannot_be_made_without_an_offset) {
    static_assert(!std::is_default_constructible_v<partition_offset>);
    static_assert(!std::is_constructible_v<partition_offset, const char*, std::int32_t>);
    static_assert(!std::is_constructible_v<partition_offset, topic_partition>);
    static_assert(!std::is_convertible_v<partition_offset, topic_partition>);
}

TEST(partition_offset, changes_its_offset) {
    partition_offset position("meters", 4, 9);
    EXPECT_EQ(&position.set_offset(17), &position);
    EXPECT_EQ(position, partition_offset("meters", 4, 17));
}

TEST(partition_offset, is_ordered_by_partition_and_then_by_offset) {
    const std::set<partition_offset> ordered = {
        partition_offset("meters", 2, 5), partition_offset("meters", 2, 10),
        partition_offset("meters", 1, 20), partition_offset("alarms", 9, 30),
        partition_offset("meters", 2, 5)};
    const std::vector<partition_offset> expected = {
        partition_offset("alarms", 9, 30), partition_offset("meters", 1, 20),
        partition_offset("meters", 2, 5), partition_offset("meters", 2, 10)};
    EXPECT_EQ(std::vector<partition_offset>(ordered.begin(), ordered.end()), expected);
}

TEST(partition_offset, is_an_element_of_unordered_containers) {
    std::unordered_set<partition_offset> positions;
    for (std::int32_t vgroup = 0; vgroup < 10; ++vgroup)
        for (std::int64_t offset = 0; offset < 100; ++offset)
            positions.emplace("meters", vgroup, offset);
    EXPECT_EQ(positions.size(), 1'000U);
    EXPECT_TRUE(positions.contains(partition_offset("meters", 9, 99)));
    EXPECT_FALSE(positions.contains(partition_offset("meters", 9, 100)));
    EXPECT_FALSE(positions.contains(partition_offset("alarms", 9, 99)));
}

TEST(partition_offset, is_printed_with_its_offset_last) {
    EXPECT_EQ(to_string(partition_offset("meters", 3, 17)), "meters[3]@17");
    EXPECT_EQ(printed(partition_offset("meters", 3, 17)), "meters[3]@17");
}

TEST(assigned_vgroup, has_the_bounds_of_its_log) {
    const assigned_vgroup vgroup(topic_partition("meters", 3), 17, 0, 40);
    EXPECT_EQ(vgroup.partition(), topic_partition("meters", 3));
    EXPECT_EQ(vgroup.topic(), "meters");
    EXPECT_EQ(vgroup.vgroup(), 3);
    EXPECT_EQ(vgroup.started_at(), 17);
    EXPECT_EQ(vgroup.log_begin(), 0);
    EXPECT_EQ(vgroup.log_end(), 40);
    EXPECT_EQ(vgroup, assigned_vgroup(topic_partition("meters", 3), 17, 0, 40));
    EXPECT_NE(vgroup, assigned_vgroup(topic_partition("meters", 4), 17, 0, 40));
    EXPECT_NE(vgroup, assigned_vgroup(topic_partition("meters", 3), 16, 0, 40));
    EXPECT_NE(vgroup, assigned_vgroup(topic_partition("meters", 3), 17, 1, 40));
    EXPECT_NE(vgroup, assigned_vgroup(topic_partition("meters", 3), 17, 0, std::nullopt));
}

TEST(assigned_vgroup, is_printed_with_its_bounds) {
    const assigned_vgroup known(topic_partition("meters", 3), 17, 0, 40);
    const assigned_vgroup unknown(topic_partition("meters", 3), std::nullopt, std::nullopt, std::nullopt);
    EXPECT_EQ(to_string(known), "meters[3] started at 17, log 0 to 40");
    EXPECT_EQ(to_string(unknown), "meters[3] started at ?, log ? to ?");
    EXPECT_EQ(printed(known), to_string(known));
}

TEST(vgroup_lag, is_a_partition_and_a_number_of_entries) {
    const vgroup_lag lag(topic_partition("meters", 3), 17);
    EXPECT_EQ(lag.partition(), topic_partition("meters", 3));
    EXPECT_EQ(lag.topic(), "meters");
    EXPECT_EQ(lag.vgroup(), 3);
    EXPECT_EQ(lag.entries(), 17);
    EXPECT_EQ(lag, vgroup_lag(topic_partition("meters", 3), 17));
    EXPECT_NE(lag, vgroup_lag(topic_partition("alarms", 3), 17));
    EXPECT_NE(lag, vgroup_lag(topic_partition("meters", 3), std::nullopt));
}

TEST(vgroup_lag, is_printed_with_its_entries) {
    const vgroup_lag known(topic_partition("meters", 3), 17);
    const vgroup_lag unknown(topic_partition("meters", 3), std::nullopt);
    EXPECT_EQ(to_string(known), "meters[3] 17 entries left");
    EXPECT_EQ(to_string(unknown), "meters[3] ? entries left");
    EXPECT_EQ(printed(known), to_string(known));
}

}  // namespace
}  // namespace tmq
