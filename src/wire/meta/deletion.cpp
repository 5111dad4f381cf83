#include "wire/meta/bodies.hpp"
#include "wire/meta/fields.hpp"

#include <utility>

namespace tmq::wire {
namespace {

/// As the server prints it in JSON, but whole.
std::string statement_of(const delete_data::time_range& range) {
    return "delete from `" + range.table + "` where `" + range.column +
           "` >= " + std::to_string(range.first) + " and `" + range.column +
           "` <= " + std::to_string(range.last);
}

}  // namespace

void read_deletion(reader& in, std::vector<meta>& out) {
    delete_data::time_range range;
    in.fixed<std::uint64_t>();  // id of the super table
    const std::size_t ids = read_zigzag_count(in, sizeof(std::uint64_t), errc::meta_id_count_invalid);
    in.take(ids * sizeof(std::uint64_t), in.position());
    range.first = in.fixed<std::int64_t>();
    range.last = in.fixed<std::int64_t>();
    in.zigzag<std::int64_t>();  // number of rows
    range.table = read_table_name(in);
    range.column = read_column_name(in);
    if (in.remaining() != 0) in.fixed<std::int64_t>();  // when
    if (in.remaining() != 0) in.fixed<std::uint8_t>();  // who asked for it
    // This body has no length of its own: what newer servers append goes on to the end of the message.
    in.take(in.remaining(), in.position());

    delete_data change;
    change.sql = statement_of(range);
    change.range = std::move(range);
    out.emplace_back(std::move(change));
}

}  // namespace tmq::wire
