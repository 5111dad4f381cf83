#include "tools/cell_text.hpp"

#include "text/utf8.hpp"
#include "tmq/types.hpp"

#include <cmath>
#include <optional>

namespace tmq::tools {
namespace {

void put(fmt::memory_buffer& out, std::string_view text) { out.append(text.data(), text.data() + text.size()); }

void put_hex(fmt::memory_buffer& out, bytes_view bytes) {
    constexpr char digits[] = "0123456789abcdef";
    put(out, "0x");
    for (const std::byte byte : bytes) {
        out.push_back(digits[std::to_integer<unsigned>(byte) >> 4]);
        out.push_back(digits[std::to_integer<unsigned>(byte) & 15]);
    }
}

template <class T>
void put_float(fmt::memory_buffer& out, T value, std::string_view quote) {
    if (std::isfinite(value)) {
        fmt::format_to(fmt::appender(out), "{}", value);
        return;
    }
    put(out, quote);
    put(out, std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    put(out, quote);
}

/// `text(out, string_view)` writes what is text; `quote` surrounds what is a string in JSON but needs no escapes.
template <class Text>
void write_cell(fmt::memory_buffer& out, const block_view& block, std::size_t row, std::size_t column, std::string_view quote, const Text& text) {
    const auto number = [&]<class T>(T) { fmt::format_to(fmt::appender(out), "{}", block.column<T>(column)[row]); };
    switch (block.column_type(column)) {
        case data_type::boolean: put(out, block.column<bool>(column)[row] ? "true" : "false"); break;
        case data_type::tinyint: number(std::int8_t()); break;
        case data_type::smallint: number(std::int16_t()); break;
        case data_type::integer: number(std::int32_t()); break;
        case data_type::bigint: number(std::int64_t()); break;
        case data_type::unsigned_tinyint: number(std::uint8_t()); break;
        case data_type::unsigned_smallint: number(std::uint16_t()); break;
        case data_type::unsigned_integer: number(std::uint32_t()); break;
        case data_type::unsigned_bigint: number(std::uint64_t()); break;
        case data_type::real: put_float(out, block.column<float>(column)[row], quote); break;
        case data_type::double_precision: put_float(out, block.column<double>(column)[row], quote); break;
        case data_type::timestamp:
            put(out, quote);
            put(out, to_string(block.column<timestamp>(column)[row]));
            put(out, quote);
            break;
        case data_type::varchar:
        case data_type::nchar: text(out, block.column<std::string_view>(column)[row]); break;
        case data_type::varbinary:
        case data_type::geometry:
            put(out, quote);
            put_hex(out, block.column<bytes_view>(column)[row]);
            put(out, quote);
            break;
        default: text(out, to_string(block.column_type(column))); break;
    }
}

}  // namespace

void write_json_string(fmt::memory_buffer& out, std::string_view value) {
    out.push_back('"');
    while (!value.empty()) {
        const std::size_t valid = text::valid_utf8_prefix(value);
        for (const char c : value.substr(0, valid)) {
            if (c == '"' || c == '\\') out.push_back('\\');
            if (static_cast<unsigned char>(c) < 0x20)
                fmt::format_to(fmt::appender(out), "\\u{:04x}", static_cast<unsigned>(c));
            else
                out.push_back(c);
        }
        value.remove_prefix(valid);
        if (value.empty()) break;
        put(out, "\\ufffd");
        value.remove_prefix(1);
    }
    out.push_back('"');
}

void write_json_cell(fmt::memory_buffer& out, const block_view& block, std::size_t row, std::size_t column) {
    if (block.is_null(row, column)) return put(out, "null");
    write_cell(out, block, row, column, "\"", [](fmt::memory_buffer& to, std::string_view text) { write_json_string(to, text); });
}

void write_plain_cell(fmt::memory_buffer& out, const block_view& block, std::size_t row, std::size_t column) {
    if (block.is_null(row, column)) return put(out, "NULL");
    write_cell(out, block, row, column, "", [](fmt::memory_buffer& to, std::string_view text) {
        for (const char c : text) to.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c);
    });
}

}  // namespace tmq::tools
