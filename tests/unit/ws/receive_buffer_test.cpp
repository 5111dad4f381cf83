#include "ws/receive_buffer.hpp"

#include "feeder.hpp"
#include "support/allocation_counter.hpp"
#include "ws/frame_decoder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <new>

using tmq::detail::byte_buffer;
using tmq::ws::frame;
using tmq::ws::frame_decoder;
using tmq::ws::frame_kind;
using tmq::ws::opcode;
using tmq::ws::receive_buffer;

namespace {

std::string string_of(std::span<const std::uint8_t> data) { return std::string(data.begin(), data.end()); }

}  // namespace

TEST(receive_buffer, starts_with_8_kib_of_room_and_gives_all_of_it) {
    receive_buffer buffer;
    EXPECT_TRUE(buffer.unread().empty());
    EXPECT_EQ(buffer.prepare(1).size(), 8U * 1024);
    buffer.commit(1000);
    EXPECT_EQ(buffer.prepare(1).size(), 8U * 1024 - 1000);
}

TEST(receive_buffer, has_64_kib_of_room_from_the_first_message_on) {
    receive_buffer buffer;
    put(buffer, bytes(8 * 1024, 1));
    EXPECT_EQ(buffer.prepare(1).size(), 56U * 1024);
}

TEST(receive_buffer, never_offers_an_empty_read) {
    receive_buffer buffer;
    buffer.commit(buffer.prepare(0).size());
    EXPECT_GE(buffer.prepare(0).size(), 1U);
}

TEST(receive_buffer, gives_at_least_what_is_asked_for_and_keeps_the_bytes) {
    receive_buffer buffer;
    put(buffer, bytes_of("held"));
    const std::span<std::uint8_t> room = buffer.prepare(1'000'000);
    EXPECT_GE(room.size(), 1'000'000U);
    EXPECT_EQ(string_of(buffer.unread()), "held");
    EXPECT_EQ(buffer.unread().data() + 4, room.data());
}

