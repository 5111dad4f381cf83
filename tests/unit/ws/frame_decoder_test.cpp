#include "ws/frame_decoder.hpp"

#include "feeder.hpp"
#include "support/allocation_counter.hpp"
#include "ws/close_code.hpp"
#include "ws/receive_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

using tmq::base::defect_code;
using tmq::ws::frame;
using tmq::ws::frame_decoder;
using tmq::ws::frame_kind;
using tmq::ws::opcode;
using tmq::ws::receive_buffer;

namespace {

/// Bytes that differ from their neighbours, so that a message joined at the wrong place shows.
bytes pattern(std::size_t size, unsigned seed = 0) {
    bytes result(size);
    for (std::size_t i = 0; i < size; ++i)
        result[i] = static_cast<std::uint8_t>(i * 7 + i / 251 + seed);
    return result;
}

bytes fragment(opcode op, std::string_view payload) { return server_frame(op, payload, false); }

}  // namespace

TEST(frame_decoder, reads_the_unmasked_examples_of_the_rfc) {
    expect_events({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}, {text("Hello")});
    expect_events({0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f}, {text("Hello")});
    expect_events({0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}, {ping("Hello")});
    expect_events(bytes{0x82, 0x7E, 0x01, 0x00} + pattern(256), {binary(pattern(256))});
}

TEST(frame_decoder, reads_every_length_form_at_its_limits) {
    for (const std::size_t size :
         std::initializer_list<std::size_t>{0, 1, 125, 126, 127, 128, 255, 256, 1000}) {
        expect_events(server_frame(opcode::binary, pattern(size)) + server_frame(opcode::text, "end"),
                      {binary(pattern(size)), text("end")});
    }
}

TEST(frame_decoder, reads_a_length_of_65535_in_the_16_bit_form) {
    expect_events(server_frame(opcode::binary, pattern(65535)), {binary(pattern(65535))});
}

TEST(frame_decoder, reads_a_length_of_65536_in_the_64_bit_form) {
    expect_events(server_frame(opcode::binary, pattern(65536)), {binary(pattern(65536))});
}

TEST(frame_decoder, reads_messages_that_exceed_the_first_block) {
    const bytes large = pattern(70001);
    expect_events(server_frame(opcode::text, "a") + server_frame(opcode::binary, large) +
                      server_frame(opcode::text, "b"),
                  {text("a"), binary(large), text("b")});
}

TEST(frame_decoder, refuses_a_length_in_a_longer_form_than_needed) {
    for (const std::uint8_t op : std::initializer_list<std::uint8_t>{0x81, 0x82}) {
        expect_events({op, 126, 0, 0}, {failed(defect_code::frame_length_not_minimal)});
        expect_events({op, 126, 0, 125}, {failed(defect_code::frame_length_not_minimal)});
        expect_events({op, 127, 0, 0, 0, 0, 0, 0, 0, 0}, {failed(defect_code::frame_length_not_minimal)});
        expect_events({op, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF},
                      {failed(defect_code::frame_length_not_minimal)});
    }
}

