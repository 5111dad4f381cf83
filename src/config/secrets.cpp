#include "config/secrets.hpp"

#include "text/json_string.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::settings {
namespace {

constexpr std::string_view mask = "***";
/// Shorter secrets are left: they would hide half of every sentence, and protect nothing.
constexpr std::size_t shortest_secret = 4;
/// The server may cut its text inside a secret. A tail is hidden only if at least this many bytes of a secret
/// match.
constexpr std::size_t shortest_beginning = 8;

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                std::string_view("-._~").find(c) != std::string_view::npos;
        if (unreserved) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return out;
}

/// Returns the text in the form that it has in a request, without the quotes.
std::string json_escaped(std::string_view text) {
    std::string quoted;
    text::append_json_string(quoted, text);
    return quoted.substr(1, quoted.size() - 2);
}

/// Returns the secrets in every form in which they are sent, the longest first, since one may begin with
/// another.
std::vector<std::string> secrets_of(const config& settings) {
    std::vector<std::string> forms;
    for (const std::string& secret : {settings.password(), settings.bearer_token(), settings.cloud_token(),
                                      settings.tls_settings().private_key_password()}) {
        if (secret.size() < shortest_secret) continue;
        forms.push_back(secret);
        forms.push_back(percent_encoded(secret));
        forms.push_back(json_escaped(secret));
    }
    std::sort(forms.begin(), forms.end(),
              [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
    return forms;
}

void hide(std::string& text, const std::vector<std::string>& secrets) {
    std::string out;
    for (std::string_view rest = text; !rest.empty();) {
        const auto found = std::find_if(secrets.begin(), secrets.end(), [rest](const std::string& secret) {
            return rest.starts_with(secret) ||
                   (rest.size() >= shortest_beginning && secret.starts_with(rest));
        });
        if (found == secrets.end()) {
            out += rest.front();
            rest.remove_prefix(1);
        } else {
            out += mask;
            rest.remove_prefix(std::min(found->size(), rest.size()));
        }
    }
    text = std::move(out);
}

/// Replaces the value of each member `key` whose value is a string.
void mask_member(std::string& text, std::string_view key) {
    const std::string start = "\"" + std::string(key) + "\":\"";
    for (std::size_t position = text.find(start); position != std::string::npos;
         position = text.find(start, position)) {
        position += start.size();
        std::size_t end = position;
        while (end < text.size() && text[end] != '"')
            end += text[end] == '\\' ? 2 : 1;
        text.replace(position, std::min(end, text.size()) - position, mask);
    }
}

}  // namespace

void hide_secrets(std::string& text, const config& settings) { hide(text, secrets_of(settings)); }

redactor::redactor(const config& settings) : secrets_(secrets_of(settings)) {}

void redactor::redact_request(std::string& text) const {
    for (const std::string_view key : {"password", "td.connect.token"})
        mask_member(text, key);
}

void redactor::redact_reply(std::string& text) const {
    if (text.find(R"("code":0,)") == std::string::npos) hide(text, secrets_);
}

std::string upgrade_target(const config& settings) {
    if (settings.cloud_token().empty()) return settings.path();
    const char separator = settings.path().find('?') == std::string::npos ? '?' : '&';
    return settings.path() + separator + "token=" + percent_encoded(settings.cloud_token());
}

}  // namespace tmq::settings
