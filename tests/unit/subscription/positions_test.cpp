#include "subscription/positions.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>

namespace tmq::subscription {
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
    all.delivered(all.add("meters", 1), 10);
    all.delivered(all.add("meters", 2), 5);
    all.delivered(all.add("alarms", 1), 7);
    all.delivered(all.add("meters", 1), 12);
    EXPECT_EQ(all.size(), 3U);
    EXPECT_EQ(of(all, "meters", 1).next, 12);
    EXPECT_EQ(of(all, "meters", 2).next, 5);
    EXPECT_EQ(of(all, "alarms", 1).next, 7);
    EXPECT_TRUE(of(all, "meters", 1).has_uncommitted);
    EXPECT_EQ(of(all, "meters", 1).committed, std::nullopt);
}

TEST(Positions, KeepTheirIndexWhenOthersCome) {
    positions all;
    all.delivered(all.add("meters", 1), 10);
    const auto index = all.find("meters", 1);
    for (std::int32_t vgroup = 2; vgroup < 100; ++vgroup)
        all.delivered(all.add("meters", vgroup), 1);
    EXPECT_EQ(all.find("meters", 1), index);
}

TEST(Positions, AreSettledByACommitOfThePlaceTheyHaveReached) {
    positions all;
    all.delivered(all.add("meters", 1), 10);
    all.committed(0, 10);
    EXPECT_FALSE(all[0].has_uncommitted);
    EXPECT_EQ(all[0].committed, 10);
    all.delivered(all.add("meters", 1), 12);
    EXPECT_TRUE(all[0].has_uncommitted);
}

TEST(Positions, StayUnsettledWhenMoreWasDeliveredMeanwhile) {
    positions all;
    all.delivered(all.add("meters", 1), 10);
    all.delivered(all.add("meters", 1), 12);
    all.committed(0, 10);
    EXPECT_TRUE(all[0].has_uncommitted);
    EXPECT_EQ(all[0].committed, 10);
    EXPECT_EQ(all[0].next, 12);
}

TEST(Positions, NeedNoCommitForWhatIsCommittedAlready) {
    positions all;
    all.delivered(all.add("meters", 1), 10);
    all.committed(0, 10);
    all.sought("meters", 1, 0);
    all.delivered(all.add("meters", 1), 10);
    EXPECT_FALSE(all[0].has_uncommitted);
    all.sought("meters", 1, 0);
    all.delivered(all.add("meters", 1), 5);
    EXPECT_TRUE(all[0].has_uncommitted) << "the application goes back and commits that";
}

TEST(Positions, FollowASeekAndLeaveWhatWasNotCommitted) {
    positions all;
    all.delivered(all.add("meters", 1), 10);
    all.sought("meters", 1, 3);
    EXPECT_EQ(all[0].next, 3);
    EXPECT_FALSE(all[0].has_uncommitted);
    all.sought("meters", 2, 8);
    EXPECT_EQ(of(all, "meters", 2).next, 8);
    EXPECT_FALSE(of(all, "meters", 2).has_uncommitted);
}

TEST(Positions, OfSnapshotMessagesAreCommittedAllTogetherOrNotAtAll) {
    positions all;
    all.delivered(all.add("meters", 1), 10);
    all.delivered(all.add("meters", 2), -1);
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
    all.delivered(all.add("meters", 1), -1);
    all.delivered(all.add("meters", 1), 20);
    EXPECT_FALSE(all.has_inexact());
    EXPECT_EQ(all[0].next, 20);
    EXPECT_TRUE(all[0].has_uncommitted);
}

TEST(Positions, OfALostVgroupAreForgotten) {
    positions all;
    all.delivered(all.add("meters", 1), 10);
    all.lost(0);
    EXPECT_EQ(all[0].next, std::nullopt);
    EXPECT_FALSE(all[0].has_uncommitted);
    EXPECT_FALSE(all.has_inexact());
    all.delivered(all.add("meters", 1), 20);
    EXPECT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].next, 20);
    EXPECT_TRUE(all[0].has_uncommitted);
}

TEST(Positions, OfANewSubscriptionStartAnew) {
    positions all;
    all.delivered(all.add("meters", 1), 10);
    all.clear();
    EXPECT_EQ(all.size(), 0U);
    EXPECT_EQ(all.find("meters", 1), std::nullopt);
}

