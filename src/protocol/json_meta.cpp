#include "protocol/json_meta.hpp"

#include "text/hex.hpp"

#include <simdjson.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace tmq::protocol {
namespace {

namespace dom = simdjson::dom;
using simdjson::SUCCESS;

/// The members of a change. The first one that is missing or of the wrong type sticks.
class members {
  public:
    members(dom::object object, bool& good) noexcept : object_(object), good_(good) {}

    std::optional<dom::element> find(std::string_view key) const noexcept {
        dom::element value;
        if (object_.at_key(key).get(value) != SUCCESS) return std::nullopt;
        return value;
    }

    std::string text(std::string_view key) const {
        std::string_view value;
        const auto found = find(key);
        if (!found || found->get_string().get(value) != SUCCESS) fail();
        return std::string(value);
    }
    std::string text_or_empty(std::string_view key) const { return find(key) ? text(key) : std::string(); }

    bool flag_or_false(std::string_view key) const noexcept {
        bool value = false;
        const auto found = find(key);
        if (found && found->get_bool().get(value) != SUCCESS) fail();
        return value;
    }

    std::int64_t number(std::string_view key) const noexcept {
        std::int64_t value = 0;
        const auto found = find(key);
        if (!found || found->get_int64().get(value) != SUCCESS) fail();
        return value;
    }
    std::optional<std::int32_t> size_if_set(std::string_view key) const noexcept {
        if (!find(key)) return std::nullopt;
        const std::int64_t value = number(key);
        if (value < 0 || value > std::numeric_limits<std::int32_t>::max()) fail();
        return good_ ? std::optional(static_cast<std::int32_t>(value)) : std::nullopt;
    }
    data_type type(std::string_view key) const noexcept {
        const std::int64_t value = number(key);
        if (value < 0 || value > std::numeric_limits<std::uint8_t>::max()) fail();
        return good_ ? static_cast<data_type>(value) : data_type::null;
    }

    /// Calls `read(members)` for every object of an array.
    template <class Read>
    void each(std::string_view key, Read read) const {
        dom::array array;
        const auto found = find(key);
        if (!found || found->get_array().get(array) != SUCCESS) return fail();
        for (const dom::element item : array) {
            dom::object object;
            if (item.get_object().get(object) != SUCCESS) fail();
            if (!good_) return;
            read(members(object, good_));
        }
    }
    template <class Read>
    void each_if_set(std::string_view key, Read read) const {
        if (find(key)) each(key, read);
    }

    /// Calls `read(members)` for an object.
    template <class Read>
    void object_if_set(std::string_view key, Read read) const {
        const auto found = find(key);
        dom::object object;
        if (!found) return;
        if (found->get_object().get(object) != SUCCESS) return fail();
        read(members(object, good_));
    }

    void fail() const noexcept { good_ = false; }

