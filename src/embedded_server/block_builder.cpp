#include "embedded_server/column_type.hpp"
#include "embedded_server/little_endian.hpp"
#include "tmq/embedded_server.hpp"

#include <bit>
#include <limits>
#include <stdexcept>

namespace tmq {

namespace {

using embedded::append_le;
using embedded::is_variable;
using embedded::width_of;

[[noreturn]] void refuse(const block_builder::column_data& column, const char* why) {
    throw std::invalid_argument("column '" + column.name + "': " + why);
}

/// Integers of the type's range; `value` in two's complement.
template <class T>
std::uint64_t checked(const block_builder::column_data& column, const cell& value) {
    using limits = std::numeric_limits<T>;
    const bool negative = value.what() == cell::kind::signed_integer && static_cast<std::int64_t>(value.integer()) < 0;
    const bool fits = negative ? limits::is_signed && static_cast<std::int64_t>(value.integer()) >= static_cast<std::int64_t>(limits::min())
                               : value.integer() <= static_cast<std::uint64_t>(limits::max());
    if (!fits) refuse(column, "value out of range");
    return value.integer();
}

std::uint64_t integer_bits(const block_builder::column_data& column, const cell& value) {
    const auto what = value.what();
    if (column.type == data_type::timestamp ? what == cell::kind::time : column.type == data_type::boolean && what == cell::kind::boolean)
        return value.integer();
    if (what != cell::kind::signed_integer && what != cell::kind::unsigned_integer) refuse(column, "not an integer");
    switch (column.type) {
        case data_type::boolean: return checked<bool>(column, value);
        case data_type::tinyint: return checked<std::int8_t>(column, value);
        case data_type::smallint: return checked<std::int16_t>(column, value);
        case data_type::integer: return checked<std::int32_t>(column, value);
        case data_type::unsigned_tinyint: return checked<std::uint8_t>(column, value);
        case data_type::unsigned_smallint: return checked<std::uint16_t>(column, value);
        case data_type::unsigned_integer: return checked<std::uint32_t>(column, value);
        case data_type::unsigned_bigint: return checked<std::uint64_t>(column, value);
        default: return checked<std::int64_t>(column, value);
    }
}

double as_double(const block_builder::column_data& column, const cell& value) {
    switch (value.what()) {
        case cell::kind::floating: return value.floating();
        case cell::kind::signed_integer: return static_cast<double>(static_cast<std::int64_t>(value.integer()));
        case cell::kind::unsigned_integer: return static_cast<double>(value.integer());
        default: refuse(column, "not a number");
    }
}

void append_fixed(block_builder::column_data& column, const cell& value) {
    std::uint64_t bits = 0;
    if (value.is_null()) {
        bits = 0;
    } else if (column.type == data_type::real) {
        bits = std::bit_cast<std::uint32_t>(static_cast<float>(as_double(column, value)));
    } else if (column.type == data_type::double_precision) {
        bits = std::bit_cast<std::uint64_t>(as_double(column, value));
    } else {
        bits = integer_bits(column, value);
    }
    for (std::size_t i = 0; i < width_of(column.type); ++i, bits >>= 8) column.values.push_back(static_cast<std::uint8_t>(bits & 0xff));
    column.nulls.push_back(value.is_null());
}

/// Length of the UTF-8 sequence that starts at `text`, and its code point; 0 when it is none.
std::size_t decode_utf8(std::string_view text, std::uint32_t& code) noexcept {
    const auto at = [text](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    const std::uint32_t first = at(0);
    if (first < 0x80) return code = first, 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    code = first & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xc0) != 0x80) return 0;
        code = code << 6 | (at(i) & 0x3f);
    }
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : length;
}

bool append_nchar(block_builder::column_data& column, std::string_view text) {
    while (!text.empty()) {
        std::uint32_t code = 0;
        const std::size_t length = decode_utf8(text, code);
        if (length == 0) return false;
        append_le(column.values, code);
        text.remove_prefix(length);
    }
    return true;
}

void append_variable(block_builder::column_data& column, const cell& value) {
    if (value.is_null()) return column.offsets.push_back(-1);
    const bool binary = column.type == data_type::varbinary || column.type == data_type::geometry;
    if (value.what() != cell::kind::text && (value.what() != cell::kind::bytes || column.type == data_type::nchar))
        refuse(column, binary ? "not bytes" : "not a text");
    constexpr std::size_t header = 2;
    const std::size_t start = column.values.size();
    if (start > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()) - (1u << 20)) refuse(column, "more than 2 GiB");
    column.values.resize(start + header);
    const bool text_good = column.type != data_type::nchar || append_nchar(column, value.text());
    if (column.type != data_type::nchar) column.values.insert(column.values.end(), value.text().begin(), value.text().end());
    const std::size_t size = column.values.size() - start - header;
    if (!text_good || size + header > static_cast<std::size_t>(column.bytes)) {
        column.values.resize(start);
        refuse(column, text_good ? "value too long" : "not UTF-8");
    }
    column.values[start] = static_cast<std::uint8_t>(size & 0xff);
    column.values[start + 1] = static_cast<std::uint8_t>(size >> 8);
    column.offsets.push_back(static_cast<std::int32_t>(start));
}

void drop_last(block_builder::column_data& column) noexcept {
    if (!is_variable(column.type)) {
        column.nulls.pop_back();
        column.values.resize(column.values.size() - width_of(column.type));
        return;
    }
    if (column.offsets.back() >= 0) column.values.resize(static_cast<std::size_t>(column.offsets.back()));
    column.offsets.pop_back();
}

}  // namespace

block_builder& block_builder::table(std::string name) {
    constexpr std::size_t longest = 192;
    if (name.size() > longest || name.find('\0') != std::string::npos) throw std::invalid_argument("not a table name");
    table_ = std::move(name);
    return *this;
}

block_builder& block_builder::column(std::string name, data_type type, std::int32_t length) {
    constexpr std::int32_t longest_bytes = 65517;
    constexpr std::size_t longest_name = 64;
    constexpr std::size_t most_columns = 4096;
    column_data added;
    added.name = std::move(name);
    added.type = type;
    if (rows_ != 0) refuse(added, "columns come before rows");
    if (columns_.size() == most_columns) refuse(added, "more than 4096 columns");
    if (added.name.size() > longest_name || added.name.find('\0') != std::string::npos) refuse(added, "not a column name");
    if (is_variable(type)) {
        const std::int32_t unit = type == data_type::nchar ? 4 : 1;
        if (length < 1 || length > longest_bytes / unit) refuse(added, "length out of range");
        added.bytes = length * unit + 2;
    } else {
        added.bytes = static_cast<std::int32_t>(width_of(type));
        if (added.bytes == 0) refuse(added, "type not supported");
    }
    columns_.push_back(std::move(added));
    return *this;
}

block_builder& block_builder::add_row(std::span<const cell> cells) {
    if (cells.size() != columns_.size())
        throw std::invalid_argument("a row of " + std::to_string(cells.size()) + " cells for " + std::to_string(columns_.size()) + " columns");
    std::size_t done = 0;
    try {
        for (; done < cells.size(); ++done)
            is_variable(columns_[done].type) ? append_variable(columns_[done], cells[done]) : append_fixed(columns_[done], cells[done]);
    } catch (...) {
        while (done-- > 0) drop_last(columns_[done]);
        throw;
    }
    ++rows_;
    return *this;
}

void block_builder::clear_rows() noexcept {
    rows_ = 0;
    for (column_data& column : columns_) {
        column.values.clear();
        column.offsets.clear();
        column.nulls.clear();
    }
}

}  // namespace tmq
