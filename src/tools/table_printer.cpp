#include "tools/table_printer.hpp"

#include "text/printable.hpp"
#include "tools/cell_text.hpp"

#include "tmq/value.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace tmq::tools {
namespace {

constexpr std::size_t gap = 2;

bool is_number(data_type type) noexcept {
    return (type >= data_type::tinyint && type <= data_type::double_precision) ||
           (type >= data_type::unsigned_tinyint && type <= data_type::unsigned_bigint);
}

}  // namespace

/// The lines of a table: its header, then its rows. If the block has the name of a child table, that is the
/// first column.
class table_printer::lines {
  public:
    explicit lines(const block_view& block) noexcept
        : block_(block), has_table_(!block.table_name().empty()) {}

    std::size_t columns() const noexcept { return block_.column_count() + (has_table_ ? 1 : 0); }
    value_view cell(std::size_t line, std::size_t column) const {
        if (is_table(column)) return std::string_view(line == 0 ? "table" : block_.table_name());
        if (line == 0) return block_.column_name(block_column(column));
        return block_.value(line - 1, block_column(column));
    }
    bool is_right_aligned(std::size_t column) const {
        return !is_table(column) && is_number(block_.column_type(block_column(column)));
    }
    std::string header() const {
        fmt::memory_buffer out;
        for (std::size_t column = 0; column < columns(); ++column) {
            text::append_printable(out, std::get<std::string_view>(cell(0, column)));
            out.push_back('\n');
        }
        return fmt::to_string(out);
    }

  private:
    bool is_table(std::size_t column) const noexcept { return has_table_ && column == 0; }
    std::size_t block_column(std::size_t column) const noexcept { return column - (has_table_ ? 1 : 0); }

    const block_view& block_;
    bool has_table_;
};

/// Prints the next chunk, and returns the line after it.
std::size_t table_printer::print_chunk(const lines& table, std::size_t first, std::size_t end) {
    const std::size_t next = measure(table, first, end);
    for (std::size_t line = first; line < next; ++line) {
        print_line(table, line, cell_widths_.data() + (line - first) * table.columns());
        if (line == 0) print_rule();
    }
    std::size_t line_width = 0;
    for (std::size_t column = 0; column < table.columns(); ++column)
        line_width += gap + widths_[column];
    widths_.count_output((next - first) * line_width);
    return next;
}

/// Measures the lines of a chunk, at least one, and returns the line after it. A wide cell ends the chunk
/// before its line: the lines above stay narrow, and the size of the output stays in proportion to that of
/// the cells.
std::size_t table_printer::measure(const lines& table, std::size_t first, std::size_t end) {
    const std::size_t columns = table.columns();
    std::size_t line = first;
    cell_widths_.clear();
    for (; line < end; ++line) {
        std::size_t line_width = 0;
        for (std::size_t column = 0; column < columns; ++column) {
            const std::size_t width = plain_width(table.cell(line, column), scratch_);
            cell_widths_.push_back(width);
            line_width += gap + std::max(widths_[column], width);
        }
        if (line != first && (line - first + 1) * line_width > text_sink::chunk_size) break;
        const std::size_t* const measured = cell_widths_.data() + (line - first) * columns;
        for (std::size_t column = 0; column < columns; ++column)
            widths_.widen(column, measured[column]);
    }
    return line;
}

void table_printer::print_line(const lines& table, std::size_t line, const std::size_t* cell_widths) {
    for (std::size_t column = 0; column < table.columns(); ++column) {
        const std::size_t space = widths_[column] - cell_widths[column];
        const bool is_right_aligned = table.is_right_aligned(column);
        if (column != 0) out_.fill(gap, ' ');
        if (is_right_aligned) out_.fill(space, ' ');
        write_plain_cell(out_, table.cell(line, column));
        if (!is_right_aligned && column + 1 != table.columns()) out_.fill(space, ' ');
    }
    out_.text().push_back('\n');
    out_.write_when_full();
}

void table_printer::print_rule() {
    for (std::size_t column = 0; column < widths_.size(); ++column) {
        if (column != 0) out_.fill(gap, ' ');
        out_.fill(widths_[column], '-');
    }
    out_.text().push_back('\n');
    out_.write_when_full();
}

void table_printer::print(const block_view& block, std::size_t rows) {
    const lines table(block);
    std::string header = table.header();
    const bool is_new = header != header_;
    if (is_new) {
        header_ = std::move(header);
        widths_.start(table.columns());
    }
    for (std::size_t line = is_new ? 0 : 1; line <= rows;)
        line = print_chunk(table, line, rows + 1);
}

}  // namespace tmq::tools
