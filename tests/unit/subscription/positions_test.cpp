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

TEST(positions, know_nothing_of_a_vgroup_that_has_delivered_nothing) {
    const positions all;
    EXPECT_EQ(all.size(), 0U);
    EXPECT_EQ(all.find("meters", 1), std::nullopt);
    EXPECT_FALSE(all.has_inexact());
}

TEST(positions, move_behind_the_last_message_of_their_vgroup) {
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

TEST(positions, keep_their_index_when_others_come) {
    positions all;
    all.delivered(all.add("meters", 1), 10);
    const auto index = all.find("meters", 1);
    for (std::int32_t vgroup = 2; vgroup < 100; ++vgroup)
        all.delivered(all.add("meters", vgroup), 1);
    EXPECT_EQ(all.find("meters", 1), index);
}

TEST(positions, are_settled_by_a_commit_of_the_place_they_have_reached) {
    positions all;
    all.delivered(all.add("meters", 1), 10);
    all.committed(0, 10);
    EXPECT_FALSE(all[0].has_uncommitted);
    EXPECT_EQ(all[0].committed, 10);
    all.delivered(all.add("meters", 1), 12);
    EXPECT_TRUE(all[0].has_uncommitted);
}

TEST(positions, stay_unsettled_when_more_was_delivered_meanwhile) {
    positions all;
    all.delivered(all.add("meters", 1), 10);
    all.delivered(all.add("meters", 1), 12);
    all.committed(0, 10);
    EXPECT_TRUE(all[0].has_uncommitted);
    EXPECT_EQ(all[0].committed, 10);
    EXPECT_EQ(all[0].next, 12);
}

TEST(positions, need_no_commit_for_what_is_committed_already) {
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

TEST(positions, follow_a_seek_and_leave_what_was_not_committed) {
    positions all;
    all.delivered(all.add("meters", 1), 10);
    all.sought("meters", 1, 3);
    EXPECT_EQ(all[0].next, 3);
    EXPECT_FALSE(all[0].has_uncommitted);
    all.sought("meters", 2, 8);
    EXPECT_EQ(of(all, "meters", 2).next, 8);
    EXPECT_FALSE(of(all, "meters", 2).has_uncommitted);
}

TEST(positions, of_snapshot_messages_are_committed_all_together_or_not_at_all) {
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

TEST(positions, are_exact_again_when_the_log_follows_the_snapshot) {
    positions all;
    all.delivered(all.add("meters", 1), -1);
    all.delivered(all.add("meters", 1), 20);
    EXPECT_FALSE(all.has_inexact());
    EXPECT_EQ(all[0].next, 20);
    EXPECT_TRUE(all[0].has_uncommitted);
}

TEST(positions, of_a_lost_vgroup_are_forgotten) {
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

TEST(positions, of_a_new_subscription_start_anew) {
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

TEST(positions, of_a_vgroup_that_is_heard_of_for_the_first_time_begin_where_its_message_does) {
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

TEST(positions, refuse_a_message_that_cannot_be_the_next_one) {
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

TEST(positions, compare_with_what_was_read_and_not_only_delivered) {
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

TEST(positions, let_the_first_message_behind_a_seek_start_where_the_server_cuts) {
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

TEST(positions, refuse_every_message_of_a_known_vgroup_that_is_not_in_its_place) {
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

TEST(positions, forget_what_was_read_ahead_when_they_are_displaced) {
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

TEST(positions, commit_what_the_application_has_finished_by_asking_for_more) {
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

TEST(positions, keep_what_was_finished_while_a_commit_of_less_was_under_way) {
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

TEST(positions, know_a_commit_whose_reply_got_lost_for_their_own_after_further_ones) {
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

TEST(positions, need_no_commit_by_themselves_for_what_the_application_has_committed) {
    positions all;
    deliver(all, 0, 10);
    all.committed(0, 10);
    all.mark_processed();
    EXPECT_FALSE(all.has_to_commit());
}

TEST(positions, finish_a_message_without_a_log_offset_without_a_commit) {
    positions all;
    all.delivered(all.add("meters", 1), -2147467258);
    all.mark_processed();
    EXPECT_FALSE(all.has_to_commit());
    EXPECT_TRUE(all.has_inexact());
}

TEST(positions, overtaken_by_another_member_do_not_take_its_commit_back) {
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

TEST(positions, go_back_in_what_they_commit_only_behind_a_seek) {
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

TEST(positions, do_not_commit_what_was_delivered_before_a_seek) {
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

TEST(positions, of_one_vgroup_do_not_mind_a_seek_in_another) {
    positions all;
    deliver(all, 0, 10);
    all.sought("meters", 2, 5);
    all.mark_processed();
    EXPECT_EQ(all[0].to_commit, 10);
}

TEST(positions, drop_what_to_commit_when_delivery_goes_on_elsewhere) {
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

TEST(positions, skip_what_is_gone_and_with_it_the_commits_there_of) {
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

TEST(positions, pass_over_what_is_gone_behind_what_was_read_ahead) {
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

TEST(positions, pass_over_what_is_gone_in_several_steps) {
    positions all;
    all.placed("meters", 1, 0);
    all.read(all.add("meters", 1), 10);
    all.skipped(0, 50);
    all.skipped(0, 70);
    all.delivered(all.add("meters", 1), 10);
    EXPECT_EQ(all[0].next, 70);
}

TEST(positions, forget_what_is_gone_in_a_new_place) {
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

TEST(positions, refused_a_commit_await_what_a_placement_finds_out) {
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

TEST(positions, refused_a_commit_still_know_what_is_not_finished) {
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

TEST(positions, of_an_awaited_vgroup_outlive_a_refused_commit) {
    positions all;
    deliver(all, 0, 10);
    all.mark_processed();
    all.all_displaced();
    all.refused(0);
    EXPECT_EQ(all[0].to_commit, 10);
    EXPECT_TRUE(all[0].has_uncommitted);
    EXPECT_EQ(all[0].next, 10);
}

TEST(positions, of_a_lost_vgroup_start_wherever_it_comes_back) {
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

TEST(positions, are_all_lost_together) {
    positions all;
    all.delivered(all.add("meters", 1), 10);
    all.delivered(all.add("meters", 2), -1);
    all.all_lost();
    all.mark_processed();
    EXPECT_FALSE(all.has_inexact() || all.has_to_commit());
    EXPECT_EQ(all.size(), 2U);
}

TEST(positions, acknowledged_by_hand_are_committed_up_to_the_first_unfinished) {
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

TEST(positions, acknowledged_by_hand_ignore_what_is_not_theirs) {
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

TEST(positions, acknowledged_by_hand_never_go_back_behind_a_commit) {
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

TEST(positions, acknowledged_by_hand_outlive_a_lost_connection) {
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

TEST(positions, ask_for_a_proof_of_the_first_message_behind_a_seek_once_the_server_was_polled) {
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

TEST(positions, need_no_proof_of_a_seek_before_the_first_poll) {
    positions all;
    all.sought("meters", 1, 10);
    EXPECT_EQ(all[0].unproven, std::nullopt);
    EXPECT_EQ(all.announced(all.add("meters", 1), 10, false), arrival::expected);
    all.placed("meters", 2, 10);
    EXPECT_EQ(all.announced(all.add("meters", 2), 10, false), arrival::expected);
}

TEST(positions, drop_the_message_from_before_a_seek_that_does_not_move_the_server) {
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

TEST(positions, take_the_message_that_moves_the_server_from_the_target_on) {
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

TEST(positions, take_metadata_behind_a_seek_that_ends_behind_the_target) {
    positions all;
    all.sought("meters", 1, 10, true);
    EXPECT_EQ(all.prove(0, 11, true, 11), arrival::expected);
    all.sought("meters", 1, 10, true);
    EXPECT_EQ(all.prove(0, 10, true, 11), arrival::misplaced);
}

/// As after another member has read it in between.
TEST(positions, are_misplaced_where_a_message_from_before_the_target_moves_the_server) {
    positions all;
    all.sought("meters", 1, 10, true);
    EXPECT_EQ(all.announced(all.add("meters", 1), 9, false), arrival::unproven);
    EXPECT_EQ(all.prove(0, 9, false, 12), arrival::misplaced);
    EXPECT_EQ(all[0].next, 10);
    EXPECT_EQ(all[0].unproven, std::nullopt);
}

TEST(positions, need_no_proof_in_another_place) {
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

TEST(positions, prove_nothing_by_numbers_at_the_edges_of_their_type) {
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

TEST(positions, know_whether_committing_everything_commits_one_offset_only) {
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

TEST(positions, keep_the_bounds_of_a_log_while_it_is_theirs) {
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

TEST(positions, take_offsets_at_the_edges_of_their_type) {
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

TEST(positions, are_not_committed_all_together_where_a_seek_went) {
    positions all;
    deliver(all, 0, 10);
    all.placed("meters", 2, 40);
    EXPECT_TRUE(all.is_only_uncommitted(0, 10));
    all.sought("meters", 2, 30);
    EXPECT_FALSE(all.is_only_uncommitted(0, 10)) << "the server would commit 30 too";
    all.committed(1, 30);
    EXPECT_TRUE(all.is_only_uncommitted(0, 10));
}

TEST(positions, are_displaced_until_they_are_placed_again) {
    positions all;
    deliver(all, 0, 10);
    EXPECT_FALSE(all.has_displaced());
    all.displaced(0);
    EXPECT_TRUE(all.has_displaced());
    all.placed("meters", 1, 10);
    EXPECT_FALSE(all.has_displaced());
}

TEST(positions, keep_a_seek_back_from_what_was_committed_before_they_knew_of_it) {
    positions all;
    all.placed("meters", 1, 90);
    all.sought("meters", 1, 20);
    EXPECT_TRUE(all.is_own_commit(0, 90)) << "not another member's, whose commit would be followed";
    EXPECT_FALSE(all.is_own_commit(0, 95)) << "by then it is known what was committed";
}

}  // namespace
}  // namespace tmq::subscription
