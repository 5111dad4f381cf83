#include "protocol/request.hpp"

#include "text/json_string.hpp"

#include <simdjson.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::protocol {
namespace {

namespace dom = simdjson::dom;

constexpr std::uint64_t max_u64 = std::numeric_limits<std::uint64_t>::max();

/// The request that `write` appends, checked to be a JSON object of its own.
template <class Write>
std::string written(const Write& write) {
    text_buffer out;
    write(out);
    std::string text(out.data(), out.size());
    dom::parser parser;
    dom::object object;
    EXPECT_EQ(parser.parse(simdjson::padded_string(text)).get(object), simdjson::SUCCESS) << text;
    return text;
}

std::string json_string(std::string_view text) {
    std::string out;
    text::append_json_string(out, text);
    return out;
}

/// What a JSON reader makes of a string.
std::string read_back(const std::string& json) {
    dom::parser parser;
    std::string_view text;
    const std::string document = "[" + json + "]";
    dom::element parsed;
    EXPECT_EQ(parser.parse(simdjson::padded_string(document)).get(parsed), simdjson::SUCCESS) << document;
    EXPECT_EQ(parsed.at(0).get(text), simdjson::SUCCESS) << document;
    return std::string(text);
}

TEST(request, version_has_an_id_only) {
    EXPECT_EQ(written([](text_buffer& out) { write_version(out, 1); }),
              R"({"action":"version","args":{"req_id":1}})");
}

TEST(request, subscribe_sends_every_value_as_a_string) {
    const std::vector<std::string> topics = {"meters", "alarms"};
    subscribe_request request;
    request.user = "root";
    request.password = "taosdata";
    request.group_id = "g";
    request.client_id = "c";
    request.offset_reset = "earliest";
    request.session_timeout_ms = "6000";
    request.max_poll_interval_ms = "1000";
    request.topics = topics;
    EXPECT_EQ(
        written([&](text_buffer& out) { write_subscribe(out, 2, request); }),
        R"({"action":"subscribe","args":{"req_id":2,"user":"root","password":"taosdata","group_id":"g","client_id":"c",)"
        R"("offset_rest":"earliest","offset_reset":"earliest","auto_commit":"false","session_timeout_ms":"6000","max_poll_interval_ms":"1000",)"
        R"("topics":["meters","alarms"]}})");
}

TEST(request, subscribe_leaves_the_servers_defaults_to_the_server_but_never_its_auto_commit) {
    const std::vector<std::string> topics = {"meters"};
    subscribe_request request;
    request.user = "root";
    request.group_id = "g";
    request.topics = topics;
    EXPECT_EQ(
        written([&](text_buffer& out) { write_subscribe(out, 2, request); }),
        R"({"action":"subscribe","args":{"req_id":2,"user":"root","password":"","group_id":"g","auto_commit":"false","topics":["meters"]}})");
}

TEST(request, subscribe_escapes_what_the_user_chose) {
    const std::vector<std::string> topics = {"a\"b"};
    subscribe_request request;
    request.user = "u\\";
    request.password = "p\"}}";
    request.group_id = "g\n";
    request.topics = topics;
    EXPECT_EQ(
        written([&](text_buffer& out) { write_subscribe(out, 2, request); }),
        R"({"action":"subscribe","args":{"req_id":2,"user":"u\\","password":"p\"}}","group_id":"g\n","auto_commit":"false","topics":["a\"b"]}})");
}

