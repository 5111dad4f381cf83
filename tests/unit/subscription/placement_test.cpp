#include "subscription/placement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tmq::subscription {
namespace {

using namespace std::chrono_literals;
using step = placement::step;

constexpr placement::time_point start{1000s};
constexpr std::int64_t nothing_committed = -2147467247;

using partitions = std::vector<partition_offset>;

std::vector<std::int32_t> vgroups_of(const partitions& all) {
    std::vector<std::int32_t> result;
    for (const partition_offset& one : all)
        result.push_back(one.vgroup());
    return result;
}

placement::circumstances around(placement::time_point patience_end, placement::time_point await_end,
                                bool may_advance = true, bool has_polled = false) {
    placement::circumstances result;
    result.patience_end = patience_end;
    result.await_end = await_end;
    result.may_advance = may_advance;
    result.has_polled = has_polled;
    return result;
}

failure server_says(std::uint32_t code) { return failure(make_server_error(code)); }

class placement_test : public ::testing::Test {
  protected:
    placement plan(placement::time_point patience_end = start + 2s,
                   placement::time_point await_end = start + 17s) {
        return placement(positions_, topics_, around(patience_end, await_end, false));
    }
    const vgroup_position& of(std::int32_t vgroup, const char* topic = "meters") {
        const auto index = positions_.find(topic, vgroup);
        EXPECT_TRUE(index) << topic << ' ' << vgroup;
        return positions_[index.value_or(0)];
    }
    /// As after a connection on which vgroups had got so far.
    void had(std::int32_t vgroup, std::int64_t next) {
        positions_.placed("meters", vgroup, next);
        positions_.assigned(*positions_.find("meters", vgroup));
        positions_.displaced(*positions_.find("meters", vgroup));
    }
    static void assign(placement& at, const std::vector<protocol::vgroup_assignment>& listed,
                       placement::time_point now = start) {
        ASSERT_EQ(at.next(), step::assignment);
        at.on_assignment(failure(), listed, now);
    }
    /// An answer that lacks a vgroup, until it is believed.
    static void assign_less(placement& at, const std::vector<protocol::vgroup_assignment>& listed,
                            placement::time_point now = start) {
        for (int answer = 1; answer < placement::believed_answers; ++answer) {
            assign(at, listed, now);
            ASSERT_EQ(at.next(), step::wait);
            at.on_waited();
        }
        assign(at, listed, now);
    }
    static void position(placement& at, const std::vector<std::int64_t>& offsets,
                         placement::time_point now = start) {
        ASSERT_EQ(at.next(), step::position);
        ASSERT_EQ(at.asked().size(), offsets.size());
        at.on_position(failure(), offsets, now);
    }
    static void commit(placement& at, const std::vector<std::int64_t>& offsets,
                       placement::time_point now = start) {
        ASSERT_EQ(at.next(), step::committed);
        ASSERT_EQ(at.asked().size(), offsets.size());
        at.on_committed(failure(), offsets, now);
    }
    static void seek(placement& at, const partition_offset& target) {
        ASSERT_EQ(at.next(), step::seek);
        EXPECT_EQ(at.target(), target);
        at.on_seek(failure(), start);
    }

