#include "support/message_builder.hpp"

#include <bit>
#include <utility>

namespace tmq::test {
namespace {

std::string numbered(const char* name, std::size_t index) { return name + std::to_string(index); }

}  // namespace

column_spec fixed_column(std::string name, data_type type, std::size_t width,
                         const std::vector<optional_number>& values) {
    column_spec column{std::move(name), type, static_cast<std::int64_t>(width), {}, {}};
    for (std::size_t first = 0; first < values.size(); first += 8) {
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < 8 && first + i < values.size(); ++i)
            if (!values[first + i]) bits |= 0x80U >> i;
        column.front.u8(bits);
    }
    for (const auto& value : values)
        column.cells.little(value.value_or(0), width);
    return column;
}

column_spec bytes_column(std::string name, data_type type, const std::vector<optional_text>& values) {
    column_spec column{std::move(name), type, 66, {}, {}};
    for (const auto& value : values) {
        column.front.i32(value ? static_cast<std::int64_t>(column.cells.size()) : -1);
        if (value) column.cells.little(value->size(), type == data_type::blob ? 4 : 2).text(*value);
    }
    return column;
}

column_spec decimal_column(std::string name, data_type type, unsigned scale, unsigned precision,
                           const std::vector<optional_number>& values) {
    const unsigned width = type == data_type::decimal ? 16 : 8;
    column_spec column = fixed_column(std::move(name), type, 8, values);
    column.declared_bytes = width << 24 | precision << 8 | scale;
    if (width == 8) return column;
    column.cells = {};
    for (const auto& value : values)
        column.cells.i64(value ? static_cast<std::int64_t>(*value) : 0).i64(value && *value >> 63 ? -1 : 0);
    return column;
}

byte_builder tag_set(const std::vector<byte_builder>& tags, unsigned flags) {
    const std::size_t index_width = (flags & 0x20) != 0 ? 2 : 1;
    byte_builder index;
    byte_builder values;
    for (std::size_t i = 0; i < tags.size(); ++i) {
        index.mark(numbered("index", i)).little(values.size(), index_width);
        values.append(tags[i], numbered("tag", i) + ".");
    }
    byte_builder out;
    out.mark("flags")
        .u8(flags)
        .mark("size")
        .u16(9 + index.size() + values.size())
        .mark("count")
        .u16(tags.size())
        .u32(1);
    return out.append(index).mark("values").append(values);
}

byte_builder json_tag(std::string_view key, data_type type) {
    return byte_builder()
        .mark("key")
        .cstr(key)
        .mark("type")
        .u8(static_cast<std::uint64_t>(type))
        .mark("value");
}
byte_builder json_null(std::string_view key) { return json_tag(key, data_type::null).u16(0); }
byte_builder json_boolean(std::string_view key, bool value) {
    return json_tag(key, data_type::boolean).u8(value ? 1 : 0);
}
byte_builder json_number(std::string_view key, double value) {
    return json_tag(key, data_type::double_precision).u64(std::bit_cast<std::uint64_t>(value));
}
byte_builder json_string(std::string_view key, std::u32string_view value) {
    byte_builder out = json_tag(key, data_type::nchar).varint(4 * value.size()).mark("text");
    for (const char32_t code : value)
        out.u32(code);
    return out;
}

column_spec json_column(std::string name, const std::vector<std::optional<byte_builder>>& values) {
    column_spec column{std::move(name), data_type::json, 16384, {}, {}};
    for (std::size_t i = 0; i < values.size(); ++i) {
        column.front.i32(values[i] ? static_cast<std::int64_t>(column.cells.size()) : -1);
        if (values[i]) column.cells.mark(numbered("cell", i)).append(*values[i], numbered("cell", i) + ".");
    }
    return column;
}

column_spec nchar_column(std::string name, const std::vector<optional_code_points>& values) {
    column_spec column{std::move(name), data_type::nchar, 130, {}, {}};
    for (const auto& value : values) {
        column.front.i32(value ? static_cast<std::int64_t>(column.cells.size()) : -1);
        if (!value) continue;
        column.cells.u16(4 * value->size());
        for (const char32_t code : *value)
            column.cells.u32(code);
    }
    return column;
}

column_spec null_column(std::string name, std::size_t rows) {
    column_spec column{std::move(name), data_type::null, 0, {}, {}};
    for (std::size_t i = 0; i < (rows + 7) / 8; ++i)
        column.front.u8(0xFF);
    return column;
}

