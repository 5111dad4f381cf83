#include "wire/reader.hpp"

#include "printing.hpp"
#include "support/bytes.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tmq::wire {
namespace {

using test::byte_builder;
using test::exact_bytes;

template <class T>
T read_varint(const byte_builder& bytes, defect& error) {
    const exact_bytes copy(bytes.bytes());
    byte_reader in(copy.view());
    const T value = in.varint<T>();
    error = in.error();
    EXPECT_TRUE(!in.ok() || in.position() == bytes.size());
    return value;
}

template <class T>
void expect_varint(T value) {
    defect error;
    EXPECT_EQ(read_varint<T>(byte_builder().varint(value), error), value);
    EXPECT_EQ(error, defect{});
}

TEST(varint, reads_every_width_up_to_its_largest_number) {
    for (unsigned shift = 0; shift < 16; ++shift)
        expect_varint(static_cast<std::uint16_t>(1U << shift));
    for (unsigned shift = 0; shift < 32; ++shift)
        expect_varint(std::uint32_t{1} << shift);
    for (unsigned shift = 0; shift < 64; ++shift)
        expect_varint(std::uint64_t{1} << shift);
    expect_varint<std::uint16_t>(0);
    expect_varint<std::uint16_t>(0xFFFF);
    expect_varint<std::uint32_t>(0xFFFF'FFFF);
    expect_varint<std::uint64_t>(0xFFFF'FFFF'FFFF'FFFF);
}

TEST(varint, has_its_least_significant_group_first) {
    defect error;
    EXPECT_EQ(read_varint<std::uint32_t>(byte_builder().u8(0x92).u8(0x02), error), 274U);
    EXPECT_FALSE(error);
}

TEST(varint, may_be_longer_than_needed_within_its_width) {
    defect error;
    EXPECT_EQ(read_varint<std::uint32_t>(byte_builder().u8(0x81).u8(0x80).u8(0x80).u8(0x80).u8(0x00), error),
              1U);
    EXPECT_FALSE(error);
}

TEST(varint, is_refused_when_it_does_not_fit_its_width) {
    defect error;
    read_varint<std::uint16_t>(byte_builder().varint(0x1'0000), error);
    EXPECT_EQ(error, (defect{defect_code::varint_too_large, 0}));
    read_varint<std::uint32_t>(byte_builder().varint(0x1'0000'0000), error);
    EXPECT_EQ(error, (defect{defect_code::varint_too_large, 0}));
    read_varint<std::uint64_t>(byte_builder().u64(0xFFFF'FFFF'FFFF'FFFF).u8(0xFF).u8(0x02), error);
    EXPECT_EQ(error, (defect{defect_code::varint_too_large, 0}));
}

TEST(varint, is_refused_when_it_goes_on_behind_its_last_byte) {
    defect error;
    read_varint<std::uint16_t>(byte_builder().u8(0x80).u8(0x80).u8(0x80).u8(0), error);
    EXPECT_EQ(error, (defect{defect_code::varint_too_large, 0}));
    read_varint<std::uint32_t>(byte_builder().u32(0x8080'8080).u8(0x80).u8(0), error);
    EXPECT_EQ(error, (defect{defect_code::varint_too_large, 0}));
    read_varint<std::uint64_t>(byte_builder().u64(0x8080'8080'8080'8080).u16(0x8080).u8(0), error);
    EXPECT_EQ(error, (defect{defect_code::varint_too_large, 0}));
}

TEST(varint, is_truncated_where_it_begins) {
    const exact_bytes bytes(byte_builder().u8(7).u8(0x80).u8(0x80).bytes());
    byte_reader in(bytes.view(), 100);
    EXPECT_EQ(in.varint<std::uint32_t>(), 7U);
    EXPECT_EQ(in.varint<std::uint32_t>(), 0U);
    EXPECT_EQ(in.error(), (defect{defect_code::truncated, 101}));
}

TEST(zigzag, keeps_the_sign_in_the_lowest_bit) {
    for (const std::int64_t value : {0L, -1L, 1L, -2L, 32767L, -32768L}) {
        const exact_bytes bytes(byte_builder().zigzag(value).bytes());
        EXPECT_EQ(byte_reader(bytes.view()).zigzag<std::int16_t>(), value);
    }
    for (const std::int64_t value : {2147483647L, -2147483648L, 2L, -64L}) {
        const exact_bytes bytes(byte_builder().zigzag(value).bytes());
        EXPECT_EQ(byte_reader(bytes.view()).zigzag<std::int32_t>(), value);
    }
    const exact_bytes two_columns(byte_builder().u8(0x04).bytes());
    EXPECT_EQ(byte_reader(two_columns.view()).zigzag<std::int32_t>(), 2);
}

TEST(reader, reads_numbers_in_both_byte_orders_at_any_address) {
    const exact_bytes bytes(byte_builder().u8(1).u16(0x0203).i64(-5).big(50, 8).bytes());
    byte_reader in(bytes.view());
    EXPECT_EQ(in.fixed<std::uint8_t>(), 1);
    EXPECT_EQ(in.fixed<std::uint16_t>(), 0x0203);
    EXPECT_EQ(in.fixed<std::int64_t>(), -5);
    EXPECT_EQ(in.fixed_be<std::int64_t>(), 50);
    EXPECT_TRUE(in.ok());
    EXPECT_EQ(in.remaining(), 0U);
}

TEST(reader, keeps_its_first_failure_and_gives_zeros_after_it) {
    const exact_bytes bytes(byte_builder().u32(0xFFFF'FFFF).bytes());
    byte_reader in(bytes.view(), 10);
    in.fixed<std::uint16_t>();
    in.fixed<std::uint32_t>();
    EXPECT_EQ(in.error(), (defect{defect_code::truncated, 12}));
    EXPECT_EQ(in.fixed<std::uint16_t>(), 0);
    EXPECT_EQ(in.varint<std::uint64_t>(), 0U);
    EXPECT_TRUE(in.take(1, 0).empty());
    in.refuse(defect_code::flag_invalid, 1);
    EXPECT_EQ(in.error(), (defect{defect_code::truncated, 12}));
    EXPECT_EQ(in.remaining(), 0U);
}

TEST(reader, places_missing_bytes_at_the_length_that_promised_them) {
    const exact_bytes bytes(byte_builder().u32(5).text("four").bytes());
    byte_reader in(bytes.view());
    const auto length = in.fixed<std::uint32_t>();
    EXPECT_TRUE(in.take(length, 0).empty());
    EXPECT_EQ(in.error(), (defect{defect_code::truncated, 0}));
}

}  // namespace
}  // namespace tmq::wire
