#include "embedded_server/broker/consumer_group.hpp"

#include <gtest/gtest.h>

#include <map>

namespace tmq::embedded::broker {
namespace {

TEST(consumer_group, divides_as_evenly_as_can_be_whoever_comes_and_goes) {
    const std::vector<std::int32_t> vgroups = {1, 2, 3, 4, 5, 6, 7};
    consumer_group group;
    std::vector<member_id> present;
    // a fixed walk of joins and leaves
    for (const int step : {1, 2, 3, -1, 4, 5, -3, -2, 6, -4, 7, 8, 9, 10, 11, -5, -6, -7, -8, -9, -10}) {
        const auto id = static_cast<member_id>(step < 0 ? -step : step);
        if (step > 0) {
            group.join(id, {"t"});
            present.push_back(id);
        } else {
            group.leave(id);
            std::erase(present, id);
        }
        group.distribute("t", vgroups);
        std::map<member_id, std::size_t> shares;
        for (const std::int32_t vgroup : vgroups)
            for (const member_id member : present)
                shares[member] += group.owns(member, {"t", vgroup}) ? 1 : 0;
        std::size_t total = 0;
        for (const auto& [member, share] : shares) {
            total += share;
            EXPECT_GE(share, vgroups.size() / present.size());
            EXPECT_LE(share, (vgroups.size() + present.size() - 1) / present.size());
        }
        EXPECT_EQ(total, vgroups.size()) << "every vgroup has one owner";
    }
}

TEST(consumer_group, gives_vgroups_only_to_members_of_the_topic) {
    consumer_group group;
    group.join(1, {"a"});
    group.join(2, {"b"});
    group.distribute("a", {1, 2});
    EXPECT_TRUE(group.owns(1, {"a", 1}));
    EXPECT_TRUE(group.owns(1, {"a", 2}));
    EXPECT_FALSE(group.owns(2, {"a", 2}));
}

TEST(consumer_group, keeps_committed_offsets_when_all_members_have_gone) {
    consumer_group group;
    group.join(1, {"a"});
    group.commit({"a", 1}, 42);
    group.leave(1);
    EXPECT_EQ(group.size(), 0U);
    EXPECT_EQ(group.committed({"a", 1}), 42);
    EXPECT_EQ(group.committed({"a", 2}), std::nullopt);
}

}  // namespace
}  // namespace tmq::embedded::broker
