#include "ws/frame_encoder.hpp"

#include "feeder.hpp"
#include "support/allocation_counter.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

using namespace tmq::ws;

namespace {

constexpr mask_key rfc_key = {0x37, 0xfa, 0x21, 0x3d};

/// A client frame taken apart by the letter of RFC 6455 5.2.
struct client_frame {
    int first = 0;
    std::size_t header_size = 0;
    std::uint64_t length = 0;
    std::string payload;
};

client_frame take_apart(const bytes& frame) {
    client_frame result;
    result.first = frame.at(0);
    EXPECT_EQ(frame.at(1) & 0x80, 0x80) << "a client must mask";
    result.length = frame.at(1) & 0x7F;
    std::size_t at = 2;
    const std::size_t extra = result.length == 126 ? 2 : result.length == 127 ? 8 : 0;
    if (extra != 0) result.length = 0;
    for (std::size_t i = 0; i < extra; ++i)
        result.length = result.length * 256 + frame.at(at++);
    const std::size_t key = at;
    result.header_size = at + 4;
    for (std::size_t i = result.header_size; i < frame.size(); ++i) {
        result.payload += static_cast<char>(frame[i] ^ frame.at(key + (i - result.header_size) % 4));
    }
    return result;
}

}  // namespace

TEST(frame_encoder, writes_the_masked_examples_of_the_rfc) {
    bytes out;
    append_text(out, "Hello", rfc_key);
    EXPECT_EQ(out, (bytes{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
    out.clear();
    append_pong(out, bytes_of("Hello"), rfc_key);
    EXPECT_EQ(out, (bytes{0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
}

TEST(frame_encoder, uses_the_shortest_length_form) {
    const std::pair<std::size_t, std::size_t> header_sizes[] = {
        {0, 6}, {1, 6}, {125, 6}, {126, 8}, {127, 8}, {65535, 8}, {65536, 14}, {200000, 14}};
    for (const auto& [size, header_size] : header_sizes) {
        std::string payload(size, '\0');
        for (std::size_t i = 0; i < size; ++i)
            payload[i] = static_cast<char>(i * 31);
        bytes out;
        append_binary(out, bytes_of(payload), rfc_key);
        const client_frame frame = take_apart(out);
        EXPECT_EQ(frame.first, 0x82);
        EXPECT_EQ(frame.header_size, header_size) << size;
        EXPECT_EQ(frame.length, size);
        EXPECT_EQ(frame.payload, payload);
    }
}

TEST(frame_encoder, masks_every_length_at_every_alignment) {
    for (std::size_t size = 0; size <= 70; ++size) {
        for (std::size_t shift = 0; shift < 16; ++shift) {
            // Memory of exactly this size, so that a sanitizer sees a word too many.
            const std::unique_ptr<std::uint8_t[]> memory(new std::uint8_t[shift + size]);
            for (std::size_t i = 0; i < shift + size; ++i)
                memory[i] = static_cast<std::uint8_t>(i * 13 + 5);
            apply_mask(std::span(memory.get() + shift, size), rfc_key);
            for (std::size_t i = 0; i < shift; ++i)
                ASSERT_EQ(memory[i], static_cast<std::uint8_t>(i * 13 + 5)) << "in front of the bytes";
            for (std::size_t i = 0; i < size; ++i) {
                ASSERT_EQ(memory[shift + i], static_cast<std::uint8_t>((shift + i) * 13 + 5) ^ rfc_key[i % 4])
                    << size << " " << shift << " " << i;
            }
        }
    }
}

TEST(frame_encoder, appends_behind_what_is_there) {
    for (std::size_t already = 0; already < 16; ++already) {
        bytes out(already, 0xEE);
        append_text(out, "Hello, world", rfc_key);
        EXPECT_EQ(bytes(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(already)),
                  bytes(already, 0xEE));
        EXPECT_EQ(take_apart(bytes(out.begin() + static_cast<std::ptrdiff_t>(already), out.end())).payload,
                  "Hello, world");
    }
}

TEST(frame_encoder, cuts_pings_and_pongs_to_125_bytes) {
    bytes out;
    append_ping(out, bytes_of(std::string(126, 'x')), rfc_key);
    EXPECT_EQ(take_apart(out).first, 0x89);
    EXPECT_EQ(take_apart(out).payload, std::string(125, 'x'));
    out.clear();
    append_pong(out, bytes_of(std::string(1000, 'y')), rfc_key);
    EXPECT_EQ(take_apart(out).payload, std::string(125, 'y'));
}

TEST(frame_encoder, writes_a_close_with_code_and_reason) {
    bytes out;
    append_close(out, 1000, "done", rfc_key);
    EXPECT_EQ(take_apart(out).first, 0x88);
    EXPECT_EQ(take_apart(out).payload,
              "\x03\xE8"
              "done");
    out.clear();
    append_close(out, 1002, {}, rfc_key);
    EXPECT_EQ(take_apart(out).payload, "\x03\xEA");
}

TEST(frame_encoder, writes_an_empty_close_for_no_status) {
    bytes out;
    append_close(out, 1005, "ignored", rfc_key);
    EXPECT_EQ(out, (bytes{0x88, 0x80, 0x37, 0xfa, 0x21, 0x3d}));
}

TEST(frame_encoder, cuts_a_close_reason_between_characters) {
    bytes out;
    append_close(out, 1000, std::string(123, 'a') + "b", rfc_key);
    EXPECT_EQ(take_apart(out).payload.substr(2), std::string(123, 'a'));
    out.clear();
    append_close(out, 1000, std::string(121, 'a') + "\xE2\x82\xAC", rfc_key);
    EXPECT_EQ(take_apart(out).payload.substr(2), std::string(121, 'a'));
    out.clear();
    append_close(out, 1000, std::string(120, 'a') + "\xE2\x82\xAC", rfc_key);
    EXPECT_EQ(take_apart(out).payload.substr(2), std::string(120, 'a') + "\xE2\x82\xAC");
}

TEST(frame_encoder, takes_no_memory_once_the_vector_has_its_capacity) {
    const std::string payload(300, 'x');
    const bytes echo = bytes_of("echo");
    bytes out;
    out.reserve(2000);
    const tmq::test::allocation_counter counted;
    for (int i = 0; i < 10; ++i) {
        out.clear();
        append_text(out, payload, rfc_key);
        append_binary(out, echo, rfc_key);
        append_ping(out, echo, rfc_key);
        append_pong(out, echo, rfc_key);
        append_close(out, 1000, "bye", rfc_key);
    }
    EXPECT_EQ(counted.count(), 0U);
}
