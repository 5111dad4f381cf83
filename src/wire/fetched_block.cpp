#include "wire/fetched_block.hpp"

#include "wire/block.hpp"

#include <cstring>

namespace tmq::wire {
namespace {

constexpr std::uint64_t first_type_at = block_header_size;

std::string_view copy(std::string_view name, detail::text_store& text) {
    if (name.empty()) return {};
    std::uint8_t* const target = text.take(name.size());
    std::memcpy(target, name.data(), name.size());
    return {reinterpret_cast<const char*>(target), name.size()};
}

defect check(const detail::block_layout& block, std::span<const detail::column_layout> columns,
             const block_schema& schema) noexcept {
    if (block.rows != schema.rows) return {defect_code::block_header_rows, block_header::rows_at};
    if (columns.size() != schema.fields.size())
        return {defect_code::schema_columns_mismatch, block_header::columns_at};
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (static_cast<std::uint8_t>(columns[i].type) != schema.fields[i].type)
            return {defect_code::schema_type_mismatch, first_type_at + column_info_size * i};
    return {};
}

defect parse(std::span<const std::uint8_t> bytes, const block_schema& schema, detail::message_layout& out) {
    if (schema.precision < 0 || schema.precision > 2) return {defect_code::precision_unknown, 0};
    if (const defect error =
            parse_block(bytes, 0, static_cast<time_precision>(schema.precision), json_form::text, out))
        return error;
    detail::block_layout& block = out.blocks.back();
    const std::span columns(out.columns.data() + block.first_column, block.column_count);
    if (const defect error = check(block, columns, schema)) return error;
    block.table_name = copy(schema.table_name, out.text);
    for (std::size_t i = 0; i < columns.size(); ++i)
        columns[i].name = copy(schema.fields[i].name, out.text);
    return {};
}

}  // namespace

defect append_block(std::span<const std::uint8_t> block, const block_schema& schema,
                    detail::message_layout& out) {
    const std::size_t blocks = out.blocks.size();
    const std::size_t columns = out.columns.size();
    const std::uint64_t rows = out.rows;
    const defect error = parse(block, schema, out);
    if (error) {
        out.blocks.resize(blocks);
        out.columns.resize(columns);
        out.rows = rows;
    }
    return error;
}

}  // namespace tmq::wire
