#include "embedded_server/broker/dialogue.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

namespace tmq::test {
namespace {

class broker_group : public ::testing::Test {
  protected:
    broker_group() { talk.state().topics().create(topic_options("t").vgroups(4)); }

    member_id member(const std::string& group = "g", const std::string& reset = "earliest") {
        const member_id id = talk.connect();
        talk.ask(id, subscribe(group, "t", reset));
        return id;
    }
    /// The numbers that follow a key in a reply.
    static std::vector<int> numbers(const std::string& reply, const std::string& key) {
        std::vector<int> found;
        const std::string quoted = '"' + key + "\":";
        for (std::size_t at = reply.find(quoted); at != std::string::npos; at = reply.find(quoted, at + 1))
            found.push_back(std::atoi(reply.c_str() + at + quoted.size()));
        return found;
    }
    std::set<int> owned_by(member_id id) {
        const auto vgroups = numbers(talk.ask(id, assignment(100, "t")), "vgroup_id");
        return {vgroups.begin(), vgroups.end()};
    }
    std::string polled(member_id id) {
        const std::string reply = talk.ask(id, poll(200, 0));
        if (reply.find("\"have_message\":true") == std::string::npos) return "nothing";
        return fmt::format("{}@{}", numbers(reply, "vgroup_id").at(0), numbers(reply, "offset").at(0));
    }

