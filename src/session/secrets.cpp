#include "session/secrets.hpp"

#include <string_view>

namespace tmq {
namespace {

/// Shorter ones would blot out half of every sentence, and protect nothing.
constexpr std::size_t shortest_secret = 4;

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool unreserved =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-._~").find(c) != std::string_view::npos;
        if (unreserved) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return out;
}

void hide(std::string& text, std::string_view secret) {
    if (secret.size() < shortest_secret) return;
    constexpr std::string_view blot = "***";
    for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += blot.size()) text.replace(at, secret.size(), blot);
}

}  // namespace

void hide_secrets(std::string& text, const config& settings) {
    hide(text, settings.password());
    hide(text, settings.bearer_token());
    hide(text, settings.cloud_token());
    hide(text, percent_encoded(settings.cloud_token()));
}

std::string upgrade_target(const config& settings) {
    if (settings.cloud_token().empty()) return settings.path();
    const char separator = settings.path().find('?') == std::string::npos ? '?' : '&';
    return settings.path() + separator + "token=" + percent_encoded(settings.cloud_token());
}

}  // namespace tmq
