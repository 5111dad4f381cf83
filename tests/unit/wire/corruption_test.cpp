#include "layout_access.hpp"
#include "printing.hpp"
#include "support/bytes.hpp"
#include "support/captures.hpp"
#include "wire/data_message.hpp"
#include "wire/envelope.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

namespace tmq::wire {
namespace {

using namespace test;

const char* const transcripts[] = {"v3.3.5/meters_select.jsonl", "v3.3.5/types_ms_stable.jsonl", "v3.3.5/types_ns_stable.jsonl",
                                   "v3.3.5/types_ms_database.jsonl", "v3.4.1/meters_select.jsonl"};

std::span<const std::uint8_t> raw_of(std::span<const std::uint8_t> frame) {
    fetch_reply reply;
    EXPECT_EQ(parse_fetch_raw_data(frame, reply), failure{});
    return reply.raw;
}

TEST(CapturedFrame, IsRefusedWhenItIsCutAnywhere) {
    for (const char* transcript : transcripts) {
        for (const auto& frame : load_binary_frames(transcript)) {
            for (std::size_t size = 0; size < frame.size(); ++size) {
                const exact_bytes prefix{std::span(frame).first(size)};
                fetch_reply reply;
                ASSERT_EQ(parse_fetch_raw_data(prefix.view(), reply).code, errc::truncated) << transcript << " cut to " << size;
            }
        }
    }
}

TEST(CapturedMessage, IsRefusedWhenItIsCutAnywhereButWithinItsTail) {
    detail::message_layout layout;
    for (const std::string transcript : transcripts) {
        // Servers of 3.4.1 write a byte behind the sleep time. Without it, a message looks like one of 3.3.5; without either, like
        // one of a still older server. Only the length in the envelope tells.
        const bool one_byte_more = transcript.starts_with("v3.4.1");
        for (const auto& frame : load_binary_frames(transcript)) {
            const auto raw = raw_of(frame);
            std::set<std::size_t> accepted;
            for (std::size_t size = 0; size < raw.size(); ++size) {
                const exact_bytes prefix(raw.first(size));
                if (!parse_data_message(prefix.view(), layout)) accepted.insert(size);
            }
            const std::set<std::size_t> looks_whole = one_byte_more ? std::set{raw.size() - 9, raw.size() - 1} : std::set{raw.size() - 8};
            EXPECT_EQ(accepted, looks_whole) << transcript;
        }
    }
}

TEST(CapturedMessage, StaysWithinItsBytesWhicheverByteIsChanged) {
    detail::message_layout layout;
    std::size_t accepted = 0;
    std::size_t refused = 0;
    for (const char* transcript : {"v3.3.5/meters_select.jsonl", "v3.3.5/types_ms_stable.jsonl"}) {
        const auto frame = load_binary_frames(transcript).front();
        exact_bytes raw(raw_of(frame));
        for (std::size_t at = 0; at < raw.view().size(); ++at) {
            const std::uint8_t was = raw[at];
            for (const unsigned changed : {was ^ 0x01U, was ^ 0x80U, 0x00U, 0x7FU, 0xFFU}) {
                if (changed == was) continue;
                raw[at] = static_cast<std::uint8_t>(changed);
                const failure error = parse_data_message(raw.view(), layout);
                if (error) {
                    ++refused;
                    ASSERT_LE(error.position, raw.view().size());
                    ASSERT_TRUE(layout.blocks.empty());
                } else {
                    ++accepted;
                    ASSERT_TRUE(lies_within(layout, raw.view())) << transcript << " byte " << at << " as " << changed;
                }
            }
            raw[at] = was;
        }
    }
    // Most bytes are values, where anything goes; the others must not.
    EXPECT_GT(accepted, 10'000U);
    EXPECT_GT(refused, 1'000U);
}

TEST(CapturedMessage, StaysWithinItsBytesWhenSeveralBytesAreChanged) {
    std::mt19937 random(7);
    detail::message_layout layout;
    const auto frame = load_binary_frames("v3.3.5/types_ms_stable.jsonl").front();
    const auto original = raw_of(frame);
    for (int round = 0; round < 5'000; ++round) {
        exact_bytes raw(original);
        for (auto changes = random() % 4 + 2; changes > 0; --changes) {
            // Near a place that was valid, so that lengths and offsets often come out only slightly wrong.
            std::uint8_t& byte = raw[random() % original.size()];
            byte = static_cast<std::uint8_t>(byte + random() % 9 - 4);
        }
        if (parse_data_message(raw.view(), layout)) continue;
        ASSERT_TRUE(lies_within(layout, raw.view())) << round;
    }
}

}  // namespace
}  // namespace tmq::wire
