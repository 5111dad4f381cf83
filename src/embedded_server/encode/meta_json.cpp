#include "embedded_server/encode/meta_json.hpp"

#include "embedded_server/encode/column_compression.hpp"
#include "embedded_server/encode/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <variant>

namespace tmq::embedded::encode {

namespace {

/// Returns a double as the server's JSON library prints it: with 15 digits, or with 17 if the 15 miss it by
/// more than its last bit.
std::string number_text(double number) {
    if (!std::isfinite(number)) return "null";
    char text[32];
    char* end = std::to_chars(text, text + sizeof text, number, std::chars_format::general, 15).ptr;
    double read = 0;
    std::from_chars(text, end, read);
    const double largest = std::max(std::fabs(read), std::fabs(number));
    if (std::fabs(read - number) > largest * std::numeric_limits<double>::epsilon())
        end = std::to_chars(text, text + sizeof text, number, std::chars_format::general, 17).ptr;
    return {text, end};
}

std::string quote(std::string_view text) { return fmt::format("\"{}\"", text); }

std::string hex_text(const std::vector<std::byte>& bytes) {
    std::string out = "\\x";
    for (const std::byte byte : bytes)
        out += fmt::format("{:02X}", std::to_integer<unsigned>(byte));
    return quote(out);
}

/// Returns a GEOMETRY as the server prints it: like text that ends at its first NUL, without a closing quote
/// then. It also ends before a byte that is not ASCII.
std::string geometry_text(const std::vector<std::byte>& bytes) {
    std::string out = "\"";
    for (const std::byte byte : bytes) {
        const auto c = std::to_integer<unsigned char>(byte);
        if (c == 0 || c >= 0x80) return out;
        out += static_cast<char>(c);
    }
    return out + '"';
}

/// Returns a value that the server's JSON has as text: all values of an alteration, and those of variable
/// types of a new table.
std::string value_text(const meta_value& value) {
    const auto text = [&]<class T>(const T& content) -> std::string {
        if constexpr (std::is_same_v<T, std::monostate>)
            return {};
        else if constexpr (std::is_same_v<T, bool>)
            return content ? "true" : "false";
        else if constexpr (std::is_floating_point_v<T>)
            return fmt::format("{:e}", content);
        else if constexpr (std::is_integral_v<T>)
            return std::to_string(content);
        else if constexpr (std::is_same_v<T, std::string>)
            return value.type == data_type::json ? content : quote(content);
        else
            return value.type == data_type::geometry ? geometry_text(content) : hex_text(content);
    };
    return std::visit(text, value.data);
}

/// Writes JSON objects, arrays and their members, in the order of the calls.
class json_writer {
  public:
    explicit json_writer(bool escape_html) noexcept : escape_html_(escape_html) {}

    std::string take() { return std::move(out_); }

    json_writer& key(std::string_view name) {
        string(name);
        out_ += ':';
        skips_comma_ = true;
        return *this;
    }
    void string(std::string_view text) {
        separate();
        append_json_string(out_, text, escape_html_);
    }
    void literal(std::string_view text) {
        separate();
        out_ += text;
    }
    template <class Write>
    void object(Write write) {
        nest('{', '}', write);
    }
    template <class Write>
    void array(Write write) {
        nest('[', ']', write);
    }

    void text_member(std::string_view name, std::string_view text) { key(name).string(text); }
    void number_member(std::string_view name, std::int64_t number) {
        key(name).literal(std::to_string(number));
    }
    void flag_member(std::string_view name, bool value) { key(name).literal(value ? "true" : "false"); }

  private:
    void separate() {
        if (!skips_comma_) out_ += ',';
        skips_comma_ = false;
    }
    template <class Write>
    void nest(char open, char close, Write write) {
        separate();
        out_ += open;
        skips_comma_ = true;
        write();
        out_ += close;
        skips_comma_ = false;
    }

    std::string out_;
    bool escape_html_;
    bool skips_comma_ = true;  ///< The next element needs no comma before it.
};

std::optional<std::int64_t> length_of(const column_definition& column) {
    if (column.precision) return std::int64_t{*column.precision} << 8 | column.scale.value_or(0);
    if (column.type == data_type::blob) return column.length.value_or(1);
    return column.length;
}

class change_writer {
  public:
    change_writer(json_writer& out, const server_version& version) noexcept : out_(out), version_(version) {}

    void operator()(const create_table& change) const {
        const created_table& first = change.tables.front();
        out_.object([&] {
            out_.text_member("type", "create");
            if (first.kind != table_kind::child) return write_table(first);
            out_.text_member("tableType", "child");
            write_child(first);
            out_.key("createList").array([&] {
                if (change.tables.size() == 1) return;
                for (const created_table& table : change.tables)
                    out_.object([&] { write_child(table); });
            });
        });
    }