TEST(request, subscribe_has_a_field_for_every_setting) {
    const std::vector<std::string> topics = {"meters"};
    const std::vector<std::pair<std::string, std::string>> map = {{"enable.replay", "true"}, {"a\"b", "c\\"}};
    subscribe_request request;
    request.user = "u";
    request.password = "p";
    request.db = "d";
    request.group_id = "g";
    request.snapshot_enable = "true";
    request.with_table_name = "false";
    request.enable_batch_meta = "1";
    request.msg_consume_excluded = "2";
    request.msg_consume_rawdata = "0";
    request.tz = "UTC";
    request.app = "a";
    request.ip = "::1";
    request.connector = "tmq 1";
    request.list_instances = true;
    request.config = map;
    request.topics = topics;
    EXPECT_EQ(
        written([&](text_buffer& out) { write_subscribe(out, 2, request); }),
        R"({"action":"subscribe","args":{"req_id":2,"user":"u","password":"p","db":"d","group_id":"g","auto_commit":"false",)"
        R"("snapshot_enable":"true","with_table_name":"false","enable_batch_meta":"1","msg_consume_excluded":"2","msg_consume_rawdata":"0",)"
        R"("tz":"UTC","app":"a","ip":"::1","connector":"tmq 1","list_instances":true,"config":{"enable.replay":"true","a\"b":"c\\"},)"
        R"("topics":["meters"]}})");
}

TEST(request, poll_tells_how_long_to_wait_and_what_was_received_last) {
    EXPECT_EQ(written([](text_buffer& out) { write_poll(out, 3, 500, 0); }),
              R"({"action":"poll","args":{"req_id":3,"blocking_time":500,"message_id":0}})");
    EXPECT_EQ(
        written([](text_buffer& out) { write_poll(out, max_u64, 0, max_u64); }),
        R"({"action":"poll","args":{"req_id":18446744073709551615,"blocking_time":0,"message_id":18446744073709551615}})");
}

TEST(request, fetch_names_the_message) {
    for (const action what : {action::fetch, action::fetch_block, action::fetch_raw, action::fetch_raw_data,
                              action::fetch_json_meta})
        EXPECT_EQ(
            written([what](text_buffer& out) { write_fetch(out, what, 4, 7); }),
            R"({"action":")" + std::string(to_string(what)) + R"(","args":{"req_id":4,"message_id":7}})");
    EXPECT_EQ(
        written([](text_buffer& out) { write_fetch(out, action::fetch_raw_data, max_u64, max_u64); }),
        R"({"action":"fetch_raw_data","args":{"req_id":18446744073709551615,"message_id":18446744073709551615}})");
}

TEST(request, commit_and_list_topics_have_an_id_only) {
    EXPECT_EQ(written([](text_buffer& out) { write_commit(out, max_u64); }),
              R"({"action":"commit","args":{"req_id":18446744073709551615}})");
    EXPECT_EQ(written([](text_buffer& out) { write_list_topics(out, 8); }),
              R"({"action":"list_topics","args":{"req_id":8}})");
}

TEST(request, seek_names_one_place_in_one_log) {
    EXPECT_EQ(written([](text_buffer& out) { write_seek(out, 5, "a\"b", 4, 16); }),
              R"({"action":"seek","args":{"req_id":5,"topic":"a\"b","vgroup_id":4,"offset":16}})");
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    constexpr auto vgroup = std::numeric_limits<std::int32_t>::min();
    EXPECT_EQ(
        written([](text_buffer& out) { write_seek(out, max_u64, "", vgroup, least); }),
        R"({"action":"seek","args":{"req_id":18446744073709551615,"topic":"","vgroup_id":-2147483648,"offset":-9223372036854775808}})");
}

TEST(request, commit_offset_names_one_place_in_one_log) {
    EXPECT_EQ(written([](text_buffer& out) { write_commit_offset(out, 5, "meters", 4, 16); }),
              R"({"action":"commit_offset","args":{"req_id":5,"topic":"meters","vgroup_id":4,"offset":16}})");
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    constexpr auto vgroup = std::numeric_limits<std::int32_t>::min();
    EXPECT_EQ(
        written([](text_buffer& out) { write_commit_offset(out, 5, "", vgroup, least); }),
        R"({"action":"commit_offset","args":{"req_id":5,"topic":"","vgroup_id":-2147483648,"offset":-9223372036854775808}})");
}

