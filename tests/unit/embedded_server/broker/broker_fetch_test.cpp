#include "embedded_server/broker/dialogue.hpp"
#include "embedded_server/broker/message_blocks.hpp"
#include "embedded_server/encode/block_writer.hpp"
#include "embedded_server/encode/raw_head.hpp"
#include "wire/fetched_block.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cstring>

// fetch, fetch_block, fetch_raw and fetch_json_meta. What they make of every type is in the recorded
// conversations.

namespace tmq::test {
namespace {

std::string about(std::string_view action, std::uint64_t req_id, std::uint64_t message_id) {
    return fmt::format(R"({{"action":"{}","args":{{"req_id":{},"message_id":{}}}}})", action, req_id,
                       message_id);
}

std::string refused(std::string_view action, std::uint64_t req_id, std::uint64_t message_id,
                    std::string_view text) {
    return fmt::format(
        R"({{"code":65535,"message":"{}","action":"{}","req_id":{},"timing":0,"message_id":{}}})", text,
        action, req_id, message_id);
}

template <class T>
T number_at(const std::string& bytes, std::size_t at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

std::string completed(std::uint64_t req_id, std::uint64_t message_id) {
    return fmt::format(
        R"({{"code":0,"message":"","action":"fetch","req_id":{},"timing":0,"message_id":{},"completed":true,"table_name":"","rows":0,)"
        R"("fields_count":0,"fields_names":null,"fields_types":null,"fields_lengths":null,"precision":0}})",
        req_id, message_id);
}

class broker_fetch : public ::testing::Test {
  protected:
    explicit broker_fetch(const char* version = "3.3.5.8")
        : talk(testing::server_options().version(version)) {
        talk.state().topics().create(topic_options("t").database("d").kind(topic_kind::stable));
    }

    void append(std::vector<std::byte> raw, std::uint16_t raw_type) {
        talk.state().topics().at("t", 1).append(raw_type, std::move(raw));
    }
    void append_blocks() {
        std::vector<block_builder> blocks(2, block_builder(time_precision::microseconds));
        blocks[0]
            .table("a<b")
            .column("ts", data_type::timestamp)
            .column("name", data_type::varchar, 20)
            .row(1, "x")
            .row(2, nullptr);
        blocks[1]
            .table("c")
            .column("ts", data_type::timestamp)
            .column("n", data_type::nchar, 10)
            .column("v", data_type::varbinary, 7)
            .row(3, "é", bytes_view());
        append(embedded::encode::encode_data_message(blocks, topic_kind::stable, 0, 1), 2);
    }
    /// Subscribes and takes `count` messages.
    member_id polled(int count = 1) {
        const member_id client = talk.connect();
        talk.ask(client, subscribe("g", "t"));
        for (int i = 0; i < count; ++i)
            EXPECT_NE(talk.ask(client, poll(2, 0)).find("\"have_message\":true"), std::string::npos);
        return client;
    }
    std::string bytes(member_id client, std::string_view request) {
        const outgoing_message reply = talk.ask_frame(client, request);
        EXPECT_TRUE(reply.binary) << reply.head;
        std::string all = reply.head;
        if (reply.payload)
            all.append(reinterpret_cast<const char*>(reply.payload->data()), reply.payload->size());
        return all;
    }

    dialogue talk;
};

class broker_fetch_336 : public broker_fetch {
  protected:
    broker_fetch_336() : broker_fetch("3.3.6.0") {}
};
class broker_fetch_332 : public broker_fetch {
  protected:
    broker_fetch_332() : broker_fetch("3.3.2.9") {}
};

TEST_F(broker_fetch, describes_block_after_block_until_it_is_completed) {
    append_blocks();
    const member_id client = polled();
    EXPECT_EQ(
        talk.ask(client, about("fetch", 5, 1)),
        R"({"code":0,"message":"","action":"fetch","req_id":5,"timing":0,"message_id":1,"completed":false,"table_name":"a\u003cb","rows":2,)"
        R"("fields_count":2,"fields_names":["ts","name"],"fields_types":[9,8],"fields_lengths":[8,20],"precision":1})");
    EXPECT_EQ(
        talk.ask(client, about("fetch", 6, 1)),
        R"({"code":0,"message":"","action":"fetch","req_id":6,"timing":0,"message_id":1,"completed":false,"table_name":"c","rows":1,)"
        R"("fields_count":3,"fields_names":["ts","n","v"],"fields_types":[9,10,16],"fields_lengths":[8,10,7],"precision":1})");
    EXPECT_EQ(talk.ask(client, about("fetch", 7, 1)), completed(7, 1));
    EXPECT_EQ(talk.ask(client, about("fetch", 8, 1)), completed(8, 1));
}

TEST_F(broker_fetch, brings_the_block_described_last_under_the_id_of_that_fetch) {
    append_blocks();
    const member_id client = polled();
    talk.ask(client, about("fetch", 5, 1));
    talk.ask(client, about("fetch", 6, 1));
    const std::string reply = bytes(client, about("fetch_block", 7, 1));
    ASSERT_GT(reply.size(), 24U);
    EXPECT_EQ(number_at<std::uint64_t>(reply, 8), 6U);
    EXPECT_EQ(number_at<std::uint64_t>(reply, 16), 1U);
    const std::vector<std::uint8_t> block(reply.begin() + 24, reply.end());
    const wire::field_schema fields[] = {{"ts", 9}, {"n", 10}, {"v", 16}};
    detail::message_layout layout;
    EXPECT_FALSE(wire::append_block(block, {"c", 1, 1, fields}, layout));
    EXPECT_EQ(bytes(client, about("fetch_block", 8, 1)), reply) << "it stays until the next fetch";
}

TEST_F(broker_fetch, brings_stale_bytes_without_a_fetch) {
    append_blocks();
    append_blocks();
    const member_id client = polled();
    EXPECT_EQ(talk.ask(client, about("fetch_block", 3, 1)), refused("fetch_block", 3, 1, "no fetch data"));
    talk.ask(client, about("fetch", 4, 1));
    const std::string first = bytes(client, about("fetch_block", 5, 1));
    talk.ask(client, poll(6, 0));
    EXPECT_EQ(bytes(client, about("fetch_block", 7, 2)), first) << "of the message before";
    const std::string raw = bytes(client, about("fetch_raw", 8, 2));
    EXPECT_EQ(bytes(client, about("fetch_block", 9, 2)).substr(8), raw.substr(8)) << "any bytes fetched last";
}

TEST_F(broker_fetch, knows_one_message_only) {
    append_blocks();
    append_blocks();
    const member_id client = polled(2);
    EXPECT_EQ(talk.ask(client, about("fetch", 3, 1)), refused("fetch", 3, 1, "message ID are not equal"));
    EXPECT_EQ(talk.ask(client, about("fetch_block", 4, 1)), refused("fetch_block", 4, 1, "message is nil"));
    EXPECT_EQ(talk.ask(client, about("fetch_raw", 5, 3)),
              refused("fetch_raw", 5, 3, "message ID is not equal"));
    EXPECT_EQ(talk.ask(client, about("fetch_json_meta", 6, 3)),
              refused("fetch_json_meta", 6, 3, "message ID is not equal"));
}

TEST_F(broker_fetch, starts_each_message_at_its_first_block) {
    append_blocks();
    append_blocks();
    const member_id client = polled();
    talk.ask(client, about("fetch", 3, 1));
    talk.ask(client, poll(4, 0));
    EXPECT_NE(talk.ask(client, about("fetch", 5, 2)).find("\"rows\":2,"), std::string::npos);
}

TEST_F(broker_fetch, gives_each_connection_its_own_place_in_a_message) {
    append_blocks();
    const member_id one = polled();
    talk.ask(one, about("fetch", 3, 1));
    talk.disconnect(one);
    EXPECT_NE(talk.ask(polled(), about("fetch", 3, 1)).find("\"rows\":2,"), std::string::npos);
}

TEST_F(broker_fetch, refuses_before_a_message_came_and_after_unsubscribe) {
    const member_id client = talk.connect();
    EXPECT_EQ(talk.ask(client, about("fetch", 1, 1)), refused("fetch", 1, 1, "tmq not init"));
    talk.ask(client, subscribe("g", "t"));
    EXPECT_EQ(talk.ask(client, about("fetch", 2, 0)), refused("fetch", 2, 0, "message has been freed"));
    append_blocks();
    talk.ask(client, poll(3, 0));
    talk.ask(client, plain("unsubscribe", 4));
    EXPECT_EQ(talk.ask(client, about("fetch", 5, 1)), refused("fetch", 5, 1, "message has been freed"));
}

TEST_F(broker_fetch_336, refuses_the_blocks_of_metadata_and_of_raw_data) {
    append(std::vector<std::byte>(8), 515);
    append(std::vector<std::byte>(8), 6);
    const member_id client = polled();
    EXPECT_EQ(talk.ask(client, about("fetch", 3, 1)), refused("fetch", 3, 1, "message type is not data"));
    EXPECT_EQ(talk.ask(client, about("fetch_block", 4, 1)),
              refused("fetch_block", 4, 1, "message type is not data"));
    talk.ask(client, poll(5, 0));
    EXPECT_EQ(talk.ask(client, about("fetch", 6, 2)), refused("fetch", 6, 2, "message type is not data"));
}

TEST_F(broker_fetch, has_no_raw_data_to_announce_and_goes_on_behind_it) {
    append(std::vector<std::byte>(8), 6);
    append_blocks();
    const member_id client = talk.connect();
    talk.ask(client, subscribe("g", "t"));
    EXPECT_EQ(talk.ask(client, poll(2, 0)),
              R"({"code":65535,"message":"unavailable tmq type:4","action":"poll","req_id":2,"timing":0})");
    EXPECT_NE(talk.ask(client, poll(3, 0)).find(R"("message_type":1,"message_id":1,"offset":1})"),
              std::string::npos);
}

TEST_F(broker_fetch_336, is_killed_by_raw_data_that_is_fetched_twice) {
    append(std::vector<std::byte>(8), 6);
    for (const std::string_view again : {"fetch_raw", "fetch_raw_data"}) {
        const member_id client = polled();
        EXPECT_EQ(bytes(client, fetch(3, 1)).size(), 64U);
        embedded::broker::broker::output out;
        talk.state().handle(client, *embedded::protocol::parse_request(about(again, 4, 1)).request,
                            talk.now(), out);
        ASSERT_EQ(out.size(), 1U);
        EXPECT_TRUE(out[0].crash);
        EXPECT_EQ(out[0].message.head, "");
        talk.disconnect(client);
    }
}

TEST_F(broker_fetch, brings_any_other_message_as_often_as_it_is_asked_for) {
    append_blocks();
    const member_id client = polled();
    const std::string first = bytes(client, fetch(3, 1));
    EXPECT_EQ(bytes(client, fetch(3, 1)), first);
}

TEST_F(broker_fetch, refuses_a_message_that_cannot_be_split) {
    append(std::vector<std::byte>(8, std::byte{7}), 2);
    append({}, 2);
    const member_id client = polled();
    EXPECT_EQ(talk.ask(client, about("fetch", 3, 1)),
              refused("fetch", 3, 1, "this message cannot be split into blocks"));
    EXPECT_EQ(talk.ask(client, about("fetch_block", 4, 1)), refused("fetch_block", 4, 1, "no fetch data"));
    talk.ask(client, poll(5, 0));
    EXPECT_EQ(talk.ask(client, about("fetch", 6, 2)),
              refused("fetch", 6, 2, "this message cannot be split into blocks"));
}

TEST_F(broker_fetch, gives_a_raw_message_in_the_old_form) {
    const std::vector<std::byte> raw = {std::byte{1}, std::byte{2}, std::byte{3}};
    append(raw, 517);
    const std::string reply = bytes(polled(), about("fetch_raw", 3, 1));
    ASSERT_EQ(reply.size(), 38U + 3);
    EXPECT_EQ(number_at<std::uint64_t>(reply, 8), 3U);
    EXPECT_EQ(number_at<std::uint64_t>(reply, 16), 1U);
    EXPECT_EQ(number_at<std::uint64_t>(reply, 24), 3U);
    EXPECT_EQ(number_at<std::uint32_t>(reply, 32), 3U);
    EXPECT_EQ(number_at<std::uint16_t>(reply, 36), 517U);
    EXPECT_EQ(reply.substr(38), "\x01\x02\x03");
}

TEST_F(broker_fetch, gives_metadata_as_json) {
    talk.state().topics().at("t", 1).append(515, std::vector<std::byte>(8),
                                            std::make_shared<const std::string>(R"({"type":"create"})"));
    append(std::vector<std::byte>(8), 517);
    const member_id client = polled();
    EXPECT_EQ(
        talk.ask(client, about("fetch_json_meta", 3, 1)),
        R"({"code":0,"message":"","action":"fetch_json_meta","req_id":3,"timing":0,"message_id":1,"data":{"type":"create"}})");
    talk.ask(client, poll(4, 0));
    EXPECT_EQ(
        talk.ask(client, about("fetch_json_meta", 5, 2)),
        R"({"code":0,"message":"","action":"fetch_json_meta","req_id":5,"timing":0,"message_id":2,"data":null})");
}

TEST_F(broker_fetch, has_no_json_for_rows) {
    append_blocks();
    EXPECT_EQ(
        talk.ask(polled(), about("fetch_json_meta", 3, 1)),
        R"({"code":0,"message":"","action":"fetch_json_meta","req_id":3,"timing":0,"message_id":1,"data":null})");
}

TEST_F(broker_fetch_336, refuses_json_for_rows) {
    append_blocks();
    EXPECT_EQ(talk.ask(polled(), about("fetch_json_meta", 3, 1)),
              refused("fetch_json_meta", 3, 1, "message type can not get meta, type: 1"));
}

TEST_F(broker_fetch_332, does_not_know_fetch_raw_data) {
    append_blocks();
    EXPECT_EQ(talk.ask(talk.connect(), fetch(1, 1)), "no reply");
    const member_id client = polled();
    EXPECT_EQ(talk.ask(client, fetch(3, 1)), "no reply");
    EXPECT_NE(talk.ask(client, about("fetch", 4, 1)).find("\"completed\":false"), std::string::npos);
    EXPECT_EQ(bytes(client, about("fetch_raw", 5, 1)).substr(24, 8), std::string("\3\0\0\0\0\0\0\0", 8));
}

TEST_F(broker_fetch, waits_for_a_poll_and_then_reads_the_message_it_was_asked_for) {
    append_blocks();
    const member_id client = polled();
    talk.send(client, poll(3, 60000));
    talk.send(client, about("fetch", 4, 1));
    EXPECT_TRUE(talk.inbox(client).empty());
    append_blocks();
    talk.wake();
    const auto replies = talk.inbox(client);
    ASSERT_EQ(replies.size(), 2U);
    EXPECT_NE(replies[0].find("\"message_id\":2"), std::string::npos);
    EXPECT_NE(replies[1].find("\"message_id\":1,\"completed\":false,\"table_name\":\"a"), std::string::npos);
}

TEST(message_blocks, are_none_of_a_message_without_blocks) {
    // head, two offsets, no blocks, the time to sleep
    std::vector<std::byte> raw = {std::byte{0x64}, std::byte{18}, {}, {}, {}, std::byte{0x11}};
    raw.resize(raw.size() + 8);
    raw.push_back(std::byte{0x11});
    raw.resize(raw.size() + 8 + 4 + 8);
    const auto blocks = embedded::broker::split_blocks(2, raw);
    ASSERT_TRUE(blocks);
    EXPECT_TRUE(blocks->empty());
}

TEST(message_blocks, are_refused_at_every_truncation) {
    block_builder block;
    block.table("a").column("ts", data_type::timestamp).column("name", data_type::varchar, 20).row(1, "x");
    const auto raw = embedded::encode::encode_data_message(std::span(&block, 1), topic_kind::stable, 0, 1);
    ASSERT_TRUE(embedded::broker::split_blocks(2, raw));
    constexpr std::size_t sleep_time = 8;
    for (std::size_t size = 0; size < raw.size(); ++size) {
        const bool complete = size == raw.size() - sleep_time;
        EXPECT_EQ(embedded::broker::split_blocks(2, std::span(raw).first(size)).has_value(), complete)
            << size;
    }
}

}  // namespace
}  // namespace tmq::test
