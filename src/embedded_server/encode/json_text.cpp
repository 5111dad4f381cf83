#include "embedded_server/encode/json_text.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <iterator>

namespace tmq::embedded::encode {

void append_json_string(std::string& out, std::string_view text, bool escape_html) {
    out += '"';
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        switch (c) {
            case '"': out += "\\\""; continue;
            case '\\': out += "\\\\"; continue;
            case '\n': out += "\\n"; continue;
            case '\r': out += "\\r"; continue;
            case '\t': out += "\\t"; continue;
            default: break;
        }
        const bool html = escape_html && (c == '<' || c == '>' || c == '&');
        if (html || static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else if (text.substr(i, 3) == "\u2028" || text.substr(i, 3) == "\u2029") {
            out += text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
            i += 2;
        } else {
            out += c;
        }
    }
    out += '"';
}

std::optional<std::string> compact_json(std::string_view text) {
    simdjson::dom::parser parser;
    if (parser.parse(text.data(), text.size()).error() != simdjson::SUCCESS) return std::nullopt;
    std::string out(text.size() + simdjson::SIMDJSON_PADDING, '\0');
    std::size_t size = 0;
    if (simdjson::minify(text.data(), text.size(), out.data(), size) != simdjson::SUCCESS)
        return std::nullopt;
    out.resize(size);
    return out;
}

}  // namespace tmq::embedded::encode
