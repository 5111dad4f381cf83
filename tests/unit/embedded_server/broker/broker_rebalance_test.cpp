#include "embedded_server/broker/dialogue.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace tmq::test {
namespace {

using std::chrono::milliseconds;

/// A topic with two vgroups.
class broker_rebalance : public ::testing::Test {
  protected:
    explicit broker_rebalance(const testing::server_options& options = {}) : talk(options) {
        talk.state().topics().create(topic_options("t").vgroups(2));
    }
    member_id member(const std::string& group = "g") {
        const member_id id = talk.connect();
        talk.ask(id, subscribe(group, "t"));
        return id;
    }
    member_id ghost(const std::string& group = "g") { return talk.state().add_ghost(group, "t", talk.now()); }
    void remove(member_id id) { talk.state().remove_ghost(id, talk.now()); }

    /// "vgroup:offset/begin/end" of every vgroup, or what is refused.
    std::string assigned(member_id id) {
        const std::string reply = talk.ask(id, assignment(9, "t"));
        std::string all;
        for (std::size_t at = reply.find("{\"vgroup_id\""); at != std::string::npos;
             at = reply.find("{\"vgroup_id\"", at + 1)) {
            int vgroup = 0, offset = 0, begin = 0, end = 0;
            if (std::sscanf(reply.c_str() + at, R"({"vgroup_id":%d,"offset":%d,"begin":%d,"end":%d})",
                            &vgroup, &offset, &begin, &end) != 4)
                return reply;
            all += fmt::format("{}{}:{}/{}/{}", all.empty() ? "" : " ", vgroup, offset, begin, end);
        }
        return reply.find("\"code\":0,") == std::string::npos ? reply : all;
    }
    std::string polled(member_id id, int blocking_time = 0) {
        const std::string reply = talk.ask(id, poll(8, blocking_time));
        int vgroup = 0;
        const std::size_t at = reply.find("\"vgroup_id\":");
        if (reply.find("\"have_message\":true") == std::string::npos)
            return reply.find("\"code\":0,") == std::string::npos ? reply : "nothing";
        std::sscanf(reply.c_str() + at, "\"vgroup_id\":%d", &vgroup);
        const std::size_t offset = reply.find("\"offset\":") + 9;
        return fmt::format("{}@{}", vgroup, reply.substr(offset, reply.find('}', offset) - offset));
    }

