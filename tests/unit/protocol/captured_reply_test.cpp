#include "padded_reply.hpp"
#include "protocol/reply.hpp"
#include "support/captures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::protocol {
namespace {

using namespace test;

std::vector<std::string> all_transcripts() {
    std::vector<std::string> names;
    const std::filesystem::path root(TMQ_TEST_DATA);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
        if (entry.path().extension() == ".jsonl")
            names.push_back(entry.path().lexically_relative(root).generic_string());
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> replies_of(const std::string& transcript) {
    std::vector<std::string> replies;
    for (const auto& message : load_transcript(transcript))
        if (message.from_server && !message.binary) replies.push_back(message.text);
    return replies;
}

std::vector<std::string> all_replies() {
    std::vector<std::string> replies;
    for (const auto& name : all_transcripts())
        for (auto& text : replies_of(name))
            replies.push_back(std::move(text));
    return replies;
}

/// Reads every byte that a reply points to, so that a view out of bounds is noticed.
unsigned checksum(const reply& parsed) {
    unsigned sum = 0;
    const auto add = [&sum](std::string_view text) {
        for (const char c : text)
            sum += static_cast<unsigned char>(c);
    };
    for (const std::string_view text :
         {parsed.message, parsed.version, parsed.topic, parsed.database, parsed.table_name, parsed.data})
        add(text);
    for (const std::string_view text : parsed.topics)
        add(text);
    for (const std::string_view text : parsed.list_instances)
        add(text);
    for (const std::string_view text : parsed.fields_names)
        add(text);
    return sum;
}

class captured_reply : public ::testing::Test {
  protected:
    /// The reply to a request of a transcript.
    const reply& to(const std::string& transcript, std::uint64_t req_id) {
        for (const auto& text : replies_of(transcript)) {
            received_ = padded_reply(text);
            EXPECT_EQ(name_of(parser_.parse(received_.text(), reply_)), "success") << text;
            if (reply_.has_req_id && reply_.req_id == req_id) return reply_;
        }
        ADD_FAILURE() << "no reply to " << req_id << " in " << transcript;
        return reply_;
    }

    reply_parser parser_;
    padded_reply received_{""};
    reply reply_;
};

TEST_F(captured_reply, is_always_good_and_has_a_code) {
    std::size_t polls = 0;
    std::size_t failures = 0;
    for (const auto& text : all_replies()) {
        const padded_reply received(text);
        ASSERT_EQ(name_of(parser_.parse(received.text(), reply_)), "success") << text;
        ASSERT_TRUE(reply_.has_code) << text;
        ASSERT_TRUE(reply_.has_req_id || reply_.action == action::version) << text;
        ASSERT_EQ(reply_.code != 0, !reply_.message.empty()) << text;
        if (reply_.action == action::poll && reply_.code == 0) {
            ASSERT_TRUE(reply_.has_have_message) << text;
            ASSERT_EQ(reply_.have_message, reply_.message_id != 0 && !reply_.topic.empty()) << text;
            ++polls;
        }
        if (reply_.code != 0) ++failures;
    }
    EXPECT_GT(polls, 50U);
    EXPECT_GT(failures, 10U);
}

TEST_F(captured_reply, announces_a_message) {
    const reply& poll = to("v3.3.5/meters_select.jsonl", 5);
    EXPECT_EQ(poll.action, action::poll);
    EXPECT_EQ(poll.code, 0U);
    EXPECT_EQ(poll.timing_ns, 286'669);
    EXPECT_TRUE(poll.have_message);
    EXPECT_EQ(poll.topic, "gold_meters");
    EXPECT_EQ(poll.database, "gold_power");
    EXPECT_EQ(poll.vgroup, 40);
    EXPECT_EQ(poll.message_type, 1);
    EXPECT_EQ(poll.message_id, 2U);
    EXPECT_EQ(poll.offset, 0);
}

TEST_F(captured_reply, of_a_poll_without_data_is_a_success_without_message) {
    const reply& poll = to("v3.3.5/meters_select.jsonl", 7);
    EXPECT_EQ(poll.action, action::poll);
    EXPECT_EQ(poll.code, 0U);
    EXPECT_TRUE(poll.has_have_message);
    EXPECT_FALSE(poll.have_message);
    EXPECT_EQ(poll.message_id, 0U);
    EXPECT_EQ(poll.topic, "");
}

TEST_F(captured_reply, of_a_snapshot_has_an_offset_below_zero) {
    const reply& poll = to("v3.3.5/types_ms_snapshot.jsonl", 3);
    EXPECT_TRUE(poll.have_message);
    EXPECT_EQ(poll.offset, -2147467258);
}

TEST_F(captured_reply, announces_metadata_and_raw_data_by_their_type) {
    EXPECT_EQ(to("v3.3.5/database_meta.jsonl", 3).message_type, 2);
    EXPECT_EQ(to("v3.4.1/rawdata.jsonl", 2).message_type, 4);
}

TEST_F(captured_reply, with_an_object_of_metadata_is_read_around_it) {
    const reply& meta = to("v3.3.5/database_meta.jsonl", 5);
    EXPECT_EQ(meta.action, action::fetch_json_meta);
    EXPECT_EQ(meta.code, 0U);
    EXPECT_EQ(meta.data.substr(0, 36), R"({"type":"create","tableType":"super")");
    EXPECT_EQ(meta.data.back(), '}');
    EXPECT_EQ(meta.message_id, 1U);
    EXPECT_EQ(meta.timing_ns, 207'669);
}

TEST_F(captured_reply, gives_the_assignment) {
    const reply& assigned = to("v3.3.5/meters_select.jsonl", 13);
    EXPECT_EQ(assigned.action, action::assignment);
    EXPECT_EQ(assigned.assignment, (std::vector<vgroup_assignment>{vgroup_assignment(39, 0, 0, 11),
                                                                   vgroup_assignment(40, 0, 0, 11)}));
}

TEST_F(captured_reply, gives_the_positions) {
    const reply& before = to("v3.4.1/offsets.jsonl", 7);
    EXPECT_EQ(before.action, action::position);
    EXPECT_EQ(before.position, (std::vector<std::int64_t>{0, 0}));
    EXPECT_EQ(to("v3.4.1/offsets.jsonl", 11).position, (std::vector<std::int64_t>{15, 0}));
}

TEST_F(captured_reply, gives_what_is_committed) {
    const reply& before = to("v3.3.5/offsets.jsonl", 7);
    EXPECT_EQ(before.action, action::committed);
    EXPECT_EQ(before.committed, (std::vector<std::int64_t>{-2147467247, -2147467247}));
    EXPECT_EQ(to("v3.3.5/offsets.jsonl", 14).committed, (std::vector<std::int64_t>{19, -2147467247}));
}

TEST_F(captured_reply, gives_the_topics_of_the_subscription) {
    const reply& listed = to("v3.3.5/offsets.jsonl", 5);
    EXPECT_EQ(listed.action, action::list_topics);
    EXPECT_EQ(listed.topics, std::vector<std::string_view>{"gold_meters"});
    const reply& none = to("v3.3.5/offsets.jsonl", 34);
    EXPECT_TRUE(none.has_topics);
    EXPECT_TRUE(none.topics.empty());
}

TEST_F(captured_reply, of_seek_and_commit_has_nothing_beside_its_code) {
    EXPECT_EQ(to("v3.3.5/offsets.jsonl", 20).action, action::seek);
    EXPECT_EQ(reply_.code, 0U);
    EXPECT_EQ(to("v3.3.5/offsets.jsonl", 23).code, 0x4008U);
    EXPECT_EQ(to("v3.3.5/offsets.jsonl", 13).action, action::commit);
    EXPECT_EQ(reply_.message_id, 0U);
}

TEST_F(captured_reply, describes_a_block_or_says_that_there_are_no_more) {
    const reply& block = to("v3.3.5/json_tag_blocks.jsonl", 4);
    EXPECT_EQ(block.action, action::fetch);
    EXPECT_FALSE(block.completed);
    EXPECT_EQ(block.rows, 1);
    EXPECT_EQ(block.fields_count, 3);
    EXPECT_EQ(block.fields_names, (std::vector<std::string_view>{"ts", "v", "info"}));
    EXPECT_EQ(block.fields_types, (std::vector<std::uint8_t>{9, 4, 15}));
    const reply& end = to("v3.3.5/json_tag_blocks.jsonl", 14);
    EXPECT_TRUE(end.has_completed && end.completed);
    EXPECT_TRUE(end.fields_names.empty());
}

TEST_F(captured_reply, of_a_commit_repeats_the_place) {
    const reply& committed = to("v3.4.1/offsets.jsonl", 17);
    EXPECT_EQ(committed.action, action::commit_offset);
    EXPECT_EQ(committed.code, 0U);
    EXPECT_EQ(committed.topic, "gold_meters");
    EXPECT_EQ(committed.vgroup, 19);
    EXPECT_EQ(committed.offset, 15);
}

TEST_F(captured_reply, has_the_servers_code_and_text_when_it_refuses) {
    const reply& outside = to("v3.4.1/offsets.jsonl", 27);
    EXPECT_EQ(outside.action, action::commit_offset);
    EXPECT_EQ(outside.code, 0x4007U);
    EXPECT_EQ(outside.message, "Offset out of range");
    const reply& foreign = to("v3.3.5/offsets.jsonl", 31);
    EXPECT_EQ(foreign.action, action::assignment);
    EXPECT_EQ(foreign.code, 0x4009U);
    EXPECT_EQ(foreign.message, "Topic does not belong to this consumer");
    EXPECT_FALSE(foreign.has_assignment);
    const reply& key = to("v3.4.1/config_02.jsonl", 1);
    EXPECT_EQ(key.code, 280U);
    EXPECT_EQ(key.message, "invalid value for key 'fetch.max.wait.ms': abc");
    const reply& adapter = to("v3.3.5/subscribe_error_06.jsonl", 1);
    EXPECT_EQ(adapter.code, 0xFFFFU);
    EXPECT_EQ(adapter.message, "strconv.ParseBool: parsing \"maybe\": invalid syntax");
}

TEST_F(captured_reply, of_an_old_servers_version_has_no_id) {
    const padded_reply received(replies_of("v3.3.5/meters_select.jsonl").front());
    ASSERT_EQ(name_of(parser_.parse(received.text(), reply_)), "success");
    EXPECT_EQ(reply_.action, action::version);
    EXPECT_FALSE(reply_.has_req_id);
    EXPECT_EQ(reply_.version, "3.3.5.8");
}

TEST_F(captured_reply, of_a_new_servers_version_has_five_parts_and_an_id) {
    const reply& version = to("v3.4.1/version.jsonl", 1);
    EXPECT_EQ(version.action, action::version);
    EXPECT_EQ(version.version, "3.4.1.6.community");
    const reply& subscribed = to("v3.4.1/version.jsonl", 2);
    EXPECT_EQ(subscribed.action, action::subscribe);
    EXPECT_EQ(subscribed.code, 0U);
    EXPECT_EQ(subscribed.version, "3.4.1.6.community");
    EXPECT_EQ(subscribed.list_instances, std::vector<std::string_view>{"vm:6441"});
}

TEST_F(captured_reply, is_refused_when_it_is_cut_anywhere) {
    for (const auto& text : all_replies()) {
        for (std::size_t size = 0; size < text.size(); ++size) {
            // What was cut off may well lie behind the text, as it does in a receive buffer.
            const padded_reply cut(std::string_view(text).substr(0, size),
                                   std::string_view(text).substr(size));
            const defect_code result = parser_.parse(cut.text(), reply_);
            ASSERT_TRUE(result == defect_code::reply_not_json || result == defect_code::reply_malformed)
                << name_of(result) << ": " << cut.text();
        }
    }
}

TEST_F(captured_reply, is_read_within_its_bytes_whatever_is_changed_in_it) {
    std::mt19937 random(11);
    const std::vector<std::string> originals = all_replies();
    std::size_t good = 0;
    std::size_t refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = originals[random() % originals.size()];
        for (auto changes = random() % 3 + 1; changes > 0; --changes) {
            char& byte = text[random() % text.size()];
            // Characters with a meaning break more than arbitrary ones.
            byte = random() % 2 == 0 ? static_cast<char>(random())
                                     : "{}[]\",:\\0123456789-+.eEtfnu "[random() % 28];
        }
        const padded_reply received(text);
        const defect_code result = parser_.parse(received.text(), reply_);
        ASSERT_TRUE(result == defect_code{} || result == defect_code::reply_not_json ||
                    result == defect_code::reply_malformed)
            << name_of(result) << ": " << text;
        ASSERT_LE(checksum(reply_), 255 * 4 * text.size());
        ++(result == defect_code{} ? good : refused);
    }
    EXPECT_GT(good, 1'000U);
    EXPECT_GT(refused, 1'000U);
}

}  // namespace
}  // namespace tmq::protocol
