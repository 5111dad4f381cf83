#include "consumer/positions.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>

namespace tmq {
namespace {

const vgroup_position& of(const positions& all, const char* topic, std::int32_t vgroup) {
    const auto index = all.find(topic, vgroup);
    EXPECT_TRUE(index) << topic << ' ' << vgroup;
    return all[index.value_or(0)];
}

TEST(Positions, KnowNothingOfAVgroupThatHasDeliveredNothing) {
    const positions all;
    EXPECT_EQ(all.size(), 0U);
    EXPECT_EQ(all.find("meters", 1), std::nullopt);
    EXPECT_FALSE(all.has_inexact());
}

TEST(Positions, MoveBehindTheLastMessageOfTheirVgroup) {
    positions all;
    all.delivered("meters", 1, 10);
    all.delivered("meters", 2, 5);
    all.delivered("alarms", 1, 7);
    all.delivered("meters", 1, 12);
    EXPECT_EQ(all.size(), 3U);
    EXPECT_EQ(of(all, "meters", 1).next, 12);
    EXPECT_EQ(of(all, "meters", 2).next, 5);
    EXPECT_EQ(of(all, "alarms", 1).next, 7);
    EXPECT_TRUE(of(all, "meters", 1).has_uncommitted);
    EXPECT_EQ(of(all, "meters", 1).committed, std::nullopt);
}

TEST(Positions, KeepTheirIndexWhenOthersCome) {
    positions all;
    all.delivered("meters", 1, 10);
    const auto index = all.find("meters", 1);
    for (std::int32_t vgroup = 2; vgroup < 100; ++vgroup) all.delivered("meters", vgroup, 1);
    EXPECT_EQ(all.find("meters", 1), index);
}

TEST(Positions, AreSettledByACommitOfThePlaceTheyHaveReached) {
    positions all;
    all.delivered("meters", 1, 10);
    all.committed(0, 10);
    EXPECT_FALSE(all[0].has_uncommitted);
    EXPECT_EQ(all[0].committed, 10);
    all.delivered("meters", 1, 12);
    EXPECT_TRUE(all[0].has_uncommitted);
}

TEST(Positions, StayUnsettledWhenMoreWasDeliveredMeanwhile) {
    positions all;
    all.delivered("meters", 1, 10);
    all.delivered("meters", 1, 12);
    all.committed(0, 10);
    EXPECT_TRUE(all[0].has_uncommitted);
    EXPECT_EQ(all[0].committed, 10);
    EXPECT_EQ(all[0].next, 12);
}

TEST(Positions, NeedNoCommitForWhatIsCommittedAlready) {
    positions all;
    all.delivered("meters", 1, 10);
    all.committed(0, 10);
    all.sought("meters", 1, 0);
    all.delivered("meters", 1, 10);
    EXPECT_FALSE(all[0].has_uncommitted);
    all.sought("meters", 1, 0);
    all.delivered("meters", 1, 5);
    EXPECT_TRUE(all[0].has_uncommitted) << "the application goes back and commits that";
}

TEST(Positions, FollowASeekAndLeaveWhatWasNotCommitted) {
    positions all;
    all.delivered("meters", 1, 10);
    all.sought("meters", 1, 3);
    EXPECT_EQ(all[0].next, 3);
    EXPECT_FALSE(all[0].has_uncommitted);
    all.sought("meters", 2, 8);
    EXPECT_EQ(of(all, "meters", 2).next, 8);
    EXPECT_FALSE(of(all, "meters", 2).has_uncommitted);
}

TEST(Positions, OfSnapshotMessagesAreCommittedAllTogetherOrNotAtAll) {
    positions all;
    all.delivered("meters", 1, 10);
    all.delivered("meters", 2, -1);
    EXPECT_TRUE(all.has_inexact());
    EXPECT_EQ(of(all, "meters", 2).next, std::nullopt);
    all.committed(0, 10);
    EXPECT_TRUE(all.has_inexact());
    all.all_committed();
    EXPECT_FALSE(all.has_inexact());
    EXPECT_FALSE(of(all, "meters", 2).has_uncommitted);
    EXPECT_EQ(of(all, "meters", 1).committed, 10);
}

TEST(Positions, AreExactAgainWhenTheLogFollowsTheSnapshot) {
    positions all;
    all.delivered("meters", 1, -1);
    all.delivered("meters", 1, 20);
    EXPECT_FALSE(all.has_inexact());
    EXPECT_EQ(all[0].next, 20);
    EXPECT_TRUE(all[0].has_uncommitted);
}

TEST(Positions, OfALostVgroupAreForgotten) {
    positions all;
    all.delivered("meters", 1, 10);
    all.lost(0);
    EXPECT_EQ(all[0].next, std::nullopt);
    EXPECT_FALSE(all[0].has_uncommitted);
    EXPECT_FALSE(all.has_inexact());
    all.delivered("meters", 1, 20);
    EXPECT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].next, 20);
    EXPECT_TRUE(all[0].has_uncommitted);
}

TEST(Positions, OfANewSubscriptionStartAnew) {
    positions all;
    all.delivered("meters", 1, 10);
    all.clear();
    EXPECT_EQ(all.size(), 0U);
    EXPECT_EQ(all.find("meters", 1), std::nullopt);
}

}  // namespace
}  // namespace tmq
