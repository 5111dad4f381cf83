#include "wire/json.hpp"

#include "wire/stag.hpp"
#include "wire/ucs4.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <span>
#include <string_view>

namespace tmq::wire {
namespace {

constexpr unsigned object_flag = 0x40;
constexpr std::size_t length_size = sizeof(std::uint32_t);

/// Writes the cells of a column, each directly after the last. begin_cell() reserves room for the longest
/// text that the bytes of a cell can become.
class json_text {
  public:
    explicit json_text(detail::byte_buffer& buffer) noexcept : buffer_(buffer) {}

    std::size_t size() const noexcept { return used_; }
    const std::uint8_t* data() const noexcept { return buffer_.data(); }

    void begin_cell(std::size_t binary_size) {
        const std::size_t needed = used_ + json_growth * binary_size;
        if (needed > buffer_.capacity()) buffer_.grow(std::max(needed, 2 * buffer_.capacity()), used_);
        cell_ = used_;
        next_ = buffer_.data() + used_ + length_size;
    }
    void end_cell() noexcept {
        used_ = static_cast<std::size_t>(next_ - buffer_.data());
        boost::endian::endian_store<std::uint32_t, length_size, boost::endian::order::little>(
            buffer_.data() + cell_, static_cast<std::uint32_t>(used_ - cell_ - length_size));
    }

    void put(std::string_view text) noexcept {
        std::memcpy(next_, text.data(), text.size());
        next_ += text.size();
    }

    void boolean(bool value) noexcept { put(value ? "true" : "false"); }

    void number(double value) noexcept {
        if (!std::isfinite(value)) return put("null");
        char* const begin = reinterpret_cast<char*>(next_);
        char* const room_end = begin + longest_number;
        value += 0.0;  // turns -0.0 into 0.0
        char* end = std::to_chars(begin, room_end, value, std::chars_format::general, 15).ptr;
        double parsed = 0;
        std::from_chars(begin, end, parsed);
        if (parsed < value || parsed > value)
            end = std::to_chars(begin, room_end, value, std::chars_format::general, 17).ptr;
        next_ = reinterpret_cast<std::uint8_t*>(end);
    }

    void string(std::string_view utf8) noexcept {
        put("\"");
        for (const char c : utf8)
            ascii_or_continuation(static_cast<std::uint8_t>(c));
        put("\"");
    }

    /// `position` is that of `ucs4` inside the outermost span.
    defect string(std::span<const std::uint8_t> ucs4, std::uint64_t position) noexcept {
        if (ucs4.size() % 4 != 0) return {defect_code::nchar_length_invalid, position};
        put("\"");
        for (std::size_t offset = 0; offset < ucs4.size(); offset += 4) {
            const auto code = load_le<std::uint32_t>(ucs4.data() + offset);
            if (code < 0x80) {
                ascii_or_continuation(static_cast<std::uint8_t>(code));
                continue;
            }
            std::uint8_t* const end = write_utf8(code, next_);
            if (end == nullptr) return {defect_code::nchar_code_point_invalid, position + offset};
            next_ = end;
        }
        put("\"");
        return {};
    }

  private:
    static constexpr std::size_t longest_number = 24;  // "-1.7976931348623157e+308"

    void ascii_or_continuation(std::uint8_t byte) noexcept {
        switch (byte) {
            case '"': return put("\\\"");
            case '\\': return put("\\\\");
            case '\b': return put("\\b");
            case '\f': return put("\\f");
            case '\n': return put("\\n");
            case '\r': return put("\\r");
            case '\t': return put("\\t");
            default: break;
        }
        if (byte >= 0x20) {
            *next_++ = byte;
            return;
        }
        put("\\u00");
        *next_++ = static_cast<std::uint8_t>('0' + (byte >> 4));
        *next_++ = static_cast<std::uint8_t>("0123456789abcdef"[byte & 15]);
    }

