#include "tmq/testing/block_builder.hpp"
#include "base/server_constants.hpp"
#include "embedded_server/encode/decimal_digits.hpp"
#include "embedded_server/encode/little_endian.hpp"
#include "embedded_server/encode/tag_set.hpp"
#include "embedded_server/encode/ucs4_text.hpp"

#include <bit>
#include <limits>
#include <stdexcept>

namespace tmq::testing {

namespace {

using embedded::encode::append_le;

[[noreturn]] void refuse(const std::string& column, const char* why) {
    throw std::invalid_argument("column '" + column + "': " + why);
}
[[noreturn]] void refuse(const block_builder::column_data& column, const char* why) {
    refuse(column.name, why);
}

/// Returns an integer in two's complement. Throws std::invalid_argument if it is out of the range of T.
template <class T>
std::uint64_t checked_integer(const block_builder::column_data& column, const cell& value) {
    using limits = std::numeric_limits<T>;
    const bool negative =
        value.what() == cell::kind::signed_integer && static_cast<std::int64_t>(value.integer()) < 0;
    const bool fits = negative ? limits::is_signed && static_cast<std::int64_t>(value.integer()) >=
                                                          static_cast<std::int64_t>(limits::min())
                               : value.integer() <= static_cast<std::uint64_t>(limits::max());
    if (!fits) refuse(column, "value out of range");
    return value.integer();
}

std::uint64_t integer_bits(const block_builder::column_data& column, const cell& value) {
    const auto kind = value.what();
    const bool is_time = column.type == data_type::timestamp && kind == cell::kind::time;
    const bool is_boolean = column.type == data_type::boolean && kind == cell::kind::boolean;
    if (is_time || is_boolean) return value.integer();
    if (kind != cell::kind::signed_integer && kind != cell::kind::unsigned_integer)
        refuse(column, "not an integer");
    switch (column.type) {
        case data_type::boolean: return checked_integer<bool>(column, value);
        case data_type::tinyint: return checked_integer<std::int8_t>(column, value);
        case data_type::smallint: return checked_integer<std::int16_t>(column, value);
        case data_type::integer: return checked_integer<std::int32_t>(column, value);
        case data_type::unsigned_tinyint: return checked_integer<std::uint8_t>(column, value);
        case data_type::unsigned_smallint: return checked_integer<std::uint16_t>(column, value);
        case data_type::unsigned_integer: return checked_integer<std::uint32_t>(column, value);
        case data_type::unsigned_bigint: return checked_integer<std::uint64_t>(column, value);
        default: return checked_integer<std::int64_t>(column, value);
    }
}

double as_double(const block_builder::column_data& column, const cell& value) {
    switch (value.what()) {
        case cell::kind::floating: return value.floating();
        case cell::kind::signed_integer:
            return static_cast<double>(static_cast<std::int64_t>(value.integer()));
        case cell::kind::unsigned_integer: return static_cast<double>(value.integer());
        default: refuse(column, "not a number");
    }
}

decimal as_decimal(const block_builder::column_data& column, const cell& value) {
    switch (value.what()) {
        case cell::kind::decimal: return value.decimal();
        case cell::kind::signed_integer:
            return decimal(static_cast<std::int64_t>(value.integer()), decimal::max_precision, 0);
        case cell::kind::unsigned_integer: return decimal(0, value.integer(), decimal::max_precision, 0);
        case cell::kind::text:
            if (const auto number = decimal::from_string(value.text())) return *number;
            [[fallthrough]];
        default: refuse(column, "not a decimal number");
    }
}

void append_decimal(block_builder::column_data& column, const cell& value) {
    decimal number;
    if (!value.is_null()) {
        const auto fitting =
            embedded::encode::with_digits(as_decimal(column, value), column.precision, column.scale);
        if (!fitting) refuse(column, "value has too many digits");
        number = *fitting;
    }
    append_le(column.values, number.low());
    if (column.type == data_type::decimal) append_le(column.values, number.high());
}

void append_fixed(block_builder::column_data& column, const cell& value) {
    std::uint64_t bits = 0;
    if (is_decimal(column.type)) {
        append_decimal(column, value);
    } else {
        if (value.is_null())
            bits = 0;
        else if (column.type == data_type::null)
            refuse(column, "holds nulls only");
        else if (column.type == data_type::real)
            bits = std::bit_cast<std::uint32_t>(static_cast<float>(as_double(column, value)));
        else if (column.type == data_type::double_precision)
            bits = std::bit_cast<std::uint64_t>(as_double(column, value));
        else
            bits = integer_bits(column, value);
        for (std::size_t i = 0; i < width_of(column.type); ++i, bits >>= 8)
            column.values.push_back(static_cast<std::uint8_t>(bits & 0xff));
    }
    column.nulls.push_back(value.is_null());
}

/// Size of the length field before a variable value. JSON has one only as text, and blocks under construction
/// have JSON in binary form.
std::size_t length_size_of(data_type type) noexcept {
    return type == data_type::json ? 0 : type == data_type::blob ? 4 : 2;
}

std::size_t longest_of(const block_builder::column_data& column) noexcept {
    constexpr std::size_t longest_blob = std::size_t{4} << 20;
    return column.type == data_type::blob ? longest_blob : static_cast<std::size_t>(column.bytes);
}

/// Appends the value without its length. Returns false if it is no value of the column's type.
bool append_content(block_builder::column_data& column, std::string_view value) {
    if (column.type == data_type::nchar) return embedded::encode::append_ucs4(column.values, value);
    if (column.type == data_type::json) {
        const auto content = embedded::encode::encode_json_value(value);
        if (!content) return false;
        for (const std::byte byte : *content)
            column.values.push_back(std::to_integer<std::uint8_t>(byte));
        return true;
    }
    column.values.insert(column.values.end(), value.begin(), value.end());
    return true;
}

void append_variable(block_builder::column_data& column, const cell& value) {
    if (value.is_null()) return column.offsets.push_back(-1);
    const bool takes_text_only = column.type == data_type::nchar || column.type == data_type::json;
    if (value.what() != cell::kind::text && (value.what() != cell::kind::bytes || takes_text_only))
        refuse(column, takes_text_only || column.type == data_type::varchar ? "not a text" : "not bytes");
    const std::size_t header = length_size_of(column.type);
    const std::size_t start = column.values.size();
    const std::size_t longest = longest_of(column);
    if (start > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()) - longest)
        refuse(column, "more than 2 GiB");
    column.values.resize(start + header);
    const bool is_valid = append_content(column, value.text());
    const std::size_t size = column.values.size() - start - header;
    if (!is_valid || size + header > longest) {
        column.values.resize(start);
        refuse(column, is_valid                         ? "value too long"
                       : column.type == data_type::json ? "not JSON as a tag has it"
                                                        : "not UTF-8");
    }
    for (std::size_t i = 0; i < header; ++i)
        column.values[start + i] = static_cast<std::uint8_t>(size >> 8 * i & 0xff);
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
    if (name.size() > base::max_name_size || name.find('\0') != std::string::npos)
        throw std::invalid_argument("not a table name");
    table_ = std::move(name);
    return *this;
}

block_builder::column_data& block_builder::add_column(std::string name, data_type type) {
    constexpr std::size_t longest_name = 64;
    constexpr std::size_t most_columns = 4096;
    column_data added;
    added.name = std::move(name);
    added.type = type;
    if (rows_ != 0) refuse(added, "columns come before rows");
    if (columns_.size() == most_columns) refuse(added, "more than 4096 columns");
    if (added.name.size() > longest_name || added.name.find('\0') != std::string::npos)
        refuse(added, "not a column name");
    added.bytes = static_cast<std::int32_t>(width_of(type));
    return columns_.emplace_back(std::move(added));
}

block_builder& block_builder::column(std::string name, data_type type, std::int32_t length) {
    constexpr std::int32_t longest_bytes = 65517;
    constexpr std::int32_t blob_bytes = 5;  // Whatever the cells hold.
    const bool is_length_declared = is_variable(type) && type != data_type::json && type != data_type::blob;
    const std::int32_t unit = type == data_type::nchar ? 4 : 1;
    if (is_decimal(type)) refuse(name, "decimal_column() says how many digits it has");
    const bool is_known = is_variable(type) || width_of(type) != 0 || type == data_type::null;
    if (!is_known || type == data_type::mediumblob) refuse(name, "type not supported");
    if (is_length_declared && (length < 1 || length > longest_bytes / unit))
        refuse(name, "length out of range");
    column_data& added = add_column(std::move(name), type);
    if (is_length_declared) added.bytes = length * unit + 2;
    if (type == data_type::json) added.bytes = static_cast<std::int32_t>(embedded::encode::max_tag_set);
    if (type == data_type::blob) added.bytes = blob_bytes;
    return *this;
}

block_builder& block_builder::decimal_column(std::string name, std::uint8_t precision, std::uint8_t scale) {
    constexpr std::uint8_t most_digits_of_64_bits = 18;
    if (precision < 1 || precision > decimal::max_precision || scale > precision)
        refuse(name, "a DECIMAL has 1 to 38 digits, and no more of them behind the point");
    column_data& added = add_column(
        std::move(name), precision <= most_digits_of_64_bits ? data_type::decimal64 : data_type::decimal);
    added.precision = precision;
    added.scale = scale;
    return *this;
}

block_builder& block_builder::add_row(std::span<const cell> cells) {
    if (cells.size() != columns_.size())
        throw std::invalid_argument("a row of " + std::to_string(cells.size()) + " cells for " +
                                    std::to_string(columns_.size()) + " columns");
    std::size_t count = 0;
    try {
        for (; count < cells.size(); ++count) {
            if (is_variable(columns_[count].type))
                append_variable(columns_[count], cells[count]);
            else
                append_fixed(columns_[count], cells[count]);
        }
    } catch (...) {
        while (count-- > 0)
            drop_last(columns_[count]);
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

}  // namespace tmq::testing
