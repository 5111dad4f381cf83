#include "config/endpoint_list.hpp"
#include "text/hex.hpp"
#include "tmq/config.hpp"
#include "tmq/error.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq {
namespace {

[[noreturn]] void refuse_url(std::string_view problem) { throw error(errc::invalid_url, problem); }

struct scheme {
    std::string_view text;
    bool tls;
    bool path_is_database;  ///< as in the URLs of the other connectors
};
constexpr scheme schemes[] = {
    {"ws://", false, false},     {"wss://", true, false},       {"taos+ws://", false, true},
    {"taos+wss://", true, true}, {"tmq+ws://", false, true},    {"tmq+wss://", true, true},
    {"taosws://", false, true},  {"taosws+ws://", false, true}, {"taosws+wss://", true, true},
};

const scheme& find_scheme(std::string_view url) {
    for (const scheme& known : schemes)
        if (url.starts_with(known.text)) return known;
    refuse_url("the scheme must be ws:// or wss://");
}

std::string percent_decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const auto high = i + 2 < text.size() ? text::hex_digit(text[i + 1]) : std::nullopt;
        const auto low = i + 2 < text.size() ? text::hex_digit(text[i + 2]) : std::nullopt;
        if (!high || !low) refuse_url("'%' without two hexadecimal digits");
        decoded += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    return decoded;
}

/// Removes the text before the first `separator`, and the separator, from the front of `text`. Returns the
/// text before it, or the whole text if there is no separator.
std::string_view cut(std::string_view& text, char separator) noexcept {
    const std::size_t size = text.find(separator);
    const std::string_view head = text.substr(0, size);
    text.remove_prefix(size == std::string_view::npos ? text.size() : size + 1);
    return head;
}

bool needs_escape(std::string_view text) noexcept {
    for (const char c : text)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) return true;
    return false;
}

std::vector<endpoint> endpoints_of(std::string_view authority) {
    const settings::endpoint_list list = settings::parse_endpoints(authority);
    if (!list.problem.empty()) refuse_url(list.problem);
    std::vector<endpoint> endpoints;
    for (const endpoint& address : list.endpoints)
        endpoints.emplace_back(percent_decode(address.host()), address.port());
    return endpoints;
}

/// Removes "user:password@" from the front of `authority`, and sets it.
void take_login(config& settings, std::string_view& authority) {
    const std::size_t size = authority.rfind('@');
    if (size == std::string_view::npos) return;
    std::string_view password = authority.substr(0, size);
    const std::string_view user = cut(password, ':');
    settings.credentials(percent_decode(user), percent_decode(password));
    authority.remove_prefix(size + 1);
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> properties;
    while (!query.empty()) {
        std::string_view value = cut(query, '&');
        std::string key = percent_decode(cut(value, '='));
        if (!key.empty()) properties.emplace_back(std::move(key), percent_decode(value));
    }
    return properties;
}

}  // namespace

config& config::url(std::string_view url) {
    // A refused address must change nothing, and `url` may be a view of a member.
    config changed(*this);
    const scheme& known = find_scheme(url);
    changed.tls_ = known.tls;
    changed.path_ = "/rest/tmq";
    std::string_view rest = url.substr(known.text.size());
    std::string_view query = rest;
    rest = cut(query, '?');
    const std::size_t slash = rest.find('/');
    std::string_view authority = rest.substr(0, slash);
    const std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);

    take_login(changed, authority);
    changed.endpoints(endpoints_of(authority));
    if (path.find('@') != std::string_view::npos)
        refuse_url("an '@' after a '/'; in a password '/' is written %2F");
    if (authority.find('#') != std::string_view::npos || path.find('#') != std::string_view::npos)
        refuse_url("a '#'; in a password it is written %23");
    if (path.size() > 1) {
        if (needs_escape(path)) refuse_url("the path has characters that must be escaped");
        if (known.path_is_database)
            changed.database(percent_decode(path.substr(1)));
        else
            changed.path_ = path;
    }
    changed.apply(parse_query(query), source::query);
    *this = std::move(changed);
    return *this;
}

}  // namespace tmq
