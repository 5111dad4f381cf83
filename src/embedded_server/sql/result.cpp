#include "embedded_server/sql/result.hpp"

#include "embedded_server/encode/json_text.hpp"

#include <simdjson.h>

#include <algorithm>
#include <utility>

namespace tmq::embedded::sql {

namespace {

/// An error may quote a statement that is not UTF-8.
void append_text(std::string& out, std::string text) {
    if (!simdjson::validate_utf8(text))
        std::replace_if(
            text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    encode::append_json_string(out, text, false);
}

std::string to_json(const result& from) {
    std::string out = R"({"code":0,"column_meta":[)";
    const char* separator = "";
    for (const result::field& one : from.fields) {
        append_text(out.append(std::exchange(separator, ",")).append("["), one.name);
        append_text(out.append(","), std::string(one.type));
        out.append(",").append(std::to_string(one.bytes)).append("]");
    }
    out += R"(],"data":[)";
    separator = "";
    for (const auto& row : from.rows) {
        out.append(std::exchange(separator, ",")).append("[");
        const char* between = "";
        for (const auto& one : row) {
            out += std::exchange(between, ",");
            if (const auto* number = std::get_if<std::int64_t>(&one))
                out += std::to_string(*number);
            else
                append_text(out, std::get<std::string>(one));
        }
        out += ']';
    }
    return out.append(R"(],"rows":)").append(std::to_string(from.rows.size())).append("}");
}

}  // namespace

result affected_rows(std::int64_t count) { return {{{"affected_rows", "INT", 4}}, {{count}}}; }

std::int64_t row_count(const result& of) {
    if (of.fields.size() == 1 && of.fields.front().name == "affected_rows")
        return std::get<std::int64_t>(of.rows.front().front());
    return static_cast<std::int64_t>(of.rows.size());
}

result text_column(std::string name, std::int32_t bytes, std::vector<std::string> values) {
    result out;
    out.fields.push_back({std::move(name), "VARCHAR", bytes});
    for (std::string& one : values)
        out.rows.emplace_back().emplace_back(std::move(one));
    return out;
}

std::string to_json(const error& from) {
    std::string out = R"({"code":)";
    out.append(std::to_string(from.code)).append(R"(,"desc":)");
    append_text(out, from.text);
    return out.append("}");
}

std::string to_json(const outcome& from) {
    return std::visit([](const auto& one) { return to_json(one); }, from);
}

}  // namespace tmq::embedded::sql
