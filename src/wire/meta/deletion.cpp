#include "wire/meta/bodies.hpp"
#include "wire/meta/fields.hpp"

#include <utility>

namespace tmq::wire {
namespace {

/// Returns the deletion as the server prints it in JSON, but never cut.
std::string statement_of(const delete_data::time_range& range) {
    return "delete from `" + range.table + "` where `" + range.column +
           "` >= " + std::to_string(range.first) + " and `" + range.column +
           "` <= " + std::to_string(range.last);
}

}  // namespace

void read_deletion(byte_reader& reader, std::vector<meta>& out) {
    delete_data::time_range range;
    reader.fixed<std::uint64_t>();  // id of the super table
    const std::size_t ids =
        read_zigzag_count(reader, sizeof(std::uint64_t), defect_code::meta_id_count_invalid);
    reader.take(ids * sizeof(std::uint64_t), reader.position());
    range.first = reader.fixed<std::int64_t>();
    range.last = reader.fixed<std::int64_t>();
    reader.zigzag<std::int64_t>();  // number of rows
    range.table = read_table_name(reader);
    range.column = read_column_name(reader);
    if (reader.remaining() != 0) reader.fixed<std::int64_t>();  // time of the deletion
    if (reader.remaining() != 0) reader.fixed<std::uint8_t>();  // source of the request
    // This body has no length of its own, so the fields that newer servers append end with the message.
    reader.take(reader.remaining(), reader.position());

    delete_data change;
    change.sql = statement_of(range);
    change.range = std::move(range);
    out.emplace_back(std::move(change));
}

}  // namespace tmq::wire
