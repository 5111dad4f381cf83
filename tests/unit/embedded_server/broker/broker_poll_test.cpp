#include "embedded_server/broker/dialogue.hpp"

#include <gtest/gtest.h>

namespace tmq::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class broker_poll : public ::testing::Test {
  protected:
    explicit broker_poll(const testing::server_options& options = {}) : talk(options) {
        talk.state().topics().create(topic_options("t").database("d"));
        client = talk.connect();
    }
    std::string subscribed() { return talk.ask(client, subscribe("g", "t")); }

    static std::string empty(int req_id) {
        return R"({"code":0,"message":"","action":"poll","req_id":)" + std::to_string(req_id) +
               R"(,"timing":0,"have_message":false,"topic":"","database":"","vgroup_id":0,"message_type":0,"message_id":0,"offset":0})";
    }
    static std::string found(int req_id, int message_id, int offset) {
        return R"({"code":0,"message":"","action":"poll","req_id":)" + std::to_string(req_id) +
               R"(,"timing":0,"have_message":true,"topic":"t","database":"d","vgroup_id":1,"message_type":1,"message_id":)" +
               std::to_string(message_id) + R"(,"offset":)" + std::to_string(offset) + "}";
    }

    dialogue talk;
    member_id client = 0;
};

class broker_poll_336 : public broker_poll {
  protected:
    broker_poll_336() : broker_poll(testing::server_options().version("3.3.6.13")) {}
    std::string guarded_poll(int req_id, int message_id) {
        return talk.ask(client, R"({"action":"poll","args":{"req_id":)" + std::to_string(req_id) +
                                    R"(,"blocking_time":0,"message_id":)" + std::to_string(message_id) +
                                    "}}");
    }
};

TEST_F(broker_poll, answers_at_once_when_there_is_data) {
    subscribed();
    talk.append_row("t", 1);
    EXPECT_EQ(talk.ask(client, poll(2, 5000)), found(2, 1, 0));
    EXPECT_EQ(talk.elapsed(), milliseconds(0));
}

TEST_F(broker_poll, answers_without_a_message_after_its_blocking_time) {
    subscribed();
    EXPECT_EQ(talk.ask(client, poll(2, 700)), empty(2));
    EXPECT_EQ(talk.elapsed(), milliseconds(700));
}

TEST_F(broker_poll, with_blocking_time_zero_never_waits) {
    subscribed();
    EXPECT_EQ(talk.ask(client, poll(2, 0)), empty(2));
    EXPECT_EQ(talk.elapsed(), milliseconds(0));
}

TEST_F(broker_poll, answers_the_moment_data_arrives) {
    subscribed();
    talk.send(client, poll(2, 5000));
    talk.pass(milliseconds(300));
    EXPECT_EQ(talk.inbox(client).size(), 0U);
    EXPECT_EQ(talk.state().waiting_polls(), 1U);
    talk.append_row("t", 1);
    talk.wake();
    EXPECT_EQ(talk.inbox(client), std::vector<std::string>{found(2, 1, 0)});
    EXPECT_EQ(talk.state().waiting_polls(), 0U);
}

TEST_F(broker_poll, with_a_negative_blocking_time_waits_for_data_and_blocks_the_connection) {
    subscribed();
    talk.send(client, poll(2, -1));
    talk.send(client, plain("commit", 3));
    talk.pass(std::chrono::hours(1));
    EXPECT_EQ(talk.inbox(client).size(), 0U);
    talk.append_row("t", 1);
    talk.wake();
    EXPECT_EQ(talk.inbox(client).size(), 2U);
}

TEST_F(broker_poll, holds_the_lock_so_that_other_requests_are_answered_after_it) {
    subscribed();
    talk.send(client, poll(2, 3000));
    talk.pass(milliseconds(1));
    for (const std::string& request :
         {plain("commit", 3), with_offset("commit_offset", 4, "t", 1, 0), with_offset("seek", 5, "t", 1, 0),
          assignment(6, "t"), offset_of("committed", 7, "t", 1), offset_of("position", 8, "t", 1),
          plain("unsubscribe", 9)})
        talk.send(client, request);
    talk.pass(milliseconds(2000));
    EXPECT_EQ(talk.inbox(client).size(), 0U);
    talk.pass(milliseconds(1000));
    const auto replies = talk.inbox(client);
    ASSERT_EQ(replies.size(), 8U);
    EXPECT_EQ(replies[0], empty(2));
    EXPECT_NE(replies[1].find("\"action\":\"commit\",\"req_id\":3"), std::string::npos);
    EXPECT_NE(replies[7].find("\"action\":\"unsubscribe\",\"req_id\":9"), std::string::npos);
}

