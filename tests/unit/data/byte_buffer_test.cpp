#include "tmq/detail/byte_buffer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace tmq::detail {
namespace {

byte_buffer holding(std::string_view text, std::size_t capacity) {
    byte_buffer buffer;
    buffer.grow(capacity, 0);
    std::memcpy(buffer.data(), text.data(), text.size());
    return buffer;
}

std::string_view first(const byte_buffer& buffer, std::size_t size) {
    return {reinterpret_cast<const char*>(buffer.data()), size};
}

TEST(byte_buffer, keeps_its_first_bytes_when_it_grows) {
    byte_buffer buffer = holding("rows", 4);
    buffer.grow(4'000, 4);
    EXPECT_EQ(buffer.capacity(), 4'000U);
    EXPECT_EQ(first(buffer, 4), "rows");
}

TEST(byte_buffer, neither_shrinks_nor_moves_when_it_is_large_enough) {
    byte_buffer buffer = holding("rows", 16);
    const std::uint8_t* const memory = buffer.data();
    buffer.grow(16, 4);
    buffer.grow(1, 1);
    EXPECT_EQ(buffer.data(), memory);
    EXPECT_EQ(buffer.capacity(), 16U);
    EXPECT_EQ(first(buffer, 4), "rows");
}

TEST(byte_buffer, is_empty_after_it_was_moved) {
    byte_buffer buffer = holding("rows", 16);
    const std::uint8_t* const memory = buffer.data();
    byte_buffer other = std::move(buffer);
    EXPECT_EQ(other.data(), memory);
    EXPECT_EQ(buffer.data(), nullptr);
    EXPECT_EQ(buffer.capacity(), 0U);
    byte_buffer third = holding("old", 3);
    third = std::move(other);
    EXPECT_EQ(third.data(), memory);
    EXPECT_EQ(third.capacity(), 16U);
    EXPECT_EQ(other.capacity(), 0U);
    other.grow(8, 0);
    EXPECT_EQ(other.capacity(), 8U);
}

TEST(byte_buffer, swaps_memory_without_copying_it) {
    byte_buffer a = holding("one", 3);
    byte_buffer b = holding("other", 5);
    const std::uint8_t* const memory = a.data();
    swap(a, b);
    EXPECT_EQ(b.data(), memory);
    EXPECT_EQ(b.capacity(), 3U);
    EXPECT_EQ(first(a, 5), "other");
}

}  // namespace
}  // namespace tmq::detail