TEST(frame_decoder, refuses_a_64_bit_length_with_the_top_bit_set) {
    expect_events({0x82, 127, 0x80, 0, 0, 0, 0, 1, 0, 0}, {failed(defect_code::frame_length_invalid)},
                  std::numeric_limits<std::uint64_t>::max());
    expect_events({0x82, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
                  {failed(defect_code::frame_length_invalid)}, std::numeric_limits<std::uint64_t>::max());
}

TEST(frame_decoder, refuses_a_huge_length_at_its_header) {
    for (const std::uint64_t limit : {std::uint64_t{1} << 28, std::numeric_limits<std::uint64_t>::max()}) {
        expect_events({0x82, 127, 0x40, 0, 0, 0, 0, 0, 0, 0}, {failed(defect_code::message_too_big)}, limit);
        expect_events({0x82, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
                      {failed(defect_code::message_too_big)}, limit);
    }
}

TEST(frame_decoder, takes_no_memory_for_a_length_it_refuses) {
    receive_buffer buffer;
    put(buffer, bytes{0x82, 127, 0x40, 0, 0, 0, 0, 0, 0, 0});
    frame_decoder decoder(1 << 20);
    const tmq::test::allocation_counter counted;
    EXPECT_EQ(decoder.next(buffer).error, defect_code::message_too_big);
    EXPECT_EQ(counted.count(), 0U);
}

TEST(frame_decoder, refuses_a_message_over_the_limit_and_reads_one_at_the_limit) {
    expect_events(server_frame(opcode::binary, pattern(300)), {binary(pattern(300))}, 300);
    expect_events(server_frame(opcode::binary, pattern(301)), {failed(defect_code::message_too_big)}, 300);
    expect_events(server_frame(opcode::text, "x"), {failed(defect_code::message_too_big)}, 0);
    expect_events(server_frame(opcode::text, ""), {text("")}, 0);
}

TEST(frame_decoder, sums_the_fragments_of_a_message_against_the_limit) {
    const bytes two = fragment(opcode::text, "12345") + fragment(opcode::continuation, "12345");
    expect_events(two + server_frame(opcode::continuation, ""), {text("1234512345")}, 10);
    expect_events(two + server_frame(opcode::continuation, "x"), {failed(defect_code::message_too_big)}, 10);
    expect_events(two + bytes{0x80, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
                  {failed(defect_code::message_too_big)}, std::numeric_limits<std::uint64_t>::max());
}

TEST(frame_decoder, counts_the_limit_anew_for_each_message) {
    const bytes message = fragment(opcode::text, "12345") + server_frame(opcode::continuation, "12345");
    expect_events(message + message + server_frame(opcode::text, "1234567890"),
                  {text("1234512345"), text("1234512345"), text("1234567890")}, 10);
}

TEST(frame_decoder, does_not_count_control_frames_against_the_limit) {
    const std::string payload(125, 'p');
    expect_events(fragment(opcode::text, "12345") + server_frame(opcode::ping, payload) +
                      server_frame(opcode::continuation, "12345"),
                  {ping(payload), text("1234512345")}, 10);
}

TEST(frame_decoder, joins_fragments) {
    expect_events(fragment(opcode::binary, "ab") + fragment(opcode::continuation, "cde") +
                      server_frame(opcode::continuation, "f"),
                  {binary(bytes_of("abcdef"))});
}

TEST(frame_decoder, joins_empty_fragments) {
    expect_events(fragment(opcode::text, "") + server_frame(opcode::continuation, ""), {text("")});
    expect_events(fragment(opcode::text, "") + fragment(opcode::continuation, "") +
                      server_frame(opcode::continuation, "x"),
                  {text("x")});
    expect_events(fragment(opcode::text, "x") + fragment(opcode::continuation, "") +
                      server_frame(opcode::continuation, ""),
                  {text("x")});
}

TEST(frame_decoder, joins_fragments_of_every_length_form) {
    const bytes parts[] = {pattern(200, 1), pattern(66000, 2), pattern(3, 3)};
    const bytes stream = server_frame(opcode::binary, parts[0], false) +
                         server_frame(opcode::continuation, parts[1], false) +
                         server_frame(opcode::continuation, parts[2]);
    expect_events(stream, {binary(parts[0] + parts[1] + parts[2])});
}

TEST(frame_decoder, delivers_control_frames_between_fragments_at_once) {
    expect_events(fragment(opcode::text, "ab") + server_frame(opcode::ping, "first") +
                      fragment(opcode::continuation, "cd") + server_frame(opcode::pong, "second") +
                      server_frame(opcode::ping, "") + server_frame(opcode::continuation, "ef") +
                      server_frame(opcode::ping, "third") + server_frame(opcode::text, "next"),
                  {ping("first"), pong("second"), ping(), text("abcdef"), ping("third"), text("next")});
}

TEST(frame_decoder, delivers_a_close_between_fragments) {
    expect_events(fragment(opcode::text, "ab") + close_frame(1001, "going"), {closed(1001, "going")});
}

TEST(frame_decoder, joins_a_large_message_of_small_fragments_with_pings_in_between) {
    // The shape of a server that writes through a 4 KiB buffer; larger than the first block, so that the
    // memory grows under it.
    bytes stream;
    bytes whole;
    std::vector<event> expected;
    for (unsigned i = 0; i < 40; ++i) {
        const bytes part = pattern(4096, i);
        stream =
            std::move(stream) + server_frame(i == 0 ? opcode::binary : opcode::continuation, part, i == 39);
        whole = std::move(whole) + part;
        if (i % 3 == 0 && i != 39) {
            stream = std::move(stream) + server_frame(opcode::ping, std::to_string(i));
            expected.push_back(ping(std::to_string(i)));
        }
    }
    expected.push_back(binary(whole));
    stream = std::move(stream) + server_frame(opcode::text, "next");
    expected.push_back(text("next"));

    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        std::mt19937 random(seed);
        std::uniform_int_distribution<std::size_t> size(1, seed % 2 == 0 ? 300 : 20000);
        const auto at_random = [&](std::size_t, std::size_t) { return size(random); };
        ASSERT_EQ(decode(stream, 1 << 20, seed % 3 == 0, at_random), expected) << seed;
    }
    for (std::size_t cut = 1; cut <= 5000; ++cut) {
        const auto in_steps = [cut](std::size_t done, std::size_t) {
            return done == 0 ? cut : std::size_t{50000};
        };
        ASSERT_EQ(decode(stream, 1 << 20, cut % 2 == 0, in_steps), expected) << cut;
    }
}

/// A stream, and what must be known of its messages after each byte of it.
struct marked_stream {
    bytes stream;
    std::vector<tmq::ws::arrival> after{tmq::ws::arrival()};

    marked_stream& add(opcode op, std::size_t size, bool final = true) {
        const bytes frame = server_frame(op, bytes(size, 'x'), final);
        const std::size_t head = frame.size() - size;
        const bool is_data = op == opcode::text || op == opcode::binary || op == opcode::continuation;
        for (std::size_t at = 1; at <= frame.size(); ++at) {
            tmq::ws::arrival now = after.back();
            if (is_data && at > head) {
                ++now.payload;
                now.has_partial_message = true;
            }
            if (is_data && at == frame.size()) {
                now.has_partial_message = !final;
                now.messages += final ? 1U : 0U;
            }
            after.push_back(now);
        }
        stream = std::move(stream) + frame;
        return *this;
    }
};

TEST(frame_decoder, counts_the_payload_of_messages_wherever_reads_end) {
    marked_stream marked;
    marked.add(opcode::text, 5).add(opcode::ping, 7).add(opcode::binary, 130).add(opcode::text, 0);
    marked.add(opcode::binary, 3, false).add(opcode::ping, 2).add(opcode::continuation, 0, false);
    marked.add(opcode::continuation, 126, false).add(opcode::pong, 0).add(opcode::continuation, 4);
    marked.add(opcode::binary, 0, false).add(opcode::continuation, 0).add(opcode::binary, 70'000);
    ASSERT_EQ(marked.after.back().payload, 70'268U);
    ASSERT_EQ(marked.after.back().messages, 6U);

    for (const std::size_t step : {1U, 2U, 3U, 5U, 64U, 4096U}) {
        fenced_buffer buffer;
        frame_decoder decoder(1 << 20);
        for (std::size_t done = 0; done < marked.stream.size();) {
            const std::size_t count = std::min(step, marked.stream.size() - done);
            done += buffer.read(std::span(marked.stream).subspan(done), count, count);
            frame_kind found{};
            while ((found = decoder.next(buffer.get()).kind) != frame_kind::need_more)
                ASSERT_NE(found, frame_kind::failed);
            ASSERT_TRUE(decoder.arrival() == marked.after[done]) << done << " bytes in steps of " << step;
        }
    }
}

TEST(frame_decoder, refuses_a_continuation_without_a_message) {
    expect_events(server_frame(opcode::continuation, "x"),
                  {failed(defect_code::frame_unexpected_continuation)});
    expect_events(fragment(opcode::continuation, "x"), {failed(defect_code::frame_unexpected_continuation)});
    expect_events(server_frame(opcode::text, "a") + server_frame(opcode::continuation, "b"),
                  {text("a"), failed(defect_code::frame_unexpected_continuation)});
    expect_events(fragment(opcode::text, "a") + server_frame(opcode::continuation, "b") +
                      server_frame(opcode::continuation, "c"),
                  {text("ab"), failed(defect_code::frame_unexpected_continuation)});
}

TEST(frame_decoder, refuses_a_new_message_inside_a_fragmented_one) {
    for (const opcode op : {opcode::text, opcode::binary}) {
        expect_events(fragment(opcode::text, "a") + server_frame(op, "b"),
                      {failed(defect_code::frame_expected_continuation)});
        expect_events(fragment(opcode::text, "a") + server_frame(opcode::ping, "p") + fragment(op, "b"),
                      {ping("p"), failed(defect_code::frame_expected_continuation)});
        expect_events(fragment(opcode::text, "") + server_frame(op, ""),
                      {failed(defect_code::frame_expected_continuation)});
    }
}

TEST(frame_decoder, refuses_a_control_frame_without_fin) {
    for (const opcode op : {opcode::close, opcode::ping, opcode::pong})
        expect_events(fragment(op, ""), {failed(defect_code::frame_control_fragmented)});
}

TEST(frame_decoder, refuses_a_control_frame_of_more_than_125_bytes) {
    for (const opcode op : {opcode::close, opcode::ping, opcode::pong}) {
        expect_events(server_frame(op, std::string(126, 'x')), {failed(defect_code::frame_control_too_long)});
        expect_events(server_frame(op, pattern(65536)), {failed(defect_code::frame_control_too_long)});
    }
    expect_events(server_frame(opcode::ping, std::string(125, 'x')), {ping(std::string(125, 'x'))});
    expect_events(server_frame(opcode::pong, std::string(125, 'x')), {pong(std::string(125, 'x'))});
    expect_events(close_frame(1000, std::string(123, 'x')), {closed(1000, std::string(123, 'x'))});
}

TEST(frame_decoder, refuses_each_reserved_bit) {
    for (const std::uint8_t bits : std::initializer_list<std::uint8_t>{0x40, 0x20, 0x10, 0x70}) {
        for (const std::uint8_t first :
             std::initializer_list<std::uint8_t>{0x81, 0x82, 0x01, 0x88, 0x89, 0x8A}) {
            expect_events({static_cast<std::uint8_t>(first | bits), 0},
                          {failed(defect_code::frame_reserved_bits)});
        }
        expect_events(fragment(opcode::text, "a") + bytes{static_cast<std::uint8_t>(0x80 | bits), 0},
                      {failed(defect_code::frame_reserved_bits)});
    }
}

TEST(frame_decoder, marks_a_compressed_message) {
    expect_events_with_compression(marked_compressed(server_frame(opcode::text, "\xF2\x48\xCD\xC9\xC9\x07")) +
                                       server_frame(opcode::text, "plain") +
                                       marked_compressed(server_frame(opcode::binary, pattern(300))) +
                                       server_frame(opcode::binary, pattern(10)),
                                   {compressed(text("\xF2\x48\xCD\xC9\xC9\x07")), text("plain"),
                                    compressed(binary(pattern(300))), binary(pattern(10))});
}

TEST(frame_decoder, joins_the_fragments_of_a_compressed_message) {
    const bytes payload = pattern(23, 0x80);
    for (std::size_t size = 1; size <= payload.size(); ++size) {
        for (const opcode op : {opcode::text, opcode::binary}) {
            bytes stream;
            std::vector<event> expected;
            for (std::size_t at = 0; at < payload.size(); at += size) {
                const bool final = at + size >= payload.size();
                const auto end = static_cast<std::ptrdiff_t>(final ? payload.size() : at + size);
                const bytes part(payload.begin() + static_cast<std::ptrdiff_t>(at), payload.begin() + end);
                stream = stream + (at == 0 ? marked_compressed(server_frame(op, part, final))
                                           : server_frame(opcode::continuation, part, final));
                if (final) continue;
                stream = stream + server_frame(opcode::ping, "p");
                expected.push_back(ping("p"));
            }
            expected.push_back(compressed(
                op == opcode::text ? text({reinterpret_cast<const char*>(payload.data()), payload.size()})
                                   : binary(payload)));
            expected.push_back(binary(bytes_of("plain")));
            expect_events_with_compression(
                stream + fragment(opcode::binary, "pl") + server_frame(opcode::continuation, "ain"),
                expected);
        }
    }
}

TEST(frame_decoder, leaves_the_utf8_of_compressed_text_to_those_who_inflate_it) {
    expect_events_with_compression(marked_compressed(server_frame(opcode::text, "\xFF")),
                                   {compressed(text("\xFF"))});
    expect_events_with_compression(
        marked_compressed(fragment(opcode::text, "\xE2")) + server_frame(opcode::continuation, "\xFF"),
        {compressed(text("\xE2\xFF"))});
    expect_events_with_compression(server_frame(opcode::text, "\xFF"),
                                   {failed(defect_code::frame_text_not_utf8)});
    expect_events_with_compression(
        marked_compressed(server_frame(opcode::binary, "\xFF")) + server_frame(opcode::text, "\xFF"),
        {compressed(binary({0xFF})), failed(defect_code::frame_text_not_utf8)});
}

TEST(frame_decoder, refuses_the_compressed_bit_on_everything_but_the_first_frame_of_a_message) {
    for (const opcode op : {opcode::close, opcode::ping, opcode::pong, opcode::continuation})
        expect_events_with_compression(marked_compressed(server_frame(op, "")),
                                       {failed(defect_code::frame_reserved_bits)});
    for (const bool marked : {false, true}) {
        const bytes first =
            marked ? marked_compressed(fragment(opcode::text, "a")) : fragment(opcode::text, "a");
        for (const bool final : {false, true})
            expect_events_with_compression(
                first + marked_compressed(server_frame(opcode::continuation, "b", final)),
                {failed(defect_code::frame_reserved_bits)});
        expect_events_with_compression(first + marked_compressed(server_frame(opcode::text, "b")),
                                       {failed(defect_code::frame_expected_continuation)});
        expect_events_with_compression(first + marked_compressed(server_frame(opcode::ping, "b")),
                                       {failed(defect_code::frame_reserved_bits)});
    }
}

TEST(frame_decoder, refuses_the_other_reserved_bits_with_compression_too) {
    for (const std::uint8_t bits : std::initializer_list<std::uint8_t>{0x20, 0x10, 0x30, 0x60, 0x50, 0x70})
        for (const std::uint8_t first :
             std::initializer_list<std::uint8_t>{0x81, 0x82, 0x01, 0x88, 0x89, 0x8A})
            expect_events_with_compression({static_cast<std::uint8_t>(first | bits), 0},
                                           {failed(defect_code::frame_reserved_bits)});
}

TEST(frame_decoder, limits_the_compressed_bytes_of_a_message) {
    expect_events_with_compression(marked_compressed(server_frame(opcode::binary, "12345")),
                                   {compressed(binary(bytes_of("12345")))}, 5);
    expect_events_with_compression(marked_compressed(server_frame(opcode::binary, "123456")),
                                   {failed(defect_code::message_too_big)}, 5);
    expect_events_with_compression(
        marked_compressed(fragment(opcode::binary, "1234")) + server_frame(opcode::continuation, "56"),
        {failed(defect_code::message_too_big)}, 5);
}

TEST(frame_decoder, refuses_each_reserved_opcode) {
    for (const int op : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
        expect_events({static_cast<std::uint8_t>(0x80 | op), 0},
                      {failed(defect_code::frame_reserved_opcode)});
        expect_events({static_cast<std::uint8_t>(op), 0}, {failed(defect_code::frame_reserved_opcode)});
    }
}

TEST(frame_decoder, refuses_a_masked_frame) {
    expect_events({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58},
                  {failed(defect_code::frame_masked)});
    for (const std::uint8_t first : std::initializer_list<std::uint8_t>{0x82, 0x88, 0x89, 0x8A})
        expect_events({first, 0x80, 0, 0, 0, 0}, {failed(defect_code::frame_masked)});
}

TEST(frame_decoder, reads_a_close_without_a_code) {
    expect_events({0x88, 0}, {closed(tmq::ws::close_code::no_status)});
}

TEST(frame_decoder, refuses_a_close_of_one_byte) {
    expect_events({0x88, 1, 0x03}, {failed(defect_code::frame_close_invalid)});
}

TEST(frame_decoder, judges_every_close_code) {
    for (std::uint32_t code = 0; code <= 0xFFFF; ++code) {
        const bool valid = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                           (code >= 3000 && code <= 4999);
        const auto wire_code = static_cast<std::uint16_t>(code);
        receive_buffer buffer;
        put(buffer, close_frame(wire_code, "why"));
        frame_decoder decoder(100);
        const frame result = decoder.next(buffer);
        ASSERT_EQ(result.kind, valid ? frame_kind::close : frame_kind::failed) << code;
        ASSERT_EQ(result.error, valid ? defect_code{} : defect_code::frame_close_invalid) << code;
        ASSERT_TRUE(!valid || result.close_code == code) << code;
    }
}

TEST(frame_decoder, judges_the_close_codes_at_the_limits_however_they_are_split) {
    for (const std::uint16_t code :
         std::initializer_list<std::uint16_t>{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012,
                                              1013, 1014, 3000, 3999, 4000, 4999}) {
        expect_events(close_frame(code), {closed(code)});
        expect_events(close_frame(code, "why \xE2\x82\xAC"), {closed(code, "why \xE2\x82\xAC")});
    }
    for (const std::uint16_t code : std::initializer_list<std::uint16_t>{
             0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
        expect_events(close_frame(code), {failed(defect_code::frame_close_invalid)});
    }
}

TEST(frame_decoder, refuses_a_close_reason_that_is_not_utf8) {
    expect_events(close_frame(1000, "\xC3"), {failed(defect_code::frame_close_invalid)});
    expect_events(close_frame(1000, "ok\xED\xA0\x80"), {failed(defect_code::frame_close_invalid)});
}

TEST(frame_decoder, refuses_anything_after_a_close) {
    for (const bytes& more : {server_frame(opcode::text, "x"), server_frame(opcode::ping, ""),
                              close_frame(1000), bytes{0x81}, bytes{0xFF}}) {
        expect_events(close_frame(1000) + more, {closed(1000), failed(defect_code::frame_after_close)});
    }
}

TEST(frame_decoder, refuses_text_that_is_not_utf8) {
    for (const std::string_view bad :
         {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80",
          "plain then \xFF", "cut \xE2\x82", "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80"}) {
        expect_events(server_frame(opcode::text, bad), {failed(defect_code::frame_text_not_utf8)});
        expect_events(server_frame(opcode::binary, bad), {binary(bytes_of(bad))});
    }
}

TEST(frame_decoder, judges_utf8_over_the_joined_fragments) {
    const std::string_view euro = "\xE2\x82\xAC";
    for (std::size_t cut = 0; cut <= 3; ++cut) {
        expect_events(fragment(opcode::text, euro.substr(0, cut)) + server_frame(opcode::ping, "p") +
                          server_frame(opcode::continuation, euro.substr(cut)),
                      {ping("p"), text(euro)});
    }
    expect_events(fragment(opcode::text, "\xE2\x82") + server_frame(opcode::continuation, "x"),
                  {failed(defect_code::frame_text_not_utf8)});
    expect_events(fragment(opcode::text, "fine") + server_frame(opcode::continuation, "\xC3"),
                  {failed(defect_code::frame_text_not_utf8)});
}

TEST(frame_decoder, says_exactly_how_many_bytes_are_missing) {
    receive_buffer buffer;
    frame_decoder decoder(1 << 20);
    const auto missing_after = [&](const bytes& data) {
        put(buffer, data);
        const frame result = decoder.next(buffer);
        return result.kind == frame_kind::need_more ? result.missing : 0;
    };
    EXPECT_EQ(decoder.next(buffer).missing, 2U);
    EXPECT_EQ(missing_after({0x82}), 1U);
    EXPECT_EQ(missing_after({127}), 8U);
    EXPECT_EQ(missing_after({0, 0, 0}), 5U);
    EXPECT_EQ(missing_after({0, 0, 1, 0, 2}), 65538U);
    EXPECT_EQ(missing_after(pattern(65537)), 1U);
    EXPECT_EQ(missing_after({9}), 0U);
    EXPECT_EQ(missing_after({0x82, 126}), 2U);
}

TEST(frame_decoder, returns_an_unfragmented_message_where_it_lies) {
    receive_buffer buffer;
    const bytes payload = pattern(1000);
    put(buffer, server_frame(opcode::binary, payload) + server_frame(opcode::text, "next"));
    const std::uint8_t* start = buffer.unread().data();
    frame_decoder decoder(1 << 20);
    const frame first = decoder.next(buffer);
    EXPECT_EQ(first.payload.data(), start + 4);
    EXPECT_EQ(decoder.next(buffer).payload.data(), start + 4 + 1000 + 2);
    EXPECT_TRUE(std::equal(payload.begin(), payload.end(), first.payload.begin()));
}

TEST(frame_decoder, keeps_its_memory_under_a_flood_of_control_frames_inside_a_message) {
    receive_buffer buffer;
    frame_decoder decoder(1 << 20);
    put(buffer, fragment(opcode::text, "begin "));
    ASSERT_EQ(decoder.next(buffer).kind, frame_kind::need_more);
    const bytes flood =
        server_frame(opcode::ping, std::string(125, 'p')) + fragment(opcode::continuation, "");
    const tmq::test::allocation_counter counted;
    for (int i = 0; i < 5000; ++i) {
        put(buffer, flood);
        ASSERT_EQ(decoder.next(buffer).kind, frame_kind::ping);
        ASSERT_EQ(decoder.next(buffer).kind, frame_kind::need_more);
    }
    EXPECT_EQ(counted.count(), 0U);
    put(buffer, server_frame(opcode::continuation, "end"));
    const frame result = decoder.next(buffer);
    ASSERT_EQ(result.kind, frame_kind::text);
    EXPECT_EQ(std::string(result.payload.begin(), result.payload.end()), "begin end");
}

TEST(frame_decoder, says_the_same_about_any_bytes_however_they_are_split) {
    const std::vector<bytes> seeds = {
        server_frame(opcode::text, "text") + fragment(opcode::binary, "ab") +
            server_frame(opcode::ping, "p") + server_frame(opcode::continuation, "c"),
        server_frame(opcode::binary, pattern(300)) + close_frame(1000, "bye"),
        fragment(opcode::text, "\xE2\x82") + server_frame(opcode::continuation, "\xAC") +
            server_frame(opcode::pong, ""),
        marked_compressed(fragment(opcode::text, "ab")) + server_frame(opcode::ping, "p") +
            server_frame(opcode::continuation, "c"),
    };
    std::mt19937 random(2024);
    std::uniform_int_distribution<int> byte(0, 255);
    for (int round = 0; round < 3000; ++round) {
        bytes stream = seeds[static_cast<std::size_t>(round) % seeds.size()];
        const bool compression = round % 3 == 0;
        for (int changes = round % 5; changes > 0; --changes)
            stream[random() % stream.size()] = static_cast<std::uint8_t>(byte(random));
        if (round % 10 == 9)
            std::generate(stream.begin(), stream.end(),
                          [&] { return static_cast<std::uint8_t>(byte(random)); });
        const std::vector<event> expected =
            decode(stream, 1000, false, [&](std::size_t, std::size_t) { return stream.size(); }, compression);
        const std::size_t split = random() % stream.size() + 1;
        ASSERT_EQ(decode(
                      stream, 1000, true, [&](std::size_t, std::size_t) { return split; }, compression),
                  expected)
            << round;
        ASSERT_EQ(
            decode(
                stream, 1000, true, [](std::size_t, std::size_t) { return std::size_t{1}; }, compression),
            expected)
            << round;
    }
}
