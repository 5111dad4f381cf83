#include "wire/meta/super_table.hpp"

#include "wire/meta/bodies.hpp"
#include "wire/meta/fields.hpp"

#include <utility>
#include <vector>

namespace tmq::wire {
namespace {

/// How rows are rolled up, for each of two retentions.
void skip_rollup(reader& in) noexcept {
    for (int retention = 0; retention < 2; ++retention) {
        in.zigzag<std::int64_t>();  // longest delay
        in.zigzag<std::int64_t>();  // watermark
        const std::uint64_t at = in.position();
        const auto length = in.zigzag<std::int32_t>();
        if (length < 0) in.refuse(errc::meta_query_length_mismatch, at);
        if (length <= 0) continue;
        const std::uint64_t binary_at = in.position();
        const auto size = in.varint<std::uint32_t>();
        if (size != static_cast<std::uint32_t>(length)) in.refuse(errc::meta_query_length_mismatch, at);
        in.take(size, binary_at);
    }
}

struct table_end {
    std::vector<std::int32_t> modifiers;
    bool is_virtual = false;
};

table_end parse_end(reader& in, std::size_t columns, bool has_keep) {
    table_end end;
    if (has_keep) in.fixed<std::int64_t>();  // how long rows are kept
    if (in.remaining() != 0) end.modifiers = read_type_modifiers(in, columns);
    if (in.remaining() != 0) end.is_virtual = read_flag(in);
    return end;
}

/// What 3.3.6 has added. Its previews did not say how long rows are kept, and nothing says which of the two a
/// server is. Read as theirs, what a release has sent leaves bytes over, or gives digits to columns that have
/// none: the time begins with a byte that is no flag, or with zeros behind one.
void read_end(reader& in, created_table& table) {
    const std::size_t columns = table.columns.size();
    reader preview = in;
    table_end end = parse_end(preview, columns, false);
    if (preview.ok() && preview.remaining() == 0 && fit_types(table.columns, end.modifiers))
        in = preview;
    else
        end = parse_end(in, columns, true);
    set_type_modifiers(table.columns, end.modifiers);
    table.is_virtual = end.is_virtual;
}

}  // namespace

super_table read_super_table(reader& outer) {
    body nested(outer);
    reader& in = nested.in();
    super_table out;
    created_table& table = out.table;
    std::vector<std::int16_t> ids;
    std::vector<std::int16_t> tag_ids;
    table.kind = table_kind::super;
    table.name = read_table_name(in);
    in.fixed<std::int64_t>();  // id
    const bool rollup = in.fixed<std::uint8_t>() != 0;
    table.columns = read_columns(in, ids);
    table.tags = read_columns(in, tag_ids);
    if (rollup) skip_rollup(in);
    out.alteration_length_at = in.position();
    out.alteration = read_sized_binary(in, errc::meta_alteration_length_mismatch);
    out.alteration_at = in.position() - out.alteration.size();

    // Every part from here on was added by some version; what is missing was not known yet.
    if (in.remaining() != 0) in.fixed<std::uint8_t>();  // who asked for it
    if (in.remaining() != 0) in.fixed<std::uint8_t>();  // whether the next part says anything
    if (in.remaining() != 0) read_compression(in, table.columns, ids);
    if (in.remaining() != 0) read_end(in, table);
    return out;
}

void read_created_super_table(reader& in, std::vector<meta>& out) {
    create_table change;
    change.tables.push_back(read_super_table(in).table);
    out.emplace_back(std::move(change));
}

}  // namespace tmq::wire
