#include "wire/stag.hpp"

#include "printing.hpp"
#include "support/message_builder.hpp"

#include <gtest/gtest.h>

namespace tmq::wire {
namespace {

using namespace test;

/// A tag of a set that is not JSON, up to its value.
byte_builder tag(std::int64_t column_id, data_type type) {
    return byte_builder()
        .mark("id")
        .zigzag(column_id)
        .mark("type")
        .u8(static_cast<std::uint64_t>(type))
        .mark("value");
}

struct parsed_set {
    explicit parsed_set(const byte_builder& set, std::uint64_t base = 0)
        : bytes(set.bytes()), reader(bytes.view(), base) {
        error = reader.read_header();
        while (!error && tags.size() < reader.count())
            error = reader.read_tag(tags.emplace_back());
    }

    exact_bytes bytes;
    tag_set_reader reader;
    defect error;
    std::vector<tag_value> tags;
};

std::vector<std::uint8_t> bytes_of(const tag_value& value) {
    return {value.bytes.begin(), value.bytes.end()};
}

byte_builder all_types(unsigned flags) {
    return tag_set({tag(2, data_type::integer).u32(7), tag(3, data_type::varchar).varint(2).text("ab"),
                    tag(-4, data_type::boolean).u8(1), tag(5, data_type::nchar).varint(4).u32(0x6587),
                    tag(6, data_type::null).u16(0), tag(300, data_type::decimal64).u64(9),
                    tag(301, data_type::decimal).u64(1).u64(2), tag(302, data_type::geometry).varint(0),
                    tag(303, data_type::blob).varint(200).text(std::string(200, 'b')),
                    tag(304, data_type::json).varint(1).u8(0)},
                   flags);
}

TEST(tag_set, gives_column_type_and_value_of_each_tag) {
    const byte_builder set = all_types(large_tags);
    const parsed_set parsed(set, 1000);
    ASSERT_EQ(parsed.error, defect{});
    EXPECT_FALSE(parsed.reader.is_json());
    EXPECT_EQ(parsed.reader.size(), set.size());
    ASSERT_EQ(parsed.tags.size(), 10U);
    EXPECT_EQ(parsed.tags[0].column_id, 2);
    EXPECT_EQ(parsed.tags[0].type, data_type::integer);
    EXPECT_EQ(bytes_of(parsed.tags[0]), byte_builder().u32(7).bytes());
    EXPECT_EQ(parsed.tags[0].bytes_position, 1000 + set.at("tag0.value"));
    EXPECT_EQ(parsed.tags[0].type_position, 1000 + set.at("tag0.type"));
    EXPECT_EQ(bytes_of(parsed.tags[1]), byte_builder().text("ab").bytes());
    EXPECT_EQ(parsed.tags[2].column_id, -4);
    EXPECT_EQ(bytes_of(parsed.tags[3]), byte_builder().u32(0x6587).bytes());
    EXPECT_EQ(parsed.tags[4].type, data_type::null);
    EXPECT_TRUE(parsed.tags[4].bytes.empty());
    EXPECT_EQ(parsed.tags[5].column_id, 300);
    EXPECT_EQ(parsed.tags[5].bytes.size(), 8U);
    EXPECT_EQ(parsed.tags[6].bytes.size(), 16U);
    EXPECT_TRUE(parsed.tags[7].bytes.empty());
    EXPECT_EQ(parsed.tags[8].bytes.size(), 200U);
    EXPECT_EQ(parsed.tags[9].type, data_type::json);
}

TEST(tag_set, gives_the_keys_of_json) {
    const parsed_set parsed(tag_set({json_boolean("a", true), json_null("")}));
    ASSERT_EQ(parsed.error, defect{});
    EXPECT_TRUE(parsed.reader.is_json());
    EXPECT_EQ(parsed.tags[0].key, "a");
    EXPECT_EQ(parsed.tags[1].key, "");
}

TEST(tag_set, may_be_empty_and_have_bytes_behind_it) {
    const byte_builder set = tag_set({}, 0).text("more");
    const parsed_set parsed(set);
    EXPECT_EQ(parsed.error, defect{});
    EXPECT_EQ(parsed.reader.size(), 9U);
    EXPECT_TRUE(parsed.tags.empty());
}

TEST(tag_set, keys_and_types_may_be_as_long_as_the_server_allows_but_not_longer) {
    EXPECT_EQ(parsed_set(tag_set({json_null(std::string(256, 'k'))})).error, defect{});
    EXPECT_EQ(parsed_set(tag_set({json_null(std::string(257, 'k'))})).error,
              (defect{defect_code::name_length_invalid, 10}));
}

TEST(tag_set, refuses_column_ids_that_do_not_fit) {
    const byte_builder set = tag_set({tag(40'000, data_type::boolean).u8(1)}, 0);
    EXPECT_EQ(parsed_set(set).error, (defect{defect_code::varint_too_large, set.at("tag0.id")}));
}

TEST(tag_set, refuses_an_index_of_two_bytes_that_is_negative) {
    const byte_builder set = all_types(large_tags).patch("index3", byte_builder().u16(0xFFFF));
    EXPECT_EQ(parsed_set(set).error, (defect{defect_code::tags_index_invalid, set.at("index3")}));
}

TEST(tag_set, refuses_to_read_a_byte_twice) {
    // Otherwise a small set could stand for very much text: here each tag would be the same long one.
    byte_builder set = all_types(large_tags);
    set.patch("index9", byte_builder().u16(set.at("tag8.id") - set.at("values")));
    EXPECT_EQ(parsed_set(set).error, (defect{defect_code::tags_index_invalid, set.at("index9")}));
}

TEST(tag_set, every_proper_prefix_is_refused) {
    const byte_builder set = all_types(large_tags);
    for (std::size_t size = 0; size < set.size(); ++size) {
        byte_builder prefix = byte_builder().raw(std::span(set.bytes()).first(size));
        const defect_code expected = size < 9 ? defect_code::truncated : defect_code::tags_size_invalid;
        EXPECT_EQ(parsed_set(prefix).error.code, expected) << size;
        if (size < 9) continue;
        prefix.append(byte_builder());
        std::vector<std::uint8_t> bytes = prefix.bytes();
        bytes[1] = static_cast<std::uint8_t>(size);
        bytes[2] = static_cast<std::uint8_t>(size >> 8);
        EXPECT_TRUE(parsed_set(byte_builder().raw(bytes)).error) << size << ", saying that it is whole";
    }
}

}  // namespace
}  // namespace tmq::wire