TEST_F(broker_poll, leaves_version_and_list_topics_alone_while_it_waits) {
    subscribed();
    talk.send(client, poll(2, 3000));
    EXPECT_EQ(talk.ask(client, plain("list_topics", 3)),
              R"({"code":0,"message":"","action":"list_topics","req_id":3,"timing":0,"topics":["t"]})");
    talk.send(client, plain("version", 4));
    EXPECT_EQ(talk.inbox(client),
              std::vector<std::string>{R"({"code":0,"message":"","action":"version","version":"3.3.5.8"})"});
    EXPECT_EQ(talk.elapsed(), milliseconds(0));
}

TEST_F(broker_poll, counts_message_ids_from_one) {
    subscribed();
    for (int i = 0; i < 3; ++i)
        talk.append_row("t", 1);
    EXPECT_EQ(talk.ask(client, poll(2, 0)), found(2, 1, 0));
    EXPECT_EQ(talk.ask(client, poll(3, 0)), found(3, 2, 1));
    EXPECT_EQ(talk.ask(client, poll(4, 0)), found(4, 3, 2));
}

TEST_F(broker_poll, frees_the_message_before) {
    subscribed();
    talk.append_row("t", 1);
    talk.append_row("t", 1);
    talk.ask(client, poll(2, 0));
    EXPECT_EQ(talk.ask_frame(client, fetch(3, 1)).payload->size(), 8U);
    talk.ask(client, poll(4, 0));
    const outgoing_message refused = talk.ask_frame(client, fetch(5, 1));
    EXPECT_TRUE(refused.binary);
    EXPECT_EQ(refused.payload, nullptr);
    EXPECT_NE(refused.head.find("message ID is not equal"), std::string::npos);
}

TEST_F(broker_poll, that_finds_nothing_keeps_the_message_before) {
    subscribed();
    talk.append_row("t", 1);
    talk.ask(client, poll(2, 0));
    talk.ask(client, poll(3, 10));
    EXPECT_NE(talk.ask_frame(client, fetch(4, 1)).payload, nullptr);
}

TEST_F(broker_poll, lets_a_message_be_fetched_again_and_again) {
    subscribed();
    talk.append_row("t", 1);
    talk.ask(client, poll(2, 0));
    EXPECT_EQ(talk.ask_frame(client, fetch(3, 1)).payload, talk.ask_frame(client, fetch(4, 1)).payload);
}

TEST_F(broker_poll, keeps_back_a_fetch_that_is_sent_behind_it) {
    subscribed();
    talk.append_row("t", 1);
    talk.ask(client, poll(2, 0));
    talk.send(client, poll(3, 1000));
    talk.send(client, fetch(4, 1));
    EXPECT_EQ(talk.inbox(client).size(), 0U);
    talk.append_row("t", 1);
    talk.wake();
    const auto replies = talk.inbox(client);
    ASSERT_EQ(replies.size(), 2U);
    EXPECT_EQ(replies[0], found(3, 2, 1));
    EXPECT_EQ(replies[1].size(), 56U) << "the message as it was when the fetch came";
}

TEST_F(broker_poll, makes_a_fetch_of_the_message_it_waits_for_fail_at_once) {
    subscribed();
    talk.append_row("t", 1);
    talk.ask(client, poll(2, 0));
    talk.send(client, poll(3, 1000));
    EXPECT_NE(talk.ask(client, fetch(4, 2)).find("message ID is not equal"), std::string::npos);
    EXPECT_EQ(talk.elapsed(), milliseconds(0));
}

