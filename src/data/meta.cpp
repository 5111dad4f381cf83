#include "tmq/meta.hpp"

#include "text/json.hpp"

#include <fmt/format.h>

#include <cmath>
#include <concepts>
#include <iterator>
#include <ostream>
#include <string_view>

namespace tmq {
namespace {

template <class... F>
struct overloaded : F... {
    using F::operator()...;
};

std::string hex_of(const std::vector<std::byte>& bytes) {
    std::string text = "0x";
    text.reserve(2 + 2 * bytes.size());
    for (const std::byte byte : bytes) {
        text += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4];
        text += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15];
    }
    return text;
}

template <std::floating_point T>
std::string text_of(T number) {
    if (std::isfinite(number)) return fmt::format("{}", number);
    return std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
}

/// Writes objects member by member and adds the commas.
class json_writer {
  public:
    std::string take() { return fmt::to_string(out_); }

    void begin(char bracket) {
        separate();
        out_.push_back(bracket);
        first_ = true;
    }
    void end(char bracket) {
        out_.push_back(bracket);
        first_ = false;
    }
    json_writer& key(std::string_view name) {
        separate();
        text::append_printable_json_string(out_, name);
        out_.push_back(':');
        first_ = true;
        return *this;
    }
    void string(std::string_view value) {
        separate();
        text::append_printable_json_string(out_, value);
    }
    /// Writes text that is JSON already.
    void plain(std::string_view value) {
        separate();
        out_.append(value.data(), value.data() + value.size());
    }
    /// Writes a line of JSON from a server.
    void json(std::string_view line) {
        separate();
        text::append_json_line(out_, line);
    }
    void boolean(bool value) { plain(value ? "true" : "false"); }
    template <std::integral T>
    void number(T value) {
        separate();
        fmt::format_to(std::back_inserter(out_), "{}", value);
    }

    void string_unless_empty(std::string_view name, std::string_view value) {
        if (!value.empty()) key(name).string(value);
    }
    template <std::integral T>
    void number_if_set(std::string_view name, const std::optional<T>& value) {
        if (value) key(name).number(*value);
    }
    template <class T, class Write>
    void array(std::string_view name, const std::vector<T>& items, Write write) {
        key(name).begin('[');
        for (const T& item : items)
            write(*this, item);
        end(']');
    }

  private:
    void separate() {
        if (!first_) out_.push_back(',');
        first_ = false;
    }

    fmt::memory_buffer out_;
    bool first_ = true;
};

void write_value(json_writer& out, std::string_view name, const meta_value& value) {
    out.key(name);
    if (!value.exact) {
        out.plain("null");
        out.key("exact").boolean(false);
        return out.string_unless_empty("printed", value.printed);
    }
    std::visit(overloaded{[&](std::monostate) { out.plain("null"); }, [&](bool flag) { out.boolean(flag); },
                          [&](std::int64_t number) { out.number(number); },
                          [&](std::uint64_t number) { out.number(number); },
                          [&]<std::floating_point T>(T number) {
                              if (std::isfinite(number))
                                  out.plain(text_of(number));
                              else
                                  out.string(text_of(number));
                          },
                          [&](const std::string& text) {
                              if (value.type == data_type::json && text::is_json_line(text))
                                  out.json(text);
                              else
                                  out.string(text);
                          },
                          [&](const std::vector<std::byte>& bytes) { out.string(hex_of(bytes)); }},
               value.data);
}

/// `Compressed`: a type with the fields of a compression.
template <class Compressed>
void write_compression(json_writer& out, const Compressed& source) {
    out.string_unless_empty("encode", source.encode);
    out.string_unless_empty("compress", source.compress);
    out.string_unless_empty("level", source.level);
}

void write_column(json_writer& out, const column_definition& column) {
    out.begin('{');
    out.key("name").string(column.name);
    out.key("type").number(static_cast<unsigned>(column.type));
    out.number_if_set("length", column.length);
    out.number_if_set("precision", column.precision);
    out.number_if_set("scale", column.scale);
    out.key("isPrimarykey").boolean(column.primary_key);
    write_compression(out, column);
    out.end('}');
}

void write_tag(json_writer& out, const column_definition& tag) {
    out.begin('{');
    out.key("name").string(tag.name);
    out.key("type").number(static_cast<unsigned>(tag.type));
    out.number_if_set("length", tag.length);
    out.end('}');
}

