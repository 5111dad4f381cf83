#include "protocol/json_meta.hpp"

#include "base/alteration.hpp"
#include "text/hex.hpp"
#include "text/json_value.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace tmq::protocol {
namespace {

using text::json_value;

/// Limits memory: a change takes about 340 bytes of it, and as few as 12 bytes of text. By default the server
/// puts at most 4,096 changes into a message.
constexpr std::size_t max_changes = 65'536;
/// Limits the tables, columns, tags and names of all changes together. Each takes up to 216 bytes of memory,
/// and as few as 3 bytes of text.
constexpr std::size_t max_parts = 262'144;

/// State of the reading of one text.
struct reading {
    bool is_valid = true;
    std::size_t parts = 0;

    /// Counts more parts. Returns false if there are too many.
    bool add(std::size_t count) noexcept {
        parts += count;
        return parts <= max_parts;
    }
};

/// Members of an object. A member that is missing or of the wrong type invalidates the whole reading.
class members {
  public:
    members(json_value object, reading& progress) noexcept : object_(object), progress_(progress) {}

    std::optional<json_value> find(std::string_view key) const { return object_.member(key); }

    std::string text(std::string_view key) const {
        const auto member = find(key);
        auto value = member ? member->string() : std::nullopt;
        if (!value) fail();
        return std::move(value).value_or(std::string());
    }
    std::string text_or_empty(std::string_view key) const { return find(key) ? text(key) : std::string(); }

    bool flag_or_false(std::string_view key) const {
        const auto member = find(key);
        const auto value = member ? member->boolean() : std::optional(false);
        if (!value) fail();
        return value.value_or(false);
    }

    std::int64_t number(std::string_view key) const {
        const auto member = find(key);
        const auto value = member ? member->integer() : std::nullopt;
        if (!value) fail();
        return value.value_or(0);
    }
    std::optional<std::int32_t> size_if_set(std::string_view key) const {
        if (!find(key)) return std::nullopt;
        const std::int64_t value = number(key);
        if (value < 0 || value > std::numeric_limits<std::int32_t>::max()) fail();
        return progress_.is_valid ? std::optional(static_cast<std::int32_t>(value)) : std::nullopt;
    }
    data_type type(std::string_view key) const {
        const std::int64_t value = number(key);
        if (value < 0 || value > std::numeric_limits<std::uint8_t>::max()) fail();
        return progress_.is_valid ? static_cast<data_type>(value) : data_type::null;
    }

    /// Calls `reserve(count)`, then `read(members)` for every object of an array.
    template <class Reserve, class Read>
    void each(std::string_view key, Reserve reserve, Read read) const {
        const auto list = find(key);
        const std::size_t count = list ? list->size() : 0;
        if (!list || !list->is_array() || !progress_.add(count)) return fail();
        reserve(count);
        list->each([&](const json_value& item) {
            if (!item.is_object()) fail();
            if (progress_.is_valid) read(members(item, progress_));
            return progress_.is_valid;
        });
    }
    template <class Reserve, class Read>
    void each_if_set(std::string_view key, Reserve reserve, Read read) const {
        if (find(key)) each(key, reserve, read);
    }

    /// Calls `read(members)` for an object.
    template <class Read>
    void object_if_set(std::string_view key, Read read) const {
        const auto member = find(key);
        if (!member) return;
        if (!member->is_object()) return fail();
        read(members(*member, progress_));
    }

    /// Appends every text of an array to `out`.
    void append_texts(const json_value& list, std::vector<std::string>& out) const {
        const std::size_t count = list.size();
        if (!list.is_array() || !progress_.add(count)) return fail();
        out.reserve(count);
        list.each([&](const json_value& item) {
            auto text = item.string();
            if (!text) {
                fail();
                return false;
            }
            out.push_back(*std::move(text));
            return true;
        });
    }

    void fail() const noexcept { progress_.is_valid = false; }