TEST_F(broker_poll, before_any_message_makes_fetch_fail) {
    subscribed();
    EXPECT_NE(talk.ask(client, fetch(2, 0)).find("message has been freed"), std::string::npos);
}

TEST_F(broker_poll, in_flight_twice_is_answered_twice_on_an_old_server) {
    subscribed();
    talk.send(client, poll(2, 100));
    talk.send(client, poll(3, 100));
    talk.pass(seconds(1));
    EXPECT_EQ(talk.inbox(client), (std::vector<std::string>{empty(2), empty(3)}));
}

TEST_F(broker_poll_336, in_flight_thrice_forgets_the_older_of_those_that_queue) {
    subscribed();
    for (int id = 2; id < 5; ++id)
        talk.send(client, poll(static_cast<std::uint64_t>(id), 100));
    talk.pass(seconds(1));
    EXPECT_EQ(talk.inbox(client), (std::vector<std::string>{empty(2), empty(4)}));
}

TEST_F(broker_poll_336, announces_the_cached_message_again_when_the_client_has_another) {
    subscribed();
    talk.append_row("t", 1);
    talk.append_row("t", 1);
    EXPECT_EQ(guarded_poll(2, 0), found(2, 1, 0));
    EXPECT_EQ(guarded_poll(3, 0), found(3, 1, 0));
    EXPECT_EQ(guarded_poll(4, 1), found(4, 2, 1));
    EXPECT_EQ(guarded_poll(5, 1), found(5, 2, 1));
    EXPECT_EQ(guarded_poll(6, 99999), found(6, 2, 1));
    EXPECT_EQ(guarded_poll(7, 2), empty(7));
}

TEST_F(broker_poll_336, without_a_message_id_is_not_guarded) {
    subscribed();
    talk.append_row("t", 1);
    talk.append_row("t", 1);
    EXPECT_EQ(talk.ask(client, poll(2, 0)), found(2, 1, 0));
    EXPECT_EQ(talk.ask(client, poll(3, 0)), found(3, 2, 1));
}

TEST_F(broker_poll, on_an_old_server_ignores_the_message_id) {
    subscribed();
    talk.append_row("t", 1);
    talk.append_row("t", 1);
    const std::string guarded = R"({"action":"poll","args":{"req_id":2,"blocking_time":0,"message_id":0}})";
    EXPECT_EQ(talk.ask(client, guarded), found(2, 1, 0));
    EXPECT_EQ(talk.ask(client, guarded), found(2, 2, 1));
}

TEST_F(broker_poll, takes_the_vgroups_in_turn) {
    talk.state().topics().create(topic_options("wide").vgroups(3).first_vgroup_id(10));
    for (int round = 0; round < 2; ++round)
        for (int vgroup = 10; vgroup < 13; ++vgroup)
            talk.append_row("wide", vgroup);
    talk.ask(client, subscribe("g", "wide"));
    for (const int expected : {10, 11, 12, 10, 11, 12})
        EXPECT_NE(talk.ask(client, poll(2, 0)).find("\"vgroup_id\":" + std::to_string(expected)),
                  std::string::npos)
            << expected;
}

TEST_F(broker_poll, commits_by_itself_before_it_looks_when_auto_commit_is_on) {
    talk.ask(
        client,
        R"({"action":"subscribe","args":{"req_id":1,"user":"root","password":"taosdata","group_id":"g","offset_reset":"earliest","topics":["t"],)"
        R"("auto_commit":"true","auto_commit_interval_ms":"1000"}})");
    talk.append_row("t", 1);
    talk.append_row("t", 1);
    talk.ask(client, poll(2, 0));
    talk.ask(client, poll(3, 0));
    EXPECT_EQ(talk.state().committed("g", "t", 1), std::nullopt) << "the interval began with the first poll";
    talk.pass(seconds(1));
    talk.ask(client, poll(4, 0));
    EXPECT_EQ(talk.state().committed("g", "t", 1), 2);
}

