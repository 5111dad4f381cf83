#include "wire/envelope.hpp"

#include "printing.hpp"
#include "support/bytes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tmq::wire {
namespace {

using test::byte_builder;
using test::exact_bytes;

byte_builder header(std::uint32_t code, std::string_view text) {
    byte_builder out;
    out.mark("marker").u64(0xFFFF'FFFF'FFFF'FFFF).mark("action").u64(8).mark("version").u16(1);
    out.mark("time").u64(1'000'001).mark("req_id").u64(42).mark("code").u32(code);
    return out.mark("text_length").u32(text.size()).text(text).mark("message_id").u64(3);
}

byte_builder success_frame() {
    return header(0, "").mark("raw_type").u16(2).mark("raw_length").u32(5).text("hello");
}
byte_builder error_frame() { return header(0x4002, "consumer closed"); }

defect parse(const byte_builder& frame) {
    const exact_bytes copy(frame.bytes());
    fetch_reply reply;
    return parse_fetch_raw_data(copy.view(), reply);
}

TEST(envelope, gives_the_fields_and_the_raw_message_of_a_success) {
    const exact_bytes frame(success_frame().bytes());
    fetch_reply reply;
    ASSERT_EQ(parse_fetch_raw_data(frame.view(), reply), defect{});
    EXPECT_EQ(reply.time_ns, 1'000'001U);
    EXPECT_EQ(reply.req_id, 42U);
    EXPECT_EQ(reply.message_id, 3U);
    EXPECT_EQ(reply.code, 0U);
    EXPECT_EQ(reply.error_text, "");
    EXPECT_EQ(reply.raw_type, 2);
    EXPECT_EQ(reply.raw.data(), frame.view().data() + 56);
    EXPECT_EQ(reply.raw.size(), 5U);
}

TEST(envelope, gives_the_code_and_text_of_an_error_which_ends_after_the_message_id) {
    const exact_bytes frame(error_frame().bytes());
    fetch_reply reply;
    reply.raw_type = 7;
    ASSERT_EQ(parse_fetch_raw_data(frame.view(), reply), defect{});
    EXPECT_EQ(reply.req_id, 42U);
    EXPECT_EQ(reply.message_id, 3U);
    EXPECT_EQ(reply.code, 0x4002U);
    EXPECT_EQ(reply.error_text, "consumer closed");
    EXPECT_EQ(reply.raw_type, 0);
    EXPECT_TRUE(reply.raw.empty());
}

TEST(envelope, accepts_an_error_without_text_and_an_empty_raw_message) {
    EXPECT_EQ(parse(header(1, "")), defect{});
    EXPECT_EQ(parse(header(0, "").u16(2).u32(0)), defect{});
}

TEST(envelope, lets_every_raw_type_through) {
    const exact_bytes frame(success_frame().patch("raw_type", byte_builder().u16(0x213)).bytes());
    fetch_reply reply;
    ASSERT_EQ(parse_fetch_raw_data(frame.view(), reply), defect{});
    EXPECT_EQ(reply.raw_type, 0x213);
}

TEST(envelope, refuses_another_marker_action_or_version) {
    EXPECT_EQ(parse(success_frame().patch("marker", byte_builder().u8(0xFE))),
              (defect{defect_code::envelope_marker, 0}));
    EXPECT_EQ(parse(success_frame().patch("action", byte_builder().u64(7))),
              (defect{defect_code::envelope_action, 8}));
    EXPECT_EQ(parse(success_frame().patch("version", byte_builder().u16(2))),
              (defect{defect_code::envelope_version, 16}));
}

TEST(envelope, refuses_a_text_longer_than_the_frame) {
    for (const std::uint64_t length :
         {std::uint64_t{24}, std::uint64_t{0x7FFF'FFFF}, std::uint64_t{0xFFFF'FFFF}})
        EXPECT_EQ(parse(error_frame().patch("text_length", byte_builder().u32(length))),
                  (defect{defect_code::envelope_truncated, 38}));
    // All of the rest is text: the message id is missing.
    EXPECT_EQ(parse(error_frame().patch("text_length", byte_builder().u32(23))),
              (defect{defect_code::envelope_truncated, 65}));
}

TEST(envelope, refuses_bytes_behind_an_error) {
    EXPECT_EQ(parse(error_frame().u8(0)), (defect{defect_code::envelope_excess, 65}));
}

TEST(envelope, refuses_a_success_that_ends_like_an_error) {
    EXPECT_EQ(parse(header(0, "")), (defect{defect_code::envelope_truncated, 50}));
}

TEST(envelope, refuses_a_raw_length_other_than_the_rest) {
    EXPECT_EQ(parse(success_frame().patch("raw_length", byte_builder().u32(6))),
              (defect{defect_code::envelope_truncated, 52}));
    EXPECT_EQ(parse(success_frame().patch("raw_length", byte_builder().u32(0xFFFF'FFFF))),
              (defect{defect_code::envelope_truncated, 52}));
    EXPECT_EQ(parse(success_frame().patch("raw_length", byte_builder().u32(4))),
              (defect{defect_code::envelope_excess, 60}));
}

byte_builder plain_header() {
    return byte_builder().mark("time").u64(1'000'001).mark("req_id").u64(42).mark("message_id").u64(3);
}
byte_builder fetch_raw_frame() {
    return plain_header()
        .mark("number")
        .u64(3)
        .mark("raw_length")
        .u32(5)
        .mark("raw_type")
        .u16(0x213)
        .mark("raw")
        .text("hello");
}
byte_builder fetch_block_frame() {
    return plain_header().mark("version").u32(2).mark("length").u32(13).text("hello").mark("end");
}

defect parse_raw(const byte_builder& frame) {
    const exact_bytes copy(frame.bytes());
    fetch_reply reply;
    return parse_fetch_raw(copy.view(), reply);
}
defect parse_block_frame(const byte_builder& frame) {
    const exact_bytes copy(frame.bytes());
    fetch_reply reply;
    return parse_fetch_block(copy.view(), reply);
}

TEST(fetch_raw_envelope, gives_the_fields_and_the_raw_message) {
    const exact_bytes frame(fetch_raw_frame().bytes());
    fetch_reply reply;
    reply.code = 1;
    ASSERT_EQ(parse_fetch_raw(frame.view(), reply), defect{});
    EXPECT_EQ(reply.time_ns, 1'000'001U);
    EXPECT_EQ(reply.req_id, 42U);
    EXPECT_EQ(reply.message_id, 3U);
    EXPECT_EQ(reply.code, 0U);
    EXPECT_EQ(reply.raw_type, 0x213);
    EXPECT_EQ(reply.raw.data(), frame.view().data() + 38);
    EXPECT_EQ(reply.raw.size(), 5U);
}

TEST(fetch_raw_envelope, may_be_empty) {
    EXPECT_EQ(parse_raw(plain_header().u64(3).u32(0).u16(2)), defect{});
}

TEST(fetch_raw_envelope, refuses_another_number) {
    for (const std::uint64_t number :
         {std::uint64_t{0}, std::uint64_t{2}, std::uint64_t{8}, std::uint64_t{0x300'0000'0000'0003}})
        EXPECT_EQ(parse_raw(fetch_raw_frame().patch("number", byte_builder().u64(number))),
                  (defect{defect_code::envelope_number, 24}));
    EXPECT_EQ(parse_raw(success_frame()).code, defect_code::envelope_number) << "a reply to fetch_raw_data";
}

TEST(fetch_raw_envelope, refuses_a_length_other_than_the_rest) {
    for (const std::uint64_t length :
         {std::uint64_t{6}, std::uint64_t{0x7FFF'FFFF}, std::uint64_t{0xFFFF'FFFF}})
        EXPECT_EQ(parse_raw(fetch_raw_frame().patch("raw_length", byte_builder().u32(length))),
                  (defect{defect_code::envelope_truncated, 32}));
    EXPECT_EQ(parse_raw(fetch_raw_frame().patch("raw_length", byte_builder().u32(4))),
              (defect{defect_code::envelope_excess, 42}));
    EXPECT_EQ(parse_raw(fetch_raw_frame().u8(0)), (defect{defect_code::envelope_excess, 43}));
}

TEST(fetch_block_envelope, gives_the_fields_and_the_block_which_says_its_length) {
    const exact_bytes frame(fetch_block_frame().bytes());
    fetch_reply reply;
    reply.raw_type = 7;
    ASSERT_EQ(parse_fetch_block(frame.view(), reply), defect{});
    EXPECT_EQ(reply.time_ns, 1'000'001U);
    EXPECT_EQ(reply.req_id, 42U);
    EXPECT_EQ(reply.message_id, 3U);
    EXPECT_EQ(reply.raw_type, 0);
    EXPECT_EQ(reply.raw.data(), frame.view().data() + 24);
    EXPECT_EQ(reply.raw.size(), 13U);
}

TEST(fetch_block_envelope, refuses_a_length_other_than_the_rest) {
    for (const std::int64_t length : {14, 0x7FFF'FFFF})
        EXPECT_EQ(parse_block_frame(fetch_block_frame().patch("length", byte_builder().i32(length))),
                  (defect{defect_code::envelope_truncated, 28}));
    for (const std::int64_t length : {-1, -0x7FFF'FFFF - 1})
        EXPECT_EQ(parse_block_frame(fetch_block_frame().patch("length", byte_builder().i32(length))),
                  (defect{defect_code::envelope_length_negative, 28}));
    EXPECT_EQ(parse_block_frame(fetch_block_frame().patch("length", byte_builder().i32(12))),
              (defect{defect_code::envelope_excess, 36}));
    EXPECT_EQ(parse_block_frame(fetch_block_frame().u8(0)), (defect{defect_code::envelope_excess, 37}));
}

TEST(fetch_block_envelope, refuses_a_raw_message_of_the_past) {
    // What fetch_block answers when there was no fetch before it.
    EXPECT_TRUE(parse_block_frame(fetch_raw_frame()));
    EXPECT_TRUE(parse_block_frame(success_frame()));
}

TEST(fetch_envelope, tells_its_id_as_soon_as_its_header_is_whole) {
    const byte_builder header = byte_builder().u64(1'000).u64(17).u64(3);
    EXPECT_EQ(unmarked_reply_id(header.bytes()), 17U);
    EXPECT_EQ(unmarked_reply_id(byte_builder().append(header).u64(3).bytes()), 17U);
    for (std::size_t size = 0; size < header.size(); ++size) {
        const exact_bytes cut(std::span(header.bytes()).first(size));
        EXPECT_EQ(unmarked_reply_id(cut.view()), std::nullopt) << size;
    }
    EXPECT_EQ(unmarked_reply_id(byte_builder().u64(0xFFFF'FFFF'FFFF'FFFF).u64(8).u64(3).bytes()),
              std::nullopt)
        << "a frame of fetch_raw_data";
}

TEST(fetch_envelope, refuses_every_proper_prefix) {
    const byte_builder raw = fetch_raw_frame();
    for (std::size_t size = 0; size < raw.size(); ++size)
        EXPECT_EQ(parse_raw(byte_builder().raw(std::span(raw.bytes()).first(size))).code,
                  defect_code::envelope_truncated)
            << size;
    const byte_builder block = fetch_block_frame();
    for (std::size_t size = 0; size < block.size(); ++size)
        EXPECT_EQ(parse_block_frame(byte_builder().raw(std::span(block.bytes()).first(size))).code,
                  defect_code::envelope_truncated)
            << size;
}

TEST(envelope, refuses_every_proper_prefix) {
    for (const byte_builder& frame : {success_frame(), error_frame()}) {
        for (std::size_t size = 0; size < frame.size(); ++size) {
            const exact_bytes prefix(std::span(frame.bytes()).first(size));
            fetch_reply reply;
            EXPECT_EQ(parse_fetch_raw_data(prefix.view(), reply).code, defect_code::envelope_truncated)
                << size;
        }
    }
}

}  // namespace
}  // namespace tmq::wire
