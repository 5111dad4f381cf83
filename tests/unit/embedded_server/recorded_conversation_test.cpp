#include "embedded_server/dialogue.hpp"
#include "embedded_server/transcript.hpp"
#include "support/captures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

// Conversations with a real server, held again with the embedded one: the same requests must get the same replies.

namespace tmq::test {
namespace {

std::string path_of(const std::string& name) { return std::string(TMQ_TEST_DATA) + "/" + name; }

void load(dialogue& with, const std::string& name) {
    std::ifstream in(path_of(name));
    ASSERT_TRUE(in) << name;
    add_recorded(with.state().topics(), embedded::read_transcript(in));
}

std::vector<std::uint8_t> bytes_of(const frame& message) {
    std::vector<std::uint8_t> bytes(message.head.begin(), message.head.end());
    if (message.payload)
        for (const std::byte one : *message.payload) bytes.push_back(std::to_integer<std::uint8_t>(one));
    return bytes;
}

/// Without the time, which is never the same.
std::vector<std::uint8_t> without_time(std::vector<std::uint8_t> bytes) {
    const bool new_form = bytes.size() >= 8 && std::all_of(bytes.begin(), bytes.begin() + 8, [](std::uint8_t one) { return one == 0xff; });
    const std::size_t time_at = new_form ? 18 : 0;
    for (std::size_t i = time_at; i < time_at + 8 && i < bytes.size(); ++i) bytes[i] = 0;
    return bytes;
}

/// Holds a recorded conversation again, up to request `last`, and compares reply by reply.
void hold_again(dialogue& with, const std::string& name, std::size_t last = ~std::size_t{0}) {
    const auto recorded = load_transcript(name);
    const session_id client = with.connect();
    std::size_t requests = 0;
    for (std::size_t i = 0; i + 1 < recorded.size() && requests < last; i += 2, ++requests) {
        const captured_message& request = recorded[i];
        const captured_message& reply = recorded[i + 1];
        ASSERT_FALSE(request.from_server);
        ASSERT_TRUE(reply.from_server);
        const frame answer = with.ask_frame(client, request.text);
        ASSERT_EQ(answer.binary, reply.binary) << request.text;
        if (reply.binary) {
            EXPECT_EQ(without_time(bytes_of(answer)), without_time(reply.bytes)) << request.text;
        } else {
            EXPECT_EQ(without_timing(answer.head), without_timing(reply.text)) << request.text;
        }
    }
    EXPECT_GT(requests, 0U);
}

TEST(recorded_conversation, about_offsets_goes_the_same_way_until_the_message_that_a_grown_log_changed) {
    dialogue talk;
    load(talk, "v3.3.5/offsets.jsonl");
    constexpr std::size_t poll_after_seek = 21;
    hold_again(talk, "v3.3.5/offsets.jsonl", poll_after_seek);
}

TEST(recorded_conversation, about_offsets_gets_the_same_error_codes_and_texts) {
    dialogue talk;
    load(talk, "v3.3.5/offsets.jsonl");
    const auto recorded = load_transcript("v3.3.5/offsets.jsonl");
    const session_id client = talk.connect();
    std::size_t errors = 0;
    for (std::size_t i = 0; i + 1 < recorded.size(); i += 2) {
        const frame answer = talk.ask_frame(client, recorded[i].text);
        if (recorded[i + 1].binary) continue;
        EXPECT_EQ(without_timing(answer.head), without_timing(recorded[i + 1].text)) << recorded[i].text;
        if (answer.head.find("\"code\":0,") == std::string::npos) ++errors;
    }
    EXPECT_EQ(errors, 12U);
}

TEST(recorded_conversation, delivers_a_message_again_after_a_seek_with_the_bytes_it_had_the_first_time) {
    dialogue talk;
    load(talk, "v3.3.5/offsets.jsonl");
    const session_id client = talk.connect();
    talk.ask(client, subscribe("g", "gold_meters"));
    talk.ask(client, poll(2, 0));
    const auto first = bytes_of(talk.ask_frame(client, fetch(3, 1)));
    talk.ask(client, with_offset("seek", 4, "gold_meters", 40, 0));
    talk.ask(client, poll(5, 0));
    ASSERT_EQ(talk.ask(client, poll(6, 0)).find("\"vgroup_id\":40") == std::string::npos, false);
    const auto second = bytes_of(talk.ask_frame(client, fetch(7, 3)));
    ASSERT_GT(first.size(), 56U);
    EXPECT_TRUE(std::equal(first.begin() + 56, first.end(), second.begin() + 56, second.end()));
}

TEST(recorded_conversation, about_meters_goes_the_same_way_from_subscribe_to_unsubscribe) {
    dialogue talk;
    load(talk, "v3.3.5/meters_select.jsonl");
    hold_again(talk, "v3.3.5/meters_select.jsonl");
}

TEST(recorded_conversation, about_metadata_announces_the_same_messages_and_offsets) {
    dialogue talk;
    load(talk, "v3.3.5/database_meta.jsonl");
    const auto recorded = load_transcript("v3.3.5/database_meta.jsonl");
    const session_id client = talk.connect();
    std::size_t polls = 0;
    for (std::size_t i = 0; i + 1 < recorded.size(); i += 2) {
        const frame answer = talk.ask_frame(client, recorded[i].text);
        if (recorded[i + 1].binary) {
            EXPECT_EQ(without_time(bytes_of(answer)), without_time(recorded[i + 1].bytes));
        } else if (answer.head.find("\"have_message\":true") != std::string::npos) {
            EXPECT_EQ(without_timing(answer.head), without_timing(recorded[i + 1].text));
            ++polls;
        }
    }
    EXPECT_EQ(polls, 12U);
}

TEST(recorded_conversation, in_snapshot_mode_refuses_assignment_as_the_real_server_does) {
    dialogue talk;
    load(talk, "v3.3.5/types_ms_snapshot.jsonl");
    hold_again(talk, "v3.3.5/types_ms_snapshot.jsonl");
}

class recorded_fetch : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

/// The assignment also names vgroups without a message, which a transcript does not bring.
std::size_t requests_before_assignment(const std::string& name) {
    const auto recorded = load_transcript(name);
    const auto at =
        std::find_if(recorded.begin(), recorded.end(), [](const captured_message& one) { return one.text.find("assignment") != std::string::npos; });
    return static_cast<std::size_t>(at - recorded.begin()) / 2;
}

TEST_P(recorded_fetch, goes_the_same_way_from_subscribe_to_the_last_poll) {
    const auto [version, name] = GetParam();
    dialogue talk(embedded_server_options().version(version));
    load(talk, name);
    hold_again(talk, name, requests_before_assignment(name));
}

INSTANTIATE_TEST_SUITE_P(
    all, recorded_fetch,
    ::testing::Values(std::pair("3.3.5.8", "v3.3.5/meters_select_blocks.jsonl"), std::pair("3.3.5.8", "v3.3.5/types_ms_select_blocks.jsonl"),
                      std::pair("3.3.5.8", "v3.3.5/json_tag_blocks.jsonl"), std::pair("3.3.5.8", "v3.3.5/database_meta.jsonl"),
                      std::pair("3.3.5.8", "v3.3.5/database_meta_batch.jsonl"), std::pair("3.4.1.6.community", "v3.4.1/types_ms_stable_blocks.jsonl"),
                      std::pair("3.4.1.6.community", "v3.4.1/database_meta.jsonl"), std::pair("3.4.1.6.community", "v3.4.1/rawdata.jsonl")));

class recorded_subscribe : public ::testing::TestWithParam<std::string> {};

TEST_P(recorded_subscribe, gets_the_reply_it_got) {
    dialogue talk;
    load(talk, "v3.3.5/offsets.jsonl");
    hold_again(talk, "v3.3.5/" + GetParam());
}

INSTANTIATE_TEST_SUITE_P(all, recorded_subscribe,
                         ::testing::Values("subscribe_error_00.jsonl", "subscribe_error_01.jsonl", "subscribe_error_02.jsonl",
                                           "subscribe_error_03.jsonl", "subscribe_error_04.jsonl", "subscribe_error_05.jsonl",
                                           "subscribe_error_06.jsonl", "subscribe_error_07.jsonl", "subscribe_error_08.jsonl",
                                           "subscribe_error_09.jsonl", "subscribe_error_10.jsonl", "subscribe_error_11.jsonl",
                                           "subscribe_error_12.jsonl"),
                         [](const auto& one) { return one.param.substr(0, one.param.find('.')); });

}  // namespace
}  // namespace tmq::test