TEST_F(broker_poll, answers_consumer_mismatch_for_ever_once_max_poll_interval_has_passed) {
    talk.ask(client, subscribe("g", "t", "earliest", R"(,"max_poll_interval_ms":"1000")"));
    talk.append_row("t", 1);
    talk.pass(milliseconds(999));
    EXPECT_EQ(talk.ask(client, poll(2, 0)), found(2, 1, 0));
    talk.pass(milliseconds(1000));
    const std::string mismatch =
        R"({"code":16385,"message":"Consumer mismatch","action":"poll","req_id":3,"timing":0})";
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(talk.ask(client, poll(3, 10)), empty(3)) << "libtaos has not heard of it";
    EXPECT_EQ(talk.ask(client, poll(3, 10)), mismatch);
    EXPECT_EQ(talk.ask(client, poll(3, 0)), mismatch);
    EXPECT_EQ(talk.ask(client, poll(3, 0)), mismatch);
    EXPECT_EQ(talk.state().member_count("g"), 0U);
    talk.ask(client, plain("unsubscribe", 4));
    talk.ask(client, subscribe("g", "t"));
    EXPECT_EQ(talk.ask(client, poll(3, 0)), mismatch) << "libtaos stays lost";
    EXPECT_EQ(talk.state().member_count("g"), 0U);
    talk.ask(client, plain("unsubscribe", 4));
    talk.ask(client, subscribe("g", "t"));
    EXPECT_EQ(talk.ask(client, poll(5, 0)), found(5, 2, 0)) << "nothing was committed";
}

TEST(broker_poll_34, answers_that_there_is_no_such_consumer_once_max_poll_interval_has_passed) {
    dialogue talk(testing::server_options().version("3.4.1.6.community"));
    talk.state().topics().create(topic_options("t"));
    const member_id client = talk.connect();
    talk.ask(client, subscribe("g", "t", "earliest", R"(,"max_poll_interval_ms":"1000")"));
    talk.append_row("t", 1);
    talk.pass(milliseconds(1000));
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(talk.ask(client, poll(3, 500)),
                  R"({"code":998,"message":"Consumer not exist","action":"poll","req_id":3,"timing":0})");
    EXPECT_EQ(talk.elapsed(), milliseconds(1000));
    EXPECT_NE(talk.ask(client, assignment(4, "t")).find("\"code\":16393,"), std::string::npos)
        << "libtaos has forgotten its topics";
    for (int i = 0; i < 3; ++i) {
        talk.ask(client, plain("unsubscribe", 4));
        talk.ask(client, subscribe("g", "t"));
        EXPECT_NE(talk.ask(client, poll(3, 0)).find("\"code\":998,"), std::string::npos) << "for ever";
    }
    const member_id other = talk.connect();
    talk.ask(other, subscribe("g", "t"));
    EXPECT_NE(talk.ask(other, poll(3, 0)).find("\"have_message\":true"), std::string::npos);
}

TEST_F(broker_poll, has_a_member_that_was_put_out_go_on_from_memory_but_for_seeks) {
    talk.ask(client, subscribe("g", "t", "earliest", R"(,"max_poll_interval_ms":"1000")"));
    talk.append_row("t", 1);
    EXPECT_EQ(talk.ask(client, poll(2, 0)), found(2, 1, 0));
    talk.pass(milliseconds(1000));
    EXPECT_EQ(talk.state().member_count("g"), 0U);
    const auto code = [&](const std::string& request) {
        return std::stoi(talk.ask(client, request).substr(8));
    };
    EXPECT_EQ(code(assignment(3, "t")), 0);
    EXPECT_EQ(code(offset_of("position", 3, "t", 1)), 0);
    EXPECT_EQ(code(with_offset("commit_offset", 3, "t", 1, 1)), 0);
    EXPECT_EQ(code(with_offset("seek", 3, "t", 1, 0)), 0x4001);
    EXPECT_EQ(talk.state().committed("g", "t", 1), 1);
}

TEST_F(broker_poll, counts_as_a_sign_of_life_while_it_waits) {
    talk.ask(client, subscribe("g", "t", "earliest", R"(,"max_poll_interval_ms":"1000")"));
    EXPECT_EQ(talk.ask(client, poll(2, 5000)), empty(2));
    EXPECT_EQ(talk.ask(client, poll(3, 0)), empty(3));
}

}  // namespace
}  // namespace tmq::test
