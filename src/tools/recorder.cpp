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

constexpr std::string_view mask = "***";
/// Shorter secrets are left: they would hide half of every sentence, and protect nothing.
constexpr std::size_t shortest_secret = 4;

/// Replaces the value of each member `key` whose value is a string.
void mask_member(std::string& text, std::string_view key) {
    const std::string start = fmt::format("\"{}\":\"", key);
    for (std::size_t position = text.find(start); position != std::string::npos;
         position = text.find(start, position)) {
        position += start.size();
        std::size_t end = position;
        while (end < text.size() && text[end] != '"')
            end += text[end] == '\\' ? 2 : 1;
        text.replace(position, std::min(end, text.size()) - position, mask);
    }
}

void mask_all(std::string& text, std::string_view secret) {
    for (std::size_t position = text.find(secret); position != std::string::npos;
         position = text.find(secret, position + mask.size()))
        text.replace(position, secret.size(), mask);
}

std::string quoted(const std::string& text) { return to_json(value_view(std::string_view(text))); }

}  // namespace

recorder::recorder(const std::string& path, const config& settings)
    : file_(std::fopen(path.c_str(), "wb"), &std::fclose) {
    if (!file_) throw std::system_error(errno, std::generic_category(), path);
    for (const std::string& secret : {settings.password(), settings.bearer_token(), settings.cloud_token()})
        if (secret.size() >= shortest_secret) {
            std::string json;
            text::append_json_string(json, secret);
            secrets_.push_back(json.substr(1, json.size() - 2));
            secrets_.push_back(secret);
        }
}

void recorder::write(const traffic& message) {
    write_text(fmt::format(R"({{"connection":{},"dir":"{}",)", message.connection, message.sent ? ">" : "<"));
    if (message.binary) {
        write_text(R"("hex":")");
        write_hex(message.bytes);
        write_text("\"}\n");
    } else {
        write_text(R"("text":)" + quoted(without_secrets(message)) + "}\n");
    }
}

/// Ignores failures: close() reports them.
void recorder::write_text(std::string_view text) { std::fwrite(text.data(), 1, text.size(), file_.get()); }

/// Writes in slices, since a message may be large.
void recorder::write_hex(bytes_view bytes) {
    constexpr std::size_t slice = 32 * 1024;
    std::string digits;
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), slice))) {
        digits.clear();
        append_hex(digits, bytes.first(std::min(bytes.size(), slice)));
        write_text(digits);
    }
}

std::string recorder::without_secrets(const traffic& message) const {
    std::string text(reinterpret_cast<const char*>(message.bytes.data()), message.bytes.size());
    if (message.sent) {
        for (const std::string_view key : {"password", "td.connect.token"})
            mask_member(text, key);
    } else if (text.find(R"("code":0,)") == std::string::npos) {
        // A reply with an error may repeat what it was sent. Other replies are left: a database may well have
        // the name of a password.
        for (const std::string& secret : secrets_)
            mask_all(text, secret);
    }
    return text;
}

bool recorder::close() {
    const bool is_written = std::ferror(file_.get()) == 0;
    return std::fclose(file_.release()) == 0 && is_written;
}

}  // namespace tmq::tools
