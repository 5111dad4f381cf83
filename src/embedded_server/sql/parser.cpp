#include "embedded_server/sql/parser.hpp"

#include "base/server_constants.hpp"
#include "embedded_server/sql/reserved_words.hpp"
#include "embedded_server/sql/token.hpp"
#include "tmq/testing/topic_options.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace tmq::embedded::sql {

namespace {

struct type_name {
    std::string_view keyword;
    data_type type;
    data_type unsigned_type = data_type::null;
    std::int32_t longest = 0;  ///< Maximum declared length of variable types.
};

constexpr type_name types[] = {
    {"TIMESTAMP", data_type::timestamp},
    {"BOOL", data_type::boolean},
    {"TINYINT", data_type::tinyint, data_type::unsigned_tinyint},
    {"SMALLINT", data_type::smallint, data_type::unsigned_smallint},
    {"INT", data_type::integer, data_type::unsigned_integer},
    {"INTEGER", data_type::integer, data_type::unsigned_integer},
    {"BIGINT", data_type::bigint, data_type::unsigned_bigint},
    {"FLOAT", data_type::real},
    {"DOUBLE", data_type::double_precision},
    {"VARCHAR", data_type::varchar, data_type::null, 65517},
    {"BINARY", data_type::varchar, data_type::null, 65517},
    {"NCHAR", data_type::nchar, data_type::null, 16379},
    {"VARBINARY", data_type::varbinary, data_type::null, 65517},
    {"GEOMETRY", data_type::geometry, data_type::null, 65517},
    {"BLOB", data_type::blob},
    {"DECIMAL", data_type::decimal},
    {"NUMERIC", data_type::decimal},
    {"JSON", data_type::json},
};

/// Parser of one statement, token by token. Functions that fail return false or nothing. The first failure is
/// kept.
class reader {
  public:
    explicit reader(std::string_view text) noexcept : text_(text) { advance(); }

    std::variant<statement, error> run() {
        std::optional<statement> read = any_statement();
        if (read) {
            accept_symbol(";");
            if (token_.kind == token_kind::end) return std::move(*read);
            fail("the statement should end here");
        }
        return std::move(*failure_);
    }

  private:
    void advance() noexcept { token_ = next_token(text_, token_.offset + token_.spelling.size()); }

    bool fail(std::string_view reason) {
        if (failure_) return false;
        constexpr std::size_t longest_quote = 40;
        std::string_view near = text_.substr(token_.offset);
        if (near.size() > longest_quote) {
            std::size_t size = longest_quote;
            while (size > 0 && (static_cast<unsigned char>(near[size]) & 0xc0) == 0x80)
                --size;
            near = near.substr(0, size);
        }
        failure_ = error{syntax_error,
                         std::string("syntax error near \"").append(near).append("\": ").append(reason)};
        return false;
    }
    std::nullopt_t refuse(std::string_view reason) {
        fail(reason);
        return std::nullopt;
    }

    bool is_word(std::string_view keyword) const noexcept {
        return token_.kind == token_kind::word && is_keyword(token_.spelling, keyword);
    }
    bool is_symbol(std::string_view symbol) const noexcept {
        return token_.kind == token_kind::symbol && token_.spelling == symbol;
    }
    bool accept(std::string_view keyword) noexcept {
        if (!is_word(keyword)) return false;
        advance();
        return true;
    }
    bool accept_symbol(std::string_view symbol) noexcept {
        if (!is_symbol(symbol)) return false;
        advance();
        return true;
    }
    bool expect(std::string_view keyword) {
        return accept(keyword) || fail(std::string(keyword).append(" should stand here"));
    }
    bool expect_symbol(std::string_view symbol) {
        return accept_symbol(symbol) || fail(std::string(symbol).append(" should stand here"));
    }

