#include "embedded_server/broker/dialogue.hpp"
#include "embedded_server/web_socket_client.hpp"
#include "tmq/testing/server.hpp"

#include <gtest/gtest.h>

#include <chrono>

// Pings, and who is given up when nothing is heard.

namespace tmq::test {

using namespace testing;

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using opcode = web_socket_client::opcode;

TEST(server_ping, is_sent_again_and_again) {
    testing::server hub(
        testing::server_options().ping_interval(milliseconds(5)).idle_timeout(milliseconds(0)));
    web_socket_client client(hub.port());
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(client.receive().what, opcode::ping);
}

TEST(server_ping, keeps_clients_that_answer_with_a_pong) {
    testing::server hub(
        testing::server_options().ping_interval(milliseconds(40)).idle_timeout(milliseconds(1000)));
    web_socket_client client(hub.port());
    for (int i = 0; i < 30; ++i) {
        ASSERT_EQ(client.receive().what, opcode::ping);
        client.send(opcode::pong, "");
    }
    EXPECT_EQ(hub.connection_count(), 1U);
}

TEST(server_idle_timeout, takes_silent_members_out_of_their_group_without_a_goodbye) {
    testing::server hub(
        testing::server_options().ping_interval(milliseconds(0)).idle_timeout(milliseconds(50)));
    hub.create_topic(topic_options("t"));
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "t"));
    const auto asked = steady_clock::now();
    EXPECT_EQ(client.receive().what, opcode::end_of_stream);
    EXPECT_GE(steady_clock::now() - asked, milliseconds(40));
    ASSERT_TRUE(hub.await_connections(0));
    EXPECT_EQ(hub.member_count("g"), 0U);
}

TEST(server_idle_timeout, does_not_take_pings_of_clients_for_a_sign_of_life) {
    testing::server hub(
        testing::server_options().ping_interval(milliseconds(0)).idle_timeout(milliseconds(50)));
    web_socket_client client(hub.port());
    opcode what = opcode::pong;
    const auto opened = steady_clock::now();
    while (what == opcode::pong && steady_clock::now() - opened < milliseconds(10000)) {
        client.send(opcode::ping, "");
        what = client.receive(milliseconds(1000)).what;
    }
    EXPECT_TRUE(what == opcode::end_of_stream || what == opcode::reset);
    EXPECT_TRUE(hub.await_connections(0));
}

}  // namespace
}  // namespace tmq::test
