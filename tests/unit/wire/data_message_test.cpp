#include "wire/data_message.hpp"

#include "hostile.hpp"
#include "printing.hpp"
#include "support/layout_access.hpp"
#include "support/message_builder.hpp"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

namespace tmq::wire {
namespace {

using namespace test;
using detail::offset_kind;

struct parsed_message {
    explicit parsed_message(const byte_builder& message)
        : bytes(message.bytes()), error(parse_data_message(bytes.view(), layout)) {}

    exact_bytes bytes;
    detail::message_layout layout;
    defect error;
};

defect parse_whole(const byte_builder& message) { return parsed_message(message).error; }

/// Two rows of table "d0": ts, current, place.
block_spec meters_block() {
    block_spec spec;
    spec.rows = 2;
    spec.table = "d0";
    spec.columns.push_back(fixed_column("ts", data_type::timestamp, 8, {1000, 1001}));
    spec.columns.push_back(fixed_column("current", data_type::real, 4, {1, std::nullopt}));
    spec.columns.push_back(
        bytes_column("place", data_type::varchar, {"here", "there, on the other side of the river"}));
    return spec;
}

/// Three rows of a table with another schema and a longer name, in nanoseconds.
block_spec notes_block() {
    block_spec spec;
    spec.rows = 3;
    spec.table = "notes_of_the_day";
    spec.precision = 2;
    spec.columns.push_back(fixed_column("at", data_type::timestamp, 8, {7, 8, 9}));
    spec.columns.push_back(nchar_column("note", {U"\u4E2D", std::nullopt, U"abc"}));
    return spec;
}

message_spec two_tables() {
    message_spec spec;
    spec.blocks = {meters_block(), notes_block()};
    return spec;
}

message_spec no_blocks() { return {}; }

TEST(data_message, describes_blocks_with_different_schemas_and_names) {
    const parsed_message message(build_message(two_tables()));
    ASSERT_EQ(message.error, defect{});
    ASSERT_EQ(message.layout.blocks.size(), 2U);
    EXPECT_EQ(message.layout.rows, 5U);
    EXPECT_TRUE(lies_within(message.layout, message.bytes.view()));

    const auto& meters = message.layout.blocks[0];
    EXPECT_EQ(meters.rows, 2U);
    EXPECT_EQ(meters.column_count, 3U);
    EXPECT_EQ(meters.table_name, "d0");
    EXPECT_EQ(meters.precision, time_precision::milliseconds);
    EXPECT_EQ(column_of(message.layout, 0, 0).name, "ts");
    EXPECT_EQ(column_of(message.layout, 0, 1).name, "current");
    EXPECT_EQ(column_of(message.layout, 0, 2).name, "place");
    EXPECT_EQ(column_of(message.layout, 0, 2).declared_bytes, 66);
    EXPECT_EQ(text_of(column_of(message.layout, 0, 2), 1), "there, on the other side of the river");

    const auto& notes = message.layout.blocks[1];
    EXPECT_EQ(notes.rows, 3U);
    EXPECT_EQ(notes.column_count, 2U);
    EXPECT_EQ(notes.table_name, "notes_of_the_day");
    EXPECT_EQ(notes.precision, time_precision::nanoseconds);
    EXPECT_EQ(column_of(message.layout, 1, 1).name, "note");
    EXPECT_EQ(text_of(column_of(message.layout, 1, 1), 0), "\u4E2D");
    EXPECT_EQ(text_of(column_of(message.layout, 1, 1), 2), "abc");
}

TEST(data_message, keeps_the_text_of_every_nchar_column_of_every_block) {
    message_spec spec;
    for (int b = 0; b < 20; ++b) {
        block_spec block;
        block.rows = 2;
        block.table = "t";
        for (int c = 0; c < 5; ++c) {
            const std::u32string text(static_cast<std::size_t>(10 * b + 1), U'a' + static_cast<char32_t>(c));
            block.columns.push_back(nchar_column("n", {text, U"\u4E2D"}));
        }
        spec.blocks.push_back(block);
    }
    const parsed_message message(build_message(spec));
    ASSERT_EQ(message.error, defect{});
    EXPECT_TRUE(lies_within(message.layout, message.bytes.view()));
    for (std::size_t b = 0; b < 20; ++b) {
        for (std::size_t c = 0; c < 5; ++c) {
            EXPECT_EQ(text_of(column_of(message.layout, b, c), 0),
                      std::string(10 * b + 1, static_cast<char>('a' + c)));
            EXPECT_EQ(text_of(column_of(message.layout, b, c), 1), "\u4E2D");
        }
    }
}

TEST(data_message, may_lack_schemas_and_table_names) {
    for (const bool with_schema : {false, true}) {
        for (const bool with_table_name : {false, true}) {
            message_spec spec = two_tables();
            spec.with_schema = with_schema;
            spec.with_table_name = with_table_name;
            const parsed_message message(build_message(spec));
            ASSERT_EQ(message.error, defect{});
            EXPECT_EQ(message.layout.blocks[1].table_name, with_table_name ? "notes_of_the_day" : "");
            EXPECT_EQ(column_of(message.layout, 1, 0).name, with_schema ? "at" : "");
        }
    }
}

TEST(data_message, takes_declared_sizes_from_the_schema_or_else_from_the_block) {
    message_spec spec = two_tables();
    EXPECT_EQ(column_of(parsed_message(build_message(spec).patch("0.block.bytes2", as_i32(0))).layout, 0, 2)
                  .declared_bytes,
              66);
    spec.with_schema = false;
    EXPECT_EQ(column_of(parsed_message(build_message(spec)).layout, 0, 2).declared_bytes, 66);
}

TEST(data_message, may_lack_the_sleep_time) {
    for (message_spec spec : {two_tables(), no_blocks()}) {
        EXPECT_EQ(parse_whole(build_message(spec)), defect{});
        spec.with_sleep_time = false;
        EXPECT_EQ(parse_whole(build_message(spec)), defect{});
    }
}

TEST(data_message, without_blocks_has_no_flags_either) {
    const parsed_message message(build_message(no_blocks()));
    EXPECT_EQ(message.error, defect{});
    EXPECT_TRUE(message.layout.blocks.empty());
    EXPECT_EQ(message.layout.rows, 0U);

    message_spec spec;
    spec.with_sleep_time = false;
    const byte_builder with_flags = build_message(spec).u16(0x0101);
    EXPECT_EQ(parse_whole(with_flags), (defect{defect_code::tail_invalid, with_flags.at("tail")}));
}

TEST(data_message, refuses_a_rest_that_is_no_sleep_time_and_room_for_a_block) {
    for (message_spec spec : {two_tables(), no_blocks()}) {
        spec.with_sleep_time = false;
        byte_builder bytes = build_message(spec);
        for (std::size_t rest = 1; rest <= 80; ++rest) {
            bytes.u8(0);
            EXPECT_EQ(parse_whole(bytes), rest >= 8 && rest < 55
                                              ? defect{}
                                              : (defect{defect_code::tail_invalid, bytes.at("tail")}))
                << rest;
        }
    }
}

TEST(data_message, may_have_blocks_of_version_one_and_without_trailer) {
    message_spec spec = two_tables();
    spec.blocks[0].version = 1;
    spec.blocks[0].trailer = 0;
    spec.blocks[0].big_endian_lengths = true;
    const parsed_message message(build_message(spec));
    ASSERT_EQ(message.error, defect{});
    EXPECT_EQ(text_of(column_of(message.layout, 0, 2), 0), "here");
    EXPECT_EQ(message.layout.blocks[1].table_name, "notes_of_the_day");
}

TEST(data_message, keeps_both_offsets) {
    const parsed_message message(build_message(two_tables()));
    EXPECT_EQ(message.layout.request_offset.kind, offset_kind::log);
    EXPECT_EQ(message.layout.request_offset.version, 7);
    EXPECT_EQ(message.layout.response_offset.kind, offset_kind::log);
    EXPECT_EQ(message.layout.response_offset.version, 11);
}

struct offset_case {
    byte_builder bytes;
    offset_kind kind;
    std::int64_t version = 0;
};

byte_builder snapshot(std::uint64_t type) { return byte_builder().u8(type).u64(1).u64(2); }

void expect_offsets(const byte_builder& head, const offset_case& request, const offset_case& response) {
    for (const message_spec& body : {no_blocks(), two_tables()}) {
        const parsed_message message(byte_builder(head).append(build_body(body)));
        ASSERT_EQ(message.error, defect{});
        EXPECT_EQ(message.layout.request_offset.kind, request.kind);
        EXPECT_EQ(message.layout.request_offset.version, request.version);
        EXPECT_EQ(message.layout.response_offset.kind, response.kind);
        EXPECT_EQ(message.layout.response_offset.version, response.version);
    }
}

TEST(message_offsets, of_every_versioned_kind_are_understood_in_both_places) {
    const offset_case cases[] = {
        {byte_builder().u8(0x10), offset_kind::none},
        {byte_builder().u8(0xFD), offset_kind::none},
        {byte_builder().u8(0xFE), offset_kind::earliest},
        {byte_builder().u8(0xFF), offset_kind::latest},
        {byte_builder().u8(0x11).i64(-3), offset_kind::log, -3},
        {byte_builder().u8(0x11).i64(0x7FFF'FFFF'FFFF'FFFF), offset_kind::log, 0x7FFF'FFFF'FFFF'FFFF},
        {snapshot(0x12).u8(0).u64(0), offset_kind::snapshot_data},
        {snapshot(0x13).u8(5).u64(9), offset_kind::snapshot_meta},
        {snapshot(0x12).u8(8).varint(200).text(std::string(200, 'k')), offset_kind::snapshot_data},
        {snapshot(0x12).u8(10).varint(0), offset_kind::snapshot_data},
    };
    for (const auto& request : cases)
        for (const auto& response : cases)
            expect_offsets(versioned_head(byte_builder(request.bytes).append(response.bytes)), request,
                           response);
}

TEST(message_offsets, of_the_old_head_are_understood) {
    const offset_case cases[] = {
        {byte_builder().u8(1).i64(77), offset_kind::log, 77},
        {snapshot(2), offset_kind::snapshot_data},
        {snapshot(3), offset_kind::snapshot_meta},
    };
    for (const auto& request : cases)
        for (const auto& response : cases)
            expect_offsets(byte_builder(request.bytes).append(response.bytes), request, response);
}

TEST(message_offsets, stand_behind_every_head_version_from_a_hundred_on) {
    for (const std::uint64_t version : {100U, 101U, 255U}) {
        byte_builder head = versioned_head(log_offsets(1, 2)).append(build_body(two_tables()));
        std::vector<std::uint8_t> bytes = head.bytes();
        bytes[0] = static_cast<std::uint8_t>(version);
        detail::message_layout layout;
        EXPECT_EQ(parse_data_message(bytes, layout), defect{});
    }
}

defect parse_head(const byte_builder& head) {
    return parse_whole(byte_builder(head).append(build_body(two_tables())));
}

TEST(message_offsets, of_unknown_kind_are_refused) {
    for (const std::uint64_t type : {0x00U, 0x01U, 0x02U, 0x0FU, 0x14U, 0x21U, 0x64U, 0x80U, 0xFCU}) {
        EXPECT_EQ(parse_head(versioned_head(byte_builder().u8(type).u64(0).u8(0x11).u64(0))),
                  (defect{defect_code::offset_type_unknown, 5}))
            << type;
        EXPECT_EQ(parse_head(versioned_head(byte_builder().u8(0x11).u64(0).u8(type).u64(0))),
                  (defect{defect_code::offset_type_unknown, 14}))
            << type;
    }
    // 0x11 starts a raw message of type 6.
    for (const std::uint64_t type : {0U, 4U, 0x11U, 99U}) {
        EXPECT_EQ(parse_head(byte_builder().u8(type).u64(0).u8(1).u64(0)),
                  (defect{defect_code::head_unknown, 0}))
            << type;
        EXPECT_EQ(parse_head(byte_builder().u8(1).u64(0).u8(type).u64(0)),
                  (defect{defect_code::offset_type_unknown, 9}))
            << type;
    }
}

TEST(message_offsets, must_fill_their_announced_length) {
    EXPECT_EQ(parse_head(versioned_head(log_offsets(1, 2).u8(0))), (defect{defect_code::offsets_excess, 23}));
    EXPECT_EQ(parse_head(versioned_head(byte_builder().u8(0x11).u64(0).u8(0x11).u32(0))),
              (defect{defect_code::truncated, 15}));
    EXPECT_EQ(parse_head(versioned_head(byte_builder().u8(0x11).u64(0))),
              (defect{defect_code::truncated, 14}));
    EXPECT_EQ(parse_head(versioned_head({})), (defect{defect_code::truncated, 5}));
    EXPECT_EQ(parse_head(versioned_head(byte_builder().u8(0x10).append(snapshot(0x12)))),
              (defect{defect_code::truncated, 23}));
    EXPECT_EQ(
        parse_head(versioned_head(byte_builder().u8(0x10).append(snapshot(0x12)).u8(8).varint(2).u8('k'))),
        (defect{defect_code::truncated, 24}));
}

TEST(data_message, refuses_every_proper_prefix_but_the_one_that_lacks_the_sleep_time) {
    const byte_builder message = build_message(two_tables());
    for (std::size_t size = 0; size < message.size(); ++size) {
        const exact_bytes prefix(std::span(message.bytes()).first(size));
        detail::message_layout layout;
        EXPECT_EQ(!parse_data_message(prefix.view(), layout), size == message.at("tail")) << size;
    }
}

TEST(data_message, leaves_an_empty_layout_behind_when_it_is_refused) {
    parsed_message message(build_message(two_tables()));
    ASSERT_EQ(message.error, defect{});
    const exact_bytes cut(
        std::span(build_message(two_tables()).bytes()).first(message.bytes.view().size() - 1));
    EXPECT_TRUE(parse_data_message(cut.view(), message.layout));
    EXPECT_TRUE(message.layout.blocks.empty());
    EXPECT_TRUE(message.layout.columns.empty());
    EXPECT_EQ(message.layout.rows, 0U);
    EXPECT_EQ(message.layout.response_offset.kind, offset_kind::none);
}

TEST(data_message, forgets_the_message_before) {
    detail::message_layout layout;
    const exact_bytes first(build_message(two_tables()).bytes());
    const exact_bytes second(build_message(no_blocks()).bytes());
    ASSERT_EQ(parse_data_message(first.view(), layout), defect{});
    ASSERT_EQ(parse_data_message(second.view(), layout), defect{});
    EXPECT_TRUE(layout.blocks.empty());
    EXPECT_EQ(layout.rows, 0U);
}

TEST(data_message, names_may_be_as_long_as_the_server_allows_but_not_longer) {
    message_spec spec = two_tables();
    spec.blocks[0].columns[0].name = std::string(64, 'c');
    spec.blocks[0].table = std::string(192, 't');
    const parsed_message message(build_message(spec));
    ASSERT_EQ(message.error, defect{});
    EXPECT_EQ(column_of(message.layout, 0, 0).name, std::string(64, 'c'));
    EXPECT_EQ(message.layout.blocks[0].table_name, std::string(192, 't'));

    spec.blocks[0].table += 't';
    const byte_builder long_table = build_message(spec);
    EXPECT_EQ(parse_whole(long_table), (defect{defect_code::name_length_invalid, long_table.at("0.table")}));
    spec.blocks[0].columns[0].name += 'c';
    const byte_builder long_column = build_message(spec);
    EXPECT_EQ(parse_whole(long_column),
              (defect{defect_code::name_length_invalid, long_column.at("0.schema.name0")}));
}

TEST(data_message, refuses_a_schema_of_another_number_of_columns) {
    // zigzag: 3, 5 and -1 columns instead of 2 in the second block.
    for (const std::uint64_t count : {6U, 2U, 1U, 0U}) {
        const byte_builder bytes = build_message(two_tables()).patch("1.schema.columns", as_u8(count));
        EXPECT_EQ(parse_whole(bytes),
                  (defect{defect_code::schema_columns_mismatch, bytes.at("1.schema.columns")}))
            << count;
    }
}

TEST(data_message, believes_a_block_count_only_if_every_block_has_room) {
    // A byte for the size, 18 + 28 + 9 bytes of headers, a byte for the rows.
    const byte_builder head = versioned_head(log_offsets(1, 2)).mark("block_count").u32(100);
    const defect too_many{defect_code::block_count_invalid, head.at("block_count")};
    EXPECT_EQ(parse_whole(byte_builder(head).raw(std::vector<std::uint8_t>(57 * 100 - 1))), too_many);
    EXPECT_EQ(parse_whole(byte_builder(head).raw(std::vector<std::uint8_t>(57 * 100))).code,
              defect_code::block_size_invalid);
}

struct parsed_meta_data {
    explicit parsed_meta_data(const byte_builder& message)
        : bytes(message.bytes()), error(parse_meta_data_message(bytes.view(), layout, created)) {}

    exact_bytes bytes;
    detail::message_layout layout;
    std::vector<std::span<const std::uint8_t>> created;
    defect error;
};

message_spec with_created_tables(std::vector<std::string> tables) {
    message_spec spec = two_tables();
    spec.created_tables = std::move(tables);
    return spec;
}

std::string as_text(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

TEST(meta_data_message, has_the_blocks_of_a_data_message_and_an_item_for_each_created_table) {
    const std::string long_item(300, 'i');
    const parsed_meta_data message(build_message(with_created_tables({"first", long_item, "", "first"})));
    ASSERT_EQ(message.error, defect{});
    EXPECT_EQ(message.layout.rows, 5U);
    EXPECT_EQ(message.layout.blocks[1].table_name, "notes_of_the_day");
    EXPECT_EQ(message.layout.response_offset.version, 11);
    EXPECT_TRUE(lies_within(message.layout, message.bytes.view()));
    ASSERT_EQ(message.created.size(), 4U);
    EXPECT_EQ(as_text(message.created[0]), "first");
    EXPECT_EQ(as_text(message.created[1]), long_item);
    EXPECT_EQ(as_text(message.created[2]), "");
    EXPECT_EQ(as_text(message.created[3]), "first");
}

TEST(meta_data_message, may_lack_blocks_or_created_tables) {
    message_spec spec;
    spec.created_tables = {"only"};
    const parsed_meta_data no_rows(build_message(spec));
    EXPECT_EQ(no_rows.error, defect{});
    EXPECT_TRUE(no_rows.layout.blocks.empty());
    EXPECT_EQ(no_rows.created.size(), 1U);
    const parsed_meta_data no_tables(build_message(with_created_tables({})));
    EXPECT_EQ(no_tables.error, defect{});
    EXPECT_TRUE(no_tables.created.empty());
}

TEST(meta_data_message, may_have_a_few_bytes_behind_the_tables) {
    byte_builder bytes = build_message(with_created_tables({"a"}));
    for (std::size_t more = 1; more <= 80; ++more) {
        bytes.u8(0);
        const defect expected = more < 55 ? defect{} : defect{defect_code::tail_invalid, bytes.at("end")};
        EXPECT_EQ(parsed_meta_data(bytes).error, expected) << more;
    }
}

TEST(meta_data_message, refuses_every_proper_prefix) {
    const byte_builder message = build_message(with_created_tables({"first", "second"}));
    for (std::size_t size = 0; size < message.size(); ++size) {
        const parsed_meta_data cut(byte_builder().raw(std::span(message.bytes()).first(size)));
        EXPECT_TRUE(cut.error) << size;
        EXPECT_TRUE(cut.created.empty()) << size;
        EXPECT_TRUE(cut.layout.blocks.empty()) << size;
    }
}

TEST(meta_data_message, forgets_the_message_before) {
    detail::message_layout layout;
    std::vector<std::span<const std::uint8_t>> created(7);
    const byte_builder message = build_message(with_created_tables({"one"}));
    ASSERT_EQ(parse_meta_data_message(message.bytes(), layout, created), defect{});
    EXPECT_EQ(created.size(), 1U);
    EXPECT_TRUE(parse_meta_data_message({}, layout, created));
    EXPECT_TRUE(created.empty());
}

class hostile_meta_data_message : public ::testing::TestWithParam<hostile> {};

TEST_P(hostile_meta_data_message, is_refused_at_the_field_that_is_wrong) {
    const byte_builder valid = build_message(with_created_tables({"first", "second"}));
    ASSERT_EQ(parsed_meta_data(valid).error, defect{});
    EXPECT_EQ(parsed_meta_data(GetParam().applied_to(valid)).error, GetParam().expected_in(valid));
}

const hostile hostile_meta_data[] = {
    {"count_minus_1", "tail", as_i32(-1), defect_code::meta_count_invalid, "tail"},
    {"count_lowest", "tail", as_i32(-0x7FFF'FFFF - 1), defect_code::meta_count_invalid, "tail"},
    {"count_largest", "tail", as_i32(0x7FFF'FFFF), defect_code::meta_count_invalid, "tail"},
    {"count_above_the_bytes", "tail", as_i32(14), defect_code::meta_count_invalid, "tail"},
    {"count_one_more", "tail", as_i32(3), defect_code::truncated, "end"},
    {"item_past_the_end", "created1", as_u8(7), defect_code::truncated, "created1"},
    {"item_longer_than_the_rest", "created0", as_u8(127), defect_code::truncated, "created0"},
    {"item_length_of_six_bytes", "created0", byte_builder().u32(0x8080'8080).u16(0x0180),
     defect_code::varint_too_large, "created0"},
    {"item_length_largest", "created0", byte_builder().u32(0xFFFF'FFFF).u8(0x0F), defect_code::truncated,
     "created0"},
    {"blocks_are_checked_too", "0.block.version", as_i32(3), defect_code::block_version, "0.block.version"},
};

INSTANTIATE_TEST_SUITE_P(defects, hostile_meta_data_message, ::testing::ValuesIn(hostile_meta_data), name_of);

class hostile_message : public ::testing::TestWithParam<hostile> {};

TEST_P(hostile_message, is_refused_at_the_field_that_is_wrong) {
    const byte_builder valid = build_message(two_tables());
    ASSERT_EQ(parse_whole(valid), defect{});
    EXPECT_EQ(parse_whole(GetParam().applied_to(valid)), GetParam().expected_in(valid));
}

/// A varint of two bytes.
byte_builder two_bytes(std::uint64_t value) {
    return byte_builder().u8(0x80 | (value & 0x7F)).u8(value >> 7);
}

const hostile hostile_messages[] = {
    {"offsets_length_minus_1", "offsets_length", as_i32(-1), defect_code::offsets_length_negative,
     "offsets_length"},
    {"offsets_length_lowest", "offsets_length", as_i32(-0x7FFF'FFFF - 1),
     defect_code::offsets_length_negative, "offsets_length"},
    {"offsets_length_largest", "offsets_length", as_i32(0x7FFF'FFFF), defect_code::truncated,
     "offsets_length"},
    {"offsets_one_shorter", "offsets_length", as_i32(17), defect_code::truncated, "response_offset", 1},
    {"offsets_one_longer", "offsets_length", as_i32(19), defect_code::offsets_excess, "block_count"},
    {"block_count_minus_1", "block_count", as_i32(-1), defect_code::block_count_invalid, "block_count"},
    {"block_count_largest", "block_count", as_i32(0x7FFF'FFFF), defect_code::block_count_invalid,
     "block_count"},
    {"no_blocks_but_bytes", "block_count", as_i32(0), defect_code::tail_invalid, "with_table_name"},
    {"one_block_too_few", "block_count", as_i32(1), defect_code::tail_invalid, "1.size"},
    {"one_block_too_many", "block_count", as_i32(3), defect_code::block_size_invalid, "tail"},
    {"table_name_flag_2", "with_table_name", as_u8(2), defect_code::flag_invalid, "with_table_name"},
    {"schema_flag_255", "with_schema", as_u8(255), defect_code::flag_invalid, "with_schema"},
    {"block_size_17", "0.size", two_bytes(17), defect_code::block_size_invalid, "0.size"},
    {"block_size_54", "0.size", two_bytes(54), defect_code::block_size_invalid, "0.size"},
    {"block_size_55", "0.size", two_bytes(55), defect_code::block_length_mismatch, "0.block.length"},
    {"block_size_past_the_message", "0.size", two_bytes(16000), defect_code::truncated, "0.size"},
    {"block_size_of_six_bytes", "0.size", byte_builder().u32(0x8080'8080).u16(0x0180),
     defect_code::varint_too_large, "0.size"},
    {"block_size_above_32_bits", "0.size", byte_builder().u32(0xFFFF'FFFF).u8(0x1F),
     defect_code::varint_too_large, "0.size"},
    {"block_size_largest", "0.size", byte_builder().u32(0xFFFF'FFFF).u8(0x0F), defect_code::truncated,
     "0.size"},
    {"inner_version_0", "0.header", byte_builder().u64(0), defect_code::block_header_version, "0.header"},
    {"inner_version_2", "0.header", byte_builder().u64(2), defect_code::block_header_version, "0.header"},
    {"inner_version_big_endian", "0.header", byte_builder().big(1, 8), defect_code::block_header_version,
     "0.header"},
    {"inner_rows_differ", "0.header", byte_builder().u64(1).big(3, 8), defect_code::block_header_rows,
     "0.header", 8},
    {"inner_rows_little_endian", "0.header", byte_builder().u64(1).u64(2), defect_code::block_header_rows,
     "0.header", 8},
    {"inner_rows_differ_above_32_bits", "0.header", byte_builder().u64(1).big(0x1'0000'0002, 8),
     defect_code::block_header_rows, "0.header", 8},
    {"inner_rows_negative", "0.header", byte_builder().u64(1).big(0xFFFF'FFFF'FFFF'FFFE, 8),
     defect_code::block_header_rows, "0.header", 8},
    {"compressed", "0.header", byte_builder().u64(1).big(2, 8).u8(1), defect_code::block_compressed,
     "0.header", 16},
    {"precision_3", "0.header", byte_builder().u64(1).big(2, 8).u8(0).u8(3), defect_code::precision_unknown,
     "0.header", 17},
    {"inner_length_one_less", "0.block.length",
     as_i32(static_cast<std::int64_t>(build_block(meters_block()).size()) - 1),
     defect_code::block_length_mismatch, "0.block.length"},
    {"column_of_second_block", "1.block.length0", as_i32(25), defect_code::column_length_mismatch,
     "1.block.length0"},
    {"nchar_of_second_block", "1.block.cells1", byte_builder().u16(4).u32(0xD800),
     defect_code::nchar_code_point_invalid, "1.block.cells1", 2},
    {"schema_type_differs", "0.schema.type1", as_u8(4), defect_code::schema_type_mismatch, "0.schema.type1"},
    {"schema_size_negative", "0.schema.bytes1", as_u8(0x07), defect_code::schema_bytes_negative,
     "0.schema.bytes1"},
    {"column_name_of_length_0", "0.schema.name0", as_u8(0), defect_code::name_length_invalid,
     "0.schema.name0"},
    {"column_name_of_length_66", "0.schema.name0", as_u8(66), defect_code::name_length_invalid,
     "0.schema.name0"},
    {"column_name_without_nul", "0.schema.name0", byte_builder().u8(3).text("ts!"),
     defect_code::name_not_terminated, "0.schema.name0"},
    {"column_name_with_nul", "0.schema.name0", byte_builder().u8(3).u8('t').u8(0).u8(0),
     defect_code::name_has_nul, "0.schema.name0"},
    {"column_name_not_utf8", "0.schema.name0", byte_builder().u8(3).u8('t').u8(0xC3).u8(0),
     defect_code::name_not_utf8, "0.schema.name0"},
    {"table_name_of_length_0", "1.table", as_u8(0), defect_code::name_length_invalid, "1.table"},
    {"table_name_of_length_194", "1.table", two_bytes(194), defect_code::name_length_invalid, "1.table"},
    {"table_name_past_the_end", "1.table", as_u8(26), defect_code::truncated, "1.table"},
    {"table_name_without_nul", "1.table", byte_builder().u8(17).text("notes_of_the_day!"),
     defect_code::name_not_terminated, "1.table"},
    {"table_name_not_utf8", "1.table", byte_builder().u8(17).u8(0xFF), defect_code::name_not_utf8, "1.table"},
};

INSTANTIATE_TEST_SUITE_P(defects, hostile_message, ::testing::ValuesIn(hostile_messages), name_of);

}  // namespace
}  // namespace tmq::wire