    dialogue talk;
};

TEST_F(broker_group, gives_a_single_member_every_vgroup) {
    EXPECT_EQ(owned_by(member()), (std::set<int>{1, 2, 3, 4}));
}

TEST_F(broker_group, divides_the_vgroups_when_a_member_joins_and_moves_no_more_than_needed) {
    const member_id a = member();
    const member_id b = member();
    EXPECT_EQ(owned_by(a), (std::set<int>{1, 2}));
    EXPECT_EQ(owned_by(b), (std::set<int>{3, 4}));
    const member_id c = member();
    EXPECT_EQ(owned_by(a), (std::set<int>{1, 2}));
    EXPECT_EQ(owned_by(b), (std::set<int>{3}));
    EXPECT_EQ(owned_by(c), (std::set<int>{4}));
}

TEST_F(broker_group, leaves_members_without_a_vgroup_when_there_are_too_many) {
    for (int i = 0; i < 4; ++i)
        member();
    EXPECT_EQ(owned_by(member()), std::set<int>{});
}

TEST_F(broker_group, gives_the_vgroups_of_a_member_that_disconnects_to_the_others) {
    const member_id a = member();
    const member_id b = member();
    talk.disconnect(a);
    EXPECT_EQ(owned_by(b), (std::set<int>{1, 2, 3, 4}));
    EXPECT_EQ(talk.state().member_count("g"), 1U);
}

TEST_F(broker_group, gives_the_vgroups_of_a_member_that_unsubscribes_to_the_others) {
    const member_id a = member();
    const member_id b = member();
    talk.ask(a, plain("unsubscribe", 5));
    EXPECT_EQ(owned_by(b), (std::set<int>{1, 2, 3, 4}));
}

TEST_F(broker_group, wakes_a_waiting_poll_that_gets_a_vgroup_with_data) {
    const member_id a = member();
    const member_id b = member();
    talk.append_row("t", 1);
    talk.send(b, poll(7, 60000));
    EXPECT_EQ(talk.inbox(b).size(), 0U);
    talk.disconnect(a);
    ASSERT_EQ(talk.inbox(b).size(), 1U);
}

TEST_F(broker_group, starts_a_moved_vgroup_at_its_committed_offset) {
    const member_id a = member();
    for (int i = 0; i < 3; ++i)
        talk.append_row("t", 1);
    EXPECT_EQ(polled(a), "1@0");
    EXPECT_EQ(polled(a), "1@1");
    talk.ask(a, with_offset("commit_offset", 5, "t", 1, 1));
    talk.disconnect(a);
    const member_id b = member("g", "latest");
    EXPECT_EQ(polled(b), "1@1") << "what was not committed is delivered again";
    EXPECT_EQ(polled(b), "1@2");
}

TEST_F(broker_group, keeps_the_position_of_a_vgroup_that_stays_where_it_is) {
    const member_id a = member();
    for (int i = 0; i < 2; ++i)
        talk.append_row("t", 1);
    EXPECT_EQ(polled(a), "1@0");
    member();
    EXPECT_EQ(polled(a), "1@1");
}

TEST_F(broker_group, starts_at_the_end_with_latest_and_nothing_committed) {
    talk.append_row("t", 1);
    const member_id a = member("g", "latest");
    EXPECT_EQ(polled(a), "nothing");
    talk.append_row("t", 1);
    EXPECT_EQ(polled(a), "1@1");
}

TEST_F(broker_group, brings_nothing_with_none_and_nothing_committed) {
    const member_id a = member("g", "none");
    talk.append_row("t", 1);
    EXPECT_EQ(polled(a), "nothing");
    EXPECT_NE(talk.ask(a, assignment(3, "t")).find(R"({"vgroup_id":1,"offset":0,"begin":0,"end":1})"),
              std::string::npos);
    EXPECT_NE(talk.ask(a, offset_of("position", 4, "t", 1)).find("[0]"), std::string::npos)
        << "which it is not";
}

TEST_F(broker_group, does_not_say_what_none_has_committed_as_the_position) {
    const member_id a = member("g", "none");
    talk.append_row("t", 1);
    talk.ask(a, assignment(3, "t"));
    talk.ask(a, with_offset("commit_offset", 5, "t", 1, 1));
    EXPECT_NE(talk.ask(a, offset_of("position", 4, "t", 1)).find("[0]"), std::string::npos);
    EXPECT_NE(talk.ask(a, assignment(3, "t")).find(R"({"vgroup_id":1,"offset":1,"begin":0,"end":1})"),
              std::string::npos);
    talk.append_row("t", 1);
    EXPECT_EQ(polled(a), "1@1");
}

TEST(broker_group_34, answers_an_error_with_none_and_nothing_committed) {
    dialogue talk(testing::server_options().version("3.4.1.6.community"));
    talk.state().topics().create(topic_options("t").vgroups(2));
    const member_id a = talk.connect();
    talk.ask(a, subscribe("g", "t", "none"));
    talk.ask(a, assignment(3, "t"));
    EXPECT_EQ(talk.ask(a, offset_of("position", 4, "t", 1)),
              R"({"code":312,"message":"Internal error","action":"position","req_id":4,"timing":0})");
    talk.append_row("t", 2);
    talk.state().set_committed("g", {"t", 2}, 0);
    const std::string refused =
        R"({"code":2573,"message":"TQ no committed offset","action":"poll","req_id":2,"timing":0})";
    EXPECT_EQ(talk.ask(a, poll(2, 1000)), refused);
    EXPECT_EQ(talk.elapsed(), std::chrono::milliseconds(0));
    EXPECT_NE(talk.ask(a, poll(2, 0)).find(R"("vgroup_id":2,)"), std::string::npos)
        << "the others' messages come between";
    EXPECT_EQ(talk.ask(a, poll(2, 0)), refused);
}

TEST_F(broker_group, starts_at_the_committed_offset_with_none) {
    const member_id a = member();
    talk.ask(a, assignment(3, "t"));
    for (int vgroup = 1; vgroup < 5; ++vgroup)
        talk.ask(a, with_offset("commit_offset", 5, "t", vgroup, 0));
    talk.disconnect(a);
    talk.append_row("t", 2);
    EXPECT_EQ(polled(member("g", "none")), "2@0");
}

TEST_F(broker_group, is_independent_of_other_groups) {
    const member_id a = member("g");
    const member_id b = member("h");
    talk.append_row("t", 1);
    EXPECT_EQ(polled(a), "1@0");
    EXPECT_EQ(polled(b), "1@0");
    talk.ask(a, plain("commit", 5));
    EXPECT_EQ(talk.state().committed("g", "t", 1), 1);
    EXPECT_EQ(talk.state().committed("h", "t", 1), std::nullopt);
}

TEST_F(broker_group, takes_its_new_member_in_when_subscribe_has_had_its_time) {
    dialogue slow(testing::server_options().subscribe_time(std::chrono::milliseconds(500)));
    slow.state().topics().create(topic_options("t"));
    const member_id a = slow.connect();
    slow.send(a, subscribe("g", "t"));
    EXPECT_EQ(slow.ask(a, poll(2, 0)),
              R"({"code":65535,"message":"tmq not init","action":"poll","req_id":2,"timing":0})");
    EXPECT_EQ(slow.state().member_count("g"), 0U);
    slow.pass(std::chrono::milliseconds(500));
    EXPECT_EQ(slow.inbox(a), std::vector<std::string>{
                                 R"({"code":0,"message":"","action":"subscribe","req_id":1,"timing":0})"});
    EXPECT_EQ(slow.state().member_count("g"), 1U);
}

const std::string mismatch =
    R"({"code":16385,"message":"Consumer mismatch","action":"poll","req_id":2,"timing":0})";

TEST_F(broker_group, that_is_evicted_answers_consumer_mismatch_for_ever) {
    const member_id a = member();
    const member_id b = member();
    talk.append_row("t", 1);
    EXPECT_EQ(talk.state().evict("g", talk.now()), 2U);
    EXPECT_EQ(talk.state().member_count("g"), 0U);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(talk.ask(a, poll(2, 1000)), mismatch);
        EXPECT_EQ(talk.ask(b, poll(2, 0)), mismatch);
        talk.pass(std::chrono::hours(1));
    }
    EXPECT_EQ(talk.ask(a, assignment(3, "t")),
              R"({"code":16385,"message":"Consumer mismatch","action":"assignment","req_id":3,"timing":0})");
    EXPECT_EQ(talk.state().evict("g", talk.now()), 0U) << "nobody is left";
    EXPECT_EQ(talk.state().evict("nobody", talk.now()), 0U);
}

TEST_F(broker_group, that_is_evicted_leaves_other_groups_alone) {
    member("g");
    const member_id other = member("h");
    talk.append_row("t", 1);
    EXPECT_EQ(talk.state().evict("g", talk.now()), 1U);
    EXPECT_EQ(polled(other), "1@0");
}

TEST_F(broker_group, that_is_evicted_answers_its_waiting_polls_at_once) {
    const member_id a = member();
    talk.send(a, poll(2, 60000));
    talk.state().evict("g", talk.now());
    talk.wake();
    EXPECT_EQ(talk.inbox(a), std::vector<std::string>{mismatch});
    EXPECT_EQ(talk.state().waiting_polls(), 0U);
}

TEST_F(broker_group, that_is_evicted_gives_its_vgroups_to_whoever_joins) {
    const member_id a = member();
    talk.append_row("t", 1);
    EXPECT_EQ(polled(a), "1@0");
    talk.ask(a, plain("commit", 5));
    talk.append_row("t", 1);
    talk.state().evict("g", talk.now());
    const member_id b = member();
    EXPECT_EQ(owned_by(b), (std::set<int>{1, 2, 3, 4}));
    EXPECT_EQ(polled(b), "1@1");
    talk.disconnect(a);
    EXPECT_EQ(owned_by(b), (std::set<int>{1, 2, 3, 4}));
}

TEST_F(broker_group, that_was_evicted_is_as_before_after_the_second_unsubscribe_and_subscribe) {
    const member_id a = member();
    talk.state().evict("g", talk.now());
    talk.ask(a, plain("unsubscribe", 5));
    talk.ask(a, subscribe("g", "t"));
    EXPECT_EQ(talk.state().member_count("g"), 0U);
    talk.ask(a, plain("unsubscribe", 5));
    EXPECT_EQ(talk.ask(a, subscribe("g", "t")),
              R"({"code":0,"message":"","action":"subscribe","req_id":1,"timing":0})");
    EXPECT_EQ(owned_by(a).size(), 4U);
    talk.append_row("t", 3);
    EXPECT_EQ(polled(a), "3@0");
}

TEST_F(broker_group, never_answers_a_subscribe_whose_group_has_a_colon) {
    const member_id a = talk.connect();
    EXPECT_EQ(talk.ask(a, subscribe("a:b", "t")), "no reply");
}

TEST_F(broker_group, refuses_a_group_with_a_colon_by_name_on_a_newer_server) {
    dialogue newer(testing::server_options().version("3.4.1.6.community"));
    EXPECT_EQ(
        newer.ask(newer.connect(), subscribe("a:b", "t")),
        R"({"code":280,"message":"invalid value for key 'group.id': a:b","action":"subscribe","req_id":1,"timing":0})");
}

TEST_F(broker_group, lets_a_connection_subscribe_again_after_a_refusal) {
    const member_id a = talk.connect();
    EXPECT_EQ(talk.ask(a, subscribe("g", "nope")),
              R"({"code":993,"message":"Topic not exist","action":"subscribe","req_id":1,"timing":0})");
    EXPECT_EQ(talk.ask(a, subscribe("g", "t")),
              R"({"code":0,"message":"","action":"subscribe","req_id":1,"timing":0})");
    EXPECT_EQ(owned_by(a).size(), 4U);
}

}  // namespace
}  // namespace tmq::test
