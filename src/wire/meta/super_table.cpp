#include "wire/meta/super_table.hpp"

#include "wire/meta/bodies.hpp"
#include "wire/meta/fields.hpp"

#include <utility>
#include <vector>

namespace tmq::wire {
namespace {

/// Skips the rollup of the rows, one for each of two retentions.
void skip_rollup(byte_reader& reader) noexcept {
    for (int retention = 0; retention < 2; ++retention) {
        reader.zigzag<std::int64_t>();  // longest delay
        reader.zigzag<std::int64_t>();  // watermark
        const std::uint64_t position = reader.position();
        const auto length = reader.zigzag<std::int32_t>();
        if (length < 0) reader.refuse(defect_code::meta_query_length_mismatch, position);
        if (length <= 0) continue;
        const std::uint64_t binary_position = reader.position();
        const auto size = reader.varint<std::uint32_t>();
        if (size != static_cast<std::uint32_t>(length))
            reader.refuse(defect_code::meta_query_length_mismatch, position);
        reader.take(size, binary_position);
    }
}

struct table_end {
    std::vector<std::int32_t> modifiers;
    bool is_virtual = false;
};

table_end parse_end(byte_reader& reader, std::size_t columns, bool has_keep) {
    table_end end;
    if (has_keep) reader.fixed<std::int64_t>();  // keep: the time for which rows are kept
    if (reader.remaining() != 0) end.modifiers = read_type_modifiers(reader, columns);
    if (reader.remaining() != 0) end.is_virtual = read_flag(reader);
    return end;
}

/// Reads the fields that 3.3.6 added. Its previews have no keep, and nothing in the message tells a preview
/// from a release, so the preview's form is tried first. Read in that form, the message of a release leaves
/// bytes over, or gives digits to columns that have none: its keep begins with a byte that is no flag, or
/// with a flag and zeros.
void read_end(byte_reader& reader, created_table& table) {
    const std::size_t columns = table.columns.size();
    byte_reader preview = reader;
    table_end end = parse_end(preview, columns, false);
    if (preview.ok() && preview.remaining() == 0 && fit_types(table.columns, end.modifiers))
        reader = preview;
    else
        end = parse_end(reader, columns, true);
    set_type_modifiers(table.columns, end.modifiers);
    table.is_virtual = end.is_virtual;
}

}  // namespace

super_table read_super_table(byte_reader& outer) {
    body nested(outer);
    byte_reader& reader = nested.reader();
    super_table out;
    created_table& table = out.table;
    std::vector<std::int16_t> ids;
    std::vector<std::int16_t> tag_ids;
    table.kind = table_kind::super;
    table.name = read_table_name(reader);
    reader.fixed<std::int64_t>();  // id
    const bool rollup = reader.fixed<std::uint8_t>() != 0;
    table.columns = read_columns(reader, ids);
    table.tags = read_columns(reader, tag_ids);
    if (rollup) skip_rollup(reader);
    out.alteration_length_position = reader.position();
    out.alteration = read_sized_binary(reader, defect_code::meta_alteration_length_mismatch);
    out.alteration_position = reader.position() - out.alteration.size();

    // Every part from here on was added by some version, and is missing in messages of older ones.
    if (reader.remaining() != 0) reader.fixed<std::uint8_t>();  // source of the request
    if (reader.remaining() != 0) reader.fixed<std::uint8_t>();  // flag: the next part is meaningful
    if (reader.remaining() != 0) read_compression(reader, table.columns, ids);
    if (reader.remaining() != 0) read_end(reader, table);
    return out;
}

void read_created_super_table(byte_reader& reader, std::vector<meta>& out) {
    create_table change;
    change.tables.push_back(read_super_table(reader).table);
    out.emplace_back(std::move(change));
}

}  // namespace tmq::wire