  private:
    json_value object_;
    reading& progress_;
};

/// Returns a function that makes room for more items.
template <class T>
auto reserve_more(std::vector<T>& items) {
    return [&items](std::size_t count) { items.reserve(items.size() + count); };
}

/// Prints a number as the server does: with 15 digits, or with 17 if 15 do not give the same number.
std::string printed_number(double number) {
    char text[32];
    char* end = std::to_chars(text, text + sizeof text, number, std::chars_format::general, 15).ptr;
    double parsed = 0;
    std::from_chars(text, end, parsed);
    if (parsed < number || parsed > number)
        end = std::to_chars(text, text + sizeof text, number, std::chars_format::general, 17).ptr;
    return std::string(text, end);
}

/// Returns the text that the JSON has for an inexact value.
std::string printed_value(const json_value& value) {
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

/// Smallest integer that may be inexact. The server converts integers to doubles and prints a shortest text
/// that gives the same double: below this number, that text belongs to one integer only.
constexpr std::int64_t first_inexact = std::int64_t{1} << 52;

template <class T>
bool set_integer(std::int64_t number, meta_value& out) noexcept {
    using wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    if (!std::in_range<T>(number) || number <= -first_inexact || number >= first_inexact) return false;
    out.data = static_cast<wide>(number);
    return true;
}

bool set_number(const json_value& value, meta_value& out) {
    const std::optional<std::int64_t> parsed = value.integer();
    const bool is_integer = parsed.has_value();
    const std::int64_t integer = parsed.value_or(0);
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

/// 15 digits hold a FLOAT exactly. A DOUBLE may lose its last bit, and the JSON does not show whether it did.
bool set_floating(const json_value& value, meta_value& out) {
    const std::optional<double> parsed = value.number();
    if (!parsed) return false;
    const double number = *parsed;
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

/// Removes the quotes that the server puts around a text inside the JSON string. Returns nothing if one is
/// missing: a value with a NUL ends there, without the closing quote.
std::optional<std::string_view> strip_quotes(std::string_view text) noexcept {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
    return text.substr(1, text.size() - 2);
}

/// `text` has the form "\x0102FF".
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
            const auto content = strip_quotes(text);
            if (content) out.data = std::string(*content);
            return content.has_value();
        }
        case data_type::varbinary: {
            const auto content = strip_quotes(text);
            return content && set_bytes(*content, out);
        }
        default: return false;
    }
}

meta_value read_value(data_type type, const std::optional<json_value>& value) {
    meta_value out;
    out.type = type;
    bool is_set = false;
    if (!value)
        is_set = false;
    else if (const auto text = value->string())
        is_set = set_text(*text, out);
    else if (type == data_type::real || type == data_type::double_precision)
        is_set = set_floating(*value, out);
    else
        is_set = set_number(*value, out);
    if (!is_set) set_inexact(out, value ? printed_value(*value) : std::string());
    return out;
}

bool is_integer_or_boolean(std::string_view text) noexcept {
    if (text == "true" || text == "false") return true;
    if (text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

/// Reads the new value of a tag whose type is not named. Here the server prints integers with all their
/// digits.
meta_value read_untyped(std::string_view text) {
    meta_value out;
    const auto content = strip_quotes(text);
    const bool is_binary = content && content->starts_with("\\x");
    if (content && !is_binary)
        out.data = std::string(*content);
    else if (is_integer_or_boolean(text))
        out.data = std::string(text);
    else
        set_inexact(out, std::string(text));
    return out;
}

table_kind parse_kind(std::string_view name, bool& is_known) noexcept {
    is_known = true;
    if (name == "super") return table_kind::super;
    if (name == "child") return table_kind::child;
    if (name == "normal") return table_kind::normal;
    is_known = name.empty();
    return table_kind::unspecified;
}

/// The length of a DECIMAL holds its precision and scale.
void set_length(std::optional<std::int32_t> length, column_definition& column) noexcept {
    if (!length || *length == 0) return;
    if (column.type == data_type::decimal || column.type == data_type::decimal64) {
        column.precision = static_cast<std::uint8_t>(*length >> 8);
        column.scale = static_cast<std::uint8_t>(*length);
    } else {
        column.length = length;
    }
}

/// `Compressed`: a type with the fields of a compression.
template <class Compressed>
void read_compression(const members& object, Compressed& out) {
    out.encode = object.text_or_empty("encode");
    out.compress = object.text_or_empty("compress");
    out.level = object.text_or_empty("level");
}

column_source read_source(const members& object, std::string column, std::string_view table_key) {
    column_source source;
    source.column = std::move(column);
    source.source_database = object.text("refDbName");
    source.source_table = object.text(table_key);
    source.source_column = object.text("refColName");
    return source;
}

column_definition read_column(const members& object) {
    column_definition column;
    column.name = object.text("name");
    column.type = object.type("type");
    set_length(object.size_if_set("length"), column);
    column.primary_key = object.flag_or_false("isPrimarykey") || object.flag_or_false("isPrimaryKey");
    read_compression(object, column);
    return column;
}

created_table read_child(const members& object) {
    created_table table;
    table.kind = table_kind::child;
    table.is_virtual = object.find("refs").has_value();
    table.name = object.text("tableName");
    table.super_table = object.text("using");
    object.each("tags", reserve_more(table.tag_values), [&](const members& tag) {
        tag_setting& setting = table.tag_values.emplace_back();
        setting.name = tag.text("name");
        setting.value = read_value(tag.type("type"), tag.find("value"));
    });
    object.each_if_set("refs", reserve_more(table.sources), [&](const members& ref) {
        table.sources.push_back(read_source(ref, ref.text("colName"), "refTableName"));
    });
    return table;
}

created_table read_super_or_normal(const members& object, table_kind kind) {
    created_table table;
    table.kind = kind;
    table.is_virtual = object.flag_or_false("isVirtual");
    table.name = object.text("tableName");
    object.each("columns", reserve_more(table.columns), [&](const members& column) {
        table.columns.push_back(read_column(column));
        column.object_if_set("ref", [&](const members& ref) {
            table.sources.push_back(read_source(ref, table.columns.back().name, "refTableName"));
        });
    });
    object.each_if_set("tags", reserve_more(table.tags),
                       [&](const members& tag) { table.tags.push_back(read_column(tag)); });
    return table;
}

/// Returns false if the change is of an unknown kind, as the other readers of a change below do.
bool read_created(const members& object, std::vector<meta>& out) {
    bool is_known = false;
    const table_kind kind = parse_kind(object.text("tableType"), is_known);
    if (!is_known || kind == table_kind::unspecified) return false;
    create_table change;
    if (kind == table_kind::child) {
        object.each_if_set("createList", reserve_more(change.tables),
                           [&](const members& table) { change.tables.push_back(read_child(table)); });
        if (change.tables.empty()) change.tables.push_back(read_child(object));
    } else {
        change.tables.push_back(read_super_or_normal(object, kind));
    }
    out.emplace_back(std::move(change));
    return true;
}

tag_change read_tag_change(const members& object) {
    tag_change tag;
    tag.name = object.text("colName");
    if (object.find("regexp")) {
        tag.pattern = object.text("regexp");
        tag.replacement = object.text("replacement");
    } else if (!object.flag_or_false("colValueNull")) {
        tag.value = read_untyped(object.text("colValue"));
    }
    return tag;
}

void read_tag_changes(const members& object, std::vector<tag_change>& out) {
    object.each("tags", reserve_more(out), [&](const members& tag) { out.push_back(read_tag_change(tag)); });
}

column_definition read_typed_column(const members& object) {
    column_definition column;
    column.name = object.text("colName");
    column.type = object.type("colType");
    set_length(object.size_if_set("colLength"), column);
    return column;
}

/// Reads the keys that depend on the alteration.
class alteration_reader {
  public:
    explicit alteration_reader(const members& object) noexcept : object_(object) {}

    void operator()(alterations::add_tag& change) const { change.tag = read_typed_column(object_); }
    void operator()(alterations::drop_tag& change) const { change.name = object_.text("colName"); }
    void operator()(alterations::rename_tag& change) const { read_names(change); }
    void operator()(alterations::set_tag& change) const { change.tag = read_tag_change(object_); }
    void operator()(alterations::add_column& change) const { change.column = read_typed_column(object_); }
    void operator()(alterations::drop_column& change) const { change.name = object_.text("colName"); }
    void operator()(alterations::modify_column_length& change) const { read_new_length(change); }
    void operator()(alterations::modify_tag_length& change) const { read_new_length(change); }
    void operator()(alterations::set_options&) const {}
    void operator()(alterations::rename_column& change) const { read_names(change); }
    void operator()(alterations::add_tag_index&) const {}
    void operator()(alterations::drop_tag_index&) const {}
    void operator()(alterations::set_compression& change) const {
        change.name = object_.text("colName");
        read_compression(object_, change);
    }
    void operator()(alterations::add_compressed_column& change) const {
        change.column = read_typed_column(object_);
        read_compression(object_, change.column);
    }
    void operator()(alterations::set_tags& change) const { read_tag_changes(object_, change.tags); }
    void operator()(alterations::set_column_source& change) const {
        change.source = read_source(object_, object_.text("colName"), "refTbName");
    }
    void operator()(alterations::remove_column_source& change) const {
        change.name = object_.text("colName");
    }
    void operator()(alterations::add_sourced_column& change) const {
        change.column = read_typed_column(object_);
        change.source = read_source(object_, change.column.name, "refTbName");
    }
    void operator()(alterations::set_tags_of_tables& change) const {
        object_.each("tables", reserve_more(change.tables), [&](const members& table) {
            table_tag_changes& changes = change.tables.emplace_back();
            changes.table = table.text("tableName");
            read_tag_changes(table, changes.tags);
        });
    }
    void operator()(alterations::set_tags_where& change) const {
        read_tag_changes(object_, change.tags);
        change.where = object_.text_or_empty("where");
    }

  private:
    template <class Rename>
    void read_names(Rename& change) const {
        change.name = object_.text("colName");
        change.new_name = object_.text("colNewName");
    }
    template <class Modify>
    void read_new_length(Modify& change) const {
        column_definition column = read_typed_column(object_);
        change.name = std::move(column.name);
        change.type = column.type;
        change.length = column.length;
    }

    const members& object_;
};

bool read_altered(const members& object, std::vector<meta>& out) {
    bool is_known = false;
    alter_table altered;
    altered.kind = parse_kind(object.text_or_empty("tableType"), is_known);
    altered.table = object.text("tableName");
    auto change = base::make_alteration(object.number("alterType"));
    if (!is_known || !change) return false;
    altered.change = *std::move(change);
    std::visit(alteration_reader(object), altered.change);
    out.emplace_back(std::move(altered));
    return true;
}

bool read_dropped(const members& object, std::vector<meta>& out) {
    drop_table change;
    if (const auto list = object.find("tableNameList")) {
        object.append_texts(*list, change.names);
    } else {
        bool is_known = false;
        change.kind = parse_kind(object.text("tableType"), is_known);
        if (!is_known) return false;
        change.names.push_back(object.text("tableName"));
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

/// Capacity of the server's buffer: a statement of this length may have lost its end.
constexpr std::size_t max_statement = 255;

std::optional<delete_data::time_range> parse_range(std::string_view sql) {
    if (sql.size() >= max_statement) return std::nullopt;
    delete_data::time_range range;
    std::string second_column;
    const bool is_complete = take(sql, "delete from ") && take_name(sql, range.table) &&
                             take(sql, " where ") && take_name(sql, range.column) && take(sql, " >= ") &&
                             take_number(sql, range.first) && take(sql, " and ") &&
                             take_name(sql, second_column) && take(sql, " <= ") &&
                             take_number(sql, range.last) && sql.empty() && second_column == range.column;
    return is_complete ? std::optional(std::move(range)) : std::nullopt;
}

bool read_deletion(const members& object, std::vector<meta>& out) {
    delete_data change;
    change.sql = object.text("sql");
    change.range = parse_range(change.sql);
    out.emplace_back(std::move(change));
    return true;
}

bool read_change(const members& object, std::vector<meta>& out) {
    const std::string type = object.text("type");
    if (type == "create") return read_created(object, out);
    if (type == "alter") return read_altered(object, out);
    if (type == "drop") return read_dropped(object, out);
    if (type == "delete") return read_deletion(object, out);
    return false;
}

bool add_change(const json_value& value, reading& progress, std::vector<meta>& out) {
    if (!value.is_object()) return false;
    const members object(value, progress);
    if (!read_change(object, out) && progress.is_valid) {
        unknown_meta change;
        change.json = value.compact();
        out.emplace_back(std::move(change));
    }
    return progress.is_valid;
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

defect_code parse_json_meta(std::string_view json, std::vector<meta>& out) {
    out.clear();
    const auto data = json_value::parse(json);
    if (!data) return defect_code::reply_not_json;
    if (read_data(*data, out)) return defect_code{};
    out.clear();
    return defect_code::reply_malformed;
}

}  // namespace tmq::protocol