    void operator()(const alter_table& altered) const {
        const bool is_nameless = std::holds_alternative<alterations::set_tags_of_tables>(altered.change);
        out_.object([&] {
            out_.text_member("type", "alter");
            out_.text_member("tableType", kind_name(altered.kind));
            out_.text_member("tableName", is_nameless ? std::string_view() : altered.table);
            out_.number_member("alterType", std::visit([](const auto& change) { return change.alter_type; },
                                                       altered.change));
            std::visit([&](const auto& change) { write_alteration(change); }, altered.change);
        });
    }

    void operator()(const drop_table& change) const {
        out_.object([&] {
            out_.text_member("type", "drop");
            if (change.kind == table_kind::super) {
                out_.text_member("tableType", "super");
                out_.text_member("tableName", change.names.front());
                return;
            }
            out_.key("tableNameList").array([&] {
                for (const std::string& name : change.names)
                    out_.string(name);
            });
        });
    }

    void operator()(const delete_data& change) const {
        constexpr std::size_t longest = 255;
        const delete_data::time_range& range = *change.range;
        std::string sql = fmt::format("delete from `{}` where `{}` >= {} and `{}` <= {}", range.table,
                                      range.column, range.first, range.column, range.last);
        if (sql.size() > longest) {
            sql.resize(longest);
            // The cut must not leave a part of a character.
            while (!sql.empty() && (static_cast<unsigned char>(sql.back()) & 0x80) != 0)
                sql.pop_back();
        }
        out_.object([&] {
            out_.text_member("type", "delete");
            out_.text_member("sql", sql);
        });
    }

    void operator()(const unknown_meta& change) const {
        const auto text = compact_json(change.json);
        if (!text || !text->starts_with('{'))
            throw std::invalid_argument("the JSON of an unknown change is no object");
        out_.literal(*text);
    }

  private:
    static std::string_view kind_name(table_kind kind) noexcept {
        switch (kind) {
            case table_kind::super: return "super";
            case table_kind::child: return "child";
            case table_kind::normal: return "normal";
            case table_kind::unspecified: break;
        }
        return {};
    }

    void write_source(const column_source& source, std::string_view table_key) const {
        out_.text_member("refDbName", source.source_database);
        out_.text_member(table_key, source.source_table);
        out_.text_member("refColName", source.source_column);
    }

    /// Writes the members of a super or normal table.
    void write_table(const created_table& table) const {
        out_.text_member("tableType", kind_name(table.kind));
        if (table.is_virtual) out_.flag_member("isVirtual", true);
        out_.text_member("tableName", table.name);
        out_.key("columns").array([&] {
            for (const column_definition& column : with_default_compression(table.columns, version_)) {
                out_.object([&] {
                    write_column(column, "name", "type", "length");
                    for (const column_source& source : table.sources)
                        if (source.column == column.name)
                            out_.key("ref").object([&] { write_source(source, "refTableName"); });
                    out_.flag_member("isPrimarykey", column.primary_key);
                    out_.text_member("encode", column.encode);
                    out_.text_member("compress", column.compress);
                    out_.text_member("level", column.level);
                });
            }
        });
        out_.key("tags").array([&] {
            for (const column_definition& tag : table.tags)
                out_.object([&] { write_column(tag, "name", "type", "length"); });
        });
    }

    void write_column(const column_definition& column, std::string_view name_key, std::string_view type_key,
                      std::string_view length_key) const {
        out_.text_member(name_key, column.name);
        out_.number_member(type_key, static_cast<std::int64_t>(column.type));
        if (const auto length = length_of(column)) out_.number_member(length_key, *length);
    }

    void write_child(const created_table& table) const {
        out_.text_member("tableName", table.name);
        if (table.is_virtual) {
            out_.key("refs").array([&] {
                for (const column_source& source : table.sources) {
                    out_.object([&] {
                        out_.text_member("colName", source.column);
                        write_source(source, "refTableName");
                    });
                }
            });
        }
        out_.text_member("using", table.super_table);
        out_.number_member("tagNum", static_cast<std::int64_t>(table.tag_values.size()));
        out_.key("tags").array([&] {
            for (const tag_setting& tag : table.tag_values) {
                out_.object([&] {
                    out_.text_member("name", tag.name);
                    out_.number_member("type", static_cast<std::int64_t>(tag.value.type));
                    out_.key("value");
                    write_value(tag.value);
                });
            }
        });
    }

    /// Writes the value of a tag. The server converts numbers to doubles.
    void write_value(const meta_value& value) const {
        const auto write = [&]<class T>(const T& content) {
            if constexpr (std::is_arithmetic_v<T>)
                out_.literal(number_text(static_cast<double>(content)));
            else
                out_.string(value_text(value));
        };
        std::visit(write, value.data);
    }

