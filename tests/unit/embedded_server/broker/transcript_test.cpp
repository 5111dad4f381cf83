#include "embedded_server/broker/transcript.hpp"
#include "support/captures.hpp"
#include "wire/data_message.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace tmq::test {
namespace {

using embedded::broker::add_recorded;
using embedded::broker::read_transcript;
using embedded::broker::recorded_message;
using embedded::broker::topic_catalog;

std::vector<recorded_message> read(const std::string& name) {
    std::ifstream in(std::string(TMQ_TEST_DATA) + "/v3.3.5/" + name);
    EXPECT_TRUE(in) << name;
    return read_transcript(in);
}

std::vector<recorded_message> read_lines(const std::string& lines) {
    std::istringstream in(lines);
    return read_transcript(in);
}

TEST(transcript, of_meters_holds_its_300_rows_in_two_vgroups) {
    topic_catalog topics;
    EXPECT_EQ(add_recorded(topics, read("meters_select.jsonl")), 2U);
    std::uint64_t rows = 0;
    for (const embedded::broker::vgroup_log& log : topics.at("gold_meters").vgroups()) {
        EXPECT_EQ(log.end(), 11) << "the second offset of the last message";
        const auto* message = log.find(0);
        ASSERT_NE(message, nullptr);
        std::vector<std::uint8_t> raw;
        for (const std::byte one : *message->raw)
            raw.push_back(std::to_integer<std::uint8_t>(one));
        detail::message_layout layout;
        ASSERT_FALSE(wire::parse_data_message(raw, layout));
        rows += layout.rows;
    }
    EXPECT_EQ(rows, 300U);
    EXPECT_EQ(topics.at("gold_meters").vgroup_ids(), (std::vector<std::int32_t>{39, 40}));
    EXPECT_EQ(topics.at("gold_meters").database(), "gold_power");
}

TEST(transcript, keeps_every_byte_of_a_message) {
    const auto messages = read("meters_select.jsonl");
    const auto frames = load_binary_frames("v3.3.5/meters_select.jsonl");
    ASSERT_EQ(messages.size(), frames.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
        ASSERT_EQ(messages[i].raw.size() + 56, frames[i].size());
        for (std::size_t at = 0; at < messages[i].raw.size(); ++at)
            ASSERT_EQ(std::to_integer<std::uint8_t>(messages[i].raw[at]), frames[i][at + 56]);
    }
}

TEST(transcript, of_several_connections_has_the_messages_of_each) {
    const auto line = [](int connection, const std::string& rest) {
        return R"({"connection":)" + std::to_string(connection) + R"(,"dir":"<",)" + rest + "}\n";
    };
    const auto announced = [](int offset) {
        return R"("text":"{\"code\":0,\"action\":\"poll\",\"have_message\":true,\"topic\":\"t\",\"database\":\"d\",\"vgroup_id\":1,\"message_type\":4,)"
               R"(\"message_id\":1,\"offset\":)" +
               std::to_string(offset) + "}\"";
    };
    const auto raw = [](int begin, int end) {
        const auto number = [](int value) { return "0" + std::to_string(value) + "00000000000000"; };
        return R"("hex":"ffffffffffffffff08000000000000000100)" + std::string(48, '0') + number(1) + "0600" +
               "12000000" + "11" + number(begin) + "11" + number(end) + "\"";
    };
    const auto messages =
        read_lines(line(1, announced(3)) + line(1, raw(3, 5)) + line(2, announced(5)) + line(2, raw(5, 7)));
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[0].offset, 3);
    EXPECT_EQ(messages[1].offset, 5);
    topic_catalog topics;
    EXPECT_EQ(add_recorded(topics, messages), 2U);
    EXPECT_EQ(topics.at("t", 1).end(), 7);
}

TEST(transcript, has_a_message_once_that_was_polled_again_after_a_seek) {
    EXPECT_EQ(read("offsets.jsonl").size(), 3U);
    topic_catalog topics;
    EXPECT_EQ(add_recorded(topics, read("offsets.jsonl")), 2U);
    EXPECT_EQ(topics.at("gold_meters", 40).size(), 1U);
    EXPECT_EQ(topics.at("gold_meters", 40).end(), 19);
}

