#include "base/alteration.hpp"
#include "wire/meta/bodies.hpp"
#include "wire/meta/fields.hpp"
#include "wire/meta/super_table.hpp"
#include "wire/name.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tmq::wire {
namespace {

constexpr std::size_t least_field_size = 1 + 4 + 2;  // type, bytes, name

/// A field of the request. Its meaning depends on the alteration.
struct field {
    column_definition column;
    std::int32_t bytes = 0;
    std::uint64_t bytes_position = 0;
};

/// Copies the digits of a new column from the altered table, because the request has none.
void copy_digits(column_definition& column, const created_table& table) {
    const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                    [&](const auto& candidate) { return candidate.name == column.name; });
    if (found == table.columns.end()) return;
    column.precision = found->precision;
    column.scale = found->scale;
}

/// Reads the fields of a request. Returns false if super tables have no such alteration.
class request_reader {
  public:
    /// `table`: the altered one.
    request_reader(byte_reader& reader, const created_table& table) noexcept
        : reader_(reader), table_(table) {}

    bool operator()(alterations::add_tag& change) const {
        change.tag = read_declaration();
        return true;
    }
    bool operator()(alterations::drop_tag& change) const { return read_name(change.name); }
    bool operator()(alterations::rename_tag& change) const { return read_names(change); }
    bool operator()(alterations::set_tag&) const { return false; }
    bool operator()(alterations::add_column& change) const {
        change.column = read_declaration();
        return true;
    }
    bool operator()(alterations::drop_column& change) const { return read_name(change.name); }
    bool operator()(alterations::modify_column_length& change) const { return read_length(change); }
    bool operator()(alterations::modify_tag_length& change) const { return read_length(change); }
    bool operator()(alterations::set_options&) const { return skip_fields(); }
    bool operator()(alterations::rename_column& change) const { return read_names(change); }
    bool operator()(alterations::add_tag_index&) const { return skip_fields(); }
    bool operator()(alterations::drop_tag_index&) const { return skip_fields(); }
    bool operator()(alterations::set_compression& change) const {
        field only = read_field();
        wire::set_compression(only.column, static_cast<std::uint32_t>(only.bytes), false);
        change.name = std::move(only.column.name);
        change.encode = std::move(only.column.encode);
        change.compress = std::move(only.column.compress);
        change.level = std::move(only.column.level);
        return true;
    }
    bool operator()(alterations::add_compressed_column& change) const {
        change.column = read_declaration(true);
        return true;
    }
    bool operator()(alterations::set_tags&) const { return false; }
    bool operator()(alterations::set_column_source&) const { return false; }
    bool operator()(alterations::remove_column_source&) const { return false; }
    bool operator()(alterations::add_sourced_column&) const { return false; }
    bool operator()(alterations::set_tags_of_tables&) const { return false; }
    bool operator()(alterations::set_tags_where&) const { return false; }

  private:
    std::vector<field> read_fields(bool has_compression = false) const {
        std::vector<field> fields;
        const std::size_t count =
            read_i32_count(reader_, least_field_size, defect_code::meta_field_count_invalid);
        fields.reserve(count);
        for (std::size_t i = 0; reader_.ok() && i < count; ++i) {
            field& next = fields.emplace_back();
            next.column.type = static_cast<data_type>(reader_.fixed<std::uint8_t>());
            next.bytes_position = reader_.position();
            next.bytes = reader_.fixed<std::int32_t>();
            next.column.name = read_column_name(reader_);
            if (has_compression) wire::set_compression(next.column, reader_.fixed<std::uint32_t>(), false);
        }
        return fields;
    }
    /// Reads exactly `count` fields.
    std::vector<field> read_fields(std::size_t count, bool has_compression) const {
        const std::uint64_t count_position = reader_.position();
        std::vector<field> fields = read_fields(has_compression);
        if (fields.size() != count) reader_.refuse(defect_code::meta_field_count_invalid, count_position);
        fields.resize(count);
        return fields;
    }
    field read_field(bool has_compression = false) const {
        return std::move(read_fields(1, has_compression).front());
    }
    bool skip_fields() const {
        read_fields();
        return true;
    }
    column_definition read_sized(bool has_compression = false) const {
        field only = read_field(has_compression);
        if (only.bytes < 0) reader_.refuse(defect_code::schema_bytes_negative, only.bytes_position);
        set_declared_size(only.column, only.bytes);
        return std::move(only.column);
    }
    column_definition read_declaration(bool has_compression = false) const {
        column_definition column = read_sized(has_compression);
        copy_digits(column, table_);
        return column;
    }
    bool read_name(std::string& out) const {
        out = std::move(read_field().column.name);
        return true;
    }
    template <class Rename>
    bool read_names(Rename& change) const {
        std::vector<field> both = read_fields(2, false);
        change.name = std::move(both[0].column.name);
        change.new_name = std::move(both[1].column.name);
        return true;
    }
    template <class Modify>
    bool read_length(Modify& change) const {
        column_definition column = read_sized();
        change.name = std::move(column.name);
        change.type = column.type;
        change.length = column.length;
        return true;
    }

    byte_reader& reader_;
    const created_table& table_;
};

/// Reads the request inside a message 533, as the first node of the cluster got it (docs/protocol.md, "Table
/// changes"), and appends its change.
void read_request(byte_reader& outer, const super_table& super, std::vector<meta>& out) {
    body nested(outer);
    byte_reader& reader = nested.reader();
    read_name(reader, max_full_table_name);
    auto change = base::make_alteration(reader.fixed<std::uint8_t>());
    if (!reader.ok()) return;
    if (!change || !std::visit(request_reader(reader, super.table), *change)) {
        out.emplace_back(unknown_meta{});
        return;
    }
    if (!reader.ok()) return;
    reader.fixed<std::int32_t>();  // days to live: super tables have none
    // The length of a missing comment is 0, like that of an emptied one, so an empty comment is left out.
    std::optional<std::string> comment = read_comment(reader);
    if (auto* const options = std::get_if<alterations::set_options>(&*change);
        options != nullptr && comment && !comment->empty())
        options->comment = std::move(comment);
    // The rest, the SQL text included, differs by version and stays unread.
    out.emplace_back(alter_table{table_kind::super, super.table.name, *std::move(change)});
}

}  // namespace

void read_altered_super_table(byte_reader& outer, std::vector<meta>& out) {
    const super_table super = read_super_table(outer);
    if (!outer.ok()) return;
    if (super.alteration.empty())
        return outer.refuse(defect_code::meta_alteration_missing, super.alteration_length_position);
    byte_reader reader(super.alteration, super.alteration_position);
    read_request(reader, super, out);
    if (reader.ok() && reader.remaining() != 0) reader.refuse(defect_code::meta_excess, reader.position());
    outer.refuse(reader.error());
}

}  // namespace tmq::wire
