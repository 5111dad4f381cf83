#include "embedded_server/dialogue.hpp"
#include "embedded_server/web_socket_client.hpp"
#include "tmq/embedded_server.hpp"

#include <gtest/gtest.h>

namespace tmq::test {
namespace {

using std::chrono::milliseconds;
using opcode = web_socket_client::opcode;

class server_fault : public ::testing::Test {
  protected:
    server_fault() : client(prepare()) { client.ask(subscribe("g", "t")); }
    std::uint16_t prepare() {
        hub.create_topic(topic_options("t"));
        block_builder row;
        row.column("ts", data_type::timestamp).row(1);
        hub.append("t", 1, row);
        return hub.port();
    }

    embedded_server hub;
    web_socket_client client;
};

TEST_F(server_fault, closes_with_its_code_and_reason) {
    hub.inject(fault::close(1011, "boom").on("poll"));
    const auto reply = client.ask(poll(2, 0));
    EXPECT_EQ(reply.what, opcode::close);
    EXPECT_EQ(reply.bytes,
              "\x03\xf3"
              "boom");
}

TEST_F(server_fault, resets_the_connection) {
    hub.inject(fault::reset().on("poll"));
    EXPECT_EQ(client.ask(poll(2, 0)).what, opcode::reset);
    EXPECT_TRUE(hub.await_connections(0));
}

TEST_F(server_fault, resets_the_connection_after_the_request_took_effect) {
    hub.inject(fault::reset().on("commit_offset").carry_out());
    EXPECT_EQ(client.ask(with_offset("commit_offset", 2, "t", 1, 1)).what, opcode::reset);
    EXPECT_EQ(hub.committed("g", "t", 1), 1);
}

TEST_F(server_fault, resets_the_connection_without_carrying_the_request_out) {
    hub.inject(fault::reset().on("commit_offset"));
    EXPECT_EQ(client.ask(with_offset("commit_offset", 2, "t", 1, 1)).what, opcode::reset);
    EXPECT_EQ(hub.committed("g", "t", 1), std::nullopt);
}

TEST_F(server_fault, stalls_and_goes_on_with_the_next_request) {
    hub.inject(fault::stall().on("poll"));
    client.send_text(poll(2, 0));
    EXPECT_NE(client.ask(poll(3, 0)).bytes.find("\"req_id\":3"), std::string::npos);
}

TEST_F(server_fault, answers_garbage) {
    hub.inject(fault::garbage_text("{oops").on("poll"));
    const auto text = client.ask(poll(2, 0));
    EXPECT_EQ(text.what, opcode::text);
    EXPECT_EQ(text.bytes, "{oops");
    hub.inject(fault::garbage_binary({std::byte{1}, std::byte{2}}).on("poll"));
    const auto binary = client.ask(poll(2, 0));
    EXPECT_EQ(binary.what, opcode::binary);
    EXPECT_EQ(binary.bytes, "\x01\x02");
}

TEST_F(server_fault, answers_an_error_in_the_form_of_the_action) {
    hub.inject(fault::error_reply(16385, "Consumer mismatch").times(2));
    EXPECT_EQ(client.ask(poll(2, 0)).bytes, R"({"code":16385,"message":"Consumer mismatch","action":"poll","req_id":2,"timing":0})");
    const auto binary = client.ask(fetch(3, 1));
    EXPECT_EQ(binary.what, opcode::binary);
    ASSERT_EQ(binary.bytes.size(), 50U + 17);
    EXPECT_EQ(binary.bytes.substr(42, 17), "Consumer mismatch");
}

TEST_F(server_fault, answers_with_a_wrong_id) {
    hub.inject(fault::wrong_req_id().on("poll"));
    EXPECT_NE(client.ask(poll(2, 0)).bytes.find("\"req_id\":3,"), std::string::npos);
}

TEST_F(server_fault, keeps_a_reply_back_and_lets_others_overtake_it) {
    hub.inject(fault::delay(milliseconds(50)).on("poll"));
    client.send_text(poll(2, 0));
    EXPECT_NE(client.ask(plain("list_topics", 3)).bytes.find("\"req_id\":3"), std::string::npos);
    EXPECT_NE(client.receive().bytes.find("\"req_id\":2"), std::string::npos);
}

TEST_F(server_fault, replaces_a_binary_reply_and_leaves_text_alone) {
    hub.inject(fault::replace_binary({std::byte{9}}).times(2));
    EXPECT_NE(client.ask(poll(2, 0)).bytes.find("\"have_message\":true"), std::string::npos);
    EXPECT_EQ(client.ask(fetch(3, 1)).bytes, "\x09");
}

TEST_F(server_fault, strikes_a_waiting_poll_when_it_is_answered) {
    client.ask(poll(2, 0));
    hub.inject(fault::close().on("poll").carry_out());
    client.send_text(poll(3, 60000));
    ASSERT_TRUE(hub.await_waiting_polls(1));
    block_builder row;
    row.column("ts", data_type::timestamp).row(2);
    hub.append("t", 1, row);
    EXPECT_EQ(client.receive().what, opcode::close);
}

TEST_F(server_fault, is_forgotten_when_faults_are_cleared) {
    hub.inject(fault::reset());
    hub.clear_faults();
    EXPECT_NE(client.ask(poll(2, 0)).bytes.find("\"code\":0"), std::string::npos);
}

}  // namespace
}  // namespace tmq::test