    bool name(std::string& out, std::string_view complaint = "a name should stand here") {
        if (token_.kind == token_kind::word && is_reserved(token_.spelling))
            return fail("this word is reserved: a name like it stands in backquotes");
        if (token_.kind == token_kind::word)
            out = lower_case(token_.spelling);
        else if (token_.kind == token_kind::quoted)
            out = unquoted(token_.spelling);
        else
            return fail(complaint);
        if (out.empty() || out.size() > base::max_name_size || out.find('\0') != std::string::npos)
            return fail("a name has 1 to 192 bytes");
        advance();
        return true;
    }

    bool qualified_name(table_name& out) {
        if (!name(out.name)) return false;
        if (!accept_symbol(".")) return true;
        out.database = std::move(out.name);
        return name(out.name);
    }

    bool if_not_exists(bool& out) {
        out = accept("IF");
        return !out || (expect("NOT") && expect("EXISTS"));
    }
    bool if_exists(bool& out) {
        out = accept("IF");
        return !out || expect("EXISTS");
    }

    bool integer(std::int64_t& out, std::int64_t least, std::int64_t most) {
        const char* const end = token_.spelling.data() + token_.spelling.size();
        const auto read = std::from_chars(token_.spelling.data(), end, out);
        if (token_.kind != token_kind::number || read.ec != std::errc() || read.ptr != end || out < least ||
            out > most)
            return fail("a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
                        " should stand here");
        advance();
        return true;
    }

    /// Returns the text from `start` to the end of the token that was read last.
    std::string_view spelling_since(std::size_t start) const noexcept {
        std::size_t end = token_.offset;
        while (end > start && (text_[end - 1] == ' ' || (text_[end - 1] >= '\t' && text_[end - 1] <= '\r')))
            --end;
        return text_.substr(start, end - start);
    }

    bool value(literal& out) {
        const std::size_t start = token_.offset;
        if (token_.kind == token_kind::text) {
            out = {literal_kind::text, token_.spelling};
            advance();
            return true;
        }
        if (is_symbol("-") || is_symbol("+")) {
            advance();
            if (token_.kind != token_kind::number || token_.offset != start + 1)
                return fail("a number should stand here");
        }
        if (token_.kind == token_kind::number) {
            advance();
            out = {literal_kind::number, spelling_since(start)};
            return true;
        }
        if (is_word("NOW")) return now(out);
        if (!is_word("NULL") && !is_word("TRUE") && !is_word("FALSE"))
            return fail("a value should stand here; this server does no expressions");
        out = {is_word("NULL") ? literal_kind::null : literal_kind::boolean, token_.spelling};
        advance();
        return true;
    }

    bool now(literal& out) {
        const std::size_t start = token_.offset;
        advance();
        if (accept_symbol("(") && !expect_symbol(")")) return false;
        if (accept_symbol("+") || accept_symbol("-")) {
            if (token_.kind != token_kind::number) return fail("a duration as 1s or 5m should stand here");
            const std::size_t end = token_.offset + token_.spelling.size();
            advance();
            if (token_.kind != token_kind::word || token_.offset != end)
                return fail("a duration needs a unit: b u a s m h d w");
            advance();
        }
        out = {literal_kind::now, spelling_since(start)};
        return true;
    }

    /// Reads "(a, b, ...)" and calls `element` for each.
    template <class Element>
    bool list(std::size_t most, Element element) {
        if (!expect_symbol("(")) return false;
        std::size_t count = 0;
        do {
            if (count++ == most) return fail("more than " + std::to_string(most) + " of them");
            if (!element()) return false;
        } while (accept_symbol(","));
        return expect_symbol(")");
    }

    bool names(std::vector<std::string>& out) {
        return list(most_columns, [&] { return name(out.emplace_back()); });
    }
    bool values(literals& out, std::size_t most = most_columns) {
        return list(most, [&] { return value(out.emplace_back()); });
    }