/// A message of "meters", vgroup 1, from the announcement until the application has it.
void deliver(positions& all, std::int64_t offset, std::int64_t next_offset) {
    ASSERT_EQ(all.announced(all.add("meters", 1), offset, false), arrival::expected) << offset;
    all.read(all.add("meters", 1), next_offset);
    all.delivered(all.add("meters", 1), next_offset);
}

TEST(Positions, OfAVgroupThatIsHeardOfForTheFirstTimeBeginWhereItsMessageDoes) {
    positions all;
    EXPECT_EQ(all.announced(all.add("meters", 1), 20, false), arrival::expected);
    EXPECT_TRUE(all[0].is_placed);
    EXPECT_FALSE(all[0].is_assigned);
    EXPECT_EQ(all[0].next, 20);
    EXPECT_EQ(all[0].read, 20);
    EXPECT_EQ(all.announced(all.add("meters", 2), 20, true), arrival::expected)
        << "where metadata begins is not told";
    EXPECT_EQ(of(all, "meters", 2).next, std::nullopt);
    EXPECT_EQ(all.announced(all.add("meters", 3), -2147467258, false), arrival::expected)
        << "nor where a snapshot does";
    EXPECT_EQ(of(all, "meters", 3).next, std::nullopt);
    EXPECT_TRUE(of(all, "meters", 3).is_placed);
}