TEST(transcript, loaded_twice_adds_nothing_the_second_time) {
    for (const char* name :
         {"meters_select.jsonl", "database_meta.jsonl", "types_ms_snapshot.jsonl", "json_tag_blocks.jsonl"}) {
        topic_catalog topics;
        EXPECT_GT(add_recorded(topics, read(name)), 0U) << name;
        EXPECT_EQ(add_recorded(topics, read(name)), 0U) << name;
    }
}

TEST(transcript, of_metadata_keeps_types_and_offsets) {
    topic_catalog topics;
    ASSERT_EQ(add_recorded(topics, read("database_meta.jsonl")), 12U);
    const embedded::broker::vgroup_log& log = topics.at("gold_meta", 48);
    EXPECT_EQ(log.end(), 16);
    const embedded::broker::log_entry* const create = log.find(0);
    EXPECT_EQ(create->raw_type, 531);
    EXPECT_EQ(create->message_type, 2);
    EXPECT_EQ(create->announced_offset, 2);
    const embedded::broker::log_entry* const rows_with_table = log.find(4);
    EXPECT_EQ(rows_with_table->raw_type, 4);
    EXPECT_EQ(rows_with_table->message_type, 3);
    EXPECT_EQ(rows_with_table->announced_offset, std::nullopt) << "where the reader stands";
    EXPECT_EQ(rows_with_table->begin, 4);
    EXPECT_EQ(rows_with_table->end, 7);
}

TEST(transcript, takes_raw_messages_from_the_old_frame_too) {
    const auto messages = read("json_tag_blocks.jsonl");
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages[0].raw.size(), 733U);
    EXPECT_EQ(messages[0].raw_type, 2);
}

TEST(transcript, pairs_polls_and_fetches_by_message_id_whatever_their_order) {
    std::ifstream in(std::string(TMQ_TEST_DATA) + "/v3.3.5/meters_select.jsonl");
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    std::string reversed;
    for (auto at = lines.rbegin(); at != lines.rend(); ++at)
        reversed += *at + "\n";
    const auto forward = read("meters_select.jsonl");
    const auto backward = read_lines(reversed);
    ASSERT_EQ(forward.size(), backward.size());
    for (std::size_t i = 0; i < forward.size(); ++i)
        EXPECT_EQ(forward[i].raw, backward[i].raw);
}

TEST(transcript, leaves_out_what_was_announced_but_not_fetched_and_fetched_but_not_announced) {
    const std::string announced =
        R"({"dir":"<","text":"{\"code\":0,\"message\":\"\",\"action\":\"poll\",\"req_id\":1,\"timing\":1,\"have_message\":true,\"topic\":\"t\",\"database\":\"d\",)"
        R"(\"vgroup_id\":1,\"message_type\":1,\"message_id\":1,\"offset\":0}"})";
    const std::string fetched =
        R"({"dir":"<","hex":"ffffffffffffffff0800000000000000010000000000000000000500000000000000000000000000000002000000000000000200010000007f"})";
    EXPECT_EQ(read_lines(announced + "\n" + fetched).size(), 0U);
    EXPECT_EQ(read_lines(fetched).size(), 0U);
}

TEST(transcript, that_is_none_is_refused_with_the_number_of_the_line) {
    for (const char* line : {"nonsense", "{}", R"({"dir":"<"})", R"({"dir":"<","hex":"0"})",
                             R"({"dir":"<","hex":"zz"})", R"({"dir":7})"}) {
        try {
            read_lines(std::string("{\"dir\":\">\",\"text\":\"\"}\n") + line);
            FAIL() << line;
        } catch (const std::runtime_error& e) {
            EXPECT_EQ(std::string(e.what()).rfind("line 2: ", 0), 0U) << e.what();
        }
    }
}

}  // namespace
}  // namespace tmq::test
