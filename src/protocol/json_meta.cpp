#include "protocol/json_meta.hpp"

#include "text/hex.hpp"
#include "text/json_value.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace tmq::protocol {
namespace {

using text::json_value;

/// A change takes some 500 bytes of memory, and of text as few as 12. The server puts 4,096 into a message
/// unless it is told otherwise.
constexpr std::size_t max_changes = 65'536;
/// Tables, columns, tags and names of all changes together. They take up to 216 bytes each, and of text as
/// few as 3.
constexpr std::size_t max_parts = 262'144;

/// How far a text was read.
struct reading {
    bool good = true;
    std::size_t parts = 0;

    /// Whether there may be so many parts more.
    bool add(std::size_t count) noexcept {
        parts += count;
        return parts <= max_parts;
    }
};

/// The members of a change. The first one that is missing or of the wrong type sticks.
class members {
  public:
    members(json_value object, reading& progress) noexcept : object_(object), progress_(progress) {}

    std::optional<json_value> find(std::string_view key) const { return object_.member(key); }

    std::string text(std::string_view key) const {
        const auto found = find(key);
        auto value = found ? found->string() : std::nullopt;
        if (!value) fail();
        return std::move(value).value_or(std::string());
    }
    std::string text_or_empty(std::string_view key) const { return find(key) ? text(key) : std::string(); }

    bool flag_or_false(std::string_view key) const {
        const auto found = find(key);
        const auto value = found ? found->boolean() : std::optional(false);
        if (!value) fail();
        return value.value_or(false);
    }

    std::int64_t number(std::string_view key) const {
        const auto found = find(key);
        const auto value = found ? found->integer() : std::nullopt;
        if (!value) fail();
        return value.value_or(0);
    }
    std::optional<std::int32_t> size_if_set(std::string_view key) const {
        if (!find(key)) return std::nullopt;
        const std::int64_t value = number(key);
        if (value < 0 || value > std::numeric_limits<std::int32_t>::max()) fail();
        return progress_.good ? std::optional(static_cast<std::int32_t>(value)) : std::nullopt;
    }
    data_type type(std::string_view key) const {
        const std::int64_t value = number(key);
        if (value < 0 || value > std::numeric_limits<std::uint8_t>::max()) fail();
        return progress_.good ? static_cast<data_type>(value) : data_type::null;
    }

    /// Calls `read(members)` for every object of an array, after `reserve(count)`.
    template <class Reserve, class Read>
    void each(std::string_view key, Reserve reserve, Read read) const {
        const auto found = find(key);
        const std::size_t count = found ? found->size() : 0;
        if (!found || !found->is_array() || !progress_.add(count)) return fail();
        reserve(count);
        found->each([&](const json_value& item) {
            if (!item.is_object()) fail();
            if (progress_.good) read(members(item, progress_));
            return progress_.good;
        });
    }
    template <class Reserve, class Read>
    void each_if_set(std::string_view key, Reserve reserve, Read read) const {
        if (find(key)) each(key, reserve, read);
    }

    /// Calls `read(members)` for an object.
    template <class Read>
    void object_if_set(std::string_view key, Read read) const {
        const auto found = find(key);
        if (!found) return;
        if (!found->is_object()) return fail();
        read(members(*found, progress_));
    }

    /// The same for texts.
    void each_text(const json_value& list, std::vector<std::string>& out) const {
        const std::size_t count = list.size();
        if (!list.is_array() || !progress_.add(count)) return fail();
        out.reserve(count);
        list.each([&](const json_value& item) {
            auto text = item.string();
            if (!text) return fail(), false;
            out.push_back(*std::move(text));
            return true;
        });
    }

    void fail() const noexcept { progress_.good = false; }

