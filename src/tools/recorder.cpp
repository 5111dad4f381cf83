#include "tools/recorder.hpp"

#include "text/json_string.hpp"
#include "tmq/value.hpp"
#include "tools/hex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace tmq::tools {
namespace {

constexpr std::string_view blot = "***";
/// Shorter ones would blot out half of every sentence, and protect nothing.
constexpr std::size_t shortest_secret = 4;

/// Blots out the value of a member, a string, wherever it stands.
void blot_member(std::string& text, std::string_view key) {
    const std::string start = fmt::format("\"{}\":\"", key);
    for (std::size_t at = text.find(start); at != std::string::npos; at = text.find(start, at)) {
        at += start.size();
        std::size_t end = at;
        while (end < text.size() && text[end] != '"')
            end += text[end] == '\\' ? 2 : 1;
        text.replace(at, std::min(end, text.size()) - at, blot);
    }
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

std::string quoted(const std::string& text) { return to_json(value(std::string_view(text))); }

}  // namespace

recorder::recorder(const std::string& path, const config& settings)
    : file_(std::fopen(path.c_str(), "wb"), &std::fclose) {
    if (!file_) throw std::system_error(errno, std::generic_category(), path);
    for (const std::string& secret : {settings.password(), settings.bearer_token(), settings.cloud_token()})
        if (secret.size() >= shortest_secret) {
            std::string in_json;
            text::append_json_string(in_json, secret);
            secrets_.push_back(in_json.substr(1, in_json.size() - 2));
            secrets_.push_back(secret);
        }
}

void recorder::hear(const traffic& message) {
    write(fmt::format(R"({{"connection":{},"dir":"{}",)", message.connection, message.sent ? ">" : "<"));
    if (message.binary) {
        write(R"("hex":")");
        write_hex(message.bytes);
        write("\"}\n");
    } else {
        write(R"("text":)" + quoted(without_secrets(message)) + "}\n");
    }
}

/// finish() says what became of it.
void recorder::write(std::string_view text) { std::fwrite(text.data(), 1, text.size(), file_.get()); }

/// A message may be large: it is written in slices.
void recorder::write_hex(bytes_view bytes) {
    constexpr std::size_t slice = 32 * 1024;
    std::string digits;
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), slice))) {
        digits.clear();
        append_hex(digits, bytes.first(std::min(bytes.size(), slice)));
        write(digits);
    }
}

std::string recorder::without_secrets(const traffic& message) const {
    std::string text(reinterpret_cast<const char*>(message.bytes.data()), message.bytes.size());
    if (message.sent) {
        for (const std::string_view key : {"password", "td.connect.token"})
            blot_member(text, key);
    } else if (text.find(R"("code":0,)") == std::string::npos) {
        // An error may repeat what it was sent. What is none stays as it is: a database may well have the
        // name of a password.
        for (const std::string& secret : secrets_)
            replace_all(text, secret, blot);
    }
    return text;
}

bool recorder::finish() {
    const bool good = std::ferror(file_.get()) == 0;
    return std::fclose(file_.release()) == 0 && good;
}

}  // namespace tmq::tools
