#include "embedded_server/broker/dialogue.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace tmq::test {
namespace {

/// Ten messages of one offset each.
class broker_truncation : public ::testing::Test {
  protected:
    broker_truncation() {
        talk.state().topics().create(topic_options("t"));
        for (int i = 0; i < 10; ++i)
            talk.append_row("t", 1);
    }
    member_id member(const std::string& group = "g", const std::string& reset = "earliest") {
        const member_id id = talk.connect();
        talk.ask(id, subscribe(group, "t", reset));
        return id;
    }
    embedded::broker::vgroup_log& log() { return talk.state().topics().at("t", 1); }
    std::string assigned(member_id id) {
        const std::string reply = talk.ask(id, assignment(9, "t"));
        return reply.substr(reply.find('['));
    }
    static std::string assignment_is(int offset, int begin, int end) {
        return R"([{"vgroup_id":1,"offset":)" + std::to_string(offset) + R"(,"begin":)" +
               std::to_string(begin) + R"(,"end":)" + std::to_string(end) + "}]}";
    }
    /// The offset that a poll announces; -1 for none.
    int polled(member_id id) {
        const std::string reply = talk.ask(id, poll(2, 0));
        if (reply.find("\"have_message\":true") == std::string::npos) return -1;
        return std::atoi(reply.c_str() + reply.find("\"offset\":") + 9);
    }

    dialogue talk;
};

TEST_F(broker_truncation, moves_the_begin_and_leaves_the_end) {
    log().truncate(4);
    EXPECT_EQ(log().begin(), 4);
    EXPECT_EQ(log().end(), 10);
    EXPECT_EQ(log().size(), 6U);
    EXPECT_EQ(assigned(member()), assignment_is(4, 4, 10));
}

TEST_F(broker_truncation, never_moves_the_begin_back) {
    log().truncate(4);
    log().truncate(2);
    log().truncate(-1);
    EXPECT_EQ(log().begin(), 4);
    EXPECT_EQ(log().size(), 6U);
}

TEST_F(broker_truncation, lets_earliest_start_at_the_begin) {
    log().truncate(4);
    EXPECT_EQ(polled(member()), 4);
}

TEST_F(broker_truncation, refuses_offsets_before_the_begin) {
    const member_id a = member();
    log().truncate(4);
    assigned(a);
    for (const std::string& action : {std::string("seek"), std::string("commit_offset")}) {
        EXPECT_EQ(talk.ask(a, with_offset(action, 5, "t", 1, 3)),
                  R"({"code":16391,"message":"Offset out of range","action":")" + action +
                      R"(","req_id":5,"timing":0})");
        EXPECT_NE(talk.ask(a, with_offset(action, 5, "t", 1, 4)).find("\"code\":0,"), std::string::npos);
    }
    EXPECT_EQ(talk.state().committed("g", "t", 1), 4);
    EXPECT_EQ(polled(a), 4);
}

TEST_F(broker_truncation, lets_a_reader_who_stands_before_the_begin_go_on_there) {
    const member_id a = member();
    EXPECT_EQ(polled(a), 0);
    EXPECT_EQ(polled(a), 1);
    log().truncate(6);
    EXPECT_EQ(assigned(a), assignment_is(1, 0, 10)) << "as libtaos remembers it";
    EXPECT_NE(talk.ask(a, with_offset("commit_offset", 5, "t", 1, 2)).find("\"code\":0,"), std::string::npos);
    EXPECT_EQ(polled(a), 6);
    EXPECT_EQ(polled(a), 7);
    EXPECT_EQ(assigned(a), assignment_is(7, 6, 10));
}

TEST_F(broker_truncation, lets_a_reader_who_committed_before_the_begin_go_on_there) {
    const member_id a = member();
    assigned(a);
    talk.ask(a, with_offset("commit_offset", 5, "t", 1, 2));
    talk.disconnect(a);
    log().truncate(6);
    const member_id b = member("g", "latest");
    assigned(b);
    EXPECT_EQ(talk.ask(b, offset_of("position", 9, "t", 1)),
              R"({"code":0,"message":"","action":"position","req_id":9,"timing":0,"position":[2]})");
    EXPECT_EQ(polled(b), 6);
}

TEST_F(broker_truncation, leaves_a_reader_alone_who_stands_behind_it) {
    const member_id a = member();
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(polled(a), i);
    log().truncate(5);
    EXPECT_EQ(polled(a), 5);
}

TEST_F(broker_truncation, of_the_whole_log_leaves_the_offsets_of_what_comes) {
    const member_id a = member();
    log().advance(3);
    log().truncate(13);
    EXPECT_EQ(log().size(), 0U);
    EXPECT_EQ(polled(a), -1);
    EXPECT_EQ(assigned(member("other")), assignment_is(13, 13, 13));
    EXPECT_EQ(talk.append_row("t", 1), 14);
    EXPECT_EQ(polled(a), 13);
    EXPECT_EQ(polled(a), -1);
}

TEST_F(broker_truncation, keeps_a_message_that_reaches_over_it_and_begins_it_there) {
    log().advance(5);
    talk.append_row("t", 1);
    log().append(519, std::vector<std::byte>(8));
    log().truncate(12);
    ASSERT_EQ(log().size(), 2U);
    const member_id a = member();
    EXPECT_EQ(polled(a), 12);
    EXPECT_EQ(talk.ask(a, offset_of("position", 9, "t", 1)),
              R"({"code":0,"message":"","action":"position","req_id":9,"timing":0,"position":[16]})");
    EXPECT_EQ(polled(a), 17) << "metadata is announced as the next position, wherever it begins";
}

TEST_F(broker_truncation, leaves_the_announced_message_to_be_fetched) {
    const member_id a = member();
    EXPECT_EQ(polled(a), 0);
    log().truncate(10);
    const outgoing_message reply = talk.ask_frame(a, fetch(3, 1));
    ASSERT_TRUE(reply.binary && reply.payload);
    EXPECT_EQ(reply.payload->size(), 8U);
    EXPECT_EQ(polled(a), -1);
}

}  // namespace
}  // namespace tmq::test