  private:
    dom::object object_;
    bool& good_;
};

/// As the server prints its numbers: 15 digits, and 17 where these do not give the number back.
std::string printed_number(double number) {
    char text[32];
    char* end = std::to_chars(text, text + sizeof text, number, std::chars_format::general, 15).ptr;
    double read = 0;
    std::from_chars(text, end, read);
    if (read < number || read > number) end = std::to_chars(text, text + sizeof text, number, std::chars_format::general, 17).ptr;
    return std::string(text, end);
}

/// What stands in the JSON, of a value that cannot be told from it.
std::string printed(dom::element value) {
    std::string_view text;
    double number = 0;
    if (value.get_string().get(text) == SUCCESS) return std::string(text);
    if (value.is_double() && value.get_double().get(number) == SUCCESS) return printed_number(number);
    return simdjson::minify(value);
}

void set_inexact(meta_value& out, std::string text) {
    out.data = std::monostate();
    out.exact = false;
    out.printed = std::move(text);
}

/// The server turns integers into doubles, and prints the shortest text that is as good as the same double: below this, one of its own.
constexpr std::int64_t first_inexact = std::int64_t{1} << 52;

template <class T>
bool set_integer(std::int64_t number, meta_value& out) noexcept {
    using wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    if (!std::in_range<T>(number) || number <= -first_inexact || number >= first_inexact) return false;
    out.data = static_cast<wide>(number);
    return true;
}

bool set_number(dom::element value, meta_value& out) {
    std::int64_t integer = 0;
    const bool is_integer = value.get_int64().get(integer) == SUCCESS;
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
bool set_floating(dom::element value, meta_value& out) {
    double number = 0;
    if (value.get_double().get(number) != SUCCESS) return false;
    if (out.type == data_type::real) {
        if (number > std::numeric_limits<float>::max() || number < std::numeric_limits<float>::lowest()) return false;
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

meta_value read_value(data_type type, std::optional<dom::element> value) {
    meta_value out;
    out.type = type;
    std::string_view text;
    bool told = false;
    if (!value)
        told = false;
    else if (value->get_string().get(text) == SUCCESS)
        told = set_text(text, out);
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
    in.each("tags", [&](const members& tag) {
        tag_setting& setting = table.tag_values.emplace_back();
        setting.name = tag.text("name");
        setting.value = read_value(tag.type("type"), tag.find("value"));
    });
    in.each_if_set("refs", [&](const members& ref) { table.sources.push_back(read_source(ref, ref.text("colName"), "refTableName")); });
    return table;
}

created_table read_super_or_normal(const members& in, table_kind kind) {
    created_table table;
    table.kind = kind;
    table.is_virtual = in.flag_or_false("isVirtual");
    table.name = in.text("tableName");
    in.each("columns", [&](const members& column) {
        table.columns.push_back(read_column(column));
        column.object_if_set("ref",
                             [&](const members& ref) { table.sources.push_back(read_source(ref, table.columns.back().name, "refTableName")); });
    });
    in.each_if_set("tags", [&](const members& tag) { table.tags.push_back(read_column(tag)); });
    return table;
}

/// False when the change is of no known kind; so are the functions below.
bool read_created(const members& in, std::vector<meta>& out) {
    bool known = false;
    const table_kind kind = kind_of(in.text("tableType"), known);
    if (!known || kind == table_kind::unspecified) return false;
    create_table change;
    if (kind == table_kind::child) {
        in.each_if_set("createList", [&](const members& table) { change.tables.push_back(read_child(table)); });
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
    in.each("tags", [&](const members& tag) { out.push_back(read_tag_change(tag)); });
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
            in.each("tables", [&](const members& table) {
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
    const auto list = in.find("tableNameList");
    dom::array names;
    if (!list) {
        bool known = false;
        change.kind = kind_of(in.text("tableType"), known);
        if (!known) return false;
        change.names.push_back(in.text("tableName"));
    } else if (list->get_array().get(names) != SUCCESS) {
        in.fail();
    } else {
        for (const dom::element item : names) {
            std::string_view name;
            if (item.get_string().get(name) != SUCCESS) in.fail();
            change.names.emplace_back(name);
        }
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
    const bool whole = take(sql, "delete from ") && take_name(sql, range.table) && take(sql, " where ") && take_name(sql, range.column) &&
                       take(sql, " >= ") && take_number(sql, range.first) && take(sql, " and ") && take_name(sql, again) && take(sql, " <= ") &&
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

bool add_change(dom::element value, std::vector<meta>& out) {
    bool good = true;
    dom::object object;
    if (value.get_object().get(object) != SUCCESS) return false;
    const members in(object, good);
    if (!read_change(in, out) && good) {
        unknown_meta change;
        change.json = simdjson::minify(value);
        out.emplace_back(std::move(change));
    }
    return good;
}

bool read_data(dom::element data, std::vector<meta>& out) {
    if (data.is_null()) return true;
    dom::element batch;
    if (data["metas"].get(batch) != SUCCESS) return add_change(data, out);
    dom::array changes;
    if (batch.get_array().get(changes) != SUCCESS) return false;
    for (const dom::element change : changes) {
        if (!add_change(change, out)) return false;
    }
    return true;
}

}  // namespace

errc parse_json_meta(std::string_view json, std::vector<meta>& out) {
    out.clear();
    dom::parser parser;
    dom::element data;
    const simdjson::error_code error = parser.parse(json.data(), json.size()).get(data);
    if (error == simdjson::MEMALLOC) throw std::bad_alloc();
    if (error != SUCCESS) return errc::reply_not_json;
    if (read_data(data, out)) return errc{};
    out.clear();
    return errc::reply_malformed;
}

}  // namespace tmq::protocol
