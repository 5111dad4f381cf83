#include "text/json_value.hpp"

#include "text/hex.hpp"
#include "text/json.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace tmq::text {
namespace {

// These functions expect text that is known to be JSON.

constexpr std::string_view blanks = " \t\r\n";

/// Returns the length of the string at the front, quotes included.
std::size_t string_length(std::string_view text) noexcept {
    std::size_t end = 1;
    while (text[end] != '"')
        end += text[end] == '\\' ? 2 : 1;
    return end + 1;
}

/// Returns the length of the value at the front.
std::size_t value_length(std::string_view text) noexcept {
    std::size_t depth = 0;
    std::size_t end = 0;
    do {
        switch (text[end]) {
            case '"': end += string_length(text.substr(end)); break;
            case '{':
            case '[':
                ++depth;
                ++end;
                break;
            case '}':
            case ']':
                --depth;
                ++end;
                break;
            default:
                if (depth == 0) return std::min(text.find_first_of(" \t\r\n,:]}", end), text.size());
                ++end;
        }
    } while (depth != 0);
    return end;
}

std::uint32_t code_unit(std::string_view digits) noexcept {
    std::uint32_t unit = 0;
    for (const char digit : digits.substr(0, 4))
        unit = unit << 4 | hex_digit(digit).value_or(0);
    return unit;
}

void append_utf8(std::string& out, std::uint32_t code) {
    const auto byte = [&out](std::uint32_t bits) { out += static_cast<char>(bits); };
    if (code < 0x80) return byte(code);
    if (code < 0x800) {
        byte(0xC0 | code >> 6);
    } else {
        if (code < 0x10000) {
            byte(0xE0 | code >> 12);
        } else {
            byte(0xF0 | code >> 18);
            byte(0x80 | (code >> 12 & 0x3F));
        }
        byte(0x80 | (code >> 6 & 0x3F));
    }
    byte(0x80 | (code & 0x3F));
}

/// Removes the digits of a "\u" escape from the front, and the next escape if both are the halves of one
/// character. Returns the code point.
std::uint32_t take_code(std::string_view& rest) noexcept {
    const std::uint32_t unit = code_unit(rest);
    rest.remove_prefix(4);
    if (unit < 0xD800 || unit > 0xDFFF) return unit;
    const std::uint32_t low = rest.starts_with("\\u") ? code_unit(rest.substr(2)) : 0;
    if (unit > 0xDBFF || low < 0xDC00 || low > 0xDFFF) return 0xFFFD;
    rest.remove_prefix(6);
    return 0x10000 + ((unit - 0xD800) << 10 | (low - 0xDC00));
}

char unescaped(char c) noexcept {
    switch (c) {
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        default: return c;
    }
}

/// Returns the content of a quoted string, with its escapes resolved.
std::string unescaped_content(std::string_view quoted) {
    std::string_view rest = quoted.substr(1, quoted.size() - 2);
    std::string out;
    out.reserve(rest.size());
    for (;;) {
        const std::size_t plain = std::min(rest.find('\\'), rest.size());
        out += rest.substr(0, plain);
        if (plain == rest.size()) return out;
        const char escape = rest[plain + 1];
        rest.remove_prefix(plain + 2);
        if (escape == 'u')
            append_utf8(out, take_code(rest));
        else
            out += unescaped(escape);
    }
}

template <class T>
std::optional<T> parse_number(std::string_view text) noexcept {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

void skip_blanks(std::string_view& text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
}

}  // namespace

std::optional<json_value> json_value::parse(std::string_view text) noexcept {
    if (!is_json(text)) return std::nullopt;
    skip_blanks(text);
    return json_value(text.substr(0, text.find_last_not_of(blanks) + 1));
}

std::optional<std::string> json_value::string() const {
    if (text_.front() != '"') return std::nullopt;
    return unescaped_content(text_);
}

std::optional<bool> json_value::boolean() const noexcept {
    if (text_ == "true") return true;
    if (text_ == "false") return false;
    return std::nullopt;
}

std::optional<std::int64_t> json_value::integer() const noexcept { return parse_number<std::int64_t>(text_); }
std::optional<double> json_value::number() const noexcept { return parse_number<double>(text_); }

std::optional<json_value> json_value::member(std::string_view name) const {
    if (!is_object()) return std::nullopt;
    std::string_view rest = text_.substr(1);
    for (;;) {
        const std::string_view key = take_value(rest);
        if (key.empty()) return std::nullopt;
        const std::string_view value = take_value(rest);
        const bool is_plain = key.find('\\') == std::string_view::npos;
        if (is_plain ? key.substr(1, key.size() - 2) == name : unescaped_content(key) == name)
            return json_value(value);
    }
}

std::string json_value::compact() const {
    std::string out;
    for (std::string_view rest = text_; !rest.empty(); skip_blanks(rest)) {
        const std::size_t size = rest.front() == '"' ? string_length(rest) : 1;
        out += rest.substr(0, size);
        rest.remove_prefix(size);
    }
    return out;
}

std::string_view json_value::take_value(std::string_view& rest) noexcept {
    rest.remove_prefix(rest.find_first_not_of(" \t\r\n,:"));
    if (rest.front() == ']' || rest.front() == '}') return {};
    const std::string_view value = rest.substr(0, value_length(rest));
    rest.remove_prefix(value.size());
    return value;
}

}  // namespace tmq::text
