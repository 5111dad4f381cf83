#include "embedded_server/broker/dialogue.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

// How long polls take that have the pace of real ones.

namespace tmq::test {
namespace {

using std::chrono::milliseconds;

class broker_pace : public ::testing::Test {
  protected:
    explicit broker_pace(const testing::server_options& options, topic_kind kind = topic_kind::select)
        : talk(testing::server_options(options).poll_pace(milliseconds(10))) {
        talk.state().topics().create(topic_options("t").kind(kind));
        client = talk.connect();
        talk.ask(client, subscribe("g", "t"));
    }
    /// Lets rows come so long after a poll was sent, and says when it is answered; -1: without a message.
    long delivery(milliseconds after, int blocking_time) {
        const auto start = talk.elapsed();
        talk.send(client, poll(2, blocking_time));
        if (const auto got = talk.inbox(client); !got.empty()) return 0;
        talk.pass(after);
        talk.append_row("t", 1);
        talk.wake();
        for (int i = 0; i <= blocking_time; ++i, talk.pass(milliseconds(1)))
            if (const auto got = talk.inbox(client); !got.empty())
                return got.front().find("\"have_message\":true") == std::string::npos
                           ? -1
                           : (talk.elapsed() - start).count();
        return -2;
    }

    dialogue talk;
    member_id client = 0;
};

class broker_pace_34 : public broker_pace {
  protected:
    broker_pace_34() : broker_pace(testing::server_options().version("3.4.1.6.community")) {}
};

TEST_F(broker_pace_34, asks_a_vgroup_again_10_ms_after_it_had_nothing) {
    EXPECT_EQ(delivery(milliseconds(3), 100), 10);
    talk.pass(milliseconds(5));
    EXPECT_EQ(delivery(milliseconds(24), 100), 30) << "asked at 0, at 10, at 20";
    talk.append_row("t", 1);
    EXPECT_EQ(delivery(milliseconds(0), 100), 0) << "a vgroup that had data is asked at once";
}

TEST_F(broker_pace_34, does_not_ask_sooner_because_the_next_poll_comes) {
    EXPECT_EQ(talk.ask(client, poll(2, 15)).find("\"have_message\":true"), std::string::npos);
    EXPECT_EQ(delivery(milliseconds(2), 100), 5) << "asked at 0, at 10, at 20";
}

class broker_pace_query_335 : public broker_pace {
  protected:
    broker_pace_query_335() : broker_pace(testing::server_options()) {}
};

TEST_F(broker_pace_query_335, has_rows_wake_a_held_poll_at_once) {
    EXPECT_EQ(delivery(milliseconds(3), 100), 3);
    EXPECT_EQ(delivery(milliseconds(37), 100), 37);
}

class broker_pace_stable_335 : public broker_pace {
  protected:
    broker_pace_stable_335() : broker_pace(testing::server_options(), topic_kind::stable) {}
};

TEST_F(broker_pace_stable_335, asks_with_the_next_poll_only) {
    EXPECT_EQ(delivery(milliseconds(3), 100), -1);
    EXPECT_EQ(delivery(milliseconds(50), 100), 0) << "asked at the end of the poll before";
}

TEST_F(broker_pace_stable_335, asks_once_a_second_too) {
    EXPECT_EQ(delivery(milliseconds(300), 3000), 1000);
    EXPECT_EQ(delivery(milliseconds(300), 3000), 1000);
}

TEST(broker_default_pace, has_a_poll_see_at_once_what_is_new) {
    for (const char* const version : {"3.3.5.8", "3.4.1.6.community"}) {
        dialogue talk(testing::server_options().version(version));
        talk.state().topics().create(topic_options("t").kind(topic_kind::stable));
        const member_id client = talk.connect();
        talk.ask(client, subscribe("g", "t"));
        talk.send(client, poll(2, 1000));
        talk.pass(milliseconds(3));
        talk.append_row("t", 1);
        talk.wake();
        ASSERT_EQ(talk.inbox(client).size(), 1U) << version;
    }
}

}  // namespace
}  // namespace tmq::test