TEST(receive_buffer, leaves_64_readable_bytes_behind_the_room) {
    for (const std::size_t size :
         {std::size_t{1}, receive_buffer::first_room, receive_buffer::first_room + 1, std::size_t{300'000}}) {
        receive_buffer buffer;
        const std::span<std::uint8_t> room = buffer.prepare(size);
        std::fill_n(room.data(), room.size() + 64, std::uint8_t{0xAA});
        EXPECT_EQ(room.data()[room.size() + 63], 0xAA);
    }
}

TEST(receive_buffer, refuses_an_impossible_size_and_stays_intact) {
    receive_buffer buffer;
    put(buffer, bytes_of("held"));
    EXPECT_THROW(buffer.prepare(std::numeric_limits<std::size_t>::max()), std::bad_alloc);
    EXPECT_EQ(string_of(buffer.unread()), "held");
}

TEST(receive_buffer, uses_its_memory_from_the_start_again_when_all_is_consumed) {
    receive_buffer buffer;
    const bytes most(60'000, 1);
    const std::uint8_t* start = buffer.prepare(most.size()).data();
    const tmq::test::allocation_counter counted;
    for (int i = 0; i < 100; ++i) {
        put(buffer, most);
        buffer.consume(most.size());
    }
    EXPECT_EQ(buffer.prepare(1).data(), start);
    EXPECT_EQ(counted.count(), 0U);
}

TEST(receive_buffer, offers_all_its_room_again_however_little_was_consumed) {
    receive_buffer buffer;
    put(buffer, bytes_of("short"));
    buffer.consume(5);
    EXPECT_EQ(buffer.prepare(1).size(), receive_buffer::first_room);
}

TEST(receive_buffer, moves_the_held_bytes_rather_than_grow) {
    receive_buffer buffer;
    buffer.prepare(receive_buffer::message_room);
    const bytes ones(65'000, 1);
    const bytes twos(65'000, 2);
    const tmq::test::allocation_counter counted;
    put(buffer, ones);
    buffer.consume(64'900);
    put(buffer, twos);
    EXPECT_EQ(counted.count(), 0U);
    EXPECT_EQ(buffer.unread().size(), 100U + 65'000);
    EXPECT_EQ(buffer.unread()[99], 1);
    EXPECT_EQ(buffer.unread()[100], 2);
}

TEST(receive_buffer, makes_room_for_a_worthwhile_read_when_that_is_cheap) {
    receive_buffer buffer;
    buffer.prepare(receive_buffer::message_room);
    put(buffer, bytes(65'000, 1));
    buffer.consume(64'900);
    EXPECT_EQ(buffer.prepare(2).size(), 64U * 1024 - 100);
}

TEST(receive_buffer, grows_in_ever_larger_steps_for_a_message_in_fragments) {
    receive_buffer buffer;
    const bytes piece(4096, 7);
    const tmq::test::allocation_counter counted;
    for (int i = 0; i < 4096; ++i) {
        put(buffer, piece);
        buffer.keep(piece.size());
    }
    EXPECT_LE(counted.count(), 20U);
    EXPECT_EQ(buffer.kept_size(), 4096U * 4096);
}

TEST(receive_buffer, has_little_more_room_than_a_message_in_one_frame_needs) {
    receive_buffer buffer;
    constexpr std::size_t size = 16 << 20;
    put(buffer, bytes_of("its head"));
    EXPECT_LE(buffer.prepare(size).size(), size + size / 15);
    put(buffer, bytes(size, 1));
    const tmq::test::allocation_counter counted;
    buffer.consume(8 + size);
    EXPECT_GE(buffer.prepare(size + size / 20).size(), size + size / 20);
    EXPECT_EQ(counted.count(), 0U);
}

TEST(receive_buffer, keeps_fragments_together_through_moves_and_growth) {
    receive_buffer buffer;
    put(buffer, bytes_of("..one...two,rest"));
    buffer.consume(2);
    buffer.keep(3);
    buffer.consume(3);
    buffer.keep(3);
    buffer.consume(1);
    EXPECT_EQ(buffer.kept_size(), 6U);
    buffer.prepare(65'530);
    EXPECT_EQ(string_of(buffer.unread()), "rest");
    buffer.prepare(1'000'000);
    EXPECT_EQ(string_of(buffer.unread()), "rest");
    EXPECT_EQ(string_of(buffer.release_kept()), "onetwo");
    EXPECT_EQ(buffer.kept_size(), 0U);
    EXPECT_EQ(string_of(buffer.unread()), "rest");
}

TEST(receive_buffer, clear_forgets_the_bytes_and_keeps_the_memory) {
    receive_buffer buffer;
    put(buffer, bytes_of("left over"));
    buffer.keep(4);
    buffer.clear();
    const tmq::test::allocation_counter counted;
    EXPECT_TRUE(buffer.unread().empty());
    EXPECT_EQ(buffer.kept_size(), 0U);
    EXPECT_EQ(buffer.prepare(1).size(), receive_buffer::first_room);
    EXPECT_EQ(counted.count(), 0U);
}

TEST(receive_buffer_take, hands_over_the_block_without_copying_the_payload) {
    receive_buffer buffer;
    frame_decoder decoder(1 << 20);
    put(buffer, server_frame(opcode::text, "before") + server_frame(opcode::binary, "payload"));
    EXPECT_EQ(decoder.next(buffer).kind, frame_kind::text);
    const frame message = decoder.next(buffer);
    byte_buffer block;
    const std::size_t offset = buffer.take(block, message.payload);
    EXPECT_EQ(block.data() + offset, message.payload.data());
    EXPECT_EQ(string_of(message.payload), "payload") << "the span stays valid in the block";
    EXPECT_EQ(offset, 2U + 6 + 2);
    EXPECT_GE(block.capacity(), offset + message.payload.size() + receive_buffer::padding);
    EXPECT_TRUE(buffer.unread().empty());
}

TEST(receive_buffer_take, carries_on_with_the_bytes_read_beyond_the_message) {
    receive_buffer buffer;
    frame_decoder decoder(1 << 20);
    const bytes tail = server_frame(opcode::text, "after") + bytes{0x82, 126, 0x01};
    put(buffer, server_frame(opcode::binary, "payload") + tail);
    byte_buffer block;
    buffer.take(block, decoder.next(buffer).payload);
    EXPECT_EQ(bytes(buffer.unread().begin(), buffer.unread().end()), tail);
    EXPECT_EQ(string_of(decoder.next(buffer).payload), "after");
    EXPECT_EQ(decoder.next(buffer).missing, 1U);
    put(buffer, bytes{0x00} + bytes(256, 0x5A));
    const frame last = decoder.next(buffer);
    EXPECT_EQ(bytes(last.payload.begin(), last.payload.end()), bytes(256, 0x5A));
}

TEST(receive_buffer_take, leaves_room_for_a_tail_larger_than_the_block_that_came_back) {
    receive_buffer buffer;
    frame_decoder decoder(1 << 20);
    const bytes tail = server_frame(opcode::binary, bytes(200'000, 9));
    put(buffer, server_frame(opcode::binary, "small") + tail);
    byte_buffer block;
    block.grow(100, 0);
    buffer.take(block, decoder.next(buffer).payload);
    EXPECT_EQ(bytes(buffer.unread().begin(), buffer.unread().end()), tail);
    EXPECT_EQ(decoder.next(buffer).payload.size(), 200'000U);
}

TEST(receive_buffer_take, goes_on_with_the_room_of_a_first_block_at_least) {
    receive_buffer buffer;
    frame_decoder decoder(1 << 20);
    put(buffer, server_frame(opcode::binary, "payload") + bytes{0x82});
    byte_buffer block;
    block.grow(100, 0);
    buffer.take(block, decoder.next(buffer).payload);
    const tmq::test::allocation_counter counted;
    EXPECT_EQ(buffer.prepare(1).size(), receive_buffer::first_room - 1);
    EXPECT_EQ(counted.count(), 0U);
}

TEST(receive_buffer_take, keeps_the_message_being_joined_when_a_ping_inside_it_is_taken) {
    receive_buffer buffer;
    frame_decoder decoder(1 << 20);
    put(buffer, server_frame(opcode::text, "ab", false) + server_frame(opcode::ping, "p") +
                    server_frame(opcode::continuation, "cd"));
    const frame inside = decoder.next(buffer);
    ASSERT_EQ(inside.kind, frame_kind::ping);
    byte_buffer block;
    const std::size_t offset = buffer.take(block, inside.payload);
    EXPECT_EQ(block.data()[offset], 'p');
    EXPECT_EQ(string_of(decoder.next(buffer).payload), "abcd");
}

TEST(receive_buffer_take, hands_over_a_joined_message) {
    receive_buffer buffer;
    frame_decoder decoder(1 << 20);
    put(buffer, server_frame(opcode::binary, "ab", false) + server_frame(opcode::continuation, "cd") +
                    server_frame(opcode::text, "next"));
    const frame message = decoder.next(buffer);
    byte_buffer block;
    const std::size_t offset = buffer.take(block, message.payload);
    EXPECT_EQ(string_of(std::span(block.data() + offset, 4)), "abcd");
    EXPECT_EQ(string_of(decoder.next(buffer).payload), "next");
}

TEST(receive_buffer_take, hands_over_an_empty_message) {
    receive_buffer buffer;
    frame_decoder decoder(1 << 20);
    put(buffer, server_frame(opcode::binary, "") + server_frame(opcode::text, "next"));
    byte_buffer block;
    EXPECT_LE(buffer.take(block, decoder.next(buffer).payload), block.capacity());
    EXPECT_EQ(string_of(decoder.next(buffer).payload), "next");
}

TEST(receive_buffer_take, swaps_two_blocks_for_ever_without_allocating) {
    receive_buffer buffer;
    frame_decoder decoder(1 << 20);
    byte_buffer block;
    const bytes payload(300'000, 3);
    const bytes stream =
        server_frame(opcode::text, "{\"action\":\"poll\"}") + server_frame(opcode::binary, payload);
    const auto receive_one = [&] {
        std::size_t done = 0;
        while (true) {
            const frame result = decoder.next(buffer);
            if (result.kind == frame_kind::binary) {
                const std::size_t offset = buffer.take(block, result.payload);
                return block.data() + offset == result.payload.data() &&
                       std::equal(payload.begin(), payload.end(), block.data() + offset);
            }
            if (result.kind == frame_kind::need_more) {
                const std::span<std::uint8_t> room = buffer.prepare(result.missing);
                const std::size_t count = std::min(room.size(), stream.size() - done);
                std::copy_n(stream.begin() + static_cast<std::ptrdiff_t>(done), count, room.begin());
                buffer.commit(count);
                done += count;
            }
        }
    };
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(receive_one());
    const tmq::test::allocation_counter counted;
    for (int i = 0; i < 200; ++i)
        ASSERT_TRUE(receive_one());
    EXPECT_EQ(counted.count(), 0U);
}

TEST(receive_buffer_take, reads_a_large_message_in_two_reads) {
    receive_buffer buffer;
    frame_decoder decoder(16 << 20);
    const bytes stream = server_frame(opcode::binary, bytes(8 << 20, 4));
    std::size_t done = 0;
    int reads = 0;
    frame result = decoder.next(buffer);
    for (; result.kind == frame_kind::need_more; result = decoder.next(buffer)) {
        const std::span<std::uint8_t> room = buffer.prepare(result.missing);
        const std::size_t count = std::min(room.size(), stream.size() - done);
        std::copy_n(stream.begin() + static_cast<std::ptrdiff_t>(done), count, room.begin());
        buffer.commit(count);
        done += count;
        ++reads;
    }
    EXPECT_EQ(result.kind, frame_kind::binary);
    EXPECT_EQ(reads, 2);
}

constexpr std::size_t large_size = 8 << 20;

TEST(receive_buffer_reuse, a_large_message_comes_into_the_block_that_was_given_back) {
    receive_buffer buffer;
    put(buffer, bytes_of("its head"));
    byte_buffer block;
    block.grow(large_size, 0);
    const std::uint8_t* const memory = block.data();
    EXPECT_TRUE(buffer.reuse(block));
    EXPECT_EQ(block.capacity(), 0U);
    const tmq::test::allocation_counter counted;
    EXPECT_EQ(buffer.prepare(large_size - 1000).data(), memory + 8);
    EXPECT_EQ(string_of(buffer.unread()), "its head");
    EXPECT_EQ(counted.count(), 0U);
}

TEST(receive_buffer_reuse, gives_the_block_that_was_kept_before) {
    receive_buffer buffer;
    byte_buffer block;
    block.grow(large_size, 0);
    const std::uint8_t* const first = block.data();
    EXPECT_TRUE(buffer.reuse(block));
    block.grow(2 * large_size, 0);
    EXPECT_TRUE(buffer.reuse(block));
    EXPECT_EQ(block.data(), first);
    EXPECT_EQ(block.capacity(), large_size);
}

TEST(receive_buffer_reuse, leaves_a_small_block_where_it_is) {
    receive_buffer buffer;
    byte_buffer block;
    block.grow((1 << 20) - 1, 0);
    const std::uint8_t* const memory = block.data();
    EXPECT_FALSE(buffer.reuse(block));
    EXPECT_EQ(block.data(), memory);
}

TEST(receive_buffer_reuse, a_block_that_is_too_small_for_the_message_is_given_up) {
    receive_buffer buffer;
    byte_buffer block;
    block.grow(large_size, 0);
    EXPECT_TRUE(buffer.reuse(block));
    EXPECT_GE(buffer.prepare(2 * large_size).size(), 2 * large_size);
    byte_buffer next;
    next.grow(large_size, 0);
    EXPECT_TRUE(buffer.reuse(next));
    EXPECT_EQ(next.capacity(), 0U);
}
