#include "printed.hpp"
#include "support/terminal_text.hpp"
#include "unit/data/received_message.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <string>
#include <vector>

namespace tmq::test {
namespace {

using lines = std::vector<std::string>;

column_spec text_column(std::string name, const std::vector<optional_text>& values) {
    return bytes_column(std::move(name), data_type::varchar, values);
}
column_spec int_column(std::string name, const std::vector<optional_number>& values) {
    return fixed_column(std::move(name), data_type::integer, 4, values);
}

TEST(row_printer, aligns_text_left_and_numbers_right_under_a_header) {
    printed table(false);
    EXPECT_EQ(table.lines_of(
                  *received_block(2, {int_column("n", {5, 12345}), text_column("s", {"a", std::nullopt})})),
              (lines{"table      n  s", "-----  -----  ----", "d1001      5  a", "d1001  12345  NULL"}));
}

TEST(row_printer, repeats_the_header_only_when_the_columns_change) {
    printed table(false);
    const auto message = received_block(1, {int_column("n", {7})});
    EXPECT_EQ(table.lines_of(*message).size(), 3U);
    EXPECT_EQ(table.lines_of(*message), (lines{"d1001  7"}));
    EXPECT_EQ(table.lines_of(*received_block(1, {int_column("m", {7})})).size(), 3U);
    EXPECT_EQ(table.lines_of(*message).size(), 3U);
}

TEST(row_printer, keeps_rows_of_several_messages_below_each_other) {
    printed table(false);
    table.lines_of(*received_block(1, {text_column("a", {"long text"}), text_column("b", {"x"})}));
    EXPECT_EQ(table.lines_of(*received_block(1, {text_column("a", {"short"}), text_column("b", {"y"})})),
              (lines{"d1001  short      y"}));
}

TEST(row_printer, aligns_the_rows_of_a_chunk_and_forgets_a_wide_cell_that_has_scrolled_away) {
    printed table(false);
    const std::string wide(60'000, 'w');
    constexpr std::size_t rows = 9'000;
    std::vector<optional_text> texts(rows, "narrow");
    texts[3] = wide;
    const std::vector<optional_number> numbers(rows, 1);
    const lines all =
        table.lines_of(*received_block(rows, {text_column("s", texts), int_column("n", numbers)}));
    ASSERT_EQ(all.size(), rows + 2);
    EXPECT_EQ(all[2], "d1001  narrow  1") << "a chunk ends before a cell that fills one";
    EXPECT_EQ(all[5].size(), std::string("d1001  ").size() + wide.size() + 3);
    EXPECT_EQ(all[6].size(), all[5].size()) << "the next rows are aligned with it";
    EXPECT_EQ(all.back(), "d1001  narrow  1");
    const auto is_wide = [](const std::string& line) { return line.size() > 1'000; };
    EXPECT_LE(std::count_if(all.begin(), all.end(), is_wide), 8);
}

TEST(row_printer, prints_the_first_rows_only) {
    const auto message = received_block(3, {int_column("n", {1, 2, 3})});
    std::FILE* const nowhere = std::fopen("/dev/null", "w");
    tools::row_printer printer(nowhere, true);
    EXPECT_EQ(printer.print(*message, 2), 2U);
    EXPECT_EQ(printer.print(*message, 9), 3U);
    std::fclose(nowhere);
}

TEST(row_printer, refuses_a_stream_that_takes_nothing) {
    std::FILE* const full = std::fopen("/dev/full", "w");
    tools::row_printer printer(full, true);
    EXPECT_THROW(printer.print(*received_block(1, {int_column("n", {1})}), 1), std::system_error);
    std::fclose(full);
}

/// A message whose names and values all are hostile.
std::shared_ptr<message> hostile_message() {
    const std::string name(hostile_utf8);
    message_spec spec;
    block_spec block;
    block.rows = 1;
    block.columns = {text_column(name, {hostile_text}),
                     bytes_column("b", data_type::varbinary, {hostile_text}),
                     nchar_column("n", {U"\u001b\u009b\u202e\u007f"}),
                     json_column("j", {tag_set({json_string("k", U"\u001b\u009b\u202e\u007f")})})};
    block.table = name;
    spec.blocks.push_back(block);
    auto result = received_message(spec);
    detail::message_access::content(*result).topic = name;
    detail::message_access::content(*result).database = name;
    create_table change;
    created_table table;
    table.kind = table_kind::normal;
    table.name = name;
    table.comment = std::string(hostile_text);
    change.tables.push_back(table);
    detail::message_access::content(*result).metas.emplace_back(change);
    return result;
}

TEST(row_printer, sends_no_control_character_to_a_terminal) {
    for (const bool json : {false, true}) {
        printed out(json);
        const lines all = out.lines_of(*hostile_message());
        EXPECT_EQ(all.size(), json ? 2U : 4U);
        EXPECT_EQ(first_control(out.text()), "") << out.text();
    }
}

TEST(row_printer, keeps_every_character_in_json) {
    printed out(true);
    const lines all = out.lines_of(*hostile_message());
    ASSERT_EQ(all.size(), 2U);
    simdjson::dom::parser parser;
    const simdjson::dom::element row = parser.parse(all[1]);
    EXPECT_EQ(std::string_view(row["topic"]), hostile_utf8);
    EXPECT_EQ(std::string_view(row["database"]), hostile_utf8);
    EXPECT_EQ(std::string_view(row["table"]), hostile_utf8);
    std::string shown(hostile_text);
    shown.replace(shown.find("\x9B"
                             "f"),
                  1, "\xEF\xBF\xBD");
    EXPECT_EQ(std::string_view(row["row"][hostile_utf8]), shown) << "but for bytes that are not UTF-8";
    EXPECT_EQ(std::string_view(row["row"]["n"]), "\x1b\xC2\x9B\xE2\x80\xAE\x7F");
    EXPECT_EQ(std::string_view(row["row"]["j"]["k"]), "\x1b\xC2\x9B\xE2\x80\xAE\x7F");
    simdjson::dom::parser second;
    const simdjson::dom::element meta = second.parse(all[0]);
    EXPECT_EQ(std::string_view(meta["meta"]["tableName"]), hostile_utf8);
}

}  // namespace
}  // namespace tmq::test
