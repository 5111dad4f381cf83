#include "wire/meta/bodies.hpp"
#include "wire/meta/fields.hpp"

#include <utility>

namespace tmq::wire {
namespace {

constexpr std::size_t least_drop_size = 4 + 2 + 8 + 8 + 1;  // length, name, two ids, a flag

}  // namespace

void read_dropped_super_table(reader& outer, std::vector<meta>& out) {
    body nested(outer);
    reader& in = nested.in();
    drop_table change;
    change.kind = table_kind::super;
    change.names.push_back(read_table_name(in));
    in.fixed<std::int64_t>();  // id
    out.emplace_back(std::move(change));
}

void read_dropped_tables(reader& outer, std::vector<meta>& out) {
    body nested(outer);
    reader& in = nested.in();
    drop_table change;
    const std::size_t count = read_zigzag_count(in, least_drop_size, errc::meta_table_count_invalid);
    change.names.reserve(count);
    for (std::size_t i = 0; in.ok() && i < count; ++i) {
        body item(in);
        change.names.push_back(read_table_name(item.in()));
        item.in().fixed<std::uint64_t>();  // id of the super table
        item.in().fixed<std::int64_t>();   // id
        item.in().fixed<std::uint8_t>();   // whether it may be missing
    }
    out.emplace_back(std::move(change));
}

}  // namespace tmq::wire
