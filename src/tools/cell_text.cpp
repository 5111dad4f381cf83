#include "tools/cell_text.hpp"

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

/// Length of the UTF-8 sequence at the start of `text`, 0 when there is none.
std::size_t sequence_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(text[i])); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    const unsigned second = byte(1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F))
        return 0;
    return length;
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

void write_json_string(fmt::memory_buffer& out, std::string_view text) {
    out.push_back('"');
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        const char c = text.front();
        if (length == 0) {
            put(out, "\\ufffd");
        } else if (length > 1) {
            put(out, text.substr(0, length));
        } else if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(fmt::appender(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out.push_back(c);
        }
        text.remove_prefix(length == 0 ? 1 : length);
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
