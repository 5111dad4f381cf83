#include "embedded_server/broker/dialogue.hpp"
#include "embedded_server/web_socket_client.hpp"
#include "tmq/testing/server.hpp"

#include <gtest/gtest.h>

namespace tmq::test {

using namespace testing;

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

    testing::server hub;
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
    client.ask(assignment(1, "t"));
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
    EXPECT_EQ(client.ask(poll(2, 0)).bytes,
              R"({"code":16385,"message":"Consumer mismatch","action":"poll","req_id":2,"timing":0})");
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

TEST_F(server_fault, sends_a_reply_twice) {
    hub.inject(fault::duplicate().times(2));
    const auto first = client.ask(poll(2, 0));
    EXPECT_NE(first.bytes.find("\"have_message\":true"), std::string::npos);
    EXPECT_EQ(client.receive().bytes, first.bytes);
    const auto binary = client.ask(fetch(3, 1));
    EXPECT_EQ(binary.what, opcode::binary);
    EXPECT_EQ(client.receive().bytes, binary.bytes);
    EXPECT_NE(client.ask(poll(4, 0)).bytes.find("\"req_id\":4,"), std::string::npos) << "twice and no more";
    EXPECT_EQ(hub.request_count(), 4U);
}

TEST_F(server_fault, withholds_a_reply_until_others_have_left) {
    hub.inject(fault::withhold(2).on("poll"));
    client.send_text(poll(2, 0));
    EXPECT_NE(client.ask(plain("list_topics", 3)).bytes.find("\"req_id\":3,"), std::string::npos);
    EXPECT_EQ(client.ask(fetch(4, 1)).what, opcode::binary) << "the request itself was carried out";
    const auto late = client.receive();
    EXPECT_NE(late.bytes.find("\"req_id\":2,"), std::string::npos);
    EXPECT_NE(late.bytes.find("\"have_message\":true"), std::string::npos);
    EXPECT_NE(client.ask(plain("version", 5)).bytes.find("\"version\""), std::string::npos) << "once";
}

TEST_F(server_fault, withholds_replies_for_each_other) {
    hub.inject(fault::withhold(2).on("list_topics"));
    hub.inject(fault::withhold(1).on("committed"));
    client.send_text(plain("list_topics", 2));
    client.send_text(offset_of("committed", 3, "t", 1));
    hub.inject(fault::error_reply(5, "five").on("position"));
    EXPECT_NE(client.ask(offset_of("position", 4, "t", 1)).bytes.find("\"code\":5,"), std::string::npos)
        << "an error counts as well";
    EXPECT_NE(client.receive().bytes.find("\"req_id\":3,"), std::string::npos);
    EXPECT_NE(client.receive().bytes.find("\"req_id\":2,"), std::string::npos);
}

TEST_F(server_fault, withholds_a_reply_from_its_own_connection_only) {
    hub.inject(fault::withhold().on("list_topics"));
    client.send_text(plain("list_topics", 2));
    ASSERT_TRUE(hub.await_requests("list_topics", 1));
    web_socket_client other(hub.port());
    for (int i = 0; i < 3; ++i)
        EXPECT_NE(other.ask(plain("version", 1)).bytes.find("\"version\""), std::string::npos);
    EXPECT_NE(client.ask(plain("version", 3)).bytes.find("\"version\""), std::string::npos);
    EXPECT_NE(client.receive().bytes.find("\"req_id\":2,"), std::string::npos);
}

TEST_F(server_fault, withholds_nothing_for_no_reply) {
    hub.inject(fault::withhold(0).on("poll"));
    EXPECT_NE(client.ask(poll(2, 0)).bytes.find("\"req_id\":2,"), std::string::npos);
}

TEST_F(server_fault, withholds_for_ever_what_its_connection_does_not_live_to_see) {
    hub.inject(fault::withhold().on("poll"));
    client.send_text(poll(2, 0));
    ASSERT_TRUE(hub.await_requests("poll", 1));
    client.drop();
    ASSERT_TRUE(hub.await_connections(0));
    web_socket_client next(hub.port());
    EXPECT_NE(next.ask(plain("version", 1)).bytes.find("\"version\""), std::string::npos);
    EXPECT_EQ(next.receive(milliseconds(30)).what, opcode::nothing);
}

TEST_F(server_fault, replaces_a_binary_reply_and_leaves_text_alone) {
    hub.inject(fault::replace_binary({std::byte{9}}).times(2));
    EXPECT_NE(client.ask(poll(2, 0)).bytes.find("\"have_message\":true"), std::string::npos);
    EXPECT_EQ(client.ask(fetch(3, 1)).bytes, "\x09");
}

TEST_F(server_fault, answers_under_the_name_of_another_action) {
    hub.inject(fault::wrong_action("commit").times(2));
    EXPECT_NE(client.ask(poll(2, 0)).bytes.find(R"("action":"commit","req_id":2,)"), std::string::npos);
    const auto binary = client.ask(fetch(3, 1)).bytes;
    EXPECT_EQ(binary.substr(0, 16), std::string(8, '\xff') + std::string("\7\0\0\0\0\0\0\0", 8));
}

TEST_F(server_fault, answers_in_text_where_a_binary_is_due) {
    hub.inject(fault::text_for_binary().times(2));
    EXPECT_NE(client.ask(poll(2, 0)).bytes.find("\"have_message\":true"), std::string::npos);
    const auto text = client.ask(fetch(3, 1));
    EXPECT_EQ(text.what, opcode::text);
    EXPECT_EQ(text.bytes, R"({"code":0,"message":"","action":"fetch_raw_data","req_id":3,"timing":0})");
}

TEST_F(server_fault, answers_in_binary_where_text_is_due) {
    hub.inject(fault::binary_for_text().times(2));
    const auto binary = client.ask(poll(9, 0));
    EXPECT_EQ(binary.what, opcode::binary);
    ASSERT_EQ(binary.bytes.size(), 56U);
    EXPECT_EQ(binary.bytes.substr(26, 8), std::string("\11\0\0\0\0\0\0\0", 8)) << "the request's id";
    EXPECT_GT(client.ask(fetch(3, 1)).bytes.size(), 56U);
}

TEST_F(server_fault, sends_half_a_frame_and_ends_the_stream) {
    hub.inject(fault::partial(10).on("poll"));
    client.send_text(poll(2, 0));
    const auto half = client.receive_rest();
    EXPECT_EQ(half.what, opcode::end_of_stream);
    ASSERT_EQ(half.bytes.size(), 10U);
    EXPECT_EQ(half.bytes.substr(0, 3), std::string("\x81\x7e\x00", 3)) << "text of 126 to 255 bytes";
    EXPECT_EQ(half.bytes.substr(4), R"({"code)");
    client.drop();
    EXPECT_TRUE(hub.await_connections(0));
}

TEST_F(server_fault, sends_half_a_frame_and_resets) {
    hub.inject(fault::partial(1, fault::ending::reset).on("poll"));
    client.send_text(poll(2, 0));
    const auto half = client.receive_rest();
    EXPECT_EQ(half.what, opcode::reset);
    EXPECT_EQ(half.bytes, "\x81");
    EXPECT_TRUE(hub.await_connections(0));
}

TEST_F(server_fault, sends_half_a_frame_and_falls_silent) {
    hub.inject(fault::partial(3, fault::ending::stall).on("poll"));
    client.send_text(poll(2, 0));
    client.send(opcode::ping, "");
    client.send_text(plain("list_topics", 3));
    ASSERT_TRUE(hub.await_requests("list_topics", 1));
    const auto half = client.receive_rest(milliseconds(50));
    EXPECT_EQ(half.what, opcode::nothing);
    EXPECT_EQ(half.bytes, std::string("\x81\x7e\x00", 3));
    EXPECT_EQ(hub.connection_count(), 1U);
}

TEST_F(server_fault, sends_half_of_a_long_frame) {
    hub.append_message("t", 1, std::vector<std::byte>(70'000));
    client.ask(poll(2, 0));
    client.ask(poll(3, 0));
    hub.inject(fault::partial(60'000).on("fetch_raw_data"));
    client.send_text(fetch(4, 2));
    const auto half = client.receive_rest();
    ASSERT_EQ(half.bytes.size(), 60'000U);
    EXPECT_EQ(half.bytes.substr(0, 10), std::string("\x82\x7f\0\0\0\0\0\x01\x11\xa8", 10));
}

TEST_F(server_fault, sends_bytes_that_are_no_frame_and_goes_on) {
    hub.inject(fault::raw_bytes({std::byte{0x8a}, std::byte{0}}).on("poll"));
    EXPECT_EQ(client.ask(poll(2, 0)).what, opcode::pong);
    EXPECT_NE(client.ask(poll(3, 0)).bytes.find("\"req_id\":3"), std::string::npos);
}

TEST_F(server_fault, strikes_before_the_websocket_only_where_it_is_told_to) {
    hub.inject(fault::reset());
    EXPECT_NO_THROW(web_socket_client{hub.port()});
    EXPECT_EQ(client.ask(poll(2, 0)).what, opcode::reset);
}

TEST_F(server_fault, refuses_the_upgrade_with_a_status_and_a_text) {
    hub.inject(fault::error_reply(503, "busy").on("upgrade"));
    const auto refusal = web_socket_client::answer_to_upgrade(hub.port());
    EXPECT_EQ(refusal.bytes,
              "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nConnection: "
              "close\r\nContent-Length: 4\r\n\r\nbusy");
    EXPECT_EQ(refusal.what, opcode::end_of_stream);
    EXPECT_EQ(hub.accepted_count(), 1U) << "no WebSocket was opened";
    EXPECT_NO_THROW(web_socket_client{hub.port()}) << "once only";
}

TEST_F(server_fault, spoils_the_upgrade_in_every_other_way) {
    const auto answer = [&](fault value, milliseconds patience = std::chrono::seconds(10)) {
        hub.inject(std::move(value.on("upgrade")));
        return web_socket_client::answer_to_upgrade(hub.port(), patience);
    };
    EXPECT_EQ(answer(fault::close()).what, opcode::end_of_stream);
    EXPECT_EQ(answer(fault::reset()).what, opcode::reset);
    EXPECT_EQ(answer(fault::garbage_text("SSH-2.0")).bytes, "SSH-2.0");
    EXPECT_EQ(answer(fault::garbage_binary({std::byte{5}})).bytes, "\5");
    EXPECT_EQ(answer(fault::partial(12)).bytes, "HTTP/1.1 101");
    EXPECT_EQ(answer(fault::partial(4, fault::ending::reset)).what, opcode::reset);
    const auto stalled = answer(fault::stall(), milliseconds(50));
    EXPECT_EQ(stalled.what, opcode::nothing);
    EXPECT_EQ(stalled.bytes, "");
    const auto accepted = answer(fault::wrong_accept(), milliseconds(50));
    EXPECT_EQ(accepted.what, opcode::nothing) << "it stays open";
    EXPECT_EQ(accepted.bytes.rfind("HTTP/1.1 101 ", 0), 0U);
    EXPECT_EQ(accepted.bytes.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos)
        << "what the key asks for";
    EXPECT_EQ(hub.accepted_count(), 1U);
}

TEST_F(server_fault, delays_the_upgrade) {
    hub.inject(fault::delay(milliseconds(30)).on("upgrade"));
    const auto start = std::chrono::steady_clock::now();
    web_socket_client late(hub.port());
    EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(30));
    EXPECT_NE(late.ask(plain("version", 1)).bytes.find("\"code\":0"), std::string::npos);
}

TEST_F(server_fault, strikes_a_connection_before_it_has_said_anything) {
    hub.inject(fault::close().on("connect"));
    EXPECT_EQ(web_socket_client::answer_to_upgrade(hub.port()).what, opcode::end_of_stream);
    hub.inject(fault::stall().on("connect"));
    EXPECT_EQ(web_socket_client::answer_to_upgrade(hub.port(), milliseconds(50)).what, opcode::nothing);
}

TEST_F(server_fault, stops_while_connections_stall) {
    hub.inject(fault::stall().on("upgrade"));
    EXPECT_EQ(web_socket_client::answer_to_upgrade(hub.port(), milliseconds(10)).what, opcode::nothing);
    hub.stop();
    hub.start();
    EXPECT_NO_THROW(web_socket_client{hub.port()});
}

TEST_F(server_fault, keeps_silent_while_it_hears_and_does_what_is_asked) {
    client.ask(assignment(1, "t"));
    hub.silence();
    client.send(opcode::ping, "");
    client.send_text(with_offset("commit_offset", 2, "t", 1, 1));
    ASSERT_TRUE(hub.await_requests("commit_offset", 1));
    EXPECT_EQ(client.receive(milliseconds(50)).what, opcode::nothing);
    EXPECT_EQ(hub.ping_count(), 1U);
    EXPECT_EQ(hub.committed("g", "t", 1), 1);
    hub.silence(false);
    EXPECT_NE(client.ask(plain("version", 3)).bytes.find("\"version\""), std::string::npos)
        << "and nothing of before";
}

TEST_F(server_fault, keeps_silent_on_connections_that_are_opened_later) {
    hub.silence();
    web_socket_client late(hub.port());
    late.send_text(plain("version", 1));
    ASSERT_TRUE(hub.await_requests("version", 1));
    EXPECT_EQ(late.receive(milliseconds(50)).what, opcode::nothing);
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

TEST_F(server_fault, leaves_a_vgroup_out_of_an_assignment) {
    hub.inject(fault::leave_out_vgroup(1).on("assignment"));
    EXPECT_NE(client.ask(assignment(2, "t")).bytes.find("\"assignment\":[]"), std::string::npos);
    EXPECT_NE(client.ask(assignment(3, "t")).bytes.find("\"vgroup_id\":1,"), std::string::npos);
}

TEST(server_fault_34, leaves_no_vgroup_out_where_no_server_does) {
    testing::server hub(testing::server_options().version("3.4.1.6.community"));
    hub.create_topic(topic_options("t"));
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "t"));
    hub.inject(fault::leave_out_vgroup(1).on("assignment"));
    EXPECT_NE(client.ask(assignment(2, "t")).bytes.find("\"vgroup_id\":1,"), std::string::npos);
}

TEST_F(server_fault, replaces_a_part_of_a_reply_in_text) {
    hub.inject(
        fault::replace_text(R"("topic":"t")", R"("topic":"\u001b]0;nobody subscribed\u0007")").on("poll"));
    const std::string reply = client.ask(poll(2, 0)).bytes;
    EXPECT_NE(reply.find(R"("topic":"\u001b]0;nobody subscribed\u0007","database":"test","vgroup_id":1)"),
              std::string::npos)
        << reply;
    hub.inject(fault::replace_text("what is not there", "anything"));
    EXPECT_NE(client.ask(plain("list_topics", 3)).bytes.find(R"("topics":["t"])"), std::string::npos);
    hub.inject(fault::replace_text("t", "anything"));
    EXPECT_EQ(client.ask(fetch(4, 1)).what, opcode::binary);
}

TEST(server_fatal_assignment, breaks_all_connections_and_can_be_connected_to_again) {
    testing::server hub(testing::server_options().assignment_crash(2));
    hub.create_topic(topic_options("t"));
    web_socket_client client(hub.port());
    web_socket_client other(hub.port());
    client.ask(subscribe("g", "t"));
    EXPECT_NE(client.ask(assignment(2, "t")).bytes.find("\"code\":0,"), std::string::npos);
    EXPECT_EQ(client.ask(assignment(3, "t")).what, opcode::reset);
    EXPECT_EQ(other.receive().what, opcode::reset);
    EXPECT_TRUE(hub.await_connections(0));
    web_socket_client again(hub.port());
    again.ask(subscribe("g", "t"));
    EXPECT_NE(again.ask(assignment(4, "t")).bytes.find("\"code\":0,"), std::string::npos);
}

TEST_F(server_fault, is_forgotten_when_faults_are_cleared) {
    hub.inject(fault::reset());
    hub.clear_faults();
    EXPECT_NE(client.ask(poll(2, 0)).bytes.find("\"code\":0"), std::string::npos);
}

}  // namespace
}  // namespace tmq::test
