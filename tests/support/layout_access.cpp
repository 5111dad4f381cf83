#include "support/layout_access.hpp"

#include "text/utf8.hpp"
#include "wire/reader.hpp"

#include <functional>

namespace tmq::test {
namespace {

using detail::column_layout;

class area {
  public:
    area(const std::uint8_t* begin, std::size_t size) : begin_(begin), size_(size) {}

    bool holds(const std::uint8_t* at, std::uint64_t size) const {
        const std::less_equal<const std::uint8_t*> before;
        if (!before(begin_, at) || !before(at, begin_ + size_)) return false;
        return size <= static_cast<std::uint64_t>(begin_ + size_ - at);
    }
    bool holds(std::string_view text) const {
        return text.empty() || holds(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    }

  private:
    const std::uint8_t* begin_;
    std::size_t size_;
};

/// Bytes that an honest layout may point to: of the message or of its text.
class place {
  public:
    place(const detail::message_layout& layout, std::span<const std::uint8_t> raw)
        : raw_(raw.data(), raw.size()), text_(layout.text) {}

    const area& raw() const { return raw_; }
    bool text_holds(const std::uint8_t* at, std::uint64_t size) const { return text_.holds(at, size); }

  private:
    area raw_;
    const detail::text_store& text_;
};

const char* fault_of(const column_layout& column, std::uint64_t rows, const place& where) {
    const area& raw = where.raw();
    if (!raw.holds(column.name)) return "name";
    if (!has_cells(column.type)) {
        if (!raw.holds(column.nulls, (rows + 7) / 8)) return "null bitmap";
        return raw.holds(column.data, rows * width_of(column.type)) ? nullptr : "values";
    }
    const bool rewritten = column.type == data_type::nchar || (column.type == data_type::json && column.wide);
    const auto holds = [&](const std::uint8_t* at, std::uint64_t size) {
        return rewritten ? where.text_holds(at, size) : raw.holds(at, size);
    };
    const bool own_offsets = rewritten && column.type == data_type::json;
    if (!(own_offsets ? where.text_holds(column.nulls, 4 * rows) : raw.holds(column.nulls, 4 * rows)))
        return "offsets";
    for (std::size_t row = 0; row < rows; ++row) {
        const auto offset = wire::load_le<std::int32_t>(column.nulls + 4 * row);
        if (offset == -1) continue;
        const std::uint64_t length_size = column.wide ? 4 : 2;
        if (offset < 0 || !holds(column.data + offset, length_size)) return "length of a cell";
        if (!holds(column.data + offset, length_size + cell_of(column, row)->size())) return "cell";
        if (rewritten && !text::is_valid_utf8(*text_of(column, row))) return "UTF-8";
    }
    return nullptr;
}

}  // namespace

bool has_cells(data_type type) { return type != data_type::null && width_of(type) == 0; }

cell_bytes cell_of(const column_layout& column, std::size_t row) {
    if (column.type == data_type::null) return std::nullopt;
    if (!has_cells(column.type)) {
        if ((column.nulls[row / 8] & (0x80U >> row % 8)) != 0) return std::nullopt;
        const std::size_t width = width_of(column.type);
        return std::span(column.data + row * width, width);
    }
    const auto offset = wire::load_le<std::int32_t>(column.nulls + 4 * row);
    if (offset == -1) return std::nullopt;
    const std::uint8_t* const at = column.data + offset;
    if (column.wide) return std::span(at + 4, wire::load_le<std::uint32_t>(at));
    return std::span(at + 2, wire::load_le<std::uint16_t>(at));
}

std::optional<std::string_view> text_of(const column_layout& column, std::size_t row) {
    const cell_bytes cell = cell_of(column, row);
    if (!cell) return std::nullopt;
    return std::string_view(reinterpret_cast<const char*>(cell->data()), cell->size());
}

const column_layout& column_of(const detail::message_layout& layout, std::size_t block, std::size_t column) {
    return layout.columns.at(layout.blocks.at(block).first_column + column);
}

::testing::AssertionResult lies_within(const detail::message_layout& layout,
                                       std::span<const std::uint8_t> bytes) {
    const place where(layout, bytes);
    std::uint64_t rows = 0;
    std::size_t columns = 0;
    for (std::size_t b = 0; b < layout.blocks.size(); ++b) {
        const detail::block_layout& block = layout.blocks[b];
        if (!where.raw().holds(block.table_name))
            return ::testing::AssertionFailure() << "table name of block " << b;
        if (block.first_column != columns || columns + block.column_count > layout.columns.size())
            return ::testing::AssertionFailure() << "columns of block " << b;
        for (std::size_t c = 0; c < block.column_count; ++c)
            if (const char* fault = fault_of(layout.columns[columns + c], block.rows, where))
                return ::testing::AssertionFailure() << fault << " of column " << c << " of block " << b;
        columns += block.column_count;
        rows += block.rows;
    }
    if (columns != layout.columns.size() || rows != layout.rows)
        return ::testing::AssertionFailure() << "totals";
    return ::testing::AssertionSuccess();
}

}  // namespace tmq::test
