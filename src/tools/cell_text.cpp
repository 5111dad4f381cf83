#include "tools/cell_text.hpp"

#include "data/value_text.hpp"
#include "text/printable.hpp"
#include "tools/hex.hpp"

#include <algorithm>
#include <string_view>

namespace tmq::tools {
namespace {

/// A BLOB has up to 4 GiB, so bytes are written in slices. Cells of text have at most 64 KiB.
constexpr std::size_t slice = text_sink::chunk_size / 2;

void write_bytes(text_sink& out, bytes_view bytes) {
    fmt::memory_buffer& text = out.text();
    text.push_back('0');
    text.push_back('x');
    while (!bytes.empty()) {
        const std::size_t size = std::min(bytes.size(), slice);
        append_hex(text, bytes.first(size));
        bytes = bytes.subspan(size);
        out.write_when_full();
    }
}

void append_plain_cell(fmt::memory_buffer& out, const value_view& cell) {
    if (const auto* const text = std::get_if<std::string_view>(&cell))
        text::append_printable(out, *text);
    else if (const auto* const json = std::get_if<json_view>(&cell))
        text::append_printable(out, json->text());
    else
        data::append_plain(out, cell);
}

}  // namespace

void write_json_cell(text_sink& out, const value_view& cell) {
    if (const auto* const bytes = std::get_if<bytes_view>(&cell)) {
        out.text().push_back('"');
        write_bytes(out, *bytes);
        out.text().push_back('"');
    } else {
        data::append_json(out.text(), cell);
    }
    out.write_when_full();
}

void write_plain_cell(text_sink& out, const value_view& cell) {
    if (const auto* const bytes = std::get_if<bytes_view>(&cell))
        write_bytes(out, *bytes);
    else
        append_plain_cell(out.text(), cell);
    out.write_when_full();
}

std::size_t plain_width(const value_view& cell, fmt::memory_buffer& scratch) {
    if (const auto* const bytes = std::get_if<bytes_view>(&cell)) return 2 + 2 * bytes->size();
    scratch.clear();
    append_plain_cell(scratch, cell);
    return display_width({scratch.data(), scratch.size()});
}

std::size_t display_width(std::string_view text) noexcept {
    const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

}  // namespace tmq::tools
