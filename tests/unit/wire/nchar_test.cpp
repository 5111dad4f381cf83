#include "wire/nchar.hpp"

#include "parsed_column.hpp"
#include "printing.hpp"
#include "support/layout_access.hpp"
#include "support/message_builder.hpp"
#include "wire/block.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>

namespace tmq::wire {
namespace {

using namespace test;

parsed_column parse_nchar_cells(const std::vector<std::int64_t>& offsets, const byte_builder& cells) {
    return parsed_column(column_of_cells("n", data_type::nchar, offsets, cells));
}

parsed_column parse_text(std::u32string_view text) { return parsed_column(nchar_column("n", {text})); }

/// Decodes UTF-8 that is known to be valid.
std::u32string decode(std::string_view text) {
    std::u32string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<std::uint8_t>(text[at++]);
        const unsigned following = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
        char32_t code = following == 0 ? first : first & (0x3FU >> following);
        for (unsigned i = 0; i < following; ++i)
            code = code << 6 | (static_cast<std::uint8_t>(text[at++]) & 0x3FU);
        out += code;
    }
    return out;
}

TEST(nchar, is_read_as_utf8) {
    const parsed_column column(
        nchar_column("n", {U"plain", U"", std::nullopt, U"\u00E9", U"\u4E2D\u6587\U0001F600",
                           U"mixed \u4E2D text", std::u32string_view(U"\0a", 2)}));
    ASSERT_EQ(column.error, defect{});
    EXPECT_EQ(column[0], "plain");
    EXPECT_EQ(column[1], "");
    EXPECT_EQ(column[2], std::nullopt);
    EXPECT_EQ(column[3], "\u00E9");
    EXPECT_EQ(column[4], "\u4E2D\u6587\U0001F600");
    EXPECT_EQ(column[5], "mixed \u4E2D text");
    EXPECT_EQ(column[6], std::string_view("\0a", 2));
    EXPECT_TRUE(lies_within(column.layout, column.bytes.view()));
}

TEST(nchar, keeps_every_code_point_that_there_is) {
    constexpr std::size_t longest = 0xFFFF / 4;
    std::u32string all;
    for (char32_t code = 0; code <= 0x10FFFF; ++code)
        if (code < 0xD800 || code > 0xDFFF) all += code;
    std::vector<optional_code_points> cells;
    for (std::size_t at = 0; at < all.size(); at += longest)
        cells.push_back(std::u32string_view(all).substr(at, longest));

    const parsed_column column(nchar_column("n", cells));
    ASSERT_EQ(column.error, defect{});
    for (std::size_t row = 0; row < cells.size(); ++row) {
        ASSERT_TRUE(column[row]);
        EXPECT_EQ(decode(*column[row]), *cells[row]) << row;
    }
    EXPECT_TRUE(lies_within(column.layout, column.bytes.view()));
}

TEST(nchar, is_the_same_wherever_ascii_ends_and_begins) {
    // All mixtures of narrow and wide characters of up to nine: the fast path is entered and left at every
    // place.
    for (std::size_t length = 0; length <= 9; ++length) {
        for (unsigned wide = 0; wide < 1U << length; ++wide) {
            std::u32string text;
            std::string expected;
            for (std::size_t i = 0; i < length; ++i) {
                const bool is_wide = (wide >> i & 1U) != 0;
                text += is_wide ? U'\u20AC' : static_cast<char32_t>('a' + i);
                if (is_wide)
                    expected += "\u20AC";
                else
                    expected += static_cast<char>('a' + i);
            }
            const parsed_column column = parse_text(text);
            ASSERT_EQ(column.error, defect{});
            ASSERT_EQ(column[0], expected);
        }
    }
}

TEST(nchar, is_the_same_wherever_another_script_stands) {
    // One character of another width in a run of ASCII or of Chinese, at every place of every length around
    // those that are read at once.
    for (const char32_t script : {U'~', U'\u4E2D'}) {
        for (std::size_t length = 1; length <= 20; ++length) {
            for (std::size_t place = 0; place < length; ++place) {
                for (const char32_t other : std::u32string_view(
                         U"\0\x7F\x80\u07FF\u0800\uD7FF\uE000\uFFFF\U00010000\U0010FFFF", 10)) {
                    std::u32string text(length, script);
                    text[place] = other;
                    const parsed_column column = parse_text(text);
                    ASSERT_EQ(column.error, defect{});
                    ASSERT_EQ(decode(*column[0]), text) << place << " of " << length;
                }
            }
        }
    }
}

TEST(nchar, refuses_what_is_no_code_point_in_a_run_of_any_script) {
    for (const char32_t script : {U'~', U'\u0416', U'\u4E2D', U'\U0001F600'}) {
        for (std::size_t length = 1; length <= 20; ++length) {
            for (std::size_t place = 0; place < length; ++place) {
                for (const char32_t code :
                     {0xD800U, 0xDFFFU, 0x110000U, 0x0041'0041U, 0x8000'4E2DU, 0xFFFF'F7FFU, 0xFFFF'FFFFU}) {
                    byte_builder cells = byte_builder().u16(4 * length);
                    for (std::size_t i = 0; i < length; ++i)
                        cells.u32(i == place ? code : script);
                    const parsed_column column = parse_nchar_cells({0}, cells);
                    ASSERT_EQ(column.error, (defect{defect_code::nchar_code_point_invalid,
                                                    column.cells_position() + 2 + 4 * place}))
                        << place << " of " << length;
                }
            }
        }
    }
}

TEST(nchar, cells_may_leave_the_order_of_the_rows_at_any_of_them) {
    const byte_builder cells =
        byte_builder().u16(4).u32('a').u16(4).u32(0xE9).u16(4).u32('c').u16(4).u32(0x4E2D);
    const std::vector<std::string> texts = {"a", "\u00E9", "c", "\u4E2D"};
    std::vector<std::int64_t> order = {0, 1, 2, 3};
    do {
        std::vector<std::int64_t> offsets;
        for (const std::int64_t cell : order)
            offsets.push_back(6 * cell);
        const parsed_column column = parse_nchar_cells(offsets, cells);
        ASSERT_EQ(column.error, defect{});
        for (std::size_t row = 0; row < order.size(); ++row)
            ASSERT_EQ(column[row], texts[static_cast<std::size_t>(order[row])]);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(nchar, places_and_lengths_of_all_cells_are_checked_before_their_text) {
    const byte_builder cells = byte_builder().u16(4).u32(0x110000).u16(4).u32('a').u16(3).u32(0);
    const parsed_column wrong_text = parse_nchar_cells({0, 6}, cells);
    EXPECT_EQ(wrong_text.error,
              (defect{defect_code::nchar_code_point_invalid, wrong_text.cells_position() + 2}));
    const parsed_column wrong_length = parse_nchar_cells({0, 6, 12}, cells);
    EXPECT_EQ(wrong_length.error,
              (defect{defect_code::nchar_length_invalid, wrong_length.cells_position() + 12}));
    const parsed_column wrong_place = parse_nchar_cells({0, 6, 17}, cells);
    EXPECT_EQ(wrong_place.error,
              (defect{defect_code::cell_offset_invalid, wrong_place.block.at("front0") + 8}));
}

TEST(nchar, leaves_the_message_as_it_was) {
    const parsed_column column = parse_text(U"\u4E2D\u6587");
    ASSERT_EQ(column.error, defect{});
    EXPECT_EQ(std::memcmp(column.bytes.view().data(), column.block.bytes().data(), column.block.size()), 0);
    EXPECT_EQ(column_of(column.layout, 0, 0).nulls, column.bytes.view().data() + column.block.at("front0"));
}

TEST(nchar, cells_may_be_shared_and_stand_in_any_order) {
    const byte_builder cells = byte_builder().u16(4).u32(0x4E2D).u16(8).u32('a').u32(0x1F600).u16(0);
    const parsed_column column = parse_nchar_cells({6, 0, -1, 16, 6, 0}, cells);
    ASSERT_EQ(column.error, defect{});
    EXPECT_EQ(column[0], "a\U0001F600");
    EXPECT_EQ(column[1], "\u4E2D");
    EXPECT_EQ(column[2], std::nullopt);
    EXPECT_EQ(column[3], "");
    EXPECT_EQ(column[4], "a\U0001F600");
    EXPECT_EQ(column[5], "\u4E2D");
}

TEST(nchar, bytes_that_no_cell_uses_may_be_anything) {
    const byte_builder cells =
        byte_builder().u8(0xFF).u16(4).u32(0xE9).u64(0xFFFF'FFFF'FFFF'FFFF).u16(4).u32('z').u8(0xFF);
    const parsed_column column = parse_nchar_cells({15, 1}, cells);
    ASSERT_EQ(column.error, defect{});
    EXPECT_EQ(column[0], "z");
    EXPECT_EQ(column[1], "\u00E9");
}

TEST(nchar, cells_at_many_random_places_all_keep_their_text) {
    std::mt19937 random(20240607);
    for (int round = 0; round < 200; ++round) {
        byte_builder cells;
        std::vector<std::int64_t> offsets;
        std::vector<std::u32string> texts;
        for (auto left = random() % 40 + 1; left > 0; --left) {
            for (auto gap = random() % 4; gap > 0; --gap)
                cells.u8(random() & 0xFF);
            std::u32string text(random() % 12, U' ');
            for (char32_t& code : text)
                code = U"az\u00E9\u0416\u4E2D\uFFFD\U0001F600\U0010FFFF"[random() % 8];
            offsets.push_back(static_cast<std::int64_t>(cells.size()));
            texts.push_back(text);
            cells.u16(4 * text.size());
            for (const char32_t code : text)
                cells.u32(code);
        }
        std::vector<std::int64_t> rows;
        std::vector<std::size_t> picked;
        for (std::size_t i = 0; i < 2 * offsets.size(); ++i) {
            picked.push_back(random() % offsets.size());
            rows.push_back(offsets[picked.back()]);
        }
        const parsed_column column = parse_nchar_cells(rows, cells);
        ASSERT_EQ(column.error, defect{});
        for (std::size_t row = 0; row < rows.size(); ++row)
            ASSERT_EQ(decode(*column[row]), texts[picked[row]]);
    }
}

TEST(nchar, refuses_different_cells_that_share_bytes) {
    // The second cell begins in the last byte of the first, in its middle, in its length.
    const byte_builder cells = byte_builder().u16(8).u64(0).u64(0).u64(0);
    for (const std::int64_t second : {9, 5, 2, 1}) {
        const parsed_column column = parse_nchar_cells({0, second}, cells);
        EXPECT_EQ(column.error, (defect{defect_code::nchar_cells_overlap,
                                        column.cells_position() + static_cast<std::uint64_t>(second)}))
            << second;
    }
    const parsed_column reversed = parse_nchar_cells({5, 0}, cells);
    EXPECT_EQ(reversed.error, (defect{defect_code::nchar_cells_overlap, reversed.cells_position() + 5}));
    EXPECT_EQ(parse_nchar_cells({0, 10}, cells).error, defect{});
}

TEST(nchar, sees_an_overlap_across_many_cells) {
    // One cell as large as they come, another one at its end, far away in the column.
    byte_builder cells;
    cells.u16(0xFFFC);
    for (std::size_t i = 0; i < 0xFFFC / 4; ++i)
        cells.u32('x');
    cells.u16(0);
    EXPECT_EQ(parse_nchar_cells({0xFFFE, 0}, cells).error, defect{});
    // In its last character, whose 'x' is read as a length of 120.
    const parsed_column column =
        parse_nchar_cells({0xFFFA, 0}, byte_builder(cells).raw(std::vector<std::uint8_t>(200)));
    EXPECT_EQ(column.error, (defect{defect_code::nchar_cells_overlap, column.cells_position() + 0xFFFA}));
}

TEST(nchar, refuses_lengths_that_are_no_multiple_of_four) {
    for (const std::uint64_t length : {1U, 2U, 3U, 5U, 6U, 7U}) {
        const parsed_column column = parse_nchar_cells({-1, 2}, byte_builder().u16(0).u16(length).u64(0));
        EXPECT_EQ(column.error, (defect{defect_code::nchar_length_invalid, column.cells_position() + 2}))
            << length;
    }
}

TEST(nchar, refuses_surrogates_and_numbers_that_are_no_code_points) {
    for (const char32_t code :
         {0xD800U, 0xDBFFU, 0xDC00U, 0xDFFFU, 0x110000U, 0x7FFF'FFFFU, 0x8000'0041U, 0xFFFF'FFFFU}) {
        for (std::size_t before = 0; before < 4; ++before) {
            byte_builder cells = byte_builder().u16(4 * before + 8);
            for (std::size_t i = 0; i < before; ++i)
                cells.u32('a');
            cells.u32(code).u32('b');
            const parsed_column column = parse_nchar_cells({0}, cells);
            EXPECT_EQ(column.error, (defect{defect_code::nchar_code_point_invalid,
                                            column.cells_position() + 2 + 4 * before}))
                << static_cast<std::uint32_t>(code);
        }
    }
}

}  // namespace
}  // namespace tmq::wire