    std::vector<std::string> topics_{"meters"};
    positions positions_;
};

TEST_F(placement_test, of_no_topics_is_done) {
    topics_.clear();
    EXPECT_EQ(plan().next(), step::done);
}

TEST_F(placement_test, takes_the_servers_places_for_vgroups_that_are_new) {
    topics_ = {"meters", "alarms"};
    placement at = plan();
    EXPECT_EQ(at.topic(), "meters");
    assign(at, {{1, 4, 0, 100}, {2, 0, 0, 0}});
    EXPECT_EQ(vgroups_of(at.asked()), (std::vector<std::int32_t>{1, 2}));
    position(at, {5, 0});
    seek(at, {"meters", 2, 0});
    EXPECT_EQ(positions_.size(), 0U) << "all at once, when it is done";
    seek(at, {"meters", 1, 5});
    EXPECT_EQ(at.topic(), "alarms");
    assign(at, {{1, 7, 7, 9}});
    position(at, {7});
    seek(at, {"alarms", 1, 7});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(at.assigned(), (partitions{{"meters", 2, 0}, {"meters", 1, 5}, {"alarms", 1, 7}}));
    EXPECT_TRUE(at.resumed().empty());
    EXPECT_TRUE(at.revoked().empty());
    EXPECT_TRUE(at.lost().empty());
    EXPECT_FALSE(at.is_unsettled());
    EXPECT_EQ(of(1).next, 5);
    EXPECT_EQ(of(1).read, 5);
    EXPECT_TRUE(of(1).is_placed);
    EXPECT_TRUE(of(1).is_assigned);
    EXPECT_EQ(of(1, "alarms").next, 7);
}

TEST_F(placement_test, asks_a_second_time_about_nothing_that_is_in_its_place) {
    placement first = plan();
    assign(first, {{1, 5, 0, 100}});
    position(first, {5});
    seek(first, {"meters", 1, 5});
    placement second = plan();
    assign(second, {{1, 5, 0, 120}});
    EXPECT_EQ(second.next(), step::done);
    EXPECT_TRUE(second.assigned().empty());
    EXPECT_TRUE(second.resumed().empty());
    EXPECT_FALSE(second.is_unsettled());
}

TEST_F(placement_test, seeks_every_vgroup_to_where_it_stopped) {
    had(1, 50);
    had(2, 60);
    placement at = plan();
    assign(at, {{1, 100, 0, 100}, {2, 100, 0, 100}});
    EXPECT_EQ(at.asked(), (partitions{{"meters", 1, 100}, {"meters", 2, 100}}));
    commit(at, {nothing_committed, 40});
    seek(at, {"meters", 2, 60});
    EXPECT_EQ(at.next(), step::seek);
    seek(at, {"meters", 1, 50});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(at.resumed(), (partitions{{"meters", 2, 60}, {"meters", 1, 50}}));
    EXPECT_TRUE(at.assigned().empty());
    EXPECT_TRUE(at.lost().empty());
    for (const std::int32_t vgroup : {1, 2})
        EXPECT_TRUE(of(vgroup).is_placed);
    EXPECT_EQ(of(1).next, 50);
    EXPECT_EQ(of(2).next, 60);
}

TEST_F(placement_test, goes_on_where_another_member_has_committed_further) {
    had(1, 50);
    positions_.delivered(positions_.add("meters", 1), 55);
    positions_.mark_processed();
    placement at = plan();
    assign(at, {{1, 80, 0, 100}});
    commit(at, {80});
    seek(at, {"meters", 1, 80});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(of(1).next, 80);
    EXPECT_EQ(of(1).to_commit, std::nullopt) << "would go back";
    EXPECT_TRUE(at.lost().empty());
}

TEST_F(placement_test, does_not_take_its_own_commit_for_that_of_another) {
    had(1, 50);
    positions_.committed(0, 90);
    had(2, 50);
    positions_.trying(1, 90);
    placement at = plan();
    assign(at, {{1, 90, 0, 100}, {2, 90, 0, 100}});
    commit(at, {90, 90});
    seek(at, {"meters", 2, 50});
    seek(at, {"meters", 1, 50});
    EXPECT_EQ(at.next(), step::done);
}

TEST_F(placement_test, remembers_a_commit_of_its_own_whose_reply_got_lost_when_others_get_lost_too) {
    had(1, 50);
    positions_.trying(0, 90);
    positions_.trying(0, 60);
    for (int connection = 0; connection < 2; ++connection) {
        positions_.all_displaced();
        placement at = plan();
        assign(at, {{1, 90, 0, 100}});
        commit(at, {90});
        seek(at, {"meters", 1, 50});
        EXPECT_EQ(at.next(), step::done);
        for (const std::int64_t offset : {51, 52, 53, 54})
            positions_.trying(0, offset);
    }
}

TEST_F(placement_test, takes_no_commit_behind_the_end_of_the_log_for_a_place) {
    for (const std::int64_t committed : {std::int64_t{101}, std::numeric_limits<std::int64_t>::max()}) {
        positions_.clear();
        had(1, 50);
        placement at = plan();
        assign(at, {{1, 50, 0, 100}});
        commit(at, {committed});
        seek(at, {"meters", 1, 50});
        EXPECT_TRUE(at.lost().empty());
    }
}

TEST_F(placement_test, takes_no_error_in_the_place_of_a_commit_for_a_place) {
    for (const std::int64_t committed : {nothing_committed, std::int64_t{-2147467256}, std::int64_t{-1},
                                         std::numeric_limits<std::int64_t>::min()}) {
        positions_.clear();
        had(1, 50);
        placement at = plan();
        assign(at, {{1, 50, 0, 100}});
        commit(at, {committed});
        seek(at, {"meters", 1, 50});
        EXPECT_EQ(at.next(), step::done);
    }
}

TEST_F(placement_test, reports_what_the_server_has_removed_and_goes_on_behind_it) {
    had(1, 50);
    placement at = plan();
    assign(at, {{1, 70, 70, 100}});
    commit(at, {40});
    seek(at, {"meters", 1, 70});
    EXPECT_EQ(at.next(), step::done);
    ASSERT_EQ(at.lost().size(), 1U);
    EXPECT_EQ(at.lost()[0].topic, "meters");
    EXPECT_EQ(at.lost()[0].vgroup, 1);
    EXPECT_EQ(at.lost()[0].begin, 50);
    EXPECT_EQ(at.lost()[0].end, 70);
    EXPECT_EQ(of(1).next, 70);
    EXPECT_EQ(of(1).read, 70);
}

TEST_F(placement_test, starts_a_new_log_from_its_beginning) {
    had(1, 50);
    placement at = plan();
    assign(at, {{1, 0, 2, 30}});
    commit(at, {nothing_committed});
    seek(at, {"meters", 1, 2});
    ASSERT_EQ(at.lost().size(), 1U);
    EXPECT_EQ(at.lost()[0].begin, 50);
    EXPECT_EQ(at.lost()[0].end, 2);
}

TEST_F(placement_test, goes_on_at_the_very_edges_of_the_log) {
    for (const std::int64_t edge : {50, 100}) {
        positions_.clear();
        had(1, edge);
        placement at = plan();
        assign(at, {{1, 60, 50, 100}});
        commit(at, {nothing_committed});
        seek(at, {"meters", 1, edge});
        EXPECT_TRUE(at.lost().empty());
    }
}

TEST_F(placement_test, sees_what_was_removed_under_a_vgroup_in_its_place) {
    positions_.placed("meters", 1, 50);
    positions_.assigned(0);
    placement at = plan();
    assign(at, {{1, 50, 70, 100}});
    EXPECT_EQ(at.next(), step::done);
    ASSERT_EQ(at.lost().size(), 1U);
    EXPECT_EQ(at.lost()[0].begin, 50);
    EXPECT_EQ(at.lost()[0].end, 70);
    EXPECT_EQ(of(1).read, 70);
    EXPECT_EQ(of(1).next, 70);
    placement again = plan();
    assign(again, {{1, 50, 70, 100}});
    EXPECT_TRUE(again.lost().empty()) << "once";
}

TEST_F(placement_test, follows_the_server_over_entries_without_rows_before_it_calls_them_lost) {
    for (const std::int64_t position : {std::int64_t{40}, std::int64_t{60}, std::int64_t{90}}) {
        positions_.clear();
        positions_.placed("meters", 1, 50);
        positions_.assigned(0);
        placement at(positions_, topics_, around(start, start));
        assign(at, {{1, 50, 70, 100}});
        ASSERT_EQ(at.next(), step::position);
        EXPECT_EQ(vgroups_of(at.asked()), std::vector<std::int32_t>{1});
        at.on_position(failure(), std::vector<std::int64_t>{position}, start);
        EXPECT_EQ(at.next(), step::done);
        EXPECT_EQ(at.lost().size(), position < 70 ? 1U : 0U);
        EXPECT_EQ(of(1).next, std::max<std::int64_t>(70, position));
    }
}

TEST_F(placement_test, reports_a_loss_once_when_the_seek_comes_too_late) {
    had(1, 50);
    placement at = plan();
    assign(at, {{1, 60, 60, 100}});
    commit(at, {nothing_committed});
    EXPECT_EQ(at.target(), partition_offset("meters", 1, 60));
    at.on_seek(server_says(0x4007), start);
    assign(at, {{1, 70, 70, 100}});
    commit(at, {nothing_committed});
    seek(at, {"meters", 1, 70});
    EXPECT_EQ(at.next(), step::done);
    ASSERT_EQ(at.lost().size(), 1U);
    EXPECT_EQ(at.lost()[0].begin, 50);
    EXPECT_EQ(at.lost()[0].end, 70);
    EXPECT_EQ(at.resumed(), (partitions{{"meters", 1, 70}}));
}

TEST_F(placement_test, gives_up_when_seeks_come_too_late_again_and_again) {
    had(1, 50);
    placement at = plan();
    for (std::int64_t attempt = 0; attempt < 3; ++attempt) {
        assign(at, {{1, 60, 60 + attempt, 100}});
        commit(at, {nothing_committed});
        ASSERT_EQ(at.next(), step::seek);
        at.on_seek(server_says(0x4007), start);
    }
    EXPECT_EQ(at.next(), step::failed);
    EXPECT_EQ(at.why().code, make_server_error(0x4007));
    EXPECT_FALSE(of(1).is_placed);
    EXPECT_EQ(of(1).next, 50);
}

TEST_F(placement_test, awaits_a_vgroup_that_is_missing_on_a_new_connection) {
    had(1, 50);
    positions_.all_displaced();
    placement early = plan(start, start + 10s);
    assign(early, {}, start + 10s - 1ns);
    EXPECT_EQ(early.next(), step::done);
    EXPECT_TRUE(early.revoked().empty());
    EXPECT_TRUE(early.is_unsettled());
    EXPECT_EQ(of(1).next, 50);

    placement late = plan(start, start + 10s);
    assign_less(late, {}, start + 10s);
    EXPECT_EQ(late.revoked(), std::vector<std::size_t>{0});
    EXPECT_EQ(of(1).next, 50) << "still as it was";
    EXPECT_FALSE(late.is_unsettled());
}

TEST_F(placement_test, does_not_await_a_vgroup_whose_connection_stands) {
    had(1, 50);
    placement at = plan();
    while (at.next() != step::done) {
        assign(at, {});
        if (at.next() == step::wait) at.on_waited();
    }
    EXPECT_EQ(at.revoked(), std::vector<std::size_t>{0});
    EXPECT_FALSE(at.is_unsettled());
}

TEST_F(placement_test, gives_up_a_vgroup_that_was_in_its_place_when_three_answers_in_a_row_lack_it) {
    positions_.placed("meters", 1, 50);
    positions_.placed("meters", 2, 50);
    placement at = plan(start);
    for (const auto now : {start, start + 60ms}) {
        assign(at, {{1, 50, 0, 100}}, now);
        ASSERT_EQ(at.next(), step::wait);
        EXPECT_EQ(at.again_at(), now + 50ms) << "whatever its patience with a server that is not ready";
        at.on_waited();
    }
    assign(at, {{1, 50, 0, 100}}, start + 120ms);
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(at.revoked(), std::vector<std::size_t>{1});
    EXPECT_FALSE(at.is_unsettled());
}

TEST_F(placement_test, keeps_a_vgroup_that_two_answers_have_left_out) {
    positions_.placed("meters", 1, 50);
    positions_.assigned(0);
    positions_.placed("meters", 2, 60);
    positions_.assigned(1);
    placement at = plan();
    for (int answer = 0; answer < 2; ++answer) {
        assign(at, {{answer + 1, 50, 0, 100}});
        ASSERT_EQ(at.next(), step::wait);
        at.on_waited();
    }
    assign(at, {{1, 50, 0, 100}, {2, 60, 0, 100}});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_TRUE(at.revoked().empty());
    EXPECT_TRUE(of(1).is_placed && of(2).is_placed);
    EXPECT_FALSE(at.is_unsettled());
}

TEST_F(placement_test, counts_only_answers_that_lack_a_vgroup_in_a_row) {
    positions_.placed("meters", 1, 50);
    positions_.assigned(0);
    had(2, 60);
    placement at = plan();
    for (int round = 0; round < 3; ++round) {
        for (int answer = 0; answer < 2; ++answer) {
            assign(at, {{2, 0, 0, 100}});
            ASSERT_EQ(at.next(), step::wait) << round;
            at.on_waited();
        }
        assign(at, {{1, 50, 0, 100}, {2, 0, 0, 100}});
        ASSERT_EQ(at.next(), step::committed) << round;
        at.on_committed(server_says(0x4001), {}, start);
        at.on_waited();
    }
    assign(at, {{1, 50, 0, 100}, {2, 0, 0, 100}});
    commit(at, {nothing_committed});
    seek(at, {"meters", 2, 60});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_TRUE(at.revoked().empty());
}

TEST_F(placement_test, doubts_the_answers_of_each_topic_by_themselves) {
    topics_ = {"meters", "alarms"};
    positions_.placed("meters", 1, 50);
    positions_.placed("alarms", 1, 50);
    placement at = plan();
    assign_less(at, {});
    EXPECT_EQ(at.topic(), "alarms");
    assign_less(at, {});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(at.revoked(), (std::vector<std::size_t>{0, 1}));
}

TEST_F(placement_test, gives_up_a_vgroup_once_however_often_it_asks) {
    positions_.placed("meters", 1, 50);
    had(2, 50);
    placement at = plan();
    assign_less(at, {{2, 50, 0, 100}});
    ASSERT_EQ(at.next(), step::committed);
    at.on_committed(server_says(0x4008), {}, start);
    ASSERT_EQ(at.next(), step::wait);
    at.on_waited();
    assign(at, {{2, 50, 0, 100}});
    commit(at, {nothing_committed});
    seek(at, {"meters", 2, 50});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(at.revoked(), std::vector<std::size_t>{0});
}

TEST_F(placement_test, keeps_a_vgroup_that_is_back_before_it_is_done) {
    positions_.placed("meters", 1, 50);
    positions_.assigned(0);
    had(2, 50);
    placement at = plan();
    assign_less(at, {{2, 50, 0, 100}});
    at.on_committed(server_says(0x4001), {}, start);
    at.on_waited();
    assign(at, {{1, 50, 0, 100}, {2, 50, 0, 100}});
    commit(at, {nothing_committed});
    seek(at, {"meters", 2, 50});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_TRUE(at.revoked().empty());
    EXPECT_TRUE(of(1).is_placed);
}

TEST_F(placement_test, seeks_a_vgroup_once_more_when_it_has_to_ask_again_and_tells_it_once) {
    had(1, 50);
    had(2, 60);
    placement at = plan();
    assign(at, {{1, 0, 0, 100}, {2, 0, 0, 100}});
    commit(at, {nothing_committed, nothing_committed});
    seek(at, {"meters", 2, 60});
    at.on_seek(server_says(0x4001), start);
    ASSERT_EQ(at.next(), step::wait);
    EXPECT_EQ(at.again_at(), start + 50ms);
    EXPECT_FALSE(of(2).is_placed) << "the server may divide the vgroups anew";
    at.on_waited();
    assign(at, {{1, 0, 0, 100}, {2, 0, 0, 100}});
    commit(at, {nothing_committed, nothing_committed});
    seek(at, {"meters", 2, 60});
    seek(at, {"meters", 1, 50});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(at.resumed(), (partitions{{"meters", 2, 60}, {"meters", 1, 50}}));
}

TEST_F(placement_test, asks_again_while_the_server_divides_the_vgroups) {
    for (const std::uint32_t code : {0x4001U, 0x03EAU, 0x03EFU, 0x000BU, 0x0020U}) {
        placement at = plan(start + 120ms);
        at.on_assignment(server_says(code), {}, start);
        ASSERT_EQ(at.next(), step::wait) << code;
        EXPECT_EQ(at.again_at(), start + 50ms);
        at.on_waited();
        at.on_assignment(server_says(code), {}, start + 100ms);
        ASSERT_EQ(at.next(), step::wait);
        EXPECT_EQ(at.again_at(), start + 120ms) << "no longer than its patience";
        at.on_waited();
        at.on_assignment(server_says(code), {}, start + 120ms);
        EXPECT_EQ(at.next(), step::done);
        EXPECT_TRUE(at.is_unsettled());
    }
}

TEST_F(placement_test, asks_again_while_the_server_does_not_know_the_logs) {
    for (const protocol::vgroup_assignment unknown :
         {protocol::vgroup_assignment{2, -1, -1, -1}, {2, 0, -1, 10}, {2, 0, 0, -1}}) {
        positions_.clear();
        placement at = plan();
        assign(at, {{1, 5, 0, 10}, unknown}, start);
        ASSERT_EQ(at.next(), step::wait);
        EXPECT_EQ(positions_.size(), 0U);
        at.on_waited();
        assign(at, {{1, 5, 0, 10}, unknown}, start + 2s);
        position(at, {5}, start + 2s);
        seek(at, {"meters", 1, 5});
        EXPECT_EQ(at.next(), step::done) << "its patience is over: those that are known";
        EXPECT_TRUE(at.is_unsettled());
        EXPECT_EQ(at.assigned(), (partitions{{"meters", 1, 5}}));
        EXPECT_TRUE(at.revoked().empty());
    }
}

TEST_F(placement_test, does_not_give_up_a_vgroup_whose_log_is_not_known) {
    positions_.placed("meters", 1, 50);
    had(2, 60);
    placement at = plan(start, start);
    assign(at, {{1, -1, -1, -1}, {2, -1, -1, -1}}, start);
    EXPECT_EQ(at.next(), step::done);
    EXPECT_TRUE(at.revoked().empty());
    EXPECT_TRUE(at.is_unsettled()) << "where the second one goes on is not known";
    EXPECT_FALSE(of(2).is_placed);
}

TEST_F(placement_test, needs_no_bounds_of_a_vgroup_that_stays_through_a_rebalance) {
    positions_.placed("meters", 1, 50);
    positions_.assigned(0);
    positions_.bounded(0, 10, 70);
    placement at(positions_, topics_, around(start + 2s, start + 17s));
    assign(at, {{1, -1, -1, -1}});
    position(at, {-1});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_FALSE(at.is_unsettled());
    EXPECT_FALSE(at.has_backlog());
    EXPECT_TRUE(at.lost().empty());
    EXPECT_TRUE(at.assigned().empty());
    EXPECT_EQ(of(1).next, 50);
    EXPECT_EQ(of(1).log_begin, 10) << "as the server said last";
    EXPECT_EQ(of(1).log_end, 70);
}

TEST_F(placement_test, fails_where_only_a_new_subscription_helps) {
    for (const std::uint32_t code : {0x4002U, 0x03E6U}) {
        for (int at_step = 0; at_step < 5; ++at_step) {
            positions_.clear();
            positions_.placed("meters", 2, 50);
            had(1, 50);
            placement at(positions_, topics_, around(start + 2s, start + 17s));
            int steps = 0;
            const auto outcome = [&] { return steps++ == at_step ? server_says(code) : failure(); };
            at.on_assignment(
                outcome(),
                std::vector<protocol::vgroup_assignment>{{1, 0, 0, 100}, {2, 0, 0, 100}, {3, 7, 0, 100}},
                start);
            while (at.next() != step::failed) {
                ASSERT_LE(steps, at_step);
                const failure refused = outcome();
                if (at.next() == step::position)
                    at.on_position(refused, std::vector<std::int64_t>{60}, start);
                else if (at.next() == step::committed)
                    at.on_committed(refused, std::vector<std::int64_t>{nothing_committed}, start);
                else
                    at.on_seek(refused, start);
            }
            EXPECT_EQ(at.why().code, make_server_error(code)) << "at step " << at_step;
            EXPECT_EQ(steps, at_step + 1);
            EXPECT_FALSE(of(1).is_placed);
            EXPECT_EQ(of(2).next, 50);
            EXPECT_EQ(positions_.size(), 2U);
        }
    }
}

TEST_F(placement_test, that_fails_has_changed_nothing_and_tells_nothing) {
    positions_.placed("meters", 1, 50);
    had(2, 60);
    positions_.placed("meters", 3, 70);
    for (const failure& why :
         {failure(errc::connection_lost), failure(errc::request_timeout), server_says(0x4002)}) {
        placement at = plan();
        assign_less(at, {{1, 50, 55, 100}, {2, 0, 80, 100}, {4, 9, 9, 100}});
        position(at, {9});
        commit(at, {nothing_committed});
        ASSERT_EQ(at.next(), step::seek);
        at.on_seek(why, start);
        EXPECT_EQ(at.next(), step::failed);
        EXPECT_EQ(at.why().code, why.code);
        EXPECT_TRUE(at.assigned().empty() && at.resumed().empty() && at.revoked().empty() &&
                    at.lost().empty());
        EXPECT_EQ(positions_.size(), 3U);
        EXPECT_EQ(of(1).next, 50);
        EXPECT_FALSE(of(1).is_assigned);
        EXPECT_EQ(of(2).next, 60);
        EXPECT_FALSE(of(2).is_placed);
    }
    placement at = plan();
    assign_less(at, {{1, 50, 55, 100}, {2, 0, 80, 100}, {4, 9, 9, 100}});
    position(at, {9});
    commit(at, {nothing_committed});
    seek(at, {"meters", 2, 80});
    seek(at, {"meters", 4, 9});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(at.assigned(), (partitions{{"meters", 1, 50}, {"meters", 4, 9}}));
    EXPECT_EQ(at.resumed(), (partitions{{"meters", 2, 80}}));
    EXPECT_EQ(at.revoked(), std::vector<std::size_t>{2});
    EXPECT_EQ(at.lost().size(), 2U);
}

TEST_F(placement_test, goes_on_without_places_where_the_server_has_none) {
    topics_ = {"snapshot", "meters"};
    for (const std::uint32_t code : {0x4006U, 0x4007U, 0xFFFFU}) {
        placement at = plan();
        at.on_assignment(server_says(code), {}, start);
        EXPECT_EQ(at.next(), step::assignment) << code;
        EXPECT_EQ(at.topic(), "meters");
        EXPECT_FALSE(at.is_unsettled());
    }
}

TEST_F(placement_test, asks_again_when_its_topic_is_called_anothers_as_to_a_member_that_was_put_out) {
    placement at = plan();
    at.on_assignment(server_says(0x4009), {}, start);
    EXPECT_EQ(at.next(), step::wait);
    EXPECT_TRUE(at.is_mismatched());
    at.on_waited();
    assign(at, {{1, 5, 0, 100}});
    EXPECT_FALSE(at.is_mismatched());
}

TEST_F(placement_test, starts_with_none_where_the_group_has_committed_and_nowhere_else) {
    placement::circumstances none = around(start + 2s, start + 17s);
    none.needs_commit = true;
    placement at(positions_, topics_, none);
    assign(at, {{1, 0, 0, 100}, {2, 0, 0, 100}});
    ASSERT_EQ(at.next(), step::committed);
    EXPECT_EQ(at.asked().size(), 2U);
    at.on_committed(failure(), std::vector<std::int64_t>{40, nothing_committed}, start);
    seek(at, {"meters", 1, 40});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(at.assigned(), (partitions{{"meters", 1, 40}}));
    EXPECT_EQ(of(1).next, 40);
    EXPECT_EQ(positions_.find("meters", 2), std::nullopt);
}

TEST_F(placement_test, looks_again_soon_for_a_place_that_the_server_does_not_tell) {
    had(1, 50);
    placement early = plan(start, start + 10s);
    early.on_assignment(server_says(0xFFFF), {}, start);
    EXPECT_EQ(early.next(), step::done);
    EXPECT_TRUE(early.is_unsettled());
    EXPECT_EQ(of(1).next, 50);
    placement late = plan(start, start + 10s);
    late.on_assignment(server_says(0xFFFF), {}, start + 10s);
    EXPECT_FALSE(late.is_unsettled()) << "not for ever";
    EXPECT_TRUE(late.revoked().empty());
}

TEST_F(placement_test, leaves_a_vgroup_for_later_that_another_member_has_got_meanwhile) {
    for (const std::uint32_t code : {0x4008U, 0x4009U}) {
        positions_.clear();
        had(1, 50);
        had(2, 60);
        placement at = plan();
        assign(at, {{1, 0, 55, 100}, {2, 0, 0, 100}});
        commit(at, {nothing_committed, nothing_committed});
        seek(at, {"meters", 2, 60});
        ASSERT_EQ(at.next(), step::seek);
        at.on_seek(server_says(code), start);
        EXPECT_EQ(at.next(), step::done);
        EXPECT_TRUE(at.is_unsettled());
        EXPECT_EQ(at.resumed(), (partitions{{"meters", 2, 60}}));
        EXPECT_FALSE(of(1).is_placed);
        EXPECT_EQ(of(1).next, 50);
        EXPECT_TRUE(at.lost().empty()) << "nothing is known to be lost before it is in its place";
    }
}

TEST_F(placement_test, does_not_care_for_vgroups_listed_twice) {
    had(1, 50);
    placement at = plan();
    assign(at, {{1, 0, 0, 100}, {2, 7, 0, 100}, {1, 3, 90, 100}, {2, 8, 50, 100}});
    position(at, {7});
    EXPECT_EQ(at.asked().size(), 1U);
    commit(at, {nothing_committed});
    seek(at, {"meters", 1, 50});
    seek(at, {"meters", 2, 7});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(at.resumed(), (partitions{{"meters", 1, 50}}));
    EXPECT_EQ(at.assigned(), (partitions{{"meters", 2, 7}}));
    EXPECT_TRUE(at.lost().empty());
}

TEST_F(placement_test, leaves_a_new_vgroup_without_a_place_to_its_first_message) {
    placement at = plan();
    assign(at, {{1, -1, 0, 100}, {-5, std::numeric_limits<std::int64_t>::min(), 0, 100}});
    position(at, {-1, std::numeric_limits<std::int64_t>::min()});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_FALSE(at.is_unsettled());
    EXPECT_EQ(positions_.size(), 0U);
    EXPECT_EQ(positions_.announced(positions_.add("meters", 1), 20, false), arrival::expected);
    placement later = plan();
    assign(later, {{1, -1, 0, 100}});
    EXPECT_EQ(later.assigned(), (partitions{{"meters", 1, 20}}));
    EXPECT_TRUE(of(1).is_assigned);
}

TEST_F(placement_test, tells_a_vgroup_that_was_heard_of_only_by_its_message_as_assigned) {
    EXPECT_EQ(positions_.announced(positions_.add("meters", 1), 20, false), arrival::expected);
    positions_.all_displaced();
    placement at = plan();
    assign(at, {{1, 90, 0, 100}});
    commit(at, {nothing_committed});
    seek(at, {"meters", 1, 20});
    EXPECT_EQ(at.assigned(), (partitions{{"meters", 1, 20}}));
    EXPECT_TRUE(at.resumed().empty());
}

TEST_F(placement_test, asks_for_the_positions_of_those_that_stand_before_those_that_are_new) {
    positions_.placed("meters", 1, 50);
    positions_.assigned(0);
    had(2, 60);
    placement at(positions_, topics_, around(start + 2s, start + 17s));
    assign(at, {{3, 0, 0, 100}, {2, 0, 0, 100}, {1, 50, 0, 100}, {4, 0, 0, 100}});
    EXPECT_EQ(vgroups_of(at.asked()), std::vector<std::int32_t>{1});
    position(at, {55});
    EXPECT_EQ(vgroups_of(at.asked()), (std::vector<std::int32_t>{3, 4}));
    position(at, {7, 8});
    EXPECT_EQ(vgroups_of(at.asked()), std::vector<std::int32_t>{2});
    commit(at, {nothing_committed});
    seek(at, {"meters", 2, 60});
    seek(at, {"meters", 4, 8});
    seek(at, {"meters", 3, 7});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(at.resumed(), (partitions{{"meters", 2, 60}}));
    EXPECT_EQ(at.assigned(), (partitions{{"meters", 4, 8}, {"meters", 3, 7}}));
    EXPECT_EQ(of(1).next, 55);
    EXPECT_EQ(of(3).next, 7);
}

TEST_F(placement_test, seeks_a_new_vgroup_to_what_is_left_of_its_log) {
    for (const std::int64_t reached : {0, 69, 70, 71}) {
        positions_.clear();
        placement at = plan();
        assign(at, {{1, 0, 70, 100}});
        position(at, {reached});
        seek(at, {"meters", 1, std::max<std::int64_t>(reached, 70)});
        EXPECT_EQ(at.next(), step::done);
        EXPECT_TRUE(at.lost().empty()) << "it was read by nobody here";
    }
}

TEST_F(placement_test, leaves_a_new_vgroup_whose_position_is_refused_to_its_first_message) {
    placement at = plan();
    assign(at, {{1, 0, 0, 100}, {2, 0, 0, 100}});
    ASSERT_EQ(at.next(), step::position);
    at.on_position(server_says(0xFFFF), {}, start);
    EXPECT_EQ(at.next(), step::done);
    EXPECT_FALSE(at.is_unsettled());
    EXPECT_TRUE(at.assigned().empty());
    EXPECT_EQ(positions_.size(), 0U);
}

TEST_F(placement_test, seeks_the_new_vgroups_that_have_a_position) {
    placement at = plan();
    assign(at, {{1, 0, 0, 100}, {2, 0, 0, 100}, {3, 0, 0, 100}});
    position(at, {-1, 20, nothing_committed});
    seek(at, {"meters", 2, 20});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(at.assigned(), (partitions{{"meters", 2, 20}}));
    EXPECT_EQ(positions_.size(), 1U);
}

TEST_F(placement_test, places_a_new_vgroup_whose_seek_is_refused) {
    // The server reads it from there without the seek as well.
    for (const std::uint32_t code : {0xFFFFU, 0x4006U, 0x4012U}) {
        positions_.clear();
        placement at = plan();
        assign(at, {{1, 0, 0, 100}});
        position(at, {30});
        at.on_seek(server_says(code), start);
        EXPECT_EQ(at.next(), step::done) << code;
        EXPECT_FALSE(at.is_unsettled());
        EXPECT_EQ(at.assigned(), (partitions{{"meters", 1, 30}}));
        EXPECT_EQ(of(1).next, 30);
    }
}

TEST_F(placement_test, places_a_new_vgroup_whose_seeks_come_too_late_again_and_again) {
    placement at = plan();
    for (std::int64_t attempt = 0; attempt < 3; ++attempt) {
        assign(at, {{1, 0, 60 + attempt, 100}});
        position(at, {0});
        EXPECT_EQ(at.target(), partition_offset("meters", 1, 60 + attempt));
        at.on_seek(server_says(0x4007), start);
    }
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(at.assigned(), (partitions{{"meters", 1, 62}}));
    EXPECT_TRUE(at.lost().empty());
}

TEST_F(placement_test, leaves_a_new_vgroup_for_later_that_another_member_has_got_meanwhile) {
    for (const std::uint32_t code : {0x4008U, 0x4009U}) {
        positions_.clear();
        placement at = plan();
        assign(at, {{1, 0, 0, 100}, {2, 0, 0, 100}});
        position(at, {10, 20});
        at.on_seek(server_says(code), start);
        seek(at, {"meters", 1, 10});
        EXPECT_EQ(at.next(), step::done);
        EXPECT_TRUE(at.is_unsettled());
        EXPECT_EQ(at.assigned(), (partitions{{"meters", 1, 10}}));
        EXPECT_EQ(positions_.size(), 1U);
    }
}

TEST_F(placement_test, outlasts_what_passes_at_whatever_step) {
    for (const std::uint32_t code : {0x4010U, 0x4001U, 0x03EAU}) {
        for (int at_step = 0; at_step < 5; ++at_step) {
            SCOPED_TRACE(std::to_string(code) + " at step " + std::to_string(at_step));
            positions_.clear();
            positions_.placed("meters", 2, 50);
            positions_.assigned(0);
            had(1, 60);
            placement at(positions_, topics_, around(start + 2s, start + 17s));
            // Steps: assignment, position of the new one, committed, and two seeks. Each is refused until the
            // last answer.
            auto now = start;
            int refusals = 0;
            while (at.next() != step::done) {
                ASSERT_NE(at.next(), step::failed);
                ASSERT_LT(refusals, 3);
                const bool is_new = at.next() == step::position && at.asked()[0].vgroup() == 3;
                const int number = at.next() == step::assignment  ? 0
                                   : is_new                       ? 1
                                   : at.next() == step::committed ? 2
                                   : at.next() != step::seek      ? -1
                                   : at.target().vgroup() == 1    ? 3
                                                                  : 4;
                if (at.next() == step::wait) {
                    EXPECT_EQ(at.again_at(), now + 50ms);
                    now = at.again_at();
                    at.on_waited();
                    continue;
                }
                const bool is_refused = number == at_step && refusals < 2;
                refusals += is_refused ? 1 : 0;
                const failure outcome = is_refused ? server_says(code) : failure();
                switch (at.next()) {
                    case step::assignment:
                        at.on_assignment(outcome,
                                         std::vector<protocol::vgroup_assignment>{
                                             {1, 0, 0, 100}, {2, 0, 0, 100}, {3, 7, 0, 100}},
                                         now);
                        break;
                    case step::position:
                        at.on_position(outcome, std::vector<std::int64_t>{is_new ? 7 : 50}, now);
                        break;
                    case step::committed:
                        at.on_committed(outcome, std::vector<std::int64_t>{nothing_committed}, now);
                        break;
                    default: at.on_seek(outcome, now); break;
                }
            }
            EXPECT_EQ(refusals, 2);
            EXPECT_EQ(at.resumed(), (partitions{{"meters", 1, 60}}));
            EXPECT_EQ(at.assigned(), (partitions{{"meters", 3, 7}}));
            EXPECT_TRUE(at.revoked().empty() && at.lost().empty());
        }
    }
}

TEST_F(placement_test, is_unsettled_where_what_passes_outlasts_its_patience) {
    for (const std::uint32_t code : {0x4010U, 0x4001U}) {
        for (int at_step = 0; at_step < 3; ++at_step) {
            positions_.clear();
            placement at = plan(start);
            if (at_step == 0) {
                at.on_assignment(server_says(code), {}, start);
            } else {
                assign(at, {{1, 0, 0, 100}});
                if (at_step == 2) position(at, {30});
                at_step == 1 ? at.on_position(server_says(code), {}, start)
                             : at.on_seek(server_says(code), start);
            }
            EXPECT_EQ(at.next(), step::done) << code << " at step " << at_step;
            EXPECT_TRUE(at.is_unsettled());
            EXPECT_TRUE(at.assigned().empty());
            EXPECT_EQ(positions_.size(), 0U);
        }
    }
}

TEST_F(placement_test, lets_a_vgroup_stand_whose_position_the_server_does_not_say) {
    for (const std::uint32_t code : {0x4010U, 0x4001U, 0x03EAU, 0xFFFFU}) {
        positions_.clear();
        positions_.placed("meters", 1, 50);
        positions_.assigned(0);
        placement at(positions_, topics_, around(start + 2s, start + 17s));
        assign(at, {{1, 50, 0, 100}});
        at.on_position(server_says(code), {}, start);
        EXPECT_EQ(at.next(), step::done) << code;
        EXPECT_FALSE(at.is_unsettled());
        EXPECT_EQ(of(1).next, 50);
        EXPECT_TRUE(of(1).is_placed);
    }
}

TEST_F(placement_test, sees_what_is_gone_of_a_vgroup_whose_position_the_server_does_not_say) {
    positions_.placed("meters", 1, 50);
    positions_.assigned(0);
    placement at(positions_, topics_, around(start + 2s, start + 17s));
    assign(at, {{1, 50, 70, 100}});
    at.on_position(server_says(0x4010), {}, start);
    ASSERT_EQ(at.lost().size(), 1U);
    EXPECT_EQ(at.lost()[0].begin, 50);
    EXPECT_EQ(of(1).next, 70);
}

TEST_F(placement_test, asks_again_for_a_vgroup_that_is_elsewhere_by_the_time_its_position_is_asked) {
    positions_.placed("meters", 1, 50);
    positions_.placed("meters", 2, 50);
    placement at(positions_, topics_, around(start + 2s, start + 17s));
    assign(at, {{1, 50, 0, 100}, {2, 50, 0, 100}});
    at.on_position(server_says(0x4008), {}, start);
    ASSERT_EQ(at.next(), step::wait);
    at.on_waited();
    assign_less(at, {{2, 50, 0, 100}});
    position(at, {50});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(at.revoked(), std::vector<std::size_t>{0});
    EXPECT_EQ(at.assigned(), (partitions{{"meters", 2, 50}}));
}

TEST_F(placement_test, believes_of_each_vgroup_by_itself_that_it_is_gone) {
    positions_.placed("meters", 1, 50);
    positions_.assigned(0);
    positions_.placed("meters", 2, 60);
    positions_.assigned(1);
    positions_.placed("meters", 3, 70);
    positions_.assigned(2);
    placement at = plan();
    for (int answer = 0; answer < 2; ++answer) {
        assign(at, {{1, 50, 0, 100}, {2, 60, 0, 100}});
        ASSERT_EQ(at.next(), step::wait);
        at.on_waited();
    }
    assign(at, {{1, 50, 0, 100}});
    ASSERT_EQ(at.next(), step::wait) << "the second one may have been left out";
    at.on_waited();
    assign(at, {{1, 50, 0, 100}, {2, 60, 0, 100}});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(at.revoked(), std::vector<std::size_t>{2});
    EXPECT_FALSE(at.is_unsettled());
}

TEST_F(placement_test, does_not_ask_for_ever_when_every_answer_lacks_another_vgroup) {
    positions_.placed("meters", 1, 50);
    positions_.placed("meters", 2, 60);
    placement at = plan();
    int answers = 0;
    while (at.next() != step::done) {
        assign(at, {{1 + answers++ % 2, 50, 0, 100}});
        ASSERT_LT(answers, 20);
        if (at.next() == step::wait) at.on_waited();
    }
    EXPECT_EQ(answers, 9);
    EXPECT_TRUE(at.revoked().empty());
    EXPECT_TRUE(at.is_unsettled());
    EXPECT_TRUE(of(1).is_placed && of(2).is_placed);
}

TEST_F(placement_test, doubts_that_a_vgroup_is_gone_whose_message_was_misplaced) {
    had(1, 50);
    placement at = plan();
    assign(at, {});
    ASSERT_EQ(at.next(), step::wait);
    at.on_waited();
    assign(at, {{1, 0, 0, 100}});
    commit(at, {nothing_committed});
    seek(at, {"meters", 1, 50});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_EQ(at.resumed(), (partitions{{"meters", 1, 50}}));
    EXPECT_TRUE(at.revoked().empty());
}

TEST_F(placement_test, leaves_what_it_could_not_place_of_one_topic_out_of_the_next) {
    topics_ = {"meters", "alarms"};
    had(1, 50);
    positions_.placed("alarms", 1, 7);
    positions_.displaced(*positions_.find("alarms", 1));
    placement at = plan();
    assign(at, {{1, 0, 0, 100}});
    commit(at, {nothing_committed});
    at.on_seek(server_says(0x4007), start);
    at.on_assignment(server_says(0xFFFF), {}, start);
    EXPECT_EQ(at.topic(), "alarms");
    assign(at, {{1, 0, 0, 100}});
    EXPECT_EQ(at.asked(), (partitions{{"alarms", 1, 0}}));
    commit(at, {nothing_committed});
    seek(at, {"alarms", 1, 7});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_FALSE(of(1).is_placed);
}

TEST_F(placement_test, knows_a_backlog_from_the_ends_of_the_logs) {
    const struct {
        std::int64_t read;
        std::int64_t end;
        bool has_backlog;
    } cases[] = {{50, 100, true}, {50, 51, true}, {50, 50, false}, {50, 40, false}, {50, -1, false}};
    for (const auto& one : cases) {
        positions_.clear();
        positions_.placed("meters", 1, one.read);
        positions_.assigned(0);
        placement standing = plan(start);
        assign(standing, {{1, 0, one.end < 0 ? -1 : 0, one.end}});
        EXPECT_EQ(standing.next(), step::done);
        EXPECT_EQ(standing.has_backlog(), one.has_backlog) << "standing, " << one.end;

        positions_.clear();
        placement fresh = plan();
        if (one.end < 0) continue;
        assign(fresh, {{1, 0, 0, one.end}});
        position(fresh, {one.read});
        EXPECT_FALSE(fresh.has_backlog()) << "not known before it is done";
        seek(fresh, {"meters", 1, one.read});
        EXPECT_EQ(fresh.has_backlog(), one.has_backlog) << "new, " << one.end;
    }
}

TEST_F(placement_test, has_no_backlog_in_a_vgroup_that_it_could_not_place) {
    had(1, 50);
    placement at = plan(start);
    assign(at, {{1, 0, 0, 100}});
    commit(at, {nothing_committed});
    at.on_seek(server_says(0x4008), start);
    EXPECT_EQ(at.next(), step::done);
    EXPECT_FALSE(at.has_backlog());
}

TEST_F(placement_test, keeps_the_bounds_that_the_server_says) {
    positions_.placed("meters", 1, 50);
    positions_.assigned(0);
    had(2, 60);
    placement at = plan();
    assign(at, {{1, 0, 10, 100}, {2, 0, 20, 200}, {3, 0, 30, 300}});
    EXPECT_EQ(of(1).log_begin, -1);
    position(at, {30});
    commit(at, {nothing_committed});
    seek(at, {"meters", 2, 60});
    seek(at, {"meters", 3, 30});
    for (const std::int32_t vgroup : {1, 2, 3}) {
        EXPECT_EQ(of(vgroup).log_begin, 10 * vgroup);
        EXPECT_EQ(of(vgroup).log_end, 100 * vgroup);
    }
    placement later = plan();
    assign(later, {{1, 0, 11, 110}, {2, 0, -1, -1}, {3, 0, 30, 300}});
    EXPECT_EQ(of(1).log_begin, 11);
    EXPECT_EQ(of(1).log_end, 110);
    EXPECT_EQ(of(2).log_end, 200) << "as the server said last";
}

TEST_F(placement_test, knows_whether_the_server_has_called_it_no_member_to_the_last) {
    for (const std::uint32_t code : {0x4001U, 0x4010U, 0x03EAU, 0xFFFFU}) {
        placement refused = plan(start);
        refused.on_assignment(server_says(code), {}, start);
        EXPECT_EQ(refused.next(), step::done);
        EXPECT_EQ(refused.is_mismatched(), code == 0x4001U) << code;
    }
    placement at = plan();
    at.on_assignment(server_says(0x4001), {}, start);
    EXPECT_TRUE(at.is_mismatched());
    at.on_waited();
    assign(at, {});
    EXPECT_EQ(at.next(), step::done);
    EXPECT_FALSE(at.is_mismatched());
    EXPECT_TRUE(at.is_unsettled());
}

TEST_F(placement_test, leaves_its_seeks_to_be_proven_once_the_server_was_polled) {
    for (const bool has_polled : {false, true}) {
        positions_.clear();
        positions_.placed("meters", 3, 70);
        had(1, 50);
        placement at(positions_, topics_, around(start + 2s, start + 17s, false, has_polled));
        assign(at, {{1, 0, 0, 100}, {2, 0, 0, 100}, {3, 0, 0, 100}});
        position(at, {20});
        commit(at, {nothing_committed});
        seek(at, {"meters", 1, 50});
        seek(at, {"meters", 2, 20});
        EXPECT_EQ(at.next(), step::done);
        EXPECT_EQ(of(1).unproven, has_polled ? std::optional<std::int64_t>(50) : std::nullopt);
        EXPECT_EQ(of(2).unproven, has_polled ? std::optional<std::int64_t>(20) : std::nullopt);
        EXPECT_EQ(of(3).unproven, std::nullopt) << "not sought";
    }
}

TEST_F(placement_test, refuses_more_vgroups_than_a_topic_can_have) {
    const std::vector<protocol::vgroup_assignment> many(4097, protocol::vgroup_assignment{1, 0, 0, 100});
    placement at = plan();
    at.on_assignment(failure(), many, start);
    EXPECT_EQ(at.next(), step::failed);
    EXPECT_EQ(at.why().defect, base::defect_code::reply_malformed);
}

TEST_F(placement_test, survives_logs_of_any_numbers) {
    constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const std::int64_t numbers[] = {least, -1, 0, 50, most};
    for (const std::int64_t offset : numbers)
        for (const std::int64_t begin : numbers)
            for (const std::int64_t end : numbers)
                for (const std::int64_t reached : numbers) {
                    positions_.clear();
                    had(1, 50);
                    positions_.placed("meters", 2, 50);
                    placement at(positions_, topics_, around(start + 2s, start + 17s));
                    at.on_assignment(
                        failure(),
                        std::vector<protocol::vgroup_assignment>{
                            {1, offset, begin, end}, {2, offset, begin, end}, {3, offset, begin, end}},
                        start + 2s);
                    while (at.next() == step::position)
                        at.on_position(failure(), std::vector<std::int64_t>{reached}, start + 2s);
                    if (at.next() == step::committed)
                        at.on_committed(failure(), std::vector<std::int64_t>{reached}, start + 2s);
                    while (at.next() == step::seek) {
                        EXPECT_GE(at.target().offset(), 0);
                        at.on_seek(failure(), start + 2s);
                    }
                    ASSERT_EQ(at.next(), step::done);
                    for (std::size_t i = 0; i < positions_.size(); ++i)
                        EXPECT_GE(positions_[i].next.value_or(0), 0);
                }
}

}  // namespace
}  // namespace tmq::subscription
