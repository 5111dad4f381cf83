#include "tmq/config.hpp"

#include "tmq/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace tmq {
namespace {

[[noreturn]] void refuse(std::string_view what, std::string_view why) { throw error(errc::invalid_argument, fmt::format("{} {}", what, why)); }

[[noreturn]] void refuse_url(std::string_view why) { throw error(errc::invalid_url, why); }

template <class T>
std::optional<T> parse_number(std::string_view text) noexcept {
    T value{};
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<unsigned> hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

std::string percent_decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
        const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
        if (!high || !low) refuse_url("'%' without two hexadecimal digits");
        decoded += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    return decoded;
}

/// Cuts `text` at the first `separator` and returns what stood before it; the whole text when there is none.
std::string_view cut(std::string_view& text, char separator) noexcept {
    const std::size_t at = text.find(separator);
    const std::string_view head = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return head;
}

bool has_control_characters(std::string_view text) noexcept {
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
    return false;
}

std::chrono::milliseconds milliseconds_of(std::string_view key, std::string_view text) {
    const auto value = parse_number<std::int64_t>(text);
    if (!value || *value < 0) refuse(key, "must be a number of milliseconds");
    return std::chrono::milliseconds(*value);
}

using property_setter = void (*)(config&, std::string_view);
struct property {
    std::string_view key;
    property_setter set;
};

constexpr std::array properties = {
    property{"td.connect.ip", [](config& c, std::string_view v) { c.host(v); }},
    property{"td.connect.port",
             [](config& c, std::string_view v) {
                 const auto port = parse_number<std::uint16_t>(v);
                 if (!port) refuse("td.connect.port", "must be a port number");
                 c.port(*port);
             }},
    property{"td.connect.user", [](config& c, std::string_view v) { c.credentials(v, c.password()); }},
    property{"td.connect.pass", [](config& c, std::string_view v) { c.credentials(c.user(), v); }},
    property{"group.id", [](config& c, std::string_view v) { c.group_id(v); }},
    property{"client.id", [](config& c, std::string_view v) { c.client_id(v); }},
    property{"auto.offset.reset",
             [](config& c, std::string_view v) {
                 if (v == "earliest")
                     c.start_at(offset_reset::earliest);
                 else if (v == "latest")
                     c.start_at(offset_reset::latest);
                 else if (v == "none")
                     c.start_at(offset_reset::none);
                 else
                     refuse("auto.offset.reset", "must be earliest, latest or none");
             }},
    property{"session.timeout.ms", [](config& c, std::string_view v) { c.session_timeout(milliseconds_of("session.timeout.ms", v)); }},
    property{"max.poll.interval.ms", [](config& c, std::string_view v) { c.max_poll_interval(milliseconds_of("max.poll.interval.ms", v)); }},
};

bool is_known(std::string_view key) noexcept {
    return std::any_of(properties.begin(), properties.end(), [key](const property& known) { return known.key == key; });
}

}  // namespace

config& config::url(std::string_view url) {
    // A refused address changes nothing, and `url` may be a part of this object.
    config changed(*this);
    changed.endpoints_ = {endpoint("localhost")};
    changed.path_ = "/rest/tmq";
    constexpr std::string_view scheme = "ws://";
    if (url.substr(0, scheme.size()) != scheme) refuse_url("the scheme must be ws://");
    std::string_view rest = url.substr(scheme.size());
    std::string_view query = rest;
    rest = cut(query, '?');
    const std::size_t slash = rest.find('/');
    std::string_view authority = rest.substr(0, slash);
    const std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);

    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        std::string_view password = authority.substr(0, at);
        const std::string_view user = cut(password, ':');
        changed.credentials(percent_decode(user), percent_decode(password));
        authority.remove_prefix(at + 1);
    }
    std::string_view name = authority;
    std::string_view port_text;
    if (!authority.empty() && authority.front() == '[') {
        const std::size_t close = authority.find(']');
        if (close == std::string_view::npos) refuse_url("'[' without ']'");
        name = authority.substr(1, close - 1);
        port_text = authority.substr(close + 1);
        if (!port_text.empty() && port_text.front() != ':') refuse_url("something between ']' and the port");
        if (!port_text.empty()) port_text.remove_prefix(1);
    } else if (const std::size_t colon = authority.rfind(':'); colon != std::string_view::npos) {
        name = authority.substr(0, colon);
        port_text = authority.substr(colon + 1);
        if (name.find(':') != std::string_view::npos) refuse_url("an IPv6 address must stand in brackets");
    }
    if (name.empty()) refuse_url("the host is missing");
    changed.host(percent_decode(name));
    if (!port_text.empty()) {
        const auto number = parse_number<std::uint16_t>(port_text);
        if (!number) refuse_url("the port is not a number from 1 to 65535");
        changed.port(*number);
    }
    if (path.find('@') != std::string_view::npos) refuse_url("an '@' behind a '/'; in a password '/' is written %2F");
    if (authority.find('#') != std::string_view::npos || path.find('#') != std::string_view::npos)
        refuse_url("a '#'; in a password it is written %23");
    if (path.size() > 1) {
        if (has_control_characters(path) || path.find(' ') != std::string_view::npos) refuse_url("the path has characters that must be escaped");
        changed.path_ = path;
    }
    for (int number = 1; !query.empty(); ++number) {
        std::string_view value = cut(query, '&');
        const std::string key = percent_decode(cut(value, '='));
        if (key.empty()) continue;
        // Not shown by name: it may be a piece of a password that was not escaped.
        if (!is_known(key)) refuse(fmt::format("key {} of the query", number), "is not known");
        changed.set(key, percent_decode(value));
    }
    *this = std::move(changed);
    return *this;
}

config& config::set(std::string_view key, std::string_view value) {
    for (const property& known : properties) {
        if (known.key != key) continue;
        known.set(*this, value);
        return *this;
    }
    refuse(fmt::format("property '{}'", key), "is not known");
}

void config::apply(const property_list& properties) {
    for (const auto& [key, value] : properties) set(key, value);
}

void config::validate() const {
    if (group_id_.empty()) refuse("group.id", "is not set");
}

}  // namespace tmq
