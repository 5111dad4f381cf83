#include "conversation.hpp"
#include "printing.hpp"
#include "support/bytes.hpp"
#include "support/layout_access.hpp"
#include "wire/data_message.hpp"
#include "wire/fetched_block.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

namespace tmq::wire {
namespace {

using namespace test;

const char* const transcripts[] = {
    "v3.3.5/meters_select.jsonl",
    "v3.3.5/meters_select_blocks.jsonl",
    "v3.3.5/types_ms_stable.jsonl",
    "v3.3.5/types_ns_stable.jsonl",
    "v3.3.5/types_ms_database.jsonl",
    "v3.3.5/types_ms_select.jsonl",
    "v3.3.5/types_ms_select_blocks.jsonl",
    "v3.3.5/types_ms_snapshot.jsonl",
    "v3.3.5/json_tag.jsonl",
    "v3.3.5/json_tag_blocks.jsonl",
    "v3.3.5/decimal.jsonl",
    "v3.4.1/meters_select.jsonl",
    "v3.4.1/min_poll_rows_20.jsonl",
    "v3.4.1/types_ms_stable.jsonl",
    "v3.4.1/types_ms_stable_blocks.jsonl",
    "v3.4.1/json_tag.jsonl",
    "v3.4.1/blob.jsonl",
};

/// The first raw message of a transcript.
std::vector<std::uint8_t> first_raw(const char* transcript) {
    const auto messages = load_messages(transcript);
    const auto raw = messages.front()->reply.raw;
    return {raw.begin(), raw.end()};
}

TEST(captured_frame, is_refused_when_it_is_cut_anywhere) {
    for (const char* transcript : transcripts) {
        for (const auto& frame : load_frames(transcript)) {
            // A read past the end of a prefix is seen by AddressSanitizer; copies of the largest frames would
            // take minutes.
            for (std::size_t size = 0; size < frame.bytes.size();
                 size += frame.bytes.size() > 10'000 && size > 200 ? 97 : 1) {
                const exact_bytes prefix{std::span(frame.bytes).first(size)};
                fetch_reply reply;
                ASSERT_EQ(frame.parse(prefix.view(), reply).code, defect_code::envelope_truncated)
                    << transcript << " cut to " << size;
            }
            for (std::size_t size = 0; size < frame.bytes.size(); ++size) {
                fetch_reply reply;
                ASSERT_EQ(frame.parse(std::span(frame.bytes).first(size), reply).code,
                          defect_code::envelope_truncated)
                    << transcript << " cut to " << size;
            }
        }
    }
}

TEST(captured_frame, is_refused_with_a_byte_more) {
    for (const char* transcript : transcripts) {
        for (auto& frame : load_frames(transcript)) {
            const std::size_t size = frame.bytes.size();
            frame.bytes.push_back(0);
            fetch_reply reply;
            ASSERT_EQ(frame.parse(reply), (defect{defect_code::envelope_excess, size})) << transcript;
        }
    }
}

TEST(captured_message, is_refused_when_it_is_cut_anywhere_but_within_its_tail) {
    detail::message_layout layout;
    for (const std::string transcript : transcripts) {
        // Servers of 3.4.1 write a byte behind the sleep time. Without it, a message looks like one of 3.3.5;
        // without either, like one of a still older server. Only the length in the envelope tells.
        const bool one_byte_more = transcript.starts_with("v3.4.1");
        for (const auto& message : load_messages(transcript)) {
            const auto raw = message->reply.raw;
            std::set<std::size_t> accepted;
            for (std::size_t size = 0; size < raw.size(); ++size)
                if (!parse_data_message(raw.first(size), layout)) accepted.insert(size);
            const std::set<std::size_t> looks_whole =
                one_byte_more ? std::set{raw.size() - 9, raw.size() - 1} : std::set{raw.size() - 8};
            EXPECT_EQ(accepted, looks_whole) << transcript;
        }
    }
}

TEST(captured_block, is_refused_when_it_is_cut_anywhere) {
    for (const char* transcript : transcripts) {
        for (const auto& frame : load_frames(transcript)) {
            if (frame.what != received_frame::kind::fetch_block) continue;
            fetch_reply reply;
            ASSERT_EQ(frame.parse(reply), defect{});
            for (std::size_t size = 0; size < reply.raw.size(); ++size) {
                detail::message_layout layout;
                const exact_bytes prefix(reply.raw.first(size));
                ASSERT_TRUE(append_block(prefix.view(), {}, layout));
            }
        }
    }
}

/// How a message with one byte changed fares.
struct sweep {
    std::size_t accepted = 0;
    std::size_t refused = 0;
};

/// Every byte, with every one of some changes.
sweep change_each_byte(const char* transcript) {
    sweep result;
    detail::message_layout layout;
    exact_bytes raw(first_raw(transcript));
    for (std::size_t at = 0; at < raw.view().size(); ++at) {
        const std::uint8_t was = raw[at];
        for (const unsigned changed : {was ^ 0x01U, was ^ 0x80U, 0x00U, 0x7FU, 0xFFU, was + 1U, was - 1U}) {
            if (static_cast<std::uint8_t>(changed) == was) continue;
            raw[at] = static_cast<std::uint8_t>(changed);
            const defect error = parse_data_message(raw.view(), layout);
            ++(error ? result.refused : result.accepted);
            if (error)
                EXPECT_TRUE(error.position <= raw.view().size() && layout.blocks.empty())
                    << transcript << " byte " << at << " as " << changed;
            else
                EXPECT_TRUE(lies_within(layout, raw.view()))
                    << transcript << " byte " << at << " as " << changed;
        }
        raw[at] = was;
    }
    return result;
}

TEST(captured_message, stays_within_its_bytes_whichever_byte_is_changed) {
    // Most bytes are values, where anything goes; the others must not.
    const sweep meters = change_each_byte("v3.3.5/meters_select.jsonl");
    const sweep types = change_each_byte("v3.3.5/types_ms_stable.jsonl");
    EXPECT_GT(meters.accepted + types.accepted, 10'000U);
    EXPECT_GT(meters.refused + types.refused, 1'000U);
}

TEST(captured_message, of_json_and_of_decimals_stays_within_its_bytes_whichever_byte_is_changed) {
    for (const char* transcript :
         {"v3.3.5/json_tag.jsonl", "v3.4.1/json_tag.jsonl", "v3.3.5/decimal.jsonl"}) {
        const sweep result = change_each_byte(transcript);
        EXPECT_GT(result.accepted, 500U) << transcript;
        EXPECT_GT(result.refused, 500U) << transcript;
    }
}

TEST(captured_message, stays_within_its_bytes_when_several_bytes_are_changed) {
    std::mt19937 random(7);
    detail::message_layout layout;
    for (const char* transcript :
         {"v3.3.5/types_ms_stable.jsonl", "v3.4.1/json_tag.jsonl", "v3.3.5/decimal.jsonl"}) {
        const auto original = first_raw(transcript);
        for (int round = 0; round < 5'000; ++round) {
            exact_bytes raw(original);
            for (auto changes = random() % 4 + 2; changes > 0; --changes) {
                // Near a place that was valid, so that lengths and offsets often come out only slightly
                // wrong.
                std::uint8_t& byte = raw[random() % original.size()];
                byte = static_cast<std::uint8_t>(byte + random() % 9 - 4);
            }
            if (parse_data_message(raw.view(), layout)) continue;
            ASSERT_TRUE(lies_within(layout, raw.view())) << transcript << " round " << round;
        }
    }
}

}  // namespace
}  // namespace tmq::wire
