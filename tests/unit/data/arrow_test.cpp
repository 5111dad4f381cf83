#include "tmq/arrow.hpp"

#include "built_message.hpp"
#include "data/arrow_limits.hpp"
#include "received_message.hpp"
#include "support/refusal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tmq {
namespace {

using namespace test;
using std::nullopt;
using message_ptr = std::shared_ptr<message>;

/// What an importer holds. Releases as the interface asks for.
class imported {
  public:
    imported() = default;
    imported(const message_ptr& owner, const block_view& block) {
        export_block(owner, block, &schema, &array);
    }
    imported(const message_ptr& owner, const block_view& block, const detail::arrow_limits& limits) {
        detail::export_block(owner, block, &schema, &array, limits);
    }
    imported(const imported&) = delete;
    imported& operator=(const imported&) = delete;
    ~imported() {
        if (schema.release != nullptr) schema.release(&schema);
        if (array.release != nullptr) array.release(&array);
    }

    const ArrowArray& column(std::size_t i) const { return *array.children[i]; }
    std::string format(std::size_t i) const { return schema.children[i]->format; }

    ArrowSchema schema{};
    ArrowArray array{};
};

bool bit_of(const void* bitmap, std::size_t row) {
    return (static_cast<const std::uint8_t*>(bitmap)[row / 8] >> row % 8 & 1) != 0;
}
bool is_valid(const ArrowArray& column, std::size_t row) {
    return column.buffers[0] == nullptr || bit_of(column.buffers[0], row);
}

template <class T>
T value_of(const ArrowArray& column, std::size_t row) {
    T read;
    std::memcpy(&read, static_cast<const std::uint8_t*>(column.buffers[1]) + row * sizeof read, sizeof read);
    return read;
}

template <class Offset = std::int32_t>
std::string text_of(const ArrowArray& column, std::size_t row) {
    const auto begin = value_of<Offset>(column, row);
    const auto end = value_of<Offset>(column, row + 1);
    return {static_cast<const char*>(column.buffers[2]) + begin, static_cast<std::size_t>(end - begin)};
}

template <class Offset = std::int32_t>
std::vector<std::optional<std::string>> texts_of(const ArrowArray& column) {
    std::vector<std::optional<std::string>> texts;
    for (std::size_t row = 0; row < static_cast<std::size_t>(column.length); ++row)
        texts.push_back(is_valid(column, row) ? std::optional(text_of<Offset>(column, row)) : nullopt);
    return texts;
}

bool is_inside(message& of, const void* at) {
    const auto& bytes = detail::message_access::content(of).bytes;
    return at >= bytes.data() && at < bytes.data() + bytes.capacity();
}

std::vector<optional_number> numbers(std::size_t rows) {
    std::vector<optional_number> values;
    for (std::size_t row = 0; row < rows; ++row)
        values.push_back(row % 3 == 1 ? optional_number() : optional_number(row * 0x0101'0101'0101'0101U));
    return values;
}

struct fixed_type {
    data_type type;
    std::size_t width;
    const char* format;
};
const fixed_type fixed_types[] = {{data_type::tinyint, 1, "c"},
                                  {data_type::smallint, 2, "s"},
                                  {data_type::integer, 4, "i"},
                                  {data_type::bigint, 8, "l"},
                                  {data_type::unsigned_tinyint, 1, "C"},
                                  {data_type::unsigned_smallint, 2, "S"},
                                  {data_type::unsigned_integer, 4, "I"},
                                  {data_type::unsigned_bigint, 8, "L"},
                                  {data_type::real, 4, "f"},
                                  {data_type::double_precision, 8, "g"},
                                  {data_type::timestamp, 8, "tsm:UTC"}};

TEST(arrow, gives_a_block_as_a_struct_of_its_columns) {
    const message_ptr owner =
        received_block(3, {fixed_column("ts", data_type::timestamp, 8, {1, 2, 3}),
                           bytes_column("place", data_type::varchar, {"a", nullopt, "b"})});
    const imported batch(owner, owner->blocks()[0]);
    EXPECT_STREQ(batch.schema.format, "+s");
    EXPECT_EQ(batch.schema.flags, 0);
    ASSERT_EQ(batch.schema.n_children, 2);
    EXPECT_EQ(batch.schema.dictionary, nullptr);
    EXPECT_STREQ(batch.schema.children[0]->name, "ts");
    EXPECT_STREQ(batch.schema.children[1]->name, "place");
    EXPECT_EQ(batch.schema.children[1]->flags, ARROW_FLAG_NULLABLE);
    EXPECT_EQ(batch.schema.children[1]->n_children, 0);
    EXPECT_EQ(batch.schema.children[1]->metadata, nullptr);
    EXPECT_EQ(batch.array.length, 3);
    EXPECT_EQ(batch.array.null_count, 0);
    EXPECT_EQ(batch.array.offset, 0);
    ASSERT_EQ(batch.array.n_buffers, 1);
    EXPECT_EQ(batch.array.buffers[0], nullptr);
    ASSERT_EQ(batch.array.n_children, 2);
    EXPECT_EQ(batch.array.dictionary, nullptr);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(batch.column(i).length, 3);
        EXPECT_EQ(batch.column(i).offset, 0);
        EXPECT_EQ(batch.column(i).n_children, 0);
        EXPECT_EQ(batch.column(i).dictionary, nullptr);
    }
    EXPECT_EQ(batch.column(0).n_buffers, 2);
    EXPECT_EQ(batch.column(1).n_buffers, 3);
}

TEST(arrow, puts_the_table_name_into_the_metadata) {
    const message_ptr owner = received_block(1, {fixed_column("c", data_type::integer, 4, {1})});
    const imported batch(owner, owner->blocks()[0]);
    const byte_builder expected = byte_builder().u32(1).u32(9).text("tmq.table").u32(5).text("d1001");
    ASSERT_NE(batch.schema.metadata, nullptr);
    EXPECT_EQ(std::memcmp(batch.schema.metadata, expected.bytes().data(), expected.size()), 0);

    message_spec query;
    query.blocks.push_back(block_of(1, {fixed_column("c", data_type::integer, 4, {1})}));
    query.with_table_name = false;
    const message_ptr without = received_message(query);
    EXPECT_EQ(imported(without, without->blocks()[0]).schema.metadata, nullptr);
}

TEST(arrow, gives_every_fixed_type_at_every_alignment) {
    const auto values = numbers(21);
    for (const auto& [type, width, format] : fixed_types) {
        SCOPED_TRACE(to_string(type));
        std::size_t shared = 0;
        for (std::size_t shift = 0; shift < 16; ++shift) {
            const message_ptr owner =
                received_block(values.size(), {fixed_column("c", type, width, values)}, shift);
            const imported batch(owner, owner->blocks()[0]);
            EXPECT_EQ(batch.format(0), format);
            const ArrowArray& column = batch.column(0);
            EXPECT_EQ(column.null_count, 7);
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(column.buffers[1]) % width, 0U);
            shared += is_inside(*owner, column.buffers[1]) ? 1U : 0U;
            for (std::size_t row = 0; row < values.size(); ++row) {
                ASSERT_EQ(is_valid(column, row), values[row].has_value()) << row;
                if (!values[row]) continue;
                std::uint64_t read = 0;
                std::memcpy(&read, static_cast<const std::uint8_t*>(column.buffers[1]) + row * width, width);
                ASSERT_EQ(read, *values[row] & (~std::uint64_t{0} >> (64 - 8 * width)));
            }
        }
        EXPECT_EQ(shared, 16 / width) << "copied what was aligned, or shared what was not";
    }
}

TEST(arrow, copies_everything_without_an_owner) {
    const message_ptr source = received_block(9, {fixed_column("c", data_type::tinyint, 1, numbers(9))});
    imported batch(nullptr, source->blocks()[0]);
    EXPECT_FALSE(is_inside(*source, batch.column(0).buffers[1]));
    EXPECT_EQ(source.use_count(), 1);
    const auto first = value_of<std::uint8_t>(batch.column(0), 2);
    EXPECT_EQ(first, 2);
}

TEST(arrow, makes_bitmaps_of_its_own_order_and_sense) {
    for (std::size_t rows = 1; rows <= 70; ++rows) {
        for (const std::size_t step : {1U, 2U, 3U, 8U, 64U, 1000U}) {
            std::vector<optional_number> fixed;
            std::vector<optional_text> text;
            std::int64_t nulls = 0;
            for (std::size_t row = 0; row < rows; ++row) {
                const bool null = (row + 1) % step == 0;
                nulls += null ? 1 : 0;
                fixed.push_back(null ? nullopt : optional_number(row));
                text.push_back(null ? nullopt : optional_text("x"));
            }
            column_spec spare = fixed_column("spare", data_type::tinyint, 1, fixed);
            if (rows % 8 != 0) {
                std::vector<std::uint8_t> front = spare.front.bytes();
                front.back() = static_cast<std::uint8_t>(front.back() | 0xFFU >> rows % 8);
                spare.front = byte_builder().raw(front);
            }
            const message_ptr owner =
                received_block(rows, {spare, bytes_column("text", data_type::varchar, text)});
            const imported batch(owner, owner->blocks()[0]);
            for (const std::size_t i : {0U, 1U}) {
                const ArrowArray& column = batch.column(i);
                ASSERT_EQ(column.null_count, nulls);
                ASSERT_EQ(column.buffers[0] == nullptr, nulls == 0)
                    << "a bitmap is there exactly when it is needed";
                if (nulls == 0) continue;
                for (std::size_t row = 0; row < 8 * ((rows + 7) / 8); ++row)
                    ASSERT_EQ(bit_of(column.buffers[0], row), row < rows && fixed[row].has_value())
                        << row << " of " << rows;
            }
        }
    }
}

TEST(arrow, packs_booleans) {
    std::vector<optional_number> values;
    for (std::size_t row = 0; row < 19; ++row)
        values.push_back(row % 5 == 4 ? nullopt : optional_number(row % 3));
    const message_ptr owner =
        received_block(values.size(), {fixed_column("c", data_type::boolean, 1, values)});
    const imported batch(owner, owner->blocks()[0]);
    EXPECT_EQ(batch.format(0), "b");
    for (std::size_t row = 0; row < values.size(); ++row) {
        EXPECT_EQ(is_valid(batch.column(0), row), values[row].has_value());
        if (values[row]) {
            EXPECT_EQ(bit_of(batch.column(0).buffers[1], row), *values[row] != 0) << row;
        }
    }
}

TEST(arrow, gives_timestamps_in_the_unit_of_the_block) {
    const char* const formats[] = {"tsm:UTC", "tsu:UTC", "tsn:UTC"};
    for (std::size_t precision = 0; precision < 3; ++precision) {
        message_spec spec;
        spec.blocks.push_back(
            block_of(1, {fixed_column("c", data_type::timestamp, 8, {bits(std::int64_t{-5})})}));
        spec.blocks[0].precision = precision;
        const message_ptr owner = received_message(spec);
        const imported batch(owner, owner->blocks()[0]);
        EXPECT_EQ(batch.format(0), formats[precision]);
        EXPECT_EQ(value_of<std::int64_t>(batch.column(0), 0), -5);
    }
}

TEST(arrow, gives_text_with_nulls_and_empty_strings_apart) {
    const std::string longest(65'000, 'x');
    const message_ptr owner =
        received_block(4, {bytes_column("v", data_type::varchar, {"abc", nullopt, "", longest}),
                           nchar_column("n", {nullopt, U"\u8868\U0001F600", U"", U"d"})});
    const imported batch(owner, owner->blocks()[0]);
    EXPECT_EQ(batch.format(0), "u");
    EXPECT_EQ(batch.format(1), "u");
    EXPECT_EQ(texts_of(batch.column(0)),
              (std::vector<std::optional<std::string>>{"abc", nullopt, "", longest}));
    EXPECT_EQ(texts_of(batch.column(1)),
              (std::vector<std::optional<std::string>>{nullopt, "\xE8\xA1\xA8\xF0\x9F\x98\x80", "", "d"}));
    EXPECT_EQ(value_of<std::int32_t>(batch.column(0), 0), 0);
}

TEST(arrow, gives_text_that_rows_share_or_that_lies_in_any_order) {
    const byte_builder cells = byte_builder().u16(1).text("a").u16(3).text("bcd").u16(9).text("unused 9!");
    const message_ptr owner =
        received_block(4, {column_of_cells("c", data_type::varchar, {3, 0, -1, 3}, cells)});
    const imported batch(owner, owner->blocks()[0]);
    EXPECT_EQ(texts_of(batch.column(0)),
              (std::vector<std::optional<std::string>>{"bcd", "a", nullopt, "bcd"}));
}

TEST(arrow, replaces_bytes_that_are_not_utf8) {
    const message_ptr owner = received_block(
        4, {bytes_column("c", data_type::varchar, {"\xFF", "a\xC3(", "caf\xC3\xA9", "\xE8\xA1"})});
    const imported batch(owner, owner->blocks()[0]);
    EXPECT_EQ(texts_of(batch.column(0)),
              (std::vector<std::optional<std::string>>{"\uFFFD", "a\uFFFD(", "caf\u00E9", "\uFFFD\uFFFD"}));
}

TEST(arrow, gives_bytes_as_they_are) {
    const std::string big(70'000, '\xFF');
    const message_ptr owner = received_block(
        3, {bytes_column("b", data_type::varbinary, {std::string_view("\x00\xFF", 2), nullopt, ""}),
            bytes_column("g", data_type::geometry, {"\x01\xC3", "", nullopt}),
            bytes_column("o", data_type::blob, {nullopt, big, ""})});
    const imported batch(owner, owner->blocks()[0]);
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_EQ(batch.format(i), "z");
    EXPECT_EQ(texts_of(batch.column(0)),
              (std::vector<std::optional<std::string>>{std::string("\x00\xFF", 2), nullopt, ""}));
    EXPECT_EQ(texts_of(batch.column(1)), (std::vector<std::optional<std::string>>{"\x01\xC3", "", nullopt}));
    EXPECT_EQ(texts_of(batch.column(2)), (std::vector<std::optional<std::string>>{nullopt, big, ""}));
}

TEST(arrow, gives_json_as_text) {
    const message_ptr owner =
        received_block(3, {bytes_column("c", data_type::varchar, {R"({"a":1})", nullopt, "\xFF"})});
    make_json(*owner, 0);
    const imported batch(owner, owner->blocks()[0]);
    EXPECT_EQ(batch.format(0), "u");
    EXPECT_EQ(texts_of(batch.column(0)),
              (std::vector<std::optional<std::string>>{R"({"a":1})", nullopt, "\uFFFD"}));
}

TEST(arrow, gives_decimals_with_sixteen_bytes) {
    const std::vector<optional_number> values = {bits(std::int64_t{-12'345}), nullopt, 77};
    for (const auto type : {data_type::decimal64, data_type::decimal}) {
        std::size_t shared = 0;
        for (std::size_t shift = 0; shift < 16; ++shift) {
            const message_ptr owner = received_block(3, {decimal_column("c", type, 2, 18, values)}, shift);
            const imported batch(owner, owner->blocks()[0]);
            EXPECT_EQ(batch.format(0), "d:18,2");
            EXPECT_EQ(batch.column(0).null_count, 1);
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(batch.column(0).buffers[1]) % 16, 0U);
            shared += is_inside(*owner, batch.column(0).buffers[1]) ? 1U : 0U;
            EXPECT_EQ(value_of<std::int64_t>(batch.column(0), 0), -12'345);
            EXPECT_EQ(value_of<std::int64_t>(batch.column(0), 1), -1);
            EXPECT_EQ(value_of<std::int64_t>(batch.column(0), 4), 77);
            EXPECT_EQ(value_of<std::int64_t>(batch.column(0), 5), 0);
        }
        EXPECT_EQ(shared, type == data_type::decimal ? 1U : 0U);
    }
}

TEST(arrow, gives_a_column_without_type_as_nulls) {
    const message_ptr owner = received_block(5, {null_column("c", 5)});
    const imported batch(owner, owner->blocks()[0]);
    EXPECT_EQ(batch.format(0), "n");
    EXPECT_EQ(batch.column(0).length, 5);
    EXPECT_EQ(batch.column(0).null_count, 5);
    EXPECT_EQ(batch.column(0).n_buffers, 0);
}

TEST(arrow, takes_long_offsets_for_columns_that_need_them) {
    const message_ptr owner =
        received_block(3, {bytes_column("fits", data_type::varchar, {"1234", nullopt, "567890"}),
                           bytes_column("text", data_type::varchar, {"1234", nullopt, "5678901"}),
                           bytes_column("bytes", data_type::varbinary, {"12345678901", "", nullopt})});
    detail::arrow_limits limits;
    limits.small_column = 10;
    const imported batch(owner, owner->blocks()[0], limits);
    EXPECT_EQ(batch.format(0), "u");
    EXPECT_EQ(batch.format(1), "U");
    EXPECT_EQ(batch.format(2), "Z");
    EXPECT_EQ(texts_of<std::int64_t>(batch.column(1)),
              (std::vector<std::optional<std::string>>{"1234", nullopt, "5678901"}));
    EXPECT_EQ(texts_of<std::int64_t>(batch.column(2)),
              (std::vector<std::optional<std::string>>{"12345678901", "", nullopt}));
}

TEST(arrow, copies_no_more_than_it_may) {
    // A hundred thousand rows share one cell of 60 kB: 6 GB as Arrow, out of a message of half a megabyte.
    const std::string cell(60'000, 'x');
    const message_ptr owner = received_block(
        100'000, {column_of_cells("c", data_type::varchar, std::vector<std::int64_t>(100'000, 0),
                                  byte_builder().u16(cell.size()).text(cell))});
    ArrowSchema schema{};
    ArrowArray array{};
    const refusal refused = refusal_of([&] { export_block(owner, owner->blocks()[0], &schema, &array); });
    EXPECT_EQ(refused.code, errc::message_too_big);
    EXPECT_TRUE(refused.says("column 'c' as Arrow: more than 4294967296 bytes")) << refused.text;
    EXPECT_EQ(schema.release, nullptr);
    EXPECT_EQ(array.release, nullptr);
    EXPECT_EQ(owner.use_count(), 1);
}

TEST(arrow, counts_what_is_copied_over_all_columns) {
    const message_ptr owner = received_block(2, {fixed_column("a", data_type::boolean, 1, {1, nullopt}),
                                                 bytes_column("b", data_type::varchar, {"12", "3"})});
    constexpr std::uint64_t needed = 1 + 1 + 3 * 4 + 3;  // bitmap, bits, offsets, text
    ArrowSchema schema{};
    ArrowArray array{};
    EXPECT_EQ(refusal_of([&] { export_block(owner, owner->blocks()[0], &schema, &array, needed - 1); }).code,
              errc::message_too_big);
    export_block(owner, owner->blocks()[0], &schema, &array, needed);
    EXPECT_EQ(texts_of(*array.children[1])[0], "12");
    schema.release(&schema);
    array.release(&array);
}

TEST(arrow, keeps_the_message_as_long_as_something_points_into_it) {
    message_ptr owner = received_block(2, {fixed_column("a", data_type::tinyint, 1, {1, 2}),
                                           fixed_column("b", data_type::tinyint, 1, {3, 4}),
                                           bytes_column("c", data_type::varchar, {"x", "y"})});
    const std::weak_ptr<message> watched = owner;
    imported batch(owner, owner->blocks()[0]);
    owner.reset();
    ASSERT_FALSE(watched.expired());
    EXPECT_EQ(value_of<std::int8_t>(batch.column(1), 1), 4);

    batch.schema.release(&batch.schema);
    EXPECT_EQ(batch.schema.release, nullptr);
    EXPECT_FALSE(watched.expired()) << "a schema keeps nothing, and ends nothing";

    batch.array.release(&batch.array);
    EXPECT_EQ(batch.array.release, nullptr);
    EXPECT_TRUE(watched.expired());
}

TEST(arrow, lets_columns_be_moved_out_and_outlive_the_batch) {
    message_ptr owner = received_block(2, {fixed_column("a", data_type::tinyint, 1, {1, 2}),
                                           fixed_column("b", data_type::tinyint, 1, {3, 4})});
    const std::weak_ptr<message> watched = owner;
    imported batch(owner, owner->blocks()[0]);
    owner.reset();
    imported moved;
    moved.array = std::exchange(*batch.array.children[1], ArrowArray{});
    moved.schema = std::exchange(*batch.schema.children[1], ArrowSchema{});
    batch.array.release(&batch.array);
    batch.schema.release(&batch.schema);
    ASSERT_FALSE(watched.expired());
    EXPECT_STREQ(moved.schema.name, "b");
    EXPECT_EQ(value_of<std::int8_t>(moved.array, 0), 3);
    moved.array.release(&moved.array);
    EXPECT_TRUE(watched.expired());
}

TEST(arrow, may_be_released_twice_and_column_by_column) {
    message_ptr owner =
        received_block(2, {fixed_column("a", data_type::tinyint, 1, {1, 2}), null_column("b", 2)});
    const std::weak_ptr<message> watched = owner;
    imported batch(owner, owner->blocks()[0]);
    owner.reset();
    ArrowArray* const child = batch.array.children[0];
    const auto release_array = batch.array.release;
    const auto release_schema = batch.schema.release;
    child->release(child);
    EXPECT_EQ(child->release, nullptr);
    EXPECT_TRUE(watched.expired());
    for (int times = 0; times < 2; ++times) {
        release_array(&batch.array);
        release_schema(&batch.schema);
        EXPECT_EQ(batch.array.release, nullptr);
        EXPECT_EQ(batch.schema.release, nullptr);
    }
}

TEST(arrow, keeps_no_message_for_what_is_copied) {
    message_ptr owner = received_block(
        1, {bytes_column("a", data_type::varchar, {"kept"}), fixed_column("b", data_type::boolean, 1, {1})});
    imported batch(owner, owner->blocks()[0]);
    EXPECT_EQ(owner.use_count(), 1);
    owner.reset();
    EXPECT_EQ(text_of(batch.column(0), 0), "kept");
    EXPECT_TRUE(bit_of(batch.column(1).buffers[1], 0));
}

TEST(arrow, takes_a_block_whose_message_moved_to_its_owner) {
    const message_ptr polled = received_block(1, {bytes_column("a", data_type::varchar, {"kept"})});
    const block_view block = polled->blocks()[0];
    const auto owner = std::make_shared<message>(std::move(*polled));
    const imported batch(owner, block);
    EXPECT_EQ(text_of(batch.column(0), 0), "kept");
    EXPECT_EQ(block.column_name(0), "a");
}

TEST(arrow, refuses_a_block_of_another_message) {
    const message_ptr owner = received_block(1, {null_column("c", 1)});
    const message_ptr other = received_block(1, {null_column("c", 1)});
    ArrowSchema schema{};
    ArrowArray array{};
    const refusal refused = refusal_of([&] { export_block(owner, other->blocks()[0], &schema, &array); });
    EXPECT_EQ(refused.code, errc::invalid_argument);
    EXPECT_TRUE(refused.says("not one of the message")) << refused.text;
    EXPECT_EQ(refusal_of([&] { export_block(owner, owner->blocks()[0], nullptr, &array); }).code,
              errc::invalid_argument);
    EXPECT_EQ(refusal_of([&] { export_block(owner, owner->blocks()[0], &schema, nullptr); }).code,
              errc::invalid_argument);
    EXPECT_EQ(schema.release, nullptr);
    EXPECT_EQ(array.release, nullptr);
}

}  // namespace
}  // namespace tmq