    detail::byte_buffer& buffer_;
    std::size_t used_ = 0;
    std::size_t cell_ = 0;
    std::uint8_t* next_ = nullptr;
};

/// A value and the bytes after it, up to the end of the column.
struct json_cell {
    std::span<const std::uint8_t> bytes;
    std::uint64_t position = 0;  ///< of the value inside the outermost span
};

defect write_tag(const tag_value& tag, json_text& out) noexcept {
    out.string(tag.key);
    out.put(":");
    switch (tag.type) {
        case data_type::null: out.put("null"); return {};
        case data_type::boolean: out.boolean(tag.bytes[0] != 0); return {};
        case data_type::double_precision: out.number(load_le<double>(tag.bytes.data())); return {};
        case data_type::nchar: return out.string(tag.bytes, tag.bytes_position);
        default: return {defect_code::json_form_unknown, tag.type_position};
    }
}

/// Writes an object. Like the other functions, sets `size` to that of the binary form.
defect write_object(const json_cell& cell, json_text& out, std::size_t& size) {
    tag_set_reader tags(cell.bytes, cell.position);
    if (const defect error = tags.read_header()) return error;
    size = tags.size();
    out.begin_cell(size);
    if (tags.count() == 0) {
        out.put("null");
        return {};
    }
    for (std::size_t i = 0; i < tags.count(); ++i) {
        out.put(i == 0 ? "{" : ",");
        tag_value tag;
        if (const defect error = tags.read_tag(tag)) return error;
        if (const defect error = write_tag(tag, out)) return error;
    }
    out.put("}");
    return {};
}

/// Writes a value that is no object, as the operator -> returns it.
defect write_scalar(const json_cell& cell, json_text& out, std::size_t& size) {
    const defect too_short{defect_code::cell_length_invalid, cell.position};
    const std::span value = cell.bytes.subspan(1);
    const auto begin_value = [&](std::size_t value_size) {
        if (value_size > value.size()) return false;
        size = 1 + value_size;
        out.begin_cell(size);
        return true;
    };
    switch (static_cast<data_type>(cell.bytes[0])) {
        case data_type::null:
            begin_value(0);
            out.put("null");
            return {};
        case data_type::boolean:
            if (!begin_value(1)) return too_short;
            out.boolean(value[0] != 0);
            return {};
        case data_type::double_precision:
            if (!begin_value(sizeof(double))) return too_short;
            out.number(load_le<double>(value.data()));
            return {};
        case data_type::nchar: {
            if (value.size() < sizeof(std::uint16_t)) return too_short;
            const std::size_t length = load_le<std::uint16_t>(value.data());
            if (!begin_value(sizeof(std::uint16_t) + length)) return too_short;
            return out.string(value.subspan(sizeof(std::uint16_t), length),
                              cell.position + 1 + sizeof(std::uint16_t));
        }
        default: return {defect_code::json_form_unknown, cell.position};
    }
}

defect write_cell(const json_cell& cell, json_text& out, std::size_t& size) {
    const bool object = (cell.bytes[0] & object_flag) != 0;
    if (const defect error = object ? write_object(cell, out, size) : write_scalar(cell, out, size))
        return error;
    out.end_cell();
    return {};
}

constexpr std::uint64_t null_offset = 0xFFFF'FFFF;

/// Puts offset and row of every cell that is not null into `order`, sorted by offset.
defect sort_cells(const cell_column& column, std::vector<std::uint64_t>& order) {
    order.clear();
    for (std::uint64_t row = 0; row < column.rows; ++row) {
        const std::uint64_t offset = load_le<std::uint32_t>(column.offsets + 4 * row);
        if (offset == null_offset) continue;
        if (offset >= column.size)
            return {defect_code::cell_offset_invalid, column.offsets_position + 4 * row};
        order.push_back(offset << 32 | row);
    }
    if (!std::is_sorted(order.begin(), order.end())) std::sort(order.begin(), order.end());
    return {};
}

}  // namespace

defect transcode_json(const cell_column& column, detail::message_layout& layout, detail::column_layout& out) {
    if (const defect error = sort_cells(column, layout.order)) return error;

    // The offsets come first, because their number is known. The text follows when its size is known.
    const std::size_t offsets_size = 4 * static_cast<std::size_t>(column.rows);
    std::uint8_t* const offsets = layout.text.take(offsets_size);
    std::memset(offsets, 0xFF, offsets_size);
    json_text text(layout.scratch);
    std::uint64_t last = null_offset;
    std::uint64_t next_free = 0;
    std::size_t text_offset = 0;
    for (const std::uint64_t entry : layout.order) {
        const std::uint64_t offset = entry >> 32;
        if (offset != last) {
            if (offset < next_free) return {defect_code::json_cells_overlap, column.cells_position + offset};
            const json_cell cell{{column.cells + offset, static_cast<std::size_t>(column.size - offset)},
                                 column.cells_position + offset};
            std::size_t size = 0;
            text_offset = text.size();
            if (const defect error = write_cell(cell, text, size)) return error;
            last = offset;
            next_free = offset + size;
        }
        boost::endian::endian_store<std::uint32_t, 4, boost::endian::order::little>(
            offsets + 4 * (entry & 0xFFFF'FFFF), static_cast<std::uint32_t>(text_offset));
    }

    std::uint8_t* const cells = layout.text.take(text.size());
    if (text.size() != 0) std::memcpy(cells, text.data(), text.size());
    out.nulls = offsets;
    out.data = cells;
    out.wide = true;
    return {};
}

}  // namespace tmq::wire
