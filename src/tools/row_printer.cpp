#include "tools/row_printer.hpp"

#include "text/json.hpp"
#include "text/printable.hpp"
#include "tools/cell_text.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>

namespace tmq::tools {
namespace {

/// Columns a terminal needs: continuation bytes of UTF-8 take none. Wide characters are not counted twice, so CJK text may lean.
std::size_t display_width(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_number(data_type type) noexcept {
    return (type >= data_type::tinyint && type <= data_type::double_precision) ||
           (type >= data_type::unsigned_tinyint && type <= data_type::unsigned_bigint);
}

void pad(fmt::memory_buffer& out, std::size_t count) { std::fill_n(std::back_inserter(out), count, ' '); }

}  // namespace

std::uint64_t row_printer::print(const message& from, std::uint64_t limit) {
    std::uint64_t printed = 0;
    for (const meta& change : from.metas()) add_meta(from, change);
    for (const block_view block : from.blocks()) {
        const auto rows = static_cast<std::size_t>(std::min<std::uint64_t>(block.row_count(), limit - printed));
        if (json_)
            for (std::size_t row = 0; row < rows; ++row) add_json_row(from, block, row);
        else if (rows != 0)
            add_table(block, rows);
        printed += rows;
    }
    const std::size_t written = std::fwrite(text_.data(), 1, text_.size(), out_);
    if (written != text_.size() || std::fflush(out_) != 0) throw std::system_error(errno, std::generic_category(), "writing rows");
    text_.clear();
    return printed;
}

void row_printer::add_place(const message& from) {
    fmt::format_to(fmt::appender(text_), R"({{"topic":)");
    text::append_json_string(text_, from.topic());
    fmt::format_to(fmt::appender(text_), R"(,"database":)");
    text::append_json_string(text_, from.database());
    fmt::format_to(fmt::appender(text_), R"(,"vgroup":{},"offset":{})", from.vgroup(), from.offset());
}

void row_printer::add_meta(const message& from, const meta& change) {
    if (json_) {
        add_place(from);
        fmt::format_to(fmt::appender(text_), R"(,"meta":{}}})", to_json(change));
    } else {
        fmt::format_to(fmt::appender(text_), "meta: {}", to_json(change));
    }
    text_.push_back('\n');
}

void row_printer::add_json_row(const message& from, const block_view& block, std::size_t row) {
    add_place(from);
    fmt::format_to(fmt::appender(text_), R"(,"table":)");
    if (block.table_name().empty())
        fmt::format_to(fmt::appender(text_), "null");
    else
        text::append_json_string(text_, block.table_name());
    fmt::format_to(fmt::appender(text_), R"(,"row":{{)");
    for (std::size_t column = 0; column < block.column_count(); ++column) {
        if (column != 0) text_.push_back(',');
        text::append_json_string(text_, block.column_name(column));
        text_.push_back(':');
        write_json_cell(text_, block, row, column);
    }
    fmt::format_to(fmt::appender(text_), "}}}}\n");
}

void row_printer::add_table(const block_view& block, std::size_t rows) {
    // The table name is a column like the others where the topic has one.
    const bool has_table = !block.table_name().empty();
    const std::size_t columns = block.column_count() + (has_table ? 1 : 0);
    std::vector<std::string> cells;
    fmt::memory_buffer plain;
    cells.reserve(columns * (rows + 1));
    const std::string table = text::printable(block.table_name(), block.table_name().size());
    if (has_table) cells.emplace_back("table");
    for (std::size_t column = 0; column < block.column_count(); ++column)
        cells.emplace_back(text::printable(block.column_name(column), block.column_name(column).size()));
    for (std::size_t row = 0; row < rows; ++row) {
        if (has_table) cells.emplace_back(table);
        for (std::size_t column = 0; column < block.column_count(); ++column) {
            plain.clear();
            write_plain_cell(plain, block, row, column);
            cells.emplace_back(plain.data(), plain.size());
        }
    }

    std::string header;
    for (std::size_t column = 0; column < columns; ++column) header += cells[column] + '\n';
    const bool is_new = header != header_;
    if (is_new) {
        header_ = header;
        widths_.assign(columns, 0);
    }
    for (std::size_t i = 0; i < cells.size(); ++i) widths_[i % columns] = std::max(widths_[i % columns], display_width(cells[i]));

    for (std::size_t line = is_new ? 0 : 1; line <= rows; ++line) {
        for (std::size_t column = 0; column < columns; ++column) {
            const std::string& cell = cells[line * columns + column];
            const std::size_t space = widths_[column] - display_width(cell);
            const bool right = !(has_table && column == 0) && is_number(block.column_type(column - (has_table ? 1 : 0)));
            if (column != 0) pad(text_, 2);
            if (right) pad(text_, space);
            text_.append(cell.data(), cell.data() + cell.size());
            if (!right && column + 1 != columns) pad(text_, space);
        }
        text_.push_back('\n');
        if (line == 0) {
            for (std::size_t column = 0; column < columns; ++column) {
                if (column != 0) pad(text_, 2);
                std::fill_n(std::back_inserter(text_), widths_[column], '-');
            }
            text_.push_back('\n');
        }
    }
}

}  // namespace tmq::tools