    bool type(column_definition& out) {
        const auto* const entry =
            std::find_if(std::begin(types), std::end(types),
                         [this](const type_name& type) { return is_word(type.keyword); });
        if (entry == std::end(types)) return fail("a type should stand here");
        advance();
        out.type = entry->type;
        if (entry->unsigned_type != data_type::null && accept("UNSIGNED")) out.type = entry->unsigned_type;
        std::int64_t number = 0;
        if (entry->longest != 0) {
            if (!expect_symbol("(") || !integer(number, 1, entry->longest) || !expect_symbol(")"))
                return false;
            out.length = static_cast<std::int32_t>(number);
        }
        return entry->type != data_type::decimal || digits(out);
    }

    bool digits(column_definition& out) {
        constexpr int most_digits = 38;
        constexpr int most_short_digits = 18;
        std::int64_t precision = 0;
        std::int64_t scale = 0;
        if (!expect_symbol("(") || !integer(precision, 1, most_digits)) return false;
        if (accept_symbol(",") && !integer(scale, 0, precision)) return false;
        if (!expect_symbol(")")) return false;
        if (precision <= most_short_digits) out.type = data_type::decimal64;
        out.precision = static_cast<std::uint8_t>(precision);
        out.scale = static_cast<std::uint8_t>(scale);
        return true;
    }

    bool column(column_definition& out) {
        constexpr std::size_t longest_column_name = 64;
        const token name_token = token_;
        if (!name(out.name)) return false;
        if (out.name.size() > longest_column_name) {
            token_ = name_token;
            return fail("the name of a column has at most 64 bytes");
        }
        return type(out);
    }

    std::optional<statement> any_statement() {
        if (accept("CREATE")) {
            if (accept("DATABASE")) return new_database();
            if (accept("TOPIC")) return new_topic();
            if (is_word("STABLE") || is_word("TABLE")) return new_table();
            return refuse("this server creates databases, stables, tables and topics");
        }
        if (accept("DROP")) {
            if (accept("DATABASE")) return removal<drop_database>();
            if (accept("TOPIC")) return removal<drop_topic>();
            if (is_word("STABLE") || is_word("TABLE")) return table_removal();
            return refuse("this server drops databases, stables, tables and topics");
        }
        if (accept("ALTER")) {
            if (accept("STABLE") || accept("TABLE")) return table_alteration();
            return refuse("this server alters stables and tables");
        }
        if (accept("INSERT")) return rows();
        if (accept("DELETE")) return deletion();
        if (accept("SELECT")) {
            if (accept("SERVER_VERSION") && expect_symbol("(") && expect_symbol(")"))
                return select_server_version{};
            return refuse("this server selects SERVER_VERSION() and nothing else");
        }
        if (accept("SHOW")) {
            if (accept("TOPICS")) return show_topics{};
            if (accept("DATABASES")) return show_databases{};
            return refuse("this server shows TOPICS and DATABASES");
        }
        return refuse(
            "this server knows CREATE, DROP, ALTER, INSERT, DELETE, SELECT SERVER_VERSION() and SHOW");
    }

    std::optional<statement> new_database() {
        create_database out;
        if (!if_not_exists(out.if_not_exists) || !name(out.name)) return std::nullopt;
        while (token_.kind == token_kind::word)
            if (!option(out)) return std::nullopt;
        return out;
    }

    bool option(create_database& out) {
        if (accept("VGROUPS")) {
            constexpr std::int64_t most_vgroups = 1024;
            std::int64_t count = 0;
            if (!integer(count, 1, most_vgroups)) return false;
            out.vgroups = static_cast<std::int32_t>(count);
            return true;
        }
        if (accept("PRECISION")) return precision(out.precision);
        advance();
        do {
            if (token_.kind != token_kind::number && token_.kind != token_kind::text &&
                token_.kind != token_kind::word)
                return fail("a value should stand here");
            const bool number = token_.kind == token_kind::number;
            const std::size_t end = token_.offset + token_.spelling.size();
            advance();
            if (number && token_.kind == token_kind::word && token_.offset == end) advance();  // The unit.
        } while (accept_symbol(","));
        return true;
    }

