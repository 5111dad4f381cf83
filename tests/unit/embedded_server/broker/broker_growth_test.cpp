#include "embedded_server/broker/dialogue.hpp"
#include "embedded_server/encode/raw_head.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <stdexcept>

// Logs that grow by entries without rows, and where readers stand in them.

namespace tmq::test {
namespace {

class broker_growth : public ::testing::Test {
  protected:
    explicit broker_growth(const testing::server_options& options = {}) : talk(options) {
        talk.state().topics().create(topic_options("t"));
    }

    member_id member(const std::string& group = "g", const std::string& more = {}) {
        const member_id id = talk.connect();
        talk.ask(id, subscribe(group, "t", "earliest", more));
        return id;
    }
    embedded::broker::vgroup_log& log() { return talk.state().topics().at("t", 1); }
    std::string position(member_id id) {
        const std::string reply = talk.ask(id, offset_of("position", 9, "t", 1));
        return reply.substr(reply.find('['));
    }
    std::string assigned(member_id id) {
        const std::string reply = talk.ask(id, assignment(9, "t"));
        return reply.substr(reply.find('['));
    }
    static std::string assignment_is(int offset, int begin, int end) {
        return fmt::format(R"([{{"vgroup_id":1,"offset":{},"begin":{},"end":{}}}]}})", offset, begin, end);
    }
    bool polls(member_id id) {
        return talk.ask(id, poll(2, 0)).find("\"have_message\":true") != std::string::npos;
    }

