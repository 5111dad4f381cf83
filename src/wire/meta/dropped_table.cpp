#include "wire/meta/bodies.hpp"
#include "wire/meta/fields.hpp"

#include <utility>

namespace tmq::wire {
namespace {

constexpr std::size_t least_drop_size = 4 + 2 + 8 + 8 + 1;  // length, name, two ids, a flag

}  // namespace

void read_dropped_super_table(byte_reader& outer, std::vector<meta>& out) {
    body nested(outer);
    byte_reader& reader = nested.reader();
    drop_table change;
    change.kind = table_kind::super;
    change.names.push_back(read_table_name(reader));
    reader.fixed<std::int64_t>();  // id
    out.emplace_back(std::move(change));
}

void read_dropped_tables(byte_reader& outer, std::vector<meta>& out) {
    body nested(outer);
    byte_reader& reader = nested.reader();
    drop_table change;
    const std::size_t count =
        read_zigzag_count(reader, least_drop_size, defect_code::meta_table_count_invalid);
    change.names.reserve(count);
    for (std::size_t i = 0; reader.ok() && i < count; ++i) {
        body item(reader);
        change.names.push_back(read_table_name(item.reader()));
        item.reader().fixed<std::uint64_t>();  // id of the super table
        item.reader().fixed<std::int64_t>();   // id
        item.reader().fixed<std::uint8_t>();   // true if the table may be missing
    }
    out.emplace_back(std::move(change));
}

}  // namespace tmq::wire
