#include "conformance/conformance.hpp"

#include <gmock/gmock.h>

// What the public API has no words for: requests and replies as they are.

namespace tmq::test {
namespace {

using ::testing::HasSubstr;

class protocol : public conformance {
  protected:
    protocol_client subscribed(const std::string& topic, std::string_view more = {}) {
        protocol_client client = connect();
        EXPECT_EQ(client.ask("subscribe", subscribe_arguments(topic, more)).code(), 0);
        return client;
    }
    static std::string message_id(std::int64_t id) { return R"("message_id":)" + std::to_string(id); }
    /// Asks for the version, and takes the next reply: what was sent before got none.
    void expect_no_reply_before(protocol_client& client) {
        const protocol_reply reply = client.ask("version");
        EXPECT_EQ(reply.text("action"), "version") << reply.bytes();
        EXPECT_EQ(client.receive(server.glance()).what(), protocol_reply::form::nothing);
    }
    /// Code, text and message id of a fetch_raw_data reply that refuses.
    static void expect_binary_refusal(const protocol_reply& reply, std::uint64_t req_id,
                                      std::string_view text, std::uint64_t id) {
        ASSERT_TRUE(reply.is_binary()) << reply.bytes();
        EXPECT_EQ(reply.little_endian(0, 8), ~std::uint64_t{0});
        EXPECT_EQ(reply.little_endian(8, 8), 8U);
        EXPECT_EQ(reply.little_endian(26, 8), req_id);
        EXPECT_EQ(reply.little_endian(34, 4), 0xFFFFU);
        ASSERT_EQ(reply.little_endian(38, 4), text.size());
        EXPECT_EQ(reply.bytes().substr(42, text.size()), text);
        EXPECT_EQ(reply.little_endian(42 + text.size(), 8), id);
        EXPECT_EQ(reply.bytes().size(), 50 + text.size());
    }
};

TEST_F(protocol, version_needs_no_arguments) {
    protocol_client client = connect();
    client.send_text(R"({"action":"version"})");
    const protocol_reply reply = client.receive(server.patience());
    EXPECT_EQ(reply.code(), 0);
    EXPECT_EQ(reply.text("action"), "version");
    EXPECT_EQ(reply.text("version"), server.version());
}

TEST_F(protocol, unknown_action_gets_no_reply) {
    protocol_client client = connect();
    client.send("no_such_action");
    expect_no_reply_before(client);
}

TEST_F(protocol, text_that_is_not_json_gets_no_reply) {
    protocol_client client = connect();
    client.send_text("this is not JSON");
    expect_no_reply_before(client);
}

TEST_F(protocol, argument_of_the_wrong_type_gets_no_reply) {
    const meters made = create_meters();
    protocol_client client = connect();
    client.send("subscribe", subscribe_arguments(made.topic, R"(,"session_timeout_ms":12000)"));
    client.send("poll", R"("blocking_time":"soon")");
    expect_no_reply_before(client);
}

TEST_F(protocol, binary_frames_are_ignored) {
    protocol_client client = connect();
    client.send_binary("\x01\x02\x03");
    expect_no_reply_before(client);
}

TEST_F(protocol, ping_is_answered) {
    protocol_client client = connect();
    client.send_ping("hello");
    const protocol_reply reply = client.receive(server.patience());
    EXPECT_EQ(reply.what(), protocol_reply::form::pong);
    EXPECT_EQ(reply.bytes(), "hello");
}

TEST_F(protocol, replies_name_the_action_and_the_request) {
    const meters made = create_meters();
    protocol_client client = subscribed(made.topic);
    client.send_text(R"({"action":"list_topics","args":{"req_id":18446744073709551615}})");
    const protocol_reply reply = client.receive(server.patience());
    EXPECT_EQ(reply.code(), 0);
    EXPECT_EQ(reply.text("message"), "");
    EXPECT_EQ(reply.text("action"), "list_topics");
    EXPECT_EQ(reply.unsigned_number("req_id"), 18446744073709551615U);
    EXPECT_TRUE(reply.has("timing"));
}

TEST_F(protocol, commit_before_subscribe_is_refused) {
    protocol_client client = connect();
    const protocol_reply reply = client.ask("commit");
    EXPECT_EQ(reply.code(), 0xFFFF);
    EXPECT_EQ(reply.text("message"), "tmq not init");
}

TEST_F(protocol, poll_tells_of_nothing_with_empty_fields) {
    const meters made = create_meters();
    protocol_client client = subscribed(made.topic);
    const protocol_reply reply = client.ask("poll", R"("blocking_time":10)");
    EXPECT_EQ(reply.code(), 0);
    EXPECT_EQ(reply.number("have_message"), 0);
    EXPECT_EQ(reply.text("topic"), "");
    EXPECT_EQ(reply.number("vgroup_id"), 0);
    EXPECT_EQ(reply.number("message_type"), 0);
    EXPECT_EQ(reply.number("message_id"), 0);
    EXPECT_EQ(reply.number("offset"), 0);
}

TEST_F(protocol, message_ids_count_from_one) {
    const meters made = create_meters();
    protocol_client client = subscribed(made.topic);
    for (std::int64_t id = 1; id <= 3; ++id) {
        insert(made, static_cast<std::int32_t>(id) * 10, 10);
        const protocol_reply reply = poll_message(client, "," + message_id(id - 1));
        EXPECT_EQ(reply.number("message_id"), id);
        EXPECT_EQ(reply.number("message_type"), 1);
        EXPECT_EQ(reply.text("topic"), made.topic);
        EXPECT_EQ(reply.text("database"), made.database);
    }
}

TEST_F(protocol, raw_message_says_which_one_it_is) {
    const meters made = create_meters();
    insert(made, 0, 10);
    protocol_client client = subscribed(made.topic);
    poll_message(client);
    const std::uint64_t id = client.send("fetch_raw_data", message_id(1));
    const protocol_reply reply = client.receive(server.patience());
    ASSERT_TRUE(reply.is_binary());
    EXPECT_EQ(reply.little_endian(0, 8), ~std::uint64_t{0});
    EXPECT_EQ(reply.little_endian(26, 8), id);
    EXPECT_EQ(reply.little_endian(34, 4), 0U);
    EXPECT_EQ(reply.little_endian(42, 8), 1U);
    EXPECT_EQ(reply.little_endian(50, 2), 2U);
    EXPECT_EQ(reply.little_endian(52, 4), reply.bytes().size() - 56);
}

TEST_F(protocol, raw_message_in_the_old_form_is_the_same_message) {
    const meters made = create_meters();
    insert(made, 0, 10);
    protocol_client client = subscribed(made.topic);
    poll_message(client);
    const protocol_reply current = client.ask("fetch_raw_data", message_id(1));
    const std::uint64_t id = client.send("fetch_raw", message_id(1));
    const protocol_reply old = client.receive(server.patience());
    ASSERT_TRUE(current.is_binary());
    ASSERT_TRUE(old.is_binary());
    EXPECT_EQ(old.little_endian(8, 8), id);
    EXPECT_EQ(old.little_endian(16, 8), 1U);
    EXPECT_EQ(old.little_endian(24, 8), 3U);
    EXPECT_EQ(old.little_endian(36, 2), 2U);
    EXPECT_EQ(old.bytes().substr(38), current.bytes().substr(56));
}

TEST_F(protocol, fetch_of_an_id_that_is_none_is_refused_in_each_form) {
    const meters made = create_meters();
    insert(made, 0, 10);
    protocol_client client = subscribed(made.topic);
    poll_message(client);
    const std::uint64_t id = client.send("fetch_raw_data", message_id(8));
    expect_binary_refusal(client.receive(server.patience()), id, "message ID is not equal", 8);
    const protocol_reply old = client.ask("fetch_raw", message_id(8));
    EXPECT_TRUE(old.is_text());
    EXPECT_EQ(old.code(), 0xFFFF);
    const protocol_reply block = client.ask("fetch", message_id(8));
    EXPECT_TRUE(block.is_text());
    EXPECT_EQ(block.code(), 0xFFFF);
}

TEST_F(protocol, message_is_gone_when_the_next_one_is_found) {
    const meters made = create_meters();
    insert(made, 0, 10);
    protocol_client client = subscribed(made.topic);
    poll_message(client);
    EXPECT_EQ(client.ask("fetch_raw_data", message_id(1)).little_endian(34, 4), 0U);
    insert(made, 10, 10);
    EXPECT_EQ(poll_message(client, "," + message_id(1)).number("message_id"), 2);
    const std::uint64_t id = client.send("fetch_raw_data", message_id(1));
    expect_binary_refusal(client.receive(server.patience()), id, "message ID is not equal", 1);
    EXPECT_EQ(client.ask("fetch_raw_data", message_id(2)).little_endian(34, 4), 0U);
}

TEST_F(protocol, message_stays_while_nothing_new_is_found) {
    const meters made = create_meters();
    insert(made, 0, 10);
    protocol_client client = subscribed(made.topic);
    poll_message(client);
    EXPECT_EQ(client.ask("poll", R"("blocking_time":10,)" + message_id(1)).number("have_message"), 0);
    EXPECT_EQ(client.ask("fetch_raw_data", message_id(1)).little_endian(34, 4), 0U);
}

TEST_F(protocol, poll_with_an_older_id_announces_the_message_again) {
    TMQ_NEEDS_VERSION("the message_id of poll", 3, 3, 6);
    const meters made = create_meters();
    insert(made, 0, 10);
    protocol_client client = subscribed(made.topic);
    const protocol_reply first = poll_message(client, ",\"message_id\":0");
    insert(made, 10, 10);
    const protocol_reply again = client.ask("poll", R"("blocking_time":500,"message_id":0)");
    EXPECT_EQ(again.number("message_id"), 1);
    EXPECT_EQ(again.number("offset"), first.number("offset"));
    EXPECT_EQ(poll_message(client, ",\"message_id\":1").number("message_id"), 2);
    EXPECT_EQ(client.ask("poll", R"("blocking_time":500,"message_id":1)").number("message_id"), 2);
    EXPECT_EQ(client.ask("poll", R"("blocking_time":500,"message_id":99999)").number("message_id"), 2);
}

TEST_F(protocol, blocks_come_one_by_one_until_the_message_is_complete) {
    const meters made = create_meters(1, 2);
    insert(made, 0, 20);
    protocol_client client = subscribed(made.topic);
    std::int64_t rows = 0;
    for (std::int64_t id = 0; rows < 20;) {
        id = poll_message(client, "," + message_id(id)).number("message_id");
        ASSERT_GT(id, 0);
        for (;;) {
            const std::uint64_t request = client.send("fetch", message_id(id));
            const protocol_reply block = client.receive(server.patience());
            ASSERT_EQ(block.code(), 0) << block.bytes();
            EXPECT_EQ(block.number("message_id"), id);
            if (block.number("completed") == 1) {
                EXPECT_EQ(block.number("rows"), 0);
                break;
            }
            EXPECT_THAT(block.text("table_name"), ::testing::AnyOf("t0", "t1"));
            EXPECT_EQ(block.texts("fields_names"), (std::vector<std::string>{"ts", "v"}));
            EXPECT_EQ(block.numbers("fields_types"), (std::vector<std::int64_t>{9, 4}));
            EXPECT_EQ(block.numbers("fields_lengths"), (std::vector<std::int64_t>{8, 4}));
            EXPECT_EQ(block.number("precision"), 0);
            const protocol_reply bytes = client.ask("fetch_block", message_id(id));
            ASSERT_TRUE(bytes.is_binary()) << bytes.bytes();
            // Of the fetch, not of the fetch_block.
            EXPECT_EQ(bytes.little_endian(8, 8), request);
            EXPECT_EQ(bytes.little_endian(16, 8), static_cast<std::uint64_t>(id));
            EXPECT_EQ(bytes.little_endian(28, 4), bytes.bytes().size() - 24);
            EXPECT_EQ(bytes.little_endian(32, 4), static_cast<std::uint64_t>(block.number("rows")));
            rows += block.number("rows");
        }
    }
    EXPECT_EQ(rows, 20);
}

TEST_F(protocol, fetch_block_before_any_fetch_is_refused) {
    const meters made = create_meters();
    insert(made, 0, 10);
    protocol_client client = subscribed(made.topic);
    poll_message(client);
    const protocol_reply reply = client.ask("fetch_block", message_id(1));
    EXPECT_TRUE(reply.is_text());
    EXPECT_EQ(reply.code(), 0xFFFF);
}

TEST_F(protocol, data_have_no_json_meta) {
    const meters made = create_meters();
    insert(made, 0, 10);
    protocol_client client = subscribed(made.topic);
    poll_message(client);
    const protocol_reply reply = client.ask("fetch_json_meta", message_id(1));
    if (server.at_least(3, 3, 6)) {
        EXPECT_NE(reply.code(), 0);
    } else {
        EXPECT_EQ(reply.code(), 0);
        EXPECT_EQ(reply.json("data"), "null");
    }
}

TEST_F(protocol, json_of_a_change_names_it) {
    const std::string database = create_database();
    const std::string topic = create_topic("DATABASE " + database, "WITH META ");
    sql("CREATE STABLE " + database + ".s (ts TIMESTAMP, v INT) TAGS (g INT)");
    protocol_client client = subscribed(topic);
    EXPECT_EQ(poll_message(client).number("message_type"), 2);
    const protocol_reply reply = client.ask("fetch_json_meta", message_id(1));
    EXPECT_EQ(reply.code(), 0);
    EXPECT_EQ(reply.number("message_id"), 1);
    EXPECT_THAT(
        reply.json("data"),
        HasSubstr(R"("type":"create","tableType":"super","tableName":"s","columns":[{"name":"ts","type":9)"));
}

TEST_F(protocol, version_is_answered_while_a_poll_waits) {
    const meters made = create_meters();
    protocol_client client = subscribed(made.topic);
    const std::uint64_t poll =
        client.send("poll", R"("blocking_time":)" + std::to_string(server.is_embedded() ? 300 : 3000));
    const protocol_reply first = client.ask("version");
    EXPECT_EQ(first.text("action"), "version");
    const protocol_reply second = client.receive(server.patience());
    EXPECT_EQ(second.text("action"), "poll");
    EXPECT_EQ(second.unsigned_number("req_id"), poll);
}

TEST_F(protocol, unsubscribe_and_subscribe_again) {
    const meters made = create_meters();
    insert(made, 0, 10);
    protocol_client client = subscribed(made.topic);
    EXPECT_EQ(client.ask("unsubscribe").code(), 0);
    EXPECT_EQ(client.ask("subscribe", subscribe_arguments(made.topic)).code(), 0);
    EXPECT_EQ(poll_message(client).text("topic"), made.topic);
}

TEST_F(protocol, compression_is_accepted_without_context) {
    protocol_client client = connect("permessage-deflate; client_max_window_bits");
    EXPECT_THAT(client.upgrade_answer(),
                HasSubstr("permessage-deflate; server_no_context_takeover; client_no_context_takeover"));
}

TEST_F(protocol, compression_is_not_forced_on_anybody) {
    protocol_client client = connect();
    EXPECT_THAT(client.upgrade_answer(), ::testing::Not(HasSubstr("permessage-deflate")));
}

class compression : public conformance, public ::testing::WithParamInterface<bool> {};

TEST_P(compression, changes_no_row) {
    const meters made = create_meters(2, 8);
    insert(made, 0, 2000, 100);
    config how = settings();
    how.compression(GetParam());
    reading got;
    run_subscribed(how, made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 2000, got);
        co_await expect_nothing_more(consumer);
    });
    EXPECT_EQ(got.sorted(), values_from(0, 2000));
}

std::string wish_name(const ::testing::TestParamInfo<bool>& of) { return of.param ? "on" : "off"; }
INSTANTIATE_TEST_SUITE_P(wishes, compression, ::testing::Bool(), wish_name);

}  // namespace
}  // namespace tmq::test