    const std::string mismatch =
        R"({"code":16385,"message":"Consumer mismatch","action":"assignment","req_id":9,"timing":0})";
    dialogue talk;
};

class broker_slow_rebalance : public broker_rebalance {
  protected:
    broker_slow_rebalance() : broker_rebalance(testing::server_options().rebalance_time(milliseconds(100))) {}
};

class broker_settle_time : public broker_rebalance {
  protected:
    broker_settle_time() : broker_rebalance(testing::server_options().settle_time(milliseconds(100))) {}
};

class broker_dead_members : public broker_rebalance {
  protected:
    broker_dead_members()
        : broker_rebalance(testing::server_options().keep_dead_members(milliseconds(100))) {}
};

TEST_F(broker_rebalance, by_a_ghost_takes_vgroups_away_and_gives_them_back_at_the_committed_offset) {
    const member_id a = member();
    for (int i = 0; i < 3; ++i)
        talk.append_row("t", 2);
    EXPECT_EQ(polled(a), "2@0");
    const member_id other = ghost();
    EXPECT_EQ(assigned(a), "1:0/0/0");
    EXPECT_EQ(talk.state().member_count("g"), 2U);
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_NE(talk.ask(a, with_offset("commit_offset", 3, "t", 2, 1)).find("\"code\":16392,"),
              std::string::npos);
    talk.state().set_committed("g", {"t", 2}, 2);
    remove(other);
    EXPECT_EQ(assigned(a), "1:0/0/0 2:2/0/3");
    EXPECT_EQ(polled(a), "2@2") << "what the ghost has committed is not delivered again";
    EXPECT_EQ(talk.state().member_count("g"), 1U);
}

TEST_F(broker_rebalance, by_a_ghost_that_was_there_first_leaves_it_what_it_has) {
    const member_id first = ghost();
    const member_id second = ghost();
    const member_id a = member();
    EXPECT_EQ(assigned(a), "");
    remove(first);
    EXPECT_EQ(assigned(a), "1:0/0/0");
    remove(second);
    EXPECT_EQ(assigned(a), "1:0/0/0 2:0/0/0");
}

TEST_F(broker_rebalance, leaves_the_position_alone_where_the_vgroup_stays_whatever_is_committed) {
    const member_id a = member();
    for (int i = 0; i < 3; ++i)
        talk.append_row("t", 1);
    EXPECT_EQ(polled(a), "1@0");
    talk.state().set_committed("g", {"t", 1}, 3);
    EXPECT_EQ(polled(a), "1@1");
    EXPECT_EQ(talk.state().committed("g", "t", 1), 3);
}

TEST_F(broker_rebalance, wakes_a_waiting_poll_when_a_ghost_gives_its_vgroup_back) {
    const member_id a = member();
    const member_id other = ghost();
    talk.append_row("t", 2);
    talk.send(a, poll(8, 60000));
    EXPECT_EQ(talk.inbox(a).size(), 0U);
    remove(other);
    talk.wake();
    EXPECT_EQ(talk.inbox(a).size(), 1U);
}

TEST_F(broker_rebalance, never_expels_nor_evicts_a_ghost) {
    const member_id a = member();
    ghost();
    EXPECT_EQ(talk.state().evict("g", talk.now()), 1U);
    EXPECT_EQ(talk.state().member_count("g"), 1U);
    talk.disconnect(a);
    EXPECT_EQ(talk.state().next_deadline(), std::nullopt);
    talk.pass(std::chrono::hours(1));
    EXPECT_EQ(talk.state().member_count("g"), 1U);
}

TEST_F(broker_rebalance, knows_ghosts_only_while_they_are_there) {
    const member_id a = member();
    EXPECT_THROW(remove(a), std::invalid_argument) << "no ghost";
    const member_id other = ghost();
    remove(other);
    EXPECT_THROW(remove(other), std::invalid_argument);
    EXPECT_THROW(talk.state().add_ghost("g", "nope", talk.now()), std::invalid_argument);
    EXPECT_EQ(talk.state().member_count("g"), 1U);
}

TEST_F(broker_slow_rebalance, refuses_assignment_and_brings_nothing_until_it_is_over) {
    talk.append_row("t", 1);
    const member_id a = member();
    EXPECT_EQ(assigned(a), mismatch);
    EXPECT_EQ(polled(a), "nothing");
    talk.pass(milliseconds(99));
    EXPECT_EQ(assigned(a), mismatch);
    EXPECT_EQ(polled(a), "nothing");
    talk.pass(milliseconds(1));
    EXPECT_EQ(assigned(a), "1:0/0/1 2:0/0/0");
    EXPECT_EQ(polled(a), "1@0");
}

TEST_F(broker_slow_rebalance, strikes_all_members_of_the_group_and_no_others) {
    const member_id a = member("g");
    const member_id other = member("h");
    talk.pass(milliseconds(100));
    talk.append_row("t", 1);
    ghost("g");
    EXPECT_EQ(assigned(a), mismatch) << "also who keeps a vgroup";
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_EQ(assigned(other), "1:0/0/1 2:0/0/0");
    EXPECT_EQ(polled(other), "1@0");
}

TEST_F(broker_slow_rebalance, lets_a_waiting_poll_go_on_the_moment_it_is_over) {
    talk.append_row("t", 1);
    const member_id a = member();
    EXPECT_EQ(polled(a, 60000), "1@0");
    EXPECT_EQ(talk.elapsed(), milliseconds(100));
}

TEST_F(broker_slow_rebalance, lets_a_poll_end_within_it) {
    const member_id a = member();
    EXPECT_EQ(polled(a, 30), "nothing");
    EXPECT_EQ(talk.elapsed(), milliseconds(30));
}

TEST_F(broker_slow_rebalance, is_over_once_for_waiting_polls_whoever_asks_first) {
    talk.append_row("t", 1);
    const member_id a = member();
    talk.send(a, poll(8, 60000));
    talk.stand_still(milliseconds(100));
    talk.send(talk.connect(), plain("version", 2));
    EXPECT_EQ(talk.inbox(a).size(), 1U);
}

TEST_F(broker_slow_rebalance, begins_again_with_every_move) {
    const member_id a = member();
    talk.pass(milliseconds(60));
    const member_id other = ghost();
    talk.pass(milliseconds(60));
    EXPECT_EQ(assigned(a), mismatch);
    talk.pass(milliseconds(40));
    EXPECT_EQ(assigned(a), "1:0/0/0");
    remove(other);
    EXPECT_EQ(assigned(a), mismatch);
    talk.pass(milliseconds(100));
    EXPECT_EQ(assigned(a), "1:0/0/0 2:0/0/0");
}

TEST_F(broker_slow_rebalance, is_none_when_no_vgroup_moves) {
    const member_id a = member();
    const member_id other = ghost();
    talk.pass(milliseconds(100));
    const member_id idle = ghost();
    EXPECT_EQ(assigned(a), "1:0/0/0") << "there is nothing to give to a third member";
    remove(idle);
    EXPECT_EQ(assigned(a), "1:0/0/0");
    remove(other);
    EXPECT_EQ(assigned(a), mismatch);
}

TEST_F(broker_slow_rebalance, announces_the_cached_message_meanwhile) {
    dialogue newer(testing::server_options().version("3.4.1.6.community").rebalance_time(milliseconds(100)));
    newer.state().topics().create(topic_options("t"));
    for (int i = 0; i < 2; ++i)
        newer.append_row("t", 1);
    const member_id a = newer.connect();
    newer.ask(a, subscribe("g", "t"));
    newer.pass(milliseconds(100));
    const std::string guarded = R"({"action":"poll","args":{"req_id":8,"blocking_time":0,"message_id":0}})";
    const std::string first = newer.ask(a, guarded);
    EXPECT_NE(first.find("\"message_id\":1,"), std::string::npos);
    newer.state().add_ghost("g", "t", newer.now());
    EXPECT_EQ(newer.ask(a, guarded), first);
}

TEST_F(broker_settle_time, knows_no_offsets_at_first) {
    talk.append_row("t", 1);
    const member_id a = member();
    EXPECT_EQ(assigned(a), "1:-1/-1/-1 2:-1/-1/-1");
    EXPECT_EQ(polled(a), "1@0") << "data come nevertheless";
    talk.pass(milliseconds(99));
    EXPECT_EQ(assigned(a), "1:-1/-1/-1 2:-1/-1/-1");
    talk.pass(milliseconds(1));
    EXPECT_EQ(assigned(a), "1:0/0/1 2:0/0/0");
}

TEST_F(broker_settle_time, begins_with_every_subscribe_and_for_that_member_only) {
    const member_id a = member();
    talk.pass(milliseconds(100));
    const member_id b = member();
    EXPECT_EQ(assigned(a), "1:0/0/0");
    EXPECT_EQ(assigned(b), "2:-1/-1/-1");
    talk.ask(a, plain("unsubscribe", 3));
    talk.ask(a, subscribe("g", "t"));
    EXPECT_EQ(assigned(a), "2:-1/-1/-1");
}

TEST_F(broker_dead_members, keep_their_share_until_the_time_has_passed) {
    talk.append_row("t", 1);
    const member_id a = member();
    EXPECT_EQ(polled(a), "1@0");
    talk.disconnect(a);
    const member_id b = member();
    EXPECT_EQ(assigned(b), "2:0/0/0") << "as if the other lived";
    EXPECT_EQ(polled(b, 99), "nothing");
    EXPECT_EQ(assigned(b), "2:0/0/0");
    EXPECT_EQ(talk.state().member_count("g"), 2U);
    talk.pass(milliseconds(1));
    EXPECT_EQ(talk.state().member_count("g"), 1U);
    EXPECT_EQ(assigned(b), "1:0/0/1 2:0/0/0");
    EXPECT_EQ(polled(b), "1@0") << "nothing was committed";
}

TEST_F(broker_dead_members, wake_a_waiting_poll_that_gets_their_vgroups) {
    const member_id a = member();
    talk.append_row("t", 1);
    talk.disconnect(a);
    EXPECT_EQ(polled(member(), 60000), "1@0");
    EXPECT_EQ(talk.elapsed(), milliseconds(100));
}

TEST(broker_crash, keeps_each_member_for_its_own_session_timeout) {
    dialogue talk(testing::server_options().keep_dead_members_by_session_timeout(true));
    talk.state().topics().create(topic_options("t").vgroups(2));
    const member_id usual = talk.connect();
    talk.ask(usual, subscribe("g", "t"));
    const member_id longer = talk.connect();
    talk.ask(longer, subscribe("g", "t", "earliest", R"(,"session_timeout_ms":"20000")"));
    const member_id lost = talk.connect();
    talk.ask(lost, subscribe("g", "t"));
    talk.disconnect(lost);
    EXPECT_EQ(talk.state().member_count("g"), 2U) << "its connection was lost while the server lived";
    for (const member_id one : {usual, longer})
        talk.disconnect(one, embedded::broker::broker::loss::server);
    talk.pass(milliseconds(11999));
    EXPECT_EQ(talk.state().member_count("g"), 2U);
    talk.pass(milliseconds(1));
    EXPECT_EQ(talk.state().member_count("g"), 1U);
    talk.pass(milliseconds(7999));
    EXPECT_EQ(talk.state().member_count("g"), 1U);
    talk.pass(milliseconds(1));
    EXPECT_EQ(talk.state().member_count("g"), 0U);
}

TEST_F(broker_dead_members, wait_for_nothing_any_longer) {
    const member_id a = member();
    talk.send(a, poll(2, 60000));
    talk.send(a, plain("unsubscribe", 3));
    EXPECT_EQ(talk.state().waiting_polls(), 1U);
    talk.disconnect(a);
    EXPECT_EQ(talk.state().waiting_polls(), 0U);
    talk.append_row("t", 1);
    talk.wake();
    EXPECT_EQ(talk.inbox(a).size(), 0U);
    EXPECT_EQ(talk.state().member_count("g"), 1U) << "the unsubscribe did not come to its turn";
    talk.disconnect(a);
    talk.pass(milliseconds(100));
    EXPECT_EQ(talk.state().member_count("g"), 0U) << "losing the connection twice is no reprieve";
}

TEST_F(broker_dead_members, are_none_that_have_unsubscribed_or_are_expelled) {
    const member_id a = member();
    talk.ask(a, plain("unsubscribe", 3));
    talk.disconnect(a);
    EXPECT_EQ(talk.state().member_count("g"), 0U);
    const member_id b = member();
    talk.state().evict("g", talk.now());
    talk.disconnect(b);
    EXPECT_EQ(talk.state().next_deadline(), std::nullopt);
    EXPECT_EQ(assigned(member()), "1:0/0/0 2:0/0/0");
}

TEST_F(broker_dead_members, are_not_counted_among_those_that_can_be_evicted_or_removed) {
    const member_id a = member();
    talk.disconnect(a);
    EXPECT_EQ(talk.state().evict("g", talk.now()), 0U);
    EXPECT_THROW(remove(a), std::invalid_argument);
    EXPECT_EQ(talk.state().member_count("g"), 1U);
}

}  // namespace
}  // namespace tmq::test