    dialogue talk;
};

TEST_F(broker_growth, moves_the_position_of_a_poll_that_finds_nothing) {
    const member_id a = member();
    log().advance(4);
    EXPECT_EQ(assigned(a), assignment_is(0, 0, 4));
    EXPECT_EQ(position(a), "[0]}") << "only a poll looks";
    EXPECT_FALSE(polls(a));
    EXPECT_EQ(position(a), "[4]}");
    log().advance(2);
    EXPECT_FALSE(polls(a));
    EXPECT_EQ(position(a), "[6]}");
}

TEST_F(broker_growth, is_seen_by_a_poll_that_waits_and_is_not_held) {
    talk.state().topics().create(topic_options("s").kind(topic_kind::stable).first_vgroup_id(1));
    const member_id a = talk.connect();
    talk.ask(a, subscribe("g", "s"));
    talk.send(a, poll(2, 1000));
    talk.state().topics().at("s", 1).advance(4);
    talk.wake();
    talk.pass(std::chrono::milliseconds(1000));
    EXPECT_EQ(talk.inbox(a).size(), 1U);
    EXPECT_NE(talk.ask(a, offset_of("position", 9, "s", 1)).find("[4]"), std::string::npos);
}

TEST_F(broker_growth, leaves_the_assignment_at_the_last_message) {
    talk.append_row("t", 1);
    talk.append_row("t", 1);
    log().advance(4);
    const member_id a = member();
    EXPECT_TRUE(polls(a));
    EXPECT_TRUE(polls(a));
    EXPECT_FALSE(polls(a));
    EXPECT_EQ(assigned(a), assignment_is(1, 0, 6));
    EXPECT_EQ(position(a), "[6]}");
}

TEST_F(broker_growth, is_committed_when_it_was_looked_at) {
    log().advance(4);
    const member_id a = member();
    talk.ask(a, plain("commit", 3));
    EXPECT_EQ(talk.state().committed("g", "t", 1), std::nullopt);
    EXPECT_FALSE(polls(a));
    talk.ask(a, plain("commit", 3));
    EXPECT_EQ(talk.state().committed("g", "t", 1), 4);
}

TEST_F(broker_growth, is_where_the_next_message_is_announced) {
    const member_id a = member();
    const member_id b = member("h");
    log().advance(4);
    EXPECT_FALSE(polls(a));
    log().advance(2);
    talk.append_row("t", 1);
    EXPECT_NE(talk.ask(a, poll(2, 0)).find("\"offset\":4}"), std::string::npos);
    EXPECT_EQ(assigned(a), assignment_is(4, 0, 7));
    EXPECT_NE(talk.ask(b, poll(2, 0)).find("\"offset\":0}"), std::string::npos)
        << "each reader has a place of its own";
    EXPECT_EQ(position(b), "[7]}");
}

TEST_F(broker_growth, leaves_metadata_announced_as_the_next_position) {
    const member_id a = member();
    log().advance(4);
    log().append(515, std::vector<std::byte>(8));
    EXPECT_NE(talk.ask(a, poll(2, 0)).find(R"("message_type":2,"message_id":1,"offset":5})"),
              std::string::npos);
}

TEST_F(broker_growth, moves_no_one_back) {
    const member_id a = member();
    log().advance(4);
    EXPECT_FALSE(polls(a));
    talk.ask(a, with_offset("seek", 3, "t", 1, 2));
    EXPECT_EQ(position(a), "[2]}");
    EXPECT_FALSE(polls(a));
    EXPECT_EQ(position(a), "[4]}");
}

TEST_F(broker_growth, is_nothing_by_default_when_consumers_come_and_commit) {
    const member_id a = member();
    member("h");
    talk.ask(a, with_offset("commit_offset", 3, "t", 1, 0));
    EXPECT_EQ(log().end(), 0);
}

TEST(broker_options, are_refused_out_of_their_ranges) {
    EXPECT_THROW(embedded::broker::broker(testing::server_options().log_growth(-1)), std::invalid_argument);
    EXPECT_THROW(embedded::broker::broker(testing::server_options().commit_growth(-1)),
                 std::invalid_argument);
    EXPECT_THROW(embedded::broker::broker(testing::server_options().rows_per_poll(0)), std::invalid_argument);
    EXPECT_NO_THROW(
        embedded::broker::broker(testing::server_options().rows_per_poll(1).log_growth(0).commit_growth(0)));
}

class broker_log_growth : public broker_growth {
  protected:
    broker_log_growth() : broker_growth(testing::server_options().log_growth(2)) {}
};

TEST_F(broker_log_growth, comes_with_each_subscribe_in_each_vgroup_of_its_topics) {
    talk.state().topics().create(topic_options("u").vgroups(2));
    member();
    const member_id b = member("h");
    EXPECT_EQ(log().end(), 4);
    EXPECT_EQ(talk.state().topics().at("u", 2).end(), 0);
    talk.ask(b, plain("unsubscribe", 3));
    EXPECT_EQ(log().end(), 4);
    talk.ask(b, subscribe("h", "u"));
    EXPECT_EQ(log().end(), 4);
    EXPECT_EQ(talk.state().topics().at("u", 2).end(), 2);
    EXPECT_EQ(talk.state().topics().at("u", 3).end(), 2);
    talk.ask(b, subscribe("h", "u"));
    EXPECT_EQ(talk.state().topics().at("u", 3).end(), 2) << "a refused subscribe writes nothing";
}

TEST_F(broker_log_growth, lies_before_the_start_of_latest) {
    const member_id a = talk.connect();
    talk.ask(a, subscribe("g", "t", "latest"));
    EXPECT_EQ(assigned(a), assignment_is(1, 0, 2)) << "one before the start";
    EXPECT_EQ(position(a), "[2]}");
}

class broker_commit_growth : public broker_growth {
  protected:
    broker_commit_growth() : broker_growth(testing::server_options().commit_growth(1)) {}
};

TEST_F(broker_commit_growth, comes_with_each_commit_that_changes_something) {
    for (int i = 0; i < 3; ++i)
        talk.append_row("t", 1);
    const member_id a = member();
    assigned(a);
    talk.ask(a, with_offset("commit_offset", 3, "t", 1, 1));
    EXPECT_EQ(log().end(), 4);
    talk.ask(a, with_offset("commit_offset", 3, "t", 1, 1));
    EXPECT_EQ(log().end(), 4);
    EXPECT_TRUE(polls(a)) << "from what is committed, which is where a reader starts";
    talk.ask(a, plain("commit", 3));
    talk.ask(a, plain("commit", 3));
    EXPECT_EQ(talk.state().committed("g", "t", 1), 2);
    EXPECT_EQ(log().end(), 5);
}

}  // namespace
}  // namespace tmq::test