    bool precision(time_precision& out) {
        constexpr std::string_view units[] = {"ms", "us", "ns"};
        const std::string unit = token_.kind == token_kind::text ? unquoted(token_.spelling) : std::string();
        const auto* const entry = std::find(std::begin(units), std::end(units), unit);
        if (entry == std::end(units)) return fail("a precision is 'ms', 'us' or 'ns'");
        out = static_cast<time_precision>(entry - std::begin(units));
        advance();
        return true;
    }

    std::optional<statement> new_table() {
        const bool super = accept("STABLE");
        if (!super) accept("TABLE");
        create_table out;
        if (!if_not_exists(out.if_not_exists) || !qualified_name(out.table)) return std::nullopt;
        if (!super && is_word("USING"))
            return new_children({std::move(out.table), out.if_not_exists, {}, {}, {}});
        if (!list(most_columns, [&] { return column(out.columns.emplace_back()); })) return std::nullopt;
        if (super && !is_word("TAGS")) return refuse("TAGS should stand here");
        if (accept("TAGS") && !list(most_tags, [&] { return column(out.tags.emplace_back()); }))
            return std::nullopt;
        return out;
    }

    std::optional<statement> new_children(child_table first) {
        create_children out;
        out.tables.push_back(std::move(first));
        while (true) {
            if (!using_clause(out.tables.back())) return std::nullopt;
            if (token_.kind == token_kind::end || is_symbol(";")) return out;
            child_table& next = out.tables.emplace_back();
            if (!if_not_exists(next.if_not_exists) || !qualified_name(next.table)) return std::nullopt;
        }
    }

    /// Reads USING ... TAGS (...).
    bool using_clause(child_table& out) {
        if (!expect("USING") || !qualified_name(out.super)) return false;
        if (is_symbol("(") && !names(out.tag_names)) return false;
        return expect("TAGS") && values(out.tags, most_tags);
    }

    template <class Dropped>
    std::optional<statement> removal() {
        Dropped out;
        if (!if_exists(out.if_exists) || !name(out.name)) return std::nullopt;
        return out;
    }

    std::optional<statement> table_removal() {
        drop_table out;
        out.super = accept("STABLE");
        if (!out.super) accept("TABLE");
        if (!if_exists(out.if_exists) || !qualified_name(out.table)) return std::nullopt;
        return out;
    }

    std::optional<statement> table_alteration() {
        table_name table;
        if (!qualified_name(table)) return std::nullopt;
        if (accept("SET")) return tag_assignments(std::move(table));
        alter_table out;
        out.table = std::move(table);
        if (!alteration(out.change)) return std::nullopt;
        return out;
    }

    std::optional<statement> tag_assignments(table_name table) {
        set_tags out;
        out.table = std::move(table);
        if (!expect("TAG")) return std::nullopt;
        do {
            set_tag& tag = out.tags.emplace_back();
            if (!name(tag.name) || !expect_symbol("=") || !value(tag.value)) return std::nullopt;
        } while (out.tags.size() < most_tags && accept_symbol(","));
        return out;
    }

    bool alteration(field_alteration& out) {
        bool is_tag = false;
        if (accept("ADD"))
            return tag_or_column(is_tag) && (is_tag ? column(out.emplace<alterations::add_tag>().tag)
                                                    : column(out.emplace<alterations::add_column>().column));
        if (accept("DROP"))
            return tag_or_column(is_tag) && (is_tag ? name(out.emplace<alterations::drop_tag>().name)
                                                    : name(out.emplace<alterations::drop_column>().name));
        if (accept("MODIFY"))
            return tag_or_column(is_tag) &&
                   (is_tag ? new_length(out.emplace<alterations::modify_tag_length>())
                           : new_length(out.emplace<alterations::modify_column_length>()));
        return fail("this server can ADD, DROP and MODIFY a COLUMN or TAG, and SET TAG");
    }

    bool tag_or_column(bool& is_tag) {
        is_tag = accept("TAG");
        return is_tag || expect("COLUMN");
    }