void write_setting(json_writer& out, const tag_setting& tag) {
    out.begin('{');
    out.key("name").string(tag.name);
    out.key("type").number(static_cast<unsigned>(tag.value.type));
    write_value(out, "value", tag.value);
    out.end('}');
}

void write_source_members(json_writer& out, const column_source& source, std::string_view table_key) {
    out.key("refDbName").string(source.source_database);
    out.key(table_key).string(source.source_table);
    out.key("refColName").string(source.source_column);
}

void write_source(json_writer& out, const column_source& source) {
    out.begin('{');
    out.key("colName").string(source.column);
    write_source_members(out, source, "refTableName");
    out.end('}');
}

std::string_view name_of(table_kind kind) noexcept {
    switch (kind) {
        case table_kind::super: return "super";
        case table_kind::child: return "child";
        case table_kind::normal: return "normal";
        case table_kind::unspecified: break;
    }
    return "";
}

void write_table_members(json_writer& out, const created_table& table) {
    out.key("tableType").string(name_of(table.kind));
    if (table.is_virtual) out.key("isVirtual").boolean(true);
    out.key("tableName").string(table.name);
    if (table.kind == table_kind::child) {
        out.key("using").string(table.super_table);
        out.array("tags", table.tag_values, write_setting);
    } else {
        out.array("columns", table.columns, write_column);
        out.array("tags", table.tags, write_tag);
    }
    if (!table.sources.empty()) out.array("refs", table.sources, write_source);
    if (table.comment) out.key("comment").string(*table.comment);
    out.number_if_set("ttl", table.ttl_days);
}

void write_table(json_writer& out, const created_table& table) {
    out.begin('{');
    write_table_members(out, table);
    out.end('}');
}

void write_change(json_writer& out, const create_table& change) {
    out.key("type").string("create");
    if (change.tables.empty()) return out.array("createList", change.tables, write_table);
    write_table_members(out, change.tables.front());
    if (change.tables.size() > 1)
        out.array("createList", change.tables, write_table);
    else if (change.tables.front().kind == table_kind::child)
        out.plain(R"("createList":[])");
}

void write_tag_change_members(json_writer& out, const tag_change& tag) {
    out.key("colName").string(tag.name);
    if (tag.pattern || tag.replacement) {
        out.key("regexp").string(tag.pattern.value_or(""));
        out.key("replacement").string(tag.replacement.value_or(""));
    } else {
        if (tag.value.type != data_type::null)
            out.key("colType").number(static_cast<unsigned>(tag.value.type));
        write_value(out, "colValue", tag.value);
        out.key("colValueNull").boolean(tag.value.is_null());
    }
}

void write_tag_change(json_writer& out, const tag_change& tag) {
    out.begin('{');
    write_tag_change_members(out, tag);
    out.end('}');
}

void write_tag_changes(json_writer& out, const std::vector<tag_change>& tags) {
    if (!tags.empty()) out.array("tags", tags, write_tag_change);
}

/// Writes the members that depend on the alteration. Those that are empty are left out.
class alteration_writer {
  public:
    explicit alteration_writer(json_writer& out) noexcept : out_(out) {}

    void operator()(const alterations::add_tag& change) const { write_declaration(change.tag); }
    void operator()(const alterations::drop_tag& change) const { write_name(change.name); }
    void operator()(const alterations::rename_tag& change) const {
        write_names(change.name, change.new_name);
    }
    void operator()(const alterations::set_tag& change) const { write_tag_change_members(out_, change.tag); }
    void operator()(const alterations::add_column& change) const { write_declaration(change.column); }
    void operator()(const alterations::drop_column& change) const { write_name(change.name); }
    void operator()(const alterations::modify_column_length& change) const {
        write_length(change.name, change.type, change.length);
    }
    void operator()(const alterations::modify_tag_length& change) const {
        write_length(change.name, change.type, change.length);
    }
    void operator()(const alterations::set_options& change) const {
        out_.number_if_set("ttl", change.ttl_days);
        if (change.comment) out_.key("comment").string(*change.comment);
    }
    void operator()(const alterations::rename_column& change) const {
        write_names(change.name, change.new_name);
    }
    void operator()(const alterations::add_tag_index&) const {}
    void operator()(const alterations::drop_tag_index&) const {}
    void operator()(const alterations::set_compression& change) const {
        write_name(change.name);
        write_compression(out_, change);
    }
    void operator()(const alterations::add_compressed_column& change) const {
        write_declaration(change.column);
    }
    void operator()(const alterations::set_tags& change) const { write_tag_changes(out_, change.tags); }
    void operator()(const alterations::set_column_source& change) const {
        write_name(change.source.column);
        write_source_members(out_, change.source, "refTbName");
    }
    void operator()(const alterations::remove_column_source& change) const { write_name(change.name); }
    void operator()(const alterations::add_sourced_column& change) const {
        write_declaration(change.column);
        write_source_members(out_, change.source, "refTbName");
    }
    void operator()(const alterations::set_tags_of_tables& change) const {
        if (change.tables.empty()) return;
        out_.array("tables", change.tables, [](json_writer& writer, const table_tag_changes& table) {
            writer.begin('{');
            writer.key("tableName").string(table.table);
            writer.array("tags", table.tags, write_tag_change);
            writer.end('}');
        });
    }
    void operator()(const alterations::set_tags_where& change) const {
        write_tag_changes(out_, change.tags);
        out_.string_unless_empty("where", change.where);
    }