  private:
    json_value object_;
    reading& progress_;
};

template <class T>
auto room_in(std::vector<T>& items) {
    return [&items](std::size_t count) { items.reserve(items.size() + count); };
}

/// As the server prints its numbers: 15 digits, and 17 where these do not give the number back.
std::string printed_number(double number) {
    char text[32];
    char* end = std::to_chars(text, text + sizeof text, number, std::chars_format::general, 15).ptr;
    double read = 0;
    std::from_chars(text, end, read);
    if (read < number || read > number)
        end = std::to_chars(text, text + sizeof text, number, std::chars_format::general, 17).ptr;
    return std::string(text, end);
}

/// What stands in the JSON, of a value that cannot be told from it.
std::string printed(const json_value& value) {
    if (auto text = value.string()) return *std::move(text);
    if (value.integer()) return value.compact();
    if (const auto number = value.number()) return printed_number(*number);
    return value.compact();
}

void set_inexact(meta_value& out, std::string text) {
    out.data = std::monostate();
    out.exact = false;
    out.printed = std::move(text);
}

/// The server turns integers into doubles, and prints the shortest text that is as good as the same double:
/// below this, one of its own.
constexpr std::int64_t first_inexact = std::int64_t{1} << 52;

template <class T>
bool set_integer(std::int64_t number, meta_value& out) noexcept {
    using wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    if (!std::in_range<T>(number) || number <= -first_inexact || number >= first_inexact) return false;
    out.data = static_cast<wide>(number);
    return true;
}

bool set_number(const json_value& value, meta_value& out) {
    const std::optional<std::int64_t> read = value.integer();
    const bool is_integer = read.has_value();
    const std::int64_t integer = read.value_or(0);
    switch (out.type) {
        case data_type::boolean:
            if (!is_integer || (integer != 0 && integer != 1)) return false;
            out.data = integer == 1;
            return true;
        case data_type::tinyint: return is_integer && set_integer<std::int8_t>(integer, out);
        case data_type::smallint: return is_integer && set_integer<std::int16_t>(integer, out);
        case data_type::integer: return is_integer && set_integer<std::int32_t>(integer, out);
        case data_type::bigint:
        case data_type::timestamp: return is_integer && set_integer<std::int64_t>(integer, out);
        case data_type::unsigned_tinyint: return is_integer && set_integer<std::uint8_t>(integer, out);
        case data_type::unsigned_smallint: return is_integer && set_integer<std::uint16_t>(integer, out);
        case data_type::unsigned_integer: return is_integer && set_integer<std::uint32_t>(integer, out);
        case data_type::unsigned_bigint: return is_integer && set_integer<std::uint64_t>(integer, out);
        default: return false;
    }
}

/// A FLOAT survives 15 digits; a DOUBLE may lose its last bit, and the JSON does not show whether it has.
bool set_floating(const json_value& value, meta_value& out) {
    const std::optional<double> read = value.number();
    if (!read) return false;
    const double number = *read;
    if (out.type == data_type::real) {
        if (number > std::numeric_limits<float>::max() || number < std::numeric_limits<float>::lowest())
            return false;
        out.data = static_cast<float>(number);
        return true;
    }
    out.data = number;
    out.exact = false;
    out.printed = printed_number(number);
    return true;
}

/// Text stands in quotes of its own. A value with a NUL ends there, without the closing quote.
std::optional<std::string_view> without_quotes(std::string_view text) noexcept {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
    return text.substr(1, text.size() - 2);
}

/// "\x0102FF"
bool set_bytes(std::string_view text, meta_value& out) {
    if (!text.starts_with("\\x") || text.size() % 2 != 0) return false;
    std::vector<std::byte> bytes;
    for (std::size_t i = 2; i < text.size(); i += 2) {
        const auto high = text::hex_digit(text[i]);
        const auto low = text::hex_digit(text[i + 1]);
        if (!high || !low) return false;
        bytes.push_back(static_cast<std::byte>(*high << 4 | *low));
    }
    out.data = std::move(bytes);
    return true;
}

bool set_text(std::string_view text, meta_value& out) {
    switch (out.type) {
        case data_type::json: out.data = std::string(text); return true;
        case data_type::varchar:
        case data_type::nchar: {
            const auto inside = without_quotes(text);
            if (inside) out.data = std::string(*inside);
            return inside.has_value();
        }
        case data_type::varbinary: {
            const auto inside = without_quotes(text);
            return inside && set_bytes(*inside, out);
        }
        default: return false;
    }
}

meta_value read_value(data_type type, const std::optional<json_value>& value) {
    meta_value out;
    out.type = type;
    bool told = false;
    if (!value)
        told = false;
    else if (const auto text = value->string())
        told = set_text(*text, out);
    else if (type == data_type::real || type == data_type::double_precision)
        told = set_floating(*value, out);
    else
        told = set_number(*value, out);
    if (!told) set_inexact(out, value ? printed(*value) : std::string());
    return out;
}

bool is_integer_or_boolean(std::string_view text) noexcept {
    if (text == "true" || text == "false") return true;
    if (text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

/// The new value of a tag whose type is not said. Here the server prints integers with all their digits.
meta_value read_untyped(std::string_view text) {
    meta_value out;
    const auto inside = without_quotes(text);
    const bool binary = inside && inside->starts_with("\\x");
    if (inside && !binary)
        out.data = std::string(*inside);
    else if (is_integer_or_boolean(text))
        out.data = std::string(text);
    else
        set_inexact(out, std::string(text));
    return out;
}

table_kind kind_of(std::string_view name, bool& known) noexcept {
    known = true;
    if (name == "super") return table_kind::super;
    if (name == "child") return table_kind::child;
    if (name == "normal") return table_kind::normal;
    known = name.empty();
    return table_kind::unspecified;
}

/// DECIMAL has its digits where other types have their length.
void set_length(std::optional<std::int32_t> length, column_definition& column) noexcept {
    if (!length || *length == 0) return;
    if (column.type == data_type::decimal || column.type == data_type::decimal64) {
        column.precision = static_cast<std::uint8_t>(*length >> 8);
        column.scale = static_cast<std::uint8_t>(*length);
    } else {
        column.length = length;
    }
}

void read_compression(const members& in, column_definition& column) {
    column.encode = in.text_or_empty("encode");
    column.compress = in.text_or_empty("compress");
    column.level = in.text_or_empty("level");
}

column_source read_source(const members& in, std::string column, std::string_view table_key) {
    column_source source;
    source.column = std::move(column);
    source.source_database = in.text("refDbName");
    source.source_table = in.text(table_key);
    source.source_column = in.text("refColName");
    return source;
}

column_definition read_column(const members& in) {
    column_definition column;
    column.name = in.text("name");
    column.type = in.type("type");
    set_length(in.size_if_set("length"), column);
    column.primary_key = in.flag_or_false("isPrimarykey") || in.flag_or_false("isPrimaryKey");
    read_compression(in, column);
    return column;
}

created_table read_child(const members& in) {
    created_table table;
    table.kind = table_kind::child;
    table.is_virtual = in.find("refs").has_value();
    table.name = in.text("tableName");
    table.super_table = in.text("using");
    in.each("tags", room_in(table.tag_values), [&](const members& tag) {
        tag_setting& setting = table.tag_values.emplace_back();
        setting.name = tag.text("name");
        setting.value = read_value(tag.type("type"), tag.find("value"));
    });
    in.each_if_set("refs", room_in(table.sources), [&](const members& ref) {
        table.sources.push_back(read_source(ref, ref.text("colName"), "refTableName"));
    });
    return table;
}

created_table read_super_or_normal(const members& in, table_kind kind) {
    created_table table;
    table.kind = kind;
    table.is_virtual = in.flag_or_false("isVirtual");
    table.name = in.text("tableName");
    in.each("columns", room_in(table.columns), [&](const members& column) {
        table.columns.push_back(read_column(column));
        column.object_if_set("ref", [&](const members& ref) {
            table.sources.push_back(read_source(ref, table.columns.back().name, "refTableName"));
        });
    });
    in.each_if_set("tags", room_in(table.tags),
                   [&](const members& tag) { table.tags.push_back(read_column(tag)); });
    return table;
}

/// False when the change is of no known kind; so are the functions below.
bool read_created(const members& in, std::vector<meta>& out) {
    bool known = false;
    const table_kind kind = kind_of(in.text("tableType"), known);
    if (!known || kind == table_kind::unspecified) return false;
    create_table change;
    if (kind == table_kind::child) {
        in.each_if_set("createList", room_in(change.tables),
                       [&](const members& table) { change.tables.push_back(read_child(table)); });
        if (change.tables.empty()) change.tables.push_back(read_child(in));
    } else {
        change.tables.push_back(read_super_or_normal(in, kind));
    }
    out.emplace_back(std::move(change));
    return true;
}

tag_change read_tag_change(const members& in) {
    tag_change tag;
    tag.name = in.text("colName");
    if (in.find("regexp")) {
        tag.pattern = in.text("regexp");
        tag.replacement = in.text("replacement");
    } else if (!in.flag_or_false("colValueNull")) {
        tag.value = read_untyped(in.text("colValue"));
    }
    return tag;
}

void read_tag_changes(const members& in, std::vector<tag_change>& out) {
    in.each("tags", room_in(out), [&](const members& tag) { out.push_back(read_tag_change(tag)); });
}

bool read_altered(const members& in, std::vector<meta>& out) {
    bool known = false;
    alter_table change;
    change.kind = kind_of(in.text_or_empty("tableType"), known);
    change.table = in.text("tableName");
    const std::int64_t number = in.number("alterType");
    if (!known || number < 1 || number > static_cast<int>(alter_type::set_tags_where)) return false;
    change.type = static_cast<alter_type>(number);
    column_definition& column = change.column;
    const auto read_typed_column = [&] {
        column.name = in.text("colName");
        column.type = in.type("colType");
        set_length(in.size_if_set("colLength"), column);
    };
    switch (change.type) {
        case alter_type::add_tag:
        case alter_type::add_column:
        case alter_type::modify_column_length:
        case alter_type::modify_tag_length: read_typed_column(); break;
        case alter_type::add_compressed_column:
            read_typed_column();
            read_compression(in, column);
            break;
        case alter_type::add_sourced_column:
            read_typed_column();
            change.source = read_source(in, column.name, "refTbName");
            break;
        case alter_type::compression:
            column.name = in.text("colName");
            read_compression(in, column);
            break;
        case alter_type::drop_tag:
        case alter_type::drop_column:
        case alter_type::remove_column_source: column.name = in.text("colName"); break;
        case alter_type::rename_tag:
        case alter_type::rename_column:
            column.name = in.text("colName");
            change.new_name = in.text("colNewName");
            break;
        case alter_type::set_column_source:
            column.name = in.text("colName");
            change.source = read_source(in, column.name, "refTbName");
            break;
        case alter_type::set_tag: change.tags.push_back(read_tag_change(in)); break;
        case alter_type::set_tags: read_tag_changes(in, change.tags); break;
        case alter_type::set_tags_where:
            read_tag_changes(in, change.tags);
            change.where = in.text_or_empty("where");
            break;
        case alter_type::set_tags_of_tables:
            in.each("tables", room_in(change.tables), [&](const members& table) {
                table_tag_changes& changes = change.tables.emplace_back();
                changes.table = table.text("tableName");
                read_tag_changes(table, changes.tags);
            });
            break;
        case alter_type::options:
        case alter_type::add_tag_index:
        case alter_type::drop_tag_index: break;
    }
    out.emplace_back(std::move(change));
    return true;
}

bool read_dropped(const members& in, std::vector<meta>& out) {
    drop_table change;
    if (const auto list = in.find("tableNameList")) {
        in.each_text(*list, change.names);
    } else {
        bool known = false;
        change.kind = kind_of(in.text("tableType"), known);
        if (!known) return false;
        change.names.push_back(in.text("tableName"));
    }
    out.emplace_back(std::move(change));
    return true;
}

bool take(std::string_view& text, std::string_view expected) noexcept {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

bool take_number(std::string_view& text, std::int64_t& out) noexcept {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

bool take_name(std::string_view& text, std::string& out) {
    if (!take(text, "`")) return false;
    const std::size_t end = text.find('`');
    if (end == text.npos) return false;
    out = text.substr(0, end);
    text.remove_prefix(end + 1);
    return true;
}

/// The server's buffer takes this many bytes, so that a statement of just this length may have lost its end.
constexpr std::size_t longest_statement = 255;

std::optional<delete_data::time_range> range_of(std::string_view sql) {
    if (sql.size() >= longest_statement) return std::nullopt;
    delete_data::time_range range;
    std::string again;
    const bool whole = take(sql, "delete from ") && take_name(sql, range.table) && take(sql, " where ") &&
                       take_name(sql, range.column) && take(sql, " >= ") && take_number(sql, range.first) &&
                       take(sql, " and ") && take_name(sql, again) && take(sql, " <= ") &&
                       take_number(sql, range.last) && sql.empty() && again == range.column;
    return whole ? std::optional(std::move(range)) : std::nullopt;
}

bool read_deletion(const members& in, std::vector<meta>& out) {
    delete_data change;
    change.sql = in.text("sql");
    change.range = range_of(change.sql);
    out.emplace_back(std::move(change));
    return true;
}

bool read_change(const members& in, std::vector<meta>& out) {
    const std::string type = in.text("type");
    if (type == "create") return read_created(in, out);
    if (type == "alter") return read_altered(in, out);
    if (type == "drop") return read_dropped(in, out);
    if (type == "delete") return read_deletion(in, out);
    return false;
}

bool add_change(const json_value& value, reading& progress, std::vector<meta>& out) {
    if (!value.is_object()) return false;
    const members in(value, progress);
    if (!read_change(in, out) && progress.good) {
        unknown_meta change;
        change.json = value.compact();
        out.emplace_back(std::move(change));
    }
    return progress.good;
}

bool read_data(const json_value& data, std::vector<meta>& out) {
    reading progress;
    if (data.is_null()) return true;
    const auto batch = data.member("metas");
    if (!batch) return add_change(data, progress, out);
    const std::size_t count = batch->size();
    if (count > max_changes) return false;
    out.reserve(count);
    return batch->each([&](const json_value& change) { return add_change(change, progress, out); });
}

}  // namespace

errc parse_json_meta(std::string_view json, std::vector<meta>& out) {
    out.clear();
    const auto data = json_value::parse(json);
    if (!data) return errc::reply_not_json;
    if (read_data(*data, out)) return errc{};
    out.clear();
    return errc::reply_malformed;
}

}  // namespace tmq::protocol
