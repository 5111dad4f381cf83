#include "embedded_server/broker/dialogue.hpp"

#include <gtest/gtest.h>

namespace tmq::test {
namespace {

class broker_offset : public ::testing::Test {
  protected:
    broker_offset() {
        talk.state().topics().create(topic_options("t"));
        client = talk.connect();
        talk.ask(client, subscribe("g", "t"));
        for (int i = 0; i < 3; ++i)
            talk.append_row("t", 1);
    }
    std::string position() { return talk.ask(client, offset_of("position", 9, "t", 1)); }
    static std::string position_is(int offset) {
        return R"({"code":0,"message":"","action":"position","req_id":9,"timing":0,"position":[)" +
               std::to_string(offset) + "]}";
    }
    static std::string refused(const std::string& action, int code, const std::string& text) {
        return R"({"code":)" + std::to_string(code) + R"(,"message":")" + text + R"(","action":")" + action +
               R"(","req_id":5,"timing":0})";
    }

    dialogue talk;
    member_id client = 0;
};

TEST_F(broker_offset, of_the_reader_is_refused_before_the_first_poll_or_assignment) {
    for (const std::string& action : {std::string("seek"), std::string("commit_offset")})
        EXPECT_EQ(talk.ask(client, with_offset(action, 5, "t", 1, 0)),
                  refused(action, 16400, "Assignment or poll interface need to be called first"));
    EXPECT_EQ(talk.ask(client, offset_of("position", 5, "t", 1)),
              refused("position", 16400, "Assignment or poll interface need to be called first"));
    talk.ask(client, assignment(6, "t"));
    EXPECT_EQ(position(), position_is(0));
    EXPECT_NE(talk.ask(client, with_offset("seek", 5, "t", 1, 1)).find("\"code\":0,"), std::string::npos);
}

TEST_F(broker_offset, of_committed_is_known_at_once) {
    EXPECT_EQ(
        talk.ask(client, offset_of("committed", 5, "t", 1)),
        R"({"code":0,"message":"","action":"committed","req_id":5,"timing":0,"committed":[-2147467247]})");
}

TEST_F(broker_offset, of_position_is_behind_the_message_that_was_polled) {
    talk.ask(client, assignment(6, "t"));
    EXPECT_EQ(position(), position_is(0));
    talk.ask(client, poll(2, 0));
    EXPECT_EQ(position(), position_is(1));
}

TEST_F(broker_offset, of_assignment_is_where_the_last_message_began) {
    talk.ask(client, poll(2, 0));
    talk.ask(client, poll(3, 0));
    EXPECT_EQ(
        talk.ask(client, assignment(4, "t")),
        R"({"code":0,"message":"","action":"assignment","req_id":4,"timing":0,"assignment":[{"vgroup_id":1,"offset":1,"begin":0,"end":3}]})");
}

TEST_F(broker_offset, of_commit_is_all_that_was_polled) {
    talk.ask(client, poll(2, 0));
    talk.ask(client, poll(3, 0));
    EXPECT_EQ(talk.ask(client, plain("commit", 4)),
              R"({"code":0,"message":"","action":"commit","req_id":4,"timing":0,"message_id":0})");
    EXPECT_EQ(talk.state().committed("g", "t", 1), 2);
}

TEST_F(broker_offset, of_commit_is_nothing_when_nothing_was_polled) {
    talk.ask(client, plain("commit", 4));
    EXPECT_EQ(talk.state().committed("g", "t", 1), std::nullopt);
}

TEST_F(broker_offset, of_commit_offset_is_what_it_says_whatever_was_polled) {
    talk.ask(client, poll(2, 0));
    talk.ask(client, poll(3, 0));
    EXPECT_EQ(
        talk.ask(client, with_offset("commit_offset", 4, "t", 1, 1)),
        R"({"code":0,"message":"","action":"commit_offset","req_id":4,"timing":0,"topic":"t","vgroup_id":1,"offset":1})");
    EXPECT_EQ(talk.state().committed("g", "t", 1), 1);
    EXPECT_EQ(position(), position_is(2));
}