    template <class Modify>
    bool new_length(Modify& out) {
        column_definition declared;
        if (!column(declared)) return false;
        out.name = std::move(declared.name);
        out.type = declared.type;
        out.length = declared.length;
        return true;
    }

    std::optional<statement> rows() {
        insert out;
        if (!expect("INTO")) return std::nullopt;
        do {
            if (!target(out.targets.emplace_back())) return std::nullopt;
        } while (token_.kind == token_kind::word || token_.kind == token_kind::quoted);
        return out;
    }

    bool target(insert_target& out) {
        if (!qualified_name(out.table)) return false;
        if (is_word("USING")) {
            out.created = child_table{out.table, true, {}, {}, {}};
            if (!using_clause(*out.created)) return false;
        }
        if (is_symbol("(") && !names(out.columns)) return false;
        if (!expect("VALUES")) return false;
        do {
            if (!values(out.rows.emplace_back())) return false;
            accept_symbol(",");
        } while (is_symbol("("));
        return true;
    }

    std::optional<statement> deletion() {
        delete_rows out;
        if (!expect("FROM") || !qualified_name(out.table)) return std::nullopt;
        if (!accept("WHERE")) return out;
        constexpr std::size_t most_conditions = 64;
        do {
            if (out.conditions.size() == most_conditions) return refuse("more than 64 conditions");
            time_condition& condition = out.conditions.emplace_back();
            if (!name(condition.column)) return std::nullopt;
            condition.comparison = token_.spelling;
            if (!accept_symbol("=") && !accept_symbol("<") && !accept_symbol("<=") && !accept_symbol(">") &&
                !accept_symbol(">="))
                return refuse("one of = < <= > >= should stand here");
            if (!value(condition.value)) return std::nullopt;
        } while (accept("AND"));
        return out;
    }

    std::optional<statement> new_topic() {
        create_topic out;
        if (!if_not_exists(out.if_not_exists) || !name(out.name)) return std::nullopt;
        out.only_meta = accept("ONLY");
        out.with_meta = out.only_meta || accept("WITH");
        if (out.with_meta && !expect("META")) return std::nullopt;
        if (!expect("AS")) return std::nullopt;
        if (accept("STABLE")) {
            out.kind = testing::topic_kind::stable;
            if (!qualified_name(out.source)) return std::nullopt;
            if (is_word("WHERE")) return refuse("this server does no conditions in topics");
            return out;
        }
        if (accept("DATABASE")) {
            out.kind = testing::topic_kind::database;
            return name(out.source.database) ? std::optional<statement>(std::move(out)) : std::nullopt;
        }
        if (!accept("SELECT")) return refuse("SELECT, STABLE or DATABASE should stand here");
        if (out.with_meta) return refuse("a query has no metadata");
        return query(out) ? std::optional<statement>(std::move(out)) : std::nullopt;
    }

    bool query(create_topic& out) {
        do {
            if (out.items.size() == most_columns) return fail("more than 4096 of them");
            create_topic::item& item = out.items.emplace_back();
            item.all = accept_symbol("*");
            const bool is_table_name = !item.all && accept("TBNAME");
            if (is_table_name) item.name = "tbname";
            if (!item.all && !is_table_name &&
                !name(item.name,
                      "a column, tag, tbname or * should stand here; this server does no expressions"))
                return false;
            if (!is_symbol(",") && !is_word("FROM"))
                return fail("this server does no expressions, functions and aliases in topics");
        } while (accept_symbol(","));
        if (!expect("FROM") || !qualified_name(out.source)) return false;
        if (token_.kind == token_kind::end || is_symbol(";")) return true;
        return fail("this server does no conditions, joins and windows in topics");
    }

    std::string_view text_;
    token token_;
    std::optional<error> failure_;
};

}  // namespace

std::variant<statement, error> parse(std::string_view text) { return reader(text).run(); }

}  // namespace tmq::embedded::sql
