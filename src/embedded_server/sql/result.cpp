#include "embedded_server/sql/result.hpp"

#include "embedded_server/encode/json_text.hpp"

#include <simdjson.h>

#include <algorithm>
#include <utility>

namespace tmq::embedded::sql {

namespace {

/// Appends `text` as a JSON string. An error may quote a statement that is not UTF-8, so every byte above
/// ASCII becomes '?' then.
void append_text(std::string& out, std::string text) {
    if (!simdjson::validate_utf8(text))
        std::replace_if(
            text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    encode::append_json_string(out, text, false);
}

std::string to_json(const result& table) {
    std::string out = R"({"code":0,"column_meta":[)";
    const char* separator = "";
    for (const result::field& field : table.fields) {
        append_text(out.append(std::exchange(separator, ",")).append("["), field.name);
        append_text(out.append(","), std::string(field.type));
        out.append(",").append(std::to_string(field.bytes)).append("]");
    }
    out += R"(],"data":[)";
    separator = "";
    for (const auto& row : table.rows) {
        out.append(std::exchange(separator, ",")).append("[");
        const char* between = "";
        for (const auto& cell : row) {
            out += std::exchange(between, ",");
            if (const auto* number = std::get_if<std::int64_t>(&cell))
                out += std::to_string(*number);
            else
                append_text(out, std::get<std::string>(cell));
        }
        out += ']';
    }
    return out.append(R"(],"rows":)").append(std::to_string(table.rows.size())).append("}");
}

}  // namespace

result affected_rows(std::int64_t count) { return {{{"affected_rows", "INT", 4}}, {{count}}}; }

std::int64_t row_count(const result& table) {
    if (table.fields.size() == 1 && table.fields.front().name == "affected_rows")
        return std::get<std::int64_t>(table.rows.front().front());
    return static_cast<std::int64_t>(table.rows.size());
}

result text_column(std::string name, std::int32_t bytes, std::vector<std::string> values) {
    result out;
    out.fields.push_back({std::move(name), "VARCHAR", bytes});
    for (std::string& text : values)
        out.rows.emplace_back().emplace_back(std::move(text));
    return out;
}

std::string to_json(const error& refusal) {
    std::string out = R"({"code":)";
    out.append(std::to_string(refusal.code)).append(R"(,"desc":)");
    append_text(out, refusal.text);
    return out.append("}");
}

std::string to_json(const outcome& reply) {
    return std::visit([](const auto& alternative) { return to_json(alternative); }, reply);
}

}  // namespace tmq::embedded::sql