TEST_F(broker_offset, may_be_committed_twice) {
    talk.ask(client, assignment(6, "t"));
    for (int i = 0; i < 2; ++i)
        EXPECT_NE(talk.ask(client, with_offset("commit_offset", 4, "t", 1, 1)).find("\"code\":0"),
                  std::string::npos);
}

TEST_F(broker_offset, of_seek_is_where_the_next_poll_begins) {
    for (int i = 0; i < 3; ++i)
        talk.ask(client, poll(2, 0));
    EXPECT_EQ(talk.ask(client, with_offset("seek", 5, "t", 1, 1)),
              R"({"code":0,"message":"","action":"seek","req_id":5,"timing":0})");
    EXPECT_EQ(position(), position_is(1));
    const std::string reply = talk.ask(client, poll(6, 0));
    EXPECT_NE(reply.find(R"("message_id":4,"offset":1)"), std::string::npos) << reply;
}

TEST_F(broker_offset, of_seek_does_not_touch_what_is_committed) {
    talk.ask(client, assignment(6, "t"));
    talk.ask(client, with_offset("commit_offset", 4, "t", 1, 2));
    talk.ask(client, with_offset("seek", 5, "t", 1, 0));
    EXPECT_EQ(talk.state().committed("g", "t", 1), 2);
}

TEST_F(broker_offset, may_be_the_end_of_the_log_but_not_beyond) {
    talk.ask(client, assignment(6, "t"));
    for (const std::string& action : {std::string("seek"), std::string("commit_offset")}) {
        EXPECT_NE(talk.ask(client, with_offset(action, 5, "t", 1, 3)).find("\"code\":0,"), std::string::npos);
        EXPECT_EQ(talk.ask(client, with_offset(action, 5, "t", 1, 4)),
                  refused(action, 16391, "Offset out of range"));
        EXPECT_EQ(talk.ask(client, with_offset(action, 5, "t", 1, -2)),
                  refused(action, 16391, "Offset out of range"));
    }
}

TEST_F(broker_offset, minus_one_is_accepted_by_seek) {
    talk.ask(client, assignment(6, "t"));
    EXPECT_NE(talk.ask(client, with_offset("seek", 5, "t", 1, -1)).find("\"code\":0,"), std::string::npos);
    EXPECT_NE(talk.ask(client, poll(6, 0)).find("\"offset\":0"), std::string::npos);
}

TEST_F(broker_offset, of_a_vgroup_that_moved_away_is_refused) {
    talk.state().topics().create(topic_options("wide").vgroups(2).first_vgroup_id(7));
    const member_id a = talk.connect();
    const member_id b = talk.connect();
    talk.ask(a, subscribe("h", "wide"));
    talk.ask(b, subscribe("h", "wide"));
    talk.ask(b, assignment(4, "wide"));
    EXPECT_EQ(talk.ask(a, with_offset("commit_offset", 5, "wide", 8, 0)),
              refused("commit_offset", 16392, "VgId does not belong to this consumer"));
    EXPECT_NE(talk.ask(b, with_offset("commit_offset", 5, "wide", 8, 0)).find("\"code\":0,"),
              std::string::npos);
}

TEST_F(broker_offset, of_the_log_grows_without_messages_too) {
    embedded::broker::vgroup_log& log = talk.state().topics().at("t", 1);
    log.advance(5);
    EXPECT_EQ(log.end(), 8);
    talk.append_row("t", 1);
    for (int i = 0; i < 3; ++i)
        talk.ask(client, poll(2, 0));
    EXPECT_NE(talk.ask(client, poll(2, 0)).find("\"offset\":3}"), std::string::npos)
        << "a message begins where the one before ended";
    EXPECT_EQ(position(), position_is(9));
}

TEST_F(broker_offset, of_metadata_is_announced_as_the_next_position) {
    talk.state().topics().at("t", 1).append(515, std::vector<std::byte>(8));
    for (int i = 0; i < 3; ++i)
        talk.ask(client, poll(2, 0));
    const std::string reply = talk.ask(client, poll(2, 0));
    EXPECT_NE(reply.find(R"("message_type":2,"message_id":4,"offset":4)"), std::string::npos) << reply;
}

}  // namespace
}  // namespace tmq::test