TEST(request, assignment_names_the_topic) {
    EXPECT_EQ(written([](text_buffer& out) { write_assignment(out, 6, "a\"b"); }),
              R"({"action":"assignment","args":{"req_id":6,"topic":"a\"b"}})");
}

TEST(request, position_and_committed_name_the_partitions_without_their_offsets) {
    const std::vector<partition_offset> partitions = {partition_offset("meters", 4, 99),
                                                      partition_offset("a\\b", -5, 0)};
    EXPECT_EQ(
        written([&](text_buffer& out) { write_position(out, 7, std::span(partitions).first(1)); }),
        R"({"action":"position","args":{"req_id":7,"topic_vgroup_ids":[{"topic":"meters","vgroup_id":4}]}})");
    EXPECT_EQ(
        written([&](text_buffer& out) { write_position(out, 7, partitions); }),
        R"({"action":"position","args":{"req_id":7,"topic_vgroup_ids":[{"topic":"meters","vgroup_id":4},{"topic":"a\\b","vgroup_id":-5}]}})");
    EXPECT_EQ(
        written([&](text_buffer& out) { write_committed(out, 7, partitions); }),
        R"({"action":"committed","args":{"req_id":7,"topic_vgroup_ids":[{"topic":"meters","vgroup_id":4},{"topic":"a\\b","vgroup_id":-5}]}})");
    EXPECT_EQ(written([](text_buffer& out) { write_position(out, 7, {}); }),
              R"({"action":"position","args":{"req_id":7,"topic_vgroup_ids":[]}})");
}

TEST(request, unsubscribe_has_an_id_only) {
    EXPECT_EQ(written([](text_buffer& out) { write_unsubscribe(out, max_u64); }),
              R"({"action":"unsubscribe","args":{"req_id":18446744073709551615}})");
}

TEST(request, is_appended_to_what_the_buffer_holds) {
    text_buffer out;
    write_version(out, 1);
    write_version(out, 2);
    EXPECT_EQ(std::string_view(out.data(), out.size()), R"({"action":"version","args":{"req_id":1}})"
                                                        R"({"action":"version","args":{"req_id":2}})");
}

TEST(json_string, escapes_every_control_character) {
    for (int c = 0; c < 0x20; ++c) {
        const std::string text = json_string(std::string(1, static_cast<char>(c)));
        EXPECT_EQ(text.substr(0, 2), "\"\\") << c;
        EXPECT_EQ(read_back(text), std::string(1, static_cast<char>(c)));
    }
    EXPECT_EQ(json_string("\n\r\t"), R"("\n\r\t")");
    EXPECT_EQ(json_string(std::string_view("\0\x01\x1F", 3)), R"("\u0000\u0001\u001f")");
}

TEST(json_string, escapes_quotes_and_backslashes) {
    EXPECT_EQ(json_string(R"(a"b)"), R"("a\"b")");
    EXPECT_EQ(json_string(R"(a\b)"), R"("a\\b")");
    EXPECT_EQ(json_string(R"(\")"), R"("\\\"")");
    EXPECT_EQ(json_string(R"(\u0041)"), R"("\\u0041")");
}

TEST(json_string, leaves_every_other_byte_as_it_is) {
    EXPECT_EQ(json_string(""), R"("")");
    for (int c = 0x20; c < 0x80; ++c) {
        if (c == '"' || c == '\\') continue;
        const std::string text(1, static_cast<char>(c));
        EXPECT_EQ(json_string(text), '"' + text + '"');
    }
    const std::string text = "\xC3\xA9lectricit\xC3\xA9 \xE8\xA1\xA8 \xF0\x9F\x98\x80 \xE2\x80\xA8 {} %s";
    EXPECT_EQ(json_string(text), '"' + text + '"');
    EXPECT_EQ(read_back(json_string(text)), text);
}

}  // namespace
}  // namespace tmq::protocol