column_spec column_of_cells(std::string name, data_type type, const std::vector<std::int64_t>& offsets,
                            const byte_builder& cells) {
    column_spec column{std::move(name), type, 66, {}, cells};
    for (const auto offset : offsets)
        column.front.i32(offset);
    return column;
}

byte_builder build_block(const block_spec& spec) {
    byte_builder out;
    out.mark("version").u32(spec.version).mark("length").u32(0);
    out.mark("rows").u32(spec.rows).mark("columns").u32(spec.columns.size()).u32(0x8000'0000).u64(0);
    for (std::size_t i = 0; i < spec.columns.size(); ++i) {
        out.mark(numbered("type", i)).u8(static_cast<std::uint64_t>(spec.columns[i].type));
        out.mark(numbered("bytes", i)).i32(spec.columns[i].declared_bytes);
    }
    for (std::size_t i = 0; i < spec.columns.size(); ++i) {
        out.mark(numbered("length", i));
        const std::size_t length = spec.columns[i].cells.size();
        if (spec.big_endian_lengths)
            out.big(length, 4);
        else
            out.little(length, 4);
    }
    for (std::size_t i = 0; i < spec.columns.size(); ++i)
        out.mark(numbered("front", i))
            .append(spec.columns[i].front)
            .mark(numbered("cells", i))
            .append(spec.columns[i].cells, numbered("", i) + ".");
    out.mark("end");
    for (std::size_t i = 0; i < spec.trailer; ++i)
        out.u8(0);
    return out.patch("length", byte_builder().u32(out.size()));
}

byte_builder build_schema(const block_spec& spec) {
    byte_builder out;
    out.mark("columns").zigzag(static_cast<std::int64_t>(spec.columns.size())).zigzag(1);
    for (std::size_t i = 0; i < spec.columns.size(); ++i) {
        const column_spec& column = spec.columns[i];
        out.mark(numbered("type", i)).u8(static_cast<std::uint64_t>(column.type)).u8(1);
        out.mark(numbered("bytes", i)).zigzag(column.declared_bytes).zigzag(static_cast<std::int64_t>(i) + 1);
        out.mark(numbered("name", i)).cstr(column.name);
    }
    return out;
}

byte_builder log_offsets(std::int64_t request, std::int64_t response) {
    return byte_builder().u8(0x11).i64(request).mark("response_offset").u8(0x11).i64(response);
}

byte_builder versioned_head(const byte_builder& offsets) {
    return byte_builder()
        .u8(100)
        .mark("offsets_length")
        .u32(offsets.size())
        .mark("request_offset")
        .append(offsets);
}

byte_builder build_body(const message_spec& spec) {
    byte_builder out;
    out.mark("block_count").u32(spec.blocks.size());
    if (!spec.blocks.empty()) {
        out.mark("with_table_name")
            .u8(spec.with_table_name ? 1 : 0)
            .mark("with_schema")
            .u8(spec.with_schema ? 1 : 0);
        for (std::size_t i = 0; i < spec.blocks.size(); ++i) {
            const std::string prefix = std::to_string(i) + ".";
            const byte_builder block = build_block(spec.blocks[i]);
            out.mark(prefix + "size").varint(18 + block.size());
            out.mark(prefix + "header").u64(1).big(spec.blocks[i].rows, 8).u8(0).u8(spec.blocks[i].precision);
            out.append(block, prefix + "block.");
            if (spec.with_schema) out.append(build_schema(spec.blocks[i]), prefix + "schema.");
            if (spec.with_table_name) out.mark(prefix + "table").cstr(spec.blocks[i].table);
        }
    }
    out.mark("tail");
    if (spec.created_tables) {
        out.u32(spec.created_tables->size());
        for (std::size_t i = 0; i < spec.created_tables->size(); ++i)
            out.mark(numbered("created", i))
                .varint((*spec.created_tables)[i].size())
                .text((*spec.created_tables)[i]);
        out.mark("end");
    } else if (spec.with_sleep_time) {
        out.u64(0);
    }
    return out;
}

byte_builder build_message(const message_spec& spec) {
    return versioned_head(log_offsets(7, 11)).append(build_body(spec));
}

}  // namespace tmq::test
