#include "wire/meta/value.hpp"

#include "tmq/detail/layout.hpp"
#include "wire/column_type.hpp"
#include "wire/json.hpp"
#include "wire/stag.hpp"
#include "wire/ucs4.hpp"

#include <cstddef>
#include <string>

namespace tmq::wire {
namespace {

std::string text_of(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

defect read_nchar(std::span<const std::uint8_t> ucs4, std::uint64_t position, std::string& out) {
    if (ucs4.size() % 4 != 0) return {defect_code::nchar_length_invalid, position};
    out.reserve(ucs4.size() / 4);
    for (std::size_t offset = 0; offset < ucs4.size(); offset += 4) {
        std::uint8_t utf8[4];
        const std::uint8_t* const end = write_utf8(load_le<std::uint32_t>(ucs4.data() + offset), utf8);
        if (end == nullptr) return {defect_code::nchar_code_point_invalid, position + offset};
        out.append(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(end - utf8));
    }
    return {};
}

/// Reads a tag set that is a JSON object, as if it were the only cell of a column.
defect read_json_object(std::span<const std::uint8_t> set, std::uint64_t position, std::string& out) {
    constexpr std::uint8_t first_cell[4] = {};
    cell_column column;
    column.offsets = first_cell;
    column.cells = set.data();
    column.rows = 1;
    column.size = set.size();
    column.cells_position = position;
    detail::message_layout layout;
    detail::column_layout text;
    if (const defect error = transcode_json(column, layout, text)) return error;
    const std::uint8_t* const cell = text.data + load_le<std::uint32_t>(text.nulls);
    out = text_of({cell + 4, load_le<std::uint32_t>(cell)});
    return {};
}

/// Reads a tag set that is one JSON value. An empty set is a NULL.
defect read_json_set(const tag_set_reader& tags, std::span<const std::uint8_t> set, std::uint64_t position,
                     meta_value& out) {
    out.type = data_type::json;
    if (tags.count() == 0) return {};
    return read_json_object(set, position, out.data.emplace<std::string>());
}

/// Reads the header of a tag set that is exactly as long as `set`.
defect read_whole_header(tag_set_reader& tags, std::span<const std::uint8_t> set,
                         std::uint64_t position) noexcept {
    if (const defect error = tags.read_header()) return error;
    if (tags.size() != set.size()) return {defect_code::meta_tags_length_mismatch, position};
    return {};
}

defect read_json(std::span<const std::uint8_t> set, std::uint64_t position, meta_value& out) {
    tag_set_reader tags(set, position);
    if (const defect error = read_whole_header(tags, set, position)) return error;
    if (!tags.is_json()) return {defect_code::json_form_unknown, position};
    return read_json_set(tags, set, position, out);
}

std::vector<std::byte> copy_bytes(std::span<const std::uint8_t> bytes) {
    std::vector<std::byte> copy(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i)
        copy[i] = static_cast<std::byte>(bytes[i]);
    return copy;
}

}  // namespace

defect read_value(data_type type, std::span<const std::uint8_t> bytes, std::uint64_t position,
                  meta_value& out) {
    out = {};
    out.type = type;
    const column_type column = column_type_of(static_cast<std::uint8_t>(type));
    const bool has_fixed_width = column.form == column_form::fixed || column.form == column_form::decimal;
    if (has_fixed_width && bytes.size() != column.width)
        return {defect_code::meta_value_length_mismatch, position};
    const std::uint8_t* const source = bytes.data();
    switch (type) {
        case data_type::null: break;
        case data_type::boolean: out.data = *source != 0; break;
        case data_type::tinyint: out.data = std::int64_t{load_le<std::int8_t>(source)}; break;
        case data_type::smallint: out.data = std::int64_t{load_le<std::int16_t>(source)}; break;
        case data_type::integer: out.data = std::int64_t{load_le<std::int32_t>(source)}; break;
        case data_type::bigint:
        case data_type::timestamp: out.data = load_le<std::int64_t>(source); break;
        case data_type::unsigned_tinyint: out.data = std::uint64_t{*source}; break;
        case data_type::unsigned_smallint: out.data = std::uint64_t{load_le<std::uint16_t>(source)}; break;
        case data_type::unsigned_integer: out.data = std::uint64_t{load_le<std::uint32_t>(source)}; break;
        case data_type::unsigned_bigint: out.data = load_le<std::uint64_t>(source); break;
        case data_type::real: out.data = load_le<float>(source); break;
        case data_type::double_precision: out.data = load_le<double>(source); break;
        case data_type::varchar: out.data = text_of(bytes); break;
        case data_type::nchar: return read_nchar(bytes, position, out.data.emplace<std::string>());
        case data_type::json: return read_json(bytes, position, out);
        default: out.data = copy_bytes(bytes);
    }
    return {};
}

defect read_tag_set(std::span<const std::uint8_t> set, std::uint64_t position,
                    std::vector<tag_setting>& out) {
    tag_set_reader tags(set, position);
    if (const defect error = read_whole_header(tags, set, position)) return error;
    if (tags.is_json()) return read_json_set(tags, set, position, out.emplace_back().value);
    out.reserve(tags.count());
    for (std::size_t i = 0; i < tags.count(); ++i) {
        wire::tag_value tag;
        if (const defect error = tags.read_tag(tag)) return error;
        if (const defect error =
                read_value(tag.type, tag.bytes, tag.bytes_position, out.emplace_back().value))
            return error;
    }
    return {};
}

}  // namespace tmq::wire