  private:
    void write_name(const std::string& name) const { out_.string_unless_empty("colName", name); }
    void write_names(const std::string& name, const std::string& new_name) const {
        write_name(name);
        out_.string_unless_empty("colNewName", new_name);
    }
    void write_length(const std::string& name, data_type type,
                      const std::optional<std::int32_t>& length) const {
        write_name(name);
        if (type != data_type::null) out_.key("colType").number(static_cast<unsigned>(type));
        out_.number_if_set("colLength", length);
    }
    void write_declaration(const column_definition& column) const {
        write_length(column.name, column.type, column.length);
        out_.number_if_set("colPrecision", column.precision);
        out_.number_if_set("colScale", column.scale);
        write_compression(out_, column);
    }

    json_writer& out_;
};

void write_change(json_writer& out, const alter_table& altered) {
    out.key("type").string("alter");
    out.key("tableType").string(name_of(altered.kind));
    out.key("tableName").string(altered.table);
    out.key("alterType")
        .number(std::visit([](const auto& change) { return unsigned{change.alter_type}; }, altered.change));
    std::visit(alteration_writer(out), altered.change);
}

void write_change(json_writer& out, const drop_table& change) {
    out.key("type").string("drop");
    if (change.kind == table_kind::super) {
        out.key("tableType").string("super");
        if (change.names.size() == 1) return out.key("tableName").string(change.names.front());
    }
    out.array("tableNameList", change.names,
              [](json_writer& writer, const std::string& name) { writer.string(name); });
}

void write_change(json_writer& out, const delete_data& change) {
    out.key("type").string("delete");
    out.key("sql").string(change.sql);
    if (!change.range) return;
    out.key("tableName").string(change.range->table);
    out.key("colName").string(change.range->column);
    out.key("first").number(change.range->first);
    out.key("last").number(change.range->last);
}

void write_change(json_writer& out, const unknown_meta& change) {
    out.key("type").string("unknown");
    if (change.json.empty()) {
        out.key("rawType").number(change.raw_type);
        out.key("raw").string(hex_of(change.raw));
    } else if (text::is_json_line(change.json)) {
        out.key("json").json(change.json);
    } else {
        out.key("json").string(change.json);
    }
}

}  // namespace

std::string to_string(const meta_value& value) {
    if (!value.exact) return value.printed;
    return std::visit(
        overloaded{[](std::monostate) -> std::string { return "NULL"; },
                   [](bool flag) -> std::string { return flag ? "true" : "false"; },
                   []<std::integral T>(T number) -> std::string { return fmt::format("{}", number); },
                   []<std::floating_point T>(T number) -> std::string { return text_of(number); },
                   [](const std::string& text) -> std::string { return text; },
                   [](const std::vector<std::byte>& bytes) -> std::string { return hex_of(bytes); }},
        value.data);
}

std::ostream& operator<<(std::ostream& out, const meta_value& value) { return out << to_string(value); }

std::string to_json(const meta& change) {
    json_writer out;
    out.begin('{');
    std::visit([&](const auto& known) { write_change(out, known); }, change);
    out.end('}');
    return out.take();
}

std::ostream& operator<<(std::ostream& out, const meta& change) { return out << to_json(change); }

}  // namespace tmq