TEST(Positions, RefuseAMessageThatCannotBeTheNextOne) {
    positions all;
    all.placed("meters", 1, 20);
    deliver(all, 20, 30);
    EXPECT_EQ(all.announced(all.add("meters", 1), 29, false), arrival::misplaced);
    EXPECT_EQ(all.announced(all.add("meters", 1), 0, false), arrival::misplaced);
    EXPECT_EQ(all.announced(all.add("meters", 1), 30, true), arrival::misplaced)
        << "metadata that ends where reading goes on was read";
    EXPECT_EQ(all.announced(all.add("meters", 1), 31, true), arrival::expected);
    EXPECT_EQ(all.announced(all.add("meters", 1), 30, false), arrival::expected);
    EXPECT_EQ(all.announced(all.add("meters", 1), 1'000, false), arrival::expected)
        << "the log grows without rows as well";
    EXPECT_EQ(all.announced(all.add("meters", 1), -1, false), arrival::expected) << "no place in the log";
    EXPECT_EQ(all[0].next, 30) << "an announcement delivers nothing";
}

TEST(Positions, CompareWithWhatWasReadAndNotOnlyDelivered) {
    positions all;
    all.placed("meters", 1, 20);
    EXPECT_EQ(all.announced(all.add("meters", 1), 20, false), arrival::expected);
    all.read(all.add("meters", 1), 30);
    EXPECT_EQ(all.announced(all.add("meters", 1), 20, false), arrival::misplaced)
        << "it waits for the application already";
    EXPECT_EQ(all.announced(all.add("meters", 1), 30, false), arrival::expected);
    all.read(all.add("meters", 1), 40);
    EXPECT_EQ(all[0].next, 20);
    EXPECT_EQ(all[0].read, 40);
}

TEST(Positions, LetTheFirstMessageBehindASeekStartWhereTheServerCuts) {
    positions all;
    all.sought("meters", 1, 25);
    deliver(all, 20, 30);
    EXPECT_EQ(all.announced(all.add("meters", 1), 20, false), arrival::misplaced) << "only the first";
    all.placed("meters", 1, 30);
    EXPECT_EQ(all.announced(all.add("meters", 1), 28, false), arrival::misplaced)
        << "where delivery stopped the server has cut";
    all.placed("meters", 1, 35);
    EXPECT_EQ(all.announced(all.add("meters", 1), 28, false), arrival::expected);
    all.unsure(0);
    EXPECT_EQ(all.announced(all.add("meters", 1), 0, false), arrival::expected);
    EXPECT_EQ(all.announced(all.add("meters", 1), 0, false), arrival::misplaced);
}

TEST(Positions, RefuseEveryMessageOfAKnownVgroupThatIsNotInItsPlace) {
    positions all;
    all.placed("meters", 1, 20);
    all.displaced(0);
    EXPECT_EQ(all.announced(all.add("meters", 1), 20, false), arrival::misplaced)
        << "where the server goes on is chance";
    EXPECT_EQ(all.announced(all.add("meters", 1), 25, true), arrival::misplaced);
    EXPECT_EQ(all.announced(all.add("meters", 1), -1, false), arrival::misplaced);
    EXPECT_FALSE(all[0].is_placed);
    EXPECT_EQ(all[0].next, 20);
    EXPECT_EQ(all.announced(all.add("meters", 2), 5, false), arrival::expected);
}

TEST(Positions, ForgetWhatWasReadAheadWhenTheyAreDisplaced) {
    positions all;
    all.placed("meters", 1, 20);
    deliver(all, 20, 30);
    all.mark_processed();
    all.read(all.add("meters", 1), 40);
    all.delivered(all.add("meters", 2), 7);
    all.all_displaced();
    EXPECT_EQ(all[0].read, 30);
    EXPECT_EQ(all[0].next, 30);
    EXPECT_EQ(all[0].to_commit, 30) << "what the application has finished stays finished";
    EXPECT_FALSE(all[1].is_placed);
    all.placed("meters", 1, 30);
    EXPECT_EQ(all[0].to_commit, 30);
}

TEST(Positions, CommitWhatTheApplicationHasFinishedByAskingForMore) {
    positions all;
    all.placed("meters", 1, 0);
    deliver(all, 0, 10);
    EXPECT_FALSE(all.has_to_commit()) << "the application still works on it";
    all.mark_processed();
    EXPECT_EQ(all[0].to_commit, 10);
    deliver(all, 10, 20);
    EXPECT_EQ(all[0].to_commit, 10) << "never ahead of the application";
    all.mark_processed();
    all.mark_processed();
    EXPECT_EQ(all[0].to_commit, 20);
    all.committed(0, 20);
    EXPECT_FALSE(all.has_to_commit());
    all.mark_processed();
    EXPECT_FALSE(all.has_to_commit());
}

TEST(Positions, KeepWhatWasFinishedWhileACommitOfLessWasUnderWay) {
    positions all;
    deliver(all, 0, 10);
    all.mark_processed();
    all.trying(0, 10);
    deliver(all, 10, 20);
    all.mark_processed();
    all.committed(0, 10);
    EXPECT_EQ(all[0].to_commit, 20);
    EXPECT_EQ(all[0].committed, 10);
}

TEST(Positions, KnowACommitWhoseReplyGotLostForTheirOwnAfterFurtherOnes) {
    positions all;
    deliver(all, 0, 10);
    for (const std::int64_t offset : {16, 17, 18})
        all.trying(0, offset);
    EXPECT_FALSE(all.is_own_commit(0, 15));
    EXPECT_FALSE(all.is_own_commit(0, -1));
    EXPECT_EQ(all[0].committed, std::nullopt);
    EXPECT_TRUE(all.is_own_commit(0, 16));
    EXPECT_EQ(all[0].committed, 16);
    EXPECT_TRUE(all.is_own_commit(0, 16)) << "it stays so";
    all.committed(0, 18);
    EXPECT_TRUE(all.is_own_commit(0, 17)) << "one that was on its way for longer";
}

TEST(Positions, NeedNoCommitByThemselvesForWhatTheApplicationHasCommitted) {
    positions all;
    deliver(all, 0, 10);
    all.committed(0, 10);
    all.mark_processed();
    EXPECT_FALSE(all.has_to_commit());
}

TEST(Positions, FinishAMessageWithoutALogOffsetWithoutACommit) {
    positions all;
    all.delivered(all.add("meters", 1), -2147467258);
    all.mark_processed();
    EXPECT_FALSE(all.has_to_commit());
    EXPECT_TRUE(all.has_inexact());
}

TEST(Positions, OvertakenByAnotherMemberDoNotTakeItsCommitBack) {
    positions all(acknowledge_mode::by_hand);
    deliver(all, 0, 10);
    deliver(all, 10, 20);
    deliver(all, 20, 30);
    all.acknowledge(0, 10);
    all.overtaken(0, 20);
    EXPECT_FALSE(all.has_to_commit());
    EXPECT_TRUE(all[0].has_uncommitted);
    EXPECT_EQ(all[0].committed, std::nullopt) << "it is not this consumer's commit";
    all.acknowledge(0, 20);
    EXPECT_FALSE(all.has_to_commit());
    all.acknowledge(0, 30);
    EXPECT_EQ(all[0].to_commit, 30);
    all.overtaken(0, 50);
    EXPECT_FALSE(all.has_to_commit() || all[0].has_uncommitted);
    EXPECT_EQ(all[0].next, 30);
}

TEST(Positions, GoBackInWhatTheyCommitOnlyBehindASeek) {
    positions all;
    deliver(all, 0, 100);
    all.mark_processed();
    all.committed(0, 100);
    all.sought("meters", 1, 0);
    EXPECT_FALSE(all.has_to_commit()) << "not by the seek itself";
    deliver(all, 0, 10);
    all.mark_processed();
    EXPECT_EQ(all[0].to_commit, 10);
}

TEST(Positions, DoNotCommitWhatWasDeliveredBeforeASeek) {
    for (const std::int64_t target : {0, 10, 50}) {
        positions all;
        deliver(all, 0, 10);
        all.sought("meters", 1, target);
        all.mark_processed();
        EXPECT_FALSE(all.has_to_commit()) << target;
        deliver(all, 0, 10);
        all.mark_processed();
        all.sought("meters", 1, target);
        EXPECT_FALSE(all.has_to_commit()) << target;
    }
}

TEST(Positions, OfOneVgroupDoNotMindASeekInAnother) {
    positions all;
    deliver(all, 0, 10);
    all.sought("meters", 2, 5);
    all.mark_processed();
    EXPECT_EQ(all[0].to_commit, 10);
}

TEST(Positions, DropWhatToCommitWhenDeliveryGoesOnElsewhere) {
    for (const bool is_finished : {false, true}) {
        positions all;
        deliver(all, 0, 10);
        if (is_finished) all.mark_processed();
        all.displaced(0);
        all.placed("meters", 1, 50);
        all.mark_processed();
        EXPECT_FALSE(all.has_to_commit()) << "another member has committed 50";
        EXPECT_FALSE(all[0].has_uncommitted);
        EXPECT_EQ(all[0].next, 50);
        EXPECT_TRUE(all[0].is_placed);
    }
}

TEST(Positions, SkipWhatIsGoneAndWithItTheCommitsThereOf) {
    for (const acknowledge_mode mode : {acknowledge_mode::by_poll, acknowledge_mode::by_hand}) {
        positions all(mode);
        all.placed("meters", 1, 0);
        deliver(all, 0, 10);
        deliver(all, 10, 20);
        all.skipped(0, 50);
        EXPECT_EQ(all[0].next, 50);
        EXPECT_EQ(all[0].read, 50);
        EXPECT_FALSE(all[0].has_uncommitted);
        all.mark_processed();
        all.acknowledge(0, 10);
        all.acknowledge(0, 20);
        EXPECT_FALSE(all.has_to_commit()) << "the server would refuse it";
        EXPECT_EQ(all.announced(all.add("meters", 1), 20, false), arrival::misplaced);
        deliver(all, 50, 60);
        all.mark_processed();
        all.acknowledge(0, 60);
        EXPECT_EQ(all[0].to_commit, 60);
    }
}

TEST(Positions, PassOverWhatIsGoneBehindWhatWasReadAhead) {
    for (const acknowledge_mode mode : {acknowledge_mode::by_poll, acknowledge_mode::by_hand}) {
        positions all(mode);
        all.placed("meters", 1, 0);
        deliver(all, 0, 10);
        all.mark_processed();
        all.acknowledge(0, 10);
        all.read(all.add("meters", 1), 20);
        all.read(all.add("meters", 1), 30);
        all.skipped(0, 50);
        EXPECT_EQ(all[0].next, 10) << "the messages that wait are delivered first";
        EXPECT_EQ(all[0].read, 50);
        EXPECT_FALSE(all.has_to_commit()) << "10 is gone";
        all.delivered(all.add("meters", 1), 20);
        all.mark_processed();
        all.acknowledge(0, 20);
        EXPECT_EQ(all[0].next, 20);
        EXPECT_FALSE(all.has_to_commit()) << "20 is gone";
        all.delivered(all.add("meters", 1), 30);
        EXPECT_EQ(all[0].next, 50);
        all.mark_processed();
        all.acknowledge(0, 30);
        EXPECT_FALSE(all.has_to_commit()) << "30 is gone";
        all.displaced(0);
        EXPECT_EQ(all[0].read, 50) << "so that nothing is missed a second time";
        all.placed("meters", 1, 50);
        deliver(all, 50, 60);
        all.mark_processed();
        all.acknowledge(0, 60);
        EXPECT_EQ(all[0].to_commit, 60);
    }
}

TEST(Positions, PassOverWhatIsGoneInSeveralSteps) {
    positions all;
    all.placed("meters", 1, 0);
    all.read(all.add("meters", 1), 10);
    all.skipped(0, 50);
    all.skipped(0, 70);
    all.delivered(all.add("meters", 1), 10);
    EXPECT_EQ(all[0].next, 70);
}

TEST(Positions, ForgetWhatIsGoneInANewPlace) {
    positions all;
    all.placed("meters", 1, 0);
    all.read(all.add("meters", 1), 10);
    all.skipped(0, 50);
    for (const bool is_sought : {false, true}) {
        if (is_sought)
            all.sought("meters", 1, 0);
        else
            all.placed("meters", 1, 0);
        deliver(all, 0, 20);
        EXPECT_EQ(all[0].next, 20);
        all.mark_processed();
        EXPECT_EQ(all[0].to_commit, 20);
    }
}

TEST(Positions, RefusedACommitAwaitWhatAPlacementFindsOut) {
    for (const acknowledge_mode mode : {acknowledge_mode::by_poll, acknowledge_mode::by_hand}) {
        positions all(mode);
        all.placed("meters", 1, 0);
        all.assigned(0);
        deliver(all, 0, 10);
        all.mark_processed();
        all.acknowledge(0, 10);
        deliver(all, 10, 20);
        all.refused(0);
        EXPECT_FALSE(all.has_to_commit());
        EXPECT_TRUE(all[0].is_placed) << "so that it is told as revoked when it is";
        EXPECT_EQ(all[0].next, 20);
        all.mark_processed();
        all.acknowledge(0, 20);
        EXPECT_EQ(all[0].to_commit, 20) << "it may be this consumer's all the same";
    }
}

TEST(Positions, RefusedACommitStillKnowWhatIsNotFinished) {
    positions all(acknowledge_mode::by_hand);
    all.placed("meters", 1, 0);
    deliver(all, 0, 10);
    deliver(all, 10, 20);
    all.acknowledge(0, 10);
    all.refused(0);
    deliver(all, 20, 30);
    all.acknowledge(0, 30);
    EXPECT_FALSE(all.has_to_commit()) << "20 is not finished";
}

TEST(Positions, OfAnAwaitedVgroupOutliveARefusedCommit) {
    positions all;
    deliver(all, 0, 10);
    all.mark_processed();
    all.all_displaced();
    all.refused(0);
    EXPECT_EQ(all[0].to_commit, 10);
    EXPECT_TRUE(all[0].has_uncommitted);
    EXPECT_EQ(all[0].next, 10);
}

TEST(Positions, OfALostVgroupStartWhereverItComesBack) {
    positions all;
    all.placed("meters", 1, 90);
    all.assigned(0);
    deliver(all, 90, 100);
    all.committed(0, 100);
    all.trying(0, 100);
    all.lost(0);
    all.mark_processed();
    EXPECT_FALSE(all.has_to_commit());
    EXPECT_EQ(all[0].committed, std::nullopt);
    EXPECT_FALSE(all.is_own_commit(0, 100));
    EXPECT_FALSE(all[0].is_placed || all[0].is_assigned || all[0].may_start_anywhere);
    deliver(all, 20, 30);
    EXPECT_EQ(all.announced(all.add("meters", 1), 20, false), arrival::misplaced);
    all.mark_processed();
    EXPECT_EQ(all[0].to_commit, 30);
}

TEST(Positions, AreAllLostTogether) {
    positions all;
    all.delivered(all.add("meters", 1), 10);
    all.delivered(all.add("meters", 2), -1);
    all.all_lost();
    all.mark_processed();
    EXPECT_FALSE(all.has_inexact() || all.has_to_commit());
    EXPECT_EQ(all.size(), 2U);
}

TEST(Positions, AcknowledgedByHandAreCommittedUpToTheFirstUnfinished) {
    positions all(acknowledge_mode::by_hand);
    for (std::int64_t offset = 0; offset < 40; offset += 10)
        deliver(all, offset, offset + 10);
    all.mark_processed();
    EXPECT_FALSE(all.has_to_commit()) << "asking for more finishes nothing";
    all.acknowledge(0, 20);
    EXPECT_FALSE(all.has_to_commit());
    all.acknowledge(0, 10);
    EXPECT_EQ(all[0].to_commit, 20);
    all.acknowledge(0, 40);
    EXPECT_EQ(all[0].to_commit, 20);
    all.committed(0, 20);
    EXPECT_EQ(all[0].to_commit, std::nullopt);
    all.acknowledge(0, 30);
    EXPECT_EQ(all[0].to_commit, 40);
}

TEST(Positions, AcknowledgedByHandIgnoreWhatIsNotTheirs) {
    positions all(acknowledge_mode::by_hand);
    deliver(all, 0, 10);
    all.acknowledge(0, 9);
    all.acknowledge(0, -1);
    all.acknowledge(0, 20);
    EXPECT_FALSE(all.has_to_commit());
    all.sought("meters", 1, 0);
    all.acknowledge(0, 10);
    EXPECT_FALSE(all.has_to_commit()) << "delivered before the seek";
}

TEST(Positions, AcknowledgedByHandNeverGoBackBehindACommit) {
    positions all(acknowledge_mode::by_hand);
    deliver(all, 0, 10);
    deliver(all, 10, 20);
    deliver(all, 20, 30);
    all.committed(0, 20);
    all.acknowledge(0, 10);
    all.acknowledge(0, 20);
    EXPECT_FALSE(all.has_to_commit());
    all.acknowledge(0, 30);
    EXPECT_EQ(all[0].to_commit, 30);
    all.all_committed();
    EXPECT_EQ(all[0].committed, 30);

    deliver(all, 30, 40);
    deliver(all, 40, 50);
    all.all_committed();
    EXPECT_EQ(all[0].committed, 50);
    all.acknowledge(0, 40);
    EXPECT_FALSE(all.has_to_commit()) << "the server has committed all it was polled for";
}

TEST(Positions, AcknowledgedByHandOutliveALostConnection) {
    positions all(acknowledge_mode::by_hand);
    deliver(all, 0, 10);
    deliver(all, 10, 20);
    all.all_displaced();
    all.acknowledge(0, 10);
    EXPECT_EQ(all[0].to_commit, 10);
    all.placed("meters", 1, 20);
    all.acknowledge(0, 20);
    EXPECT_EQ(all[0].to_commit, 20);
    all.displaced(0);
    all.placed("meters", 1, 90);
    EXPECT_FALSE(all.has_to_commit());
}

TEST(Positions, AskForAProofOfTheFirstMessageBehindASeekOnceTheServerWasPolled) {
    for (const bool is_placed : {false, true}) {
        positions all;
        all.placed("meters", 1, 20);
        EXPECT_EQ(all[0].unproven, std::nullopt);
        deliver(all, 20, 30);
        if (is_placed)
            all.placed("meters", 1, 10, true);
        else
            all.sought("meters", 1, 10, true);
        EXPECT_EQ(all[0].unproven, 10);
        for (const std::int64_t offset : {0, 9, 10, 11, 30, -1}) {
            EXPECT_EQ(all.announced(all.add("meters", 1), offset, false), arrival::unproven) << offset;
            EXPECT_EQ(all.announced(all.add("meters", 1), offset, true), arrival::unproven) << offset;
        }
        EXPECT_EQ(all[0].next, 10);
        EXPECT_EQ(all[0].read, 10);
    }
}

TEST(Positions, NeedNoProofOfASeekBeforeTheFirstPoll) {
    positions all;
    all.sought("meters", 1, 10);
    EXPECT_EQ(all[0].unproven, std::nullopt);
    EXPECT_EQ(all.announced(all.add("meters", 1), 10, false), arrival::expected);
    all.placed("meters", 2, 10);
    EXPECT_EQ(all.announced(all.add("meters", 2), 10, false), arrival::expected);
}

TEST(Positions, DropTheMessageFromBeforeASeekThatDoesNotMoveTheServer) {
    for (const std::int64_t offset : {0, 9, 10, 30, -1}) {
        for (const bool is_metadata : {false, true}) {
            positions all;
            all.sought("meters", 1, 10, true);
            EXPECT_EQ(all.announced(all.add("meters", 1), offset, is_metadata), arrival::unproven);
            EXPECT_EQ(all.prove(0, offset, is_metadata, 10), arrival::stale) << offset;
            EXPECT_EQ(all[0].unproven, std::nullopt) << "the server brings one for each seek";
            EXPECT_TRUE(all[0].is_placed);
            EXPECT_EQ(all[0].read, 10);
            EXPECT_EQ(all.announced(all.add("meters", 1), 9, false), arrival::misplaced)
                << "the next one is from after the seek";
            EXPECT_EQ(all.announced(all.add("meters", 1), 10, false), arrival::expected);
        }
    }
}

TEST(Positions, TakeTheMessageThatMovesTheServerFromTheTargetOn) {
    for (const std::int64_t offset : {10, 15, -1}) {
        positions all;
        all.sought("meters", 1, 10, true);
        EXPECT_EQ(all.announced(all.add("meters", 1), offset, false), arrival::unproven);
        EXPECT_EQ(all.prove(0, offset, false, 20), arrival::expected) << offset;
        EXPECT_EQ(all[0].unproven, std::nullopt);
        all.read(all.add("meters", 1), 20);
        EXPECT_EQ(all.announced(all.add("meters", 1), offset < 0 ? 19 : offset, false), arrival::misplaced)
            << "only the first may start anywhere";
        EXPECT_EQ(all.announced(all.add("meters", 1), 20, false), arrival::expected);
    }
}

TEST(Positions, TakeMetadataBehindASeekThatEndsBehindTheTarget) {
    positions all;
    all.sought("meters", 1, 10, true);
    EXPECT_EQ(all.prove(0, 11, true, 11), arrival::expected);
    all.sought("meters", 1, 10, true);
    EXPECT_EQ(all.prove(0, 10, true, 11), arrival::misplaced);
}

/// As after another member has read it in between.
TEST(Positions, AreMisplacedWhereAMessageFromBeforeTheTargetMovesTheServer) {
    positions all;
    all.sought("meters", 1, 10, true);
    EXPECT_EQ(all.announced(all.add("meters", 1), 9, false), arrival::unproven);
    EXPECT_EQ(all.prove(0, 9, false, 12), arrival::misplaced);
    EXPECT_EQ(all[0].next, 10);
    EXPECT_EQ(all[0].unproven, std::nullopt);
}

TEST(Positions, NeedNoProofInAnotherPlace) {
    for (int way = 0; way < 5; ++way) {
        positions all;
        all.sought("meters", 1, 10, true);
        switch (way) {
            case 0: all.displaced(0); break;
            case 1: all.all_displaced(); break;
            case 2: all.lost(0); break;
            case 3: all.sought("meters", 1, 20); break;
            default: all.placed("meters", 1, 20); break;
        }
        EXPECT_EQ(all[0].unproven, std::nullopt) << way;
    }
    positions all;
    all.sought("meters", 1, 10, true);
    all.sought("meters", 1, 20, true);
    EXPECT_EQ(all[0].unproven, 20) << "the last one counts";
    all.sought("meters", 2, 5, true);
    EXPECT_EQ(all[0].unproven, 20) << "each for itself";
    EXPECT_EQ(all.prove(1, 5, false, 6), arrival::expected);
    EXPECT_EQ(all[0].unproven, 20);
}

TEST(Positions, ProveNothingByNumbersAtTheEdgesOfTheirType) {
    constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    for (const std::int64_t position : {least, std::int64_t{-1}, std::int64_t{0}, most}) {
        positions all;
        all.sought("meters", 1, most, true);
        EXPECT_EQ(all.prove(0, 0, false, position), position == most ? arrival::stale : arrival::misplaced);
        all.sought("meters", 1, 0, true);
        EXPECT_EQ(all.prove(0, most, false, position), position == 0 ? arrival::stale : arrival::expected);
    }
}

TEST(Positions, KnowWhetherCommittingEverythingCommitsOneOffsetOnly) {
    positions all;
    deliver(all, 0, 10);
    EXPECT_TRUE(all.is_only_uncommitted(0, 10));
    EXPECT_FALSE(all.is_only_uncommitted(0, 5)) << "it would commit 10";
    EXPECT_FALSE(all.is_only_uncommitted(0, 20));
    all.placed("meters", 2, 0);
    EXPECT_TRUE(all.is_only_uncommitted(0, 10)) << "nothing of it was delivered";
    all.delivered(all.add("meters", 2), 7);
    EXPECT_FALSE(all.is_only_uncommitted(0, 10));
    EXPECT_FALSE(all.is_only_uncommitted(1, 7));
    all.committed(1, 7);
    EXPECT_TRUE(all.is_only_uncommitted(0, 10));
    all.delivered(all.add("meters", 3), -1);
    EXPECT_FALSE(all.is_only_uncommitted(0, 10)) << "a snapshot is committed with it";
}

TEST(Positions, KeepTheBoundsOfALogWhileItIsTheirs) {
    positions all;
    all.placed("meters", 1, 20);
    EXPECT_EQ(all[0].log_begin, -1);
    EXPECT_EQ(all[0].log_end, -1);
    all.bounded(0, 5, 30);
    all.displaced(0);
    all.all_displaced();
    all.placed("meters", 1, 20);
    EXPECT_EQ(all[0].log_begin, 5);
    EXPECT_EQ(all[0].log_end, 30);
    all.lost(0);
    EXPECT_EQ(all[0].log_begin, -1);
    EXPECT_EQ(all[0].log_end, -1);
}

TEST(Positions, TakeOffsetsAtTheEdgesOfTheirType) {
    constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    positions all;
    all.placed("meters", 1, most);
    EXPECT_EQ(all.announced(all.add("meters", 1), 0, false), arrival::expected) << "the first in a new place";
    EXPECT_EQ(all.announced(all.add("meters", 1), 0, false), arrival::misplaced);
    EXPECT_EQ(all.announced(all.add("meters", 1), most, false), arrival::expected);
    EXPECT_EQ(all.announced(all.add("meters", 1), most, true), arrival::misplaced);
    all.read(all.add("meters", 1), least);
    EXPECT_EQ(all[0].read, std::nullopt);
    all.delivered(all.add("meters", std::numeric_limits<std::int32_t>::min()), most);
    all.mark_processed();
    EXPECT_EQ(of(all, "meters", std::numeric_limits<std::int32_t>::min()).to_commit, most);
}

TEST(Positions, AreNotCommittedAllTogetherWhereASeekWent) {
    positions all;
    deliver(all, 0, 10);
    all.placed("meters", 2, 40);
    EXPECT_TRUE(all.is_only_uncommitted(0, 10));
    all.sought("meters", 2, 30);
    EXPECT_FALSE(all.is_only_uncommitted(0, 10)) << "the server would commit 30 too";
    all.committed(1, 30);
    EXPECT_TRUE(all.is_only_uncommitted(0, 10));
}

TEST(Positions, AreDisplacedUntilTheyArePlacedAgain) {
    positions all;
    deliver(all, 0, 10);
    EXPECT_FALSE(all.has_displaced());
    all.displaced(0);
    EXPECT_TRUE(all.has_displaced());
    all.placed("meters", 1, 10);
    EXPECT_FALSE(all.has_displaced());
}

TEST(Positions, KeepASeekBackFromWhatWasCommittedBeforeTheyKnewOfIt) {
    positions all;
    all.placed("meters", 1, 90);
    all.sought("meters", 1, 20);
    EXPECT_TRUE(all.is_own_commit(0, 90)) << "not another member's, whose commit would be followed";
    EXPECT_FALSE(all.is_own_commit(0, 95)) << "by then it is known what was committed";
}

}  // namespace
}  // namespace tmq::subscription
