#include "message_builder.hpp"

#include <utility>

namespace tmq::test {
namespace {

std::string numbered(const char* name, std::size_t index) { return name + std::to_string(index); }

}  // namespace

column_spec fixed_column(std::string name, data_type type, std::size_t width, const std::vector<optional_number>& values) {
    column_spec column{std::move(name), type, static_cast<std::int64_t>(width), {}, {}};
    for (std::size_t first = 0; first < values.size(); first += 8) {
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < 8 && first + i < values.size(); ++i)
            if (!values[first + i]) bits |= 0x80U >> i;
        column.front.u8(bits);
    }
    for (const auto& value : values) column.cells.little(value.value_or(0), width);
    return column;
}

column_spec bytes_column(std::string name, data_type type, const std::vector<optional_text>& values) {
    column_spec column{std::move(name), type, 66, {}, {}};
    for (const auto& value : values) {
        column.front.i32(value ? static_cast<std::int64_t>(column.cells.size()) : -1);
        if (value) column.cells.u16(value->size()).text(*value);
    }
    return column;
}

column_spec nchar_column(std::string name, const std::vector<optional_code_points>& values) {
    column_spec column{std::move(name), data_type::nchar, 130, {}, {}};
    for (const auto& value : values) {
        column.front.i32(value ? static_cast<std::int64_t>(column.cells.size()) : -1);
        if (!value) continue;
        column.cells.u16(4 * value->size());
        for (const char32_t code : *value) column.cells.u32(code);
    }
    return column;
}

column_spec null_column(std::string name, std::size_t rows) {
    column_spec column{std::move(name), data_type::null, 0, {}, {}};
    for (std::size_t i = 0; i < (rows + 7) / 8; ++i) column.front.u8(0xFF);
    return column;
}

column_spec column_of_cells(std::string name, data_type type, const std::vector<std::int64_t>& offsets, const byte_builder& cells) {
    column_spec column{std::move(name), type, 66, {}, cells};
    for (const auto offset : offsets) column.front.i32(offset);
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
        out.mark(numbered("front", i)).append(spec.columns[i].front).mark(numbered("cells", i)).append(spec.columns[i].cells);
    out.mark("end");
    for (std::size_t i = 0; i < spec.trailer; ++i) out.u8(0);
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
    return byte_builder().u8(100).mark("offsets_length").u32(offsets.size()).mark("request_offset").append(offsets);
}

byte_builder build_body(const message_spec& spec) {
    byte_builder out;
    out.mark("block_count").u32(spec.blocks.size());
    if (!spec.blocks.empty()) {
        out.mark("with_table_name").u8(spec.with_table_name ? 1 : 0).mark("with_schema").u8(spec.with_schema ? 1 : 0);
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
    if (spec.with_sleep_time) out.u64(0);
    return out;
}

byte_builder build_message(const message_spec& spec) { return versioned_head(log_offsets(7, 11)).append(build_body(spec)); }

}  // namespace tmq::test