    void write_tag(const tag_change& change) const {
        out_.text_member("colName", change.name);
        if (change.pattern) {
            out_.text_member("regexp", *change.pattern);
            out_.text_member("replacement", change.replacement.value_or(""));
            return;
        }
        if (!change.value.is_null()) out_.text_member("colValue", value_text(change.value));
        out_.flag_member("colValueNull", change.value.is_null());
    }

    void write_tags(const std::vector<tag_change>& changes) const {
        out_.key("tags").array([&] {
            for (const tag_change& change : changes)
                out_.object([&] { write_tag(change); });
        });
    }

    void write_tags_of_tables(const std::vector<table_tag_changes>& tables) const {
        out_.key("tables").array([&] {
            for (const table_tag_changes& table : tables) {
                out_.object([&] {
                    out_.text_member("tableName", table.table);
                    write_tags(table.tags);
                });
            }
        });
    }

    /// Writes the compression that an alteration sets. The server writes only the first of its three parts.
    template <class Compressed>
    void write_compression(const Compressed& source) const {
        if (!source.encode.empty())
            out_.text_member("encode", source.encode);
        else if (!source.compress.empty())
            out_.text_member("compress", source.compress);
        else if (!source.level.empty())
            out_.text_member("level", source.level);
    }

    void write_name(const std::string& name) const { out_.text_member("colName", name); }
    void write_names(const std::string& name, const std::string& new_name) const {
        write_name(name);
        out_.text_member("colNewName", new_name);
    }
    void write_declaration(const column_definition& column) const {
        write_column(column, "colName", "colType", "colLength");
    }
    void write_length(const std::string& name, data_type type,
                      const std::optional<std::int32_t>& length) const {
        write_name(name);
        out_.number_member("colType", static_cast<std::int64_t>(type));
        if (length) out_.number_member("colLength", *length);
    }

    void write_alteration(const alterations::add_tag& change) const { write_declaration(change.tag); }
    void write_alteration(const alterations::drop_tag& change) const { write_name(change.name); }
    void write_alteration(const alterations::rename_tag& change) const {
        write_names(change.name, change.new_name);
    }
    void write_alteration(const alterations::set_tag& change) const { write_tag(change.tag); }
    void write_alteration(const alterations::add_column& change) const { write_declaration(change.column); }
    void write_alteration(const alterations::drop_column& change) const { write_name(change.name); }
    void write_alteration(const alterations::modify_column_length& change) const {
        write_length(change.name, change.type, change.length);
    }
    void write_alteration(const alterations::modify_tag_length& change) const {
        write_length(change.name, change.type, change.length);
    }
    void write_alteration(const alterations::set_options&) const {}
    void write_alteration(const alterations::rename_column& change) const {
        write_names(change.name, change.new_name);
    }
    void write_alteration(const alterations::add_tag_index&) const {}
    void write_alteration(const alterations::drop_tag_index&) const {}
    void write_alteration(const alterations::set_compression& change) const {
        write_name(change.name);
        write_compression(change);
    }
    void write_alteration(const alterations::add_compressed_column& change) const {
        write_declaration(change.column);
        write_compression(change.column);
    }
    void write_alteration(const alterations::set_tags& change) const { write_tags(change.tags); }
    void write_alteration(const alterations::set_column_source& change) const {
        write_name(change.source.column);
        write_source(change.source, "refTbName");
    }
    void write_alteration(const alterations::remove_column_source& change) const { write_name(change.name); }
    void write_alteration(const alterations::add_sourced_column& change) const {
        write_declaration(change.column);
        write_source(change.source, "refTbName");
    }
    void write_alteration(const alterations::set_tags_of_tables& change) const {
        write_tags_of_tables(change.tables);
    }
    void write_alteration(const alterations::set_tags_where& change) const {
        write_tags(change.tags);
        if (!change.where.empty()) out_.text_member("where", change.where);
    }

    json_writer& out_;
    const server_version& version_;
};

bool has_no_json(const meta& change) noexcept {
    const auto* const unknown = std::get_if<unknown_meta>(&change);
    return unknown && unknown->json.empty();
}

}  // namespace

std::string encode_json_meta(const meta& change, const server_version& version) {
    if (has_no_json(change)) return "null";
    json_writer out(version.escapes_html());
    std::visit(change_writer(out, version), change);
    return out.take();
}

std::string encode_json_batch(std::span<const meta> changes, const server_version& version) {
    json_writer out(version.escapes_html());
    out.object([&] {
        out.text_member("tmq_meta_version", "1.0");
        out.key("metas").array([&] {
            for (const meta& change : changes)
                if (!has_no_json(change)) std::visit(change_writer(out, version), change);
        });
    });
    return out.take();
}

}  // namespace tmq::embedded::encode
