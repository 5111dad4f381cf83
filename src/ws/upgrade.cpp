#include "ws/upgrade.hpp"

#include "text/printable.hpp"
#include "ws/deflate_answer.hpp"

#include <boost/beast/core/detail/base64.hpp>
#include <boost/beast/core/detail/sha1.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace tmq::ws {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using answer_parser = http::response_parser<http::empty_body>;

constexpr std::size_t max_text = 512;
constexpr std::size_t max_reason = 64;

/// Without context takeover each message is inflated independently and at once, and no window is kept between
/// messages. The largest window costs nothing then, so its size is left to the server.
constexpr const char* deflate_offer =
    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
    "client_no_context_takeover\r\n";

std::string base64(std::span<const std::uint8_t> bytes) {
    std::string text(beast::detail::base64::encoded_size(bytes.size()), '\0');
    text.resize(beast::detail::base64::encode(text.data(), bytes.data(), bytes.size()));
    return text;
}

upgrade_result refused(defect_code code, unsigned status, std::string text) {
    upgrade_result result;
    result.code = code;
    result.status = status;
    result.text = std::move(text);
    return result;
}

upgrade_result malformed(unsigned status, std::string_view text) {
    return refused(defect_code::upgrade_malformed, status, std::string(text));
}

/// True if `text` can still become an HTTP/1 answer. The check does not wait for a whole line, because a peer
/// of another protocol may never send one.
bool starts_like_http(std::string_view text) noexcept {
    constexpr std::string_view start = "HTTP/1.";
    const std::size_t size = std::min(text.size(), start.size());
    return text.substr(0, size) == start.substr(0, size);
}

/// Returns the length of the head with its empty line, 0 if it is not complete, or npos if a line does not
/// end in CR LF.
std::size_t head_size(std::string_view text) noexcept {
    std::size_t line = 0;
    for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', line)) {
        if (end == line || text[end - 1] != '\r') return std::string_view::npos;
        if (end == line + 1) return end + 1;
        line = end + 1;
    }
    return 0;
}

/// True if there is just one field of this name, and it has this value.
bool has_single_value(const http::fields& fields, http::field name, std::string_view value,
                      bool ignores_case) {
    if (fields.count(name) != 1) return false;
    const beast::string_view field_value = fields[name];
    return ignores_case ? beast::iequals(field_value, {value.data(), value.size()})
                        : std::string_view(field_value.data(), field_value.size()) == value;
}

bool lists_token(const http::fields& fields, http::field name, beast::string_view token) {
    const auto range = fields.equal_range(name);
    return std::any_of(range.first, range.second,
                       [&](const auto& field) { return http::token_list(field.value()).exists(token); });
}

bool is_used(const http::fields& fields, http::field name) {
    const auto range = fields.equal_range(name);
    return std::any_of(range.first, range.second, [](const auto& field) { return !field.value().empty(); });
}

/// Returns the objection to the extensions of a 101, or an empty text. Sets `compression` if there is an
/// extension.
std::string_view extension_objection(const http::fields& fields, bool compression_offered,
                                     bool& compression) {
    const auto range = fields.equal_range(http::field::sec_websocket_extensions);
    for (auto field = range.first; field != range.second; ++field) {
        const beast::string_view value = field->value();
        if (value.empty()) continue;
        if (!compression_offered) return "an extension that was not asked for";
        if (compression) return "more than one extension";
        compression = true;
        const std::string_view objection = deflate_objection({value.data(), value.size()});
        if (!objection.empty()) return objection;
    }
    return {};
}

/// Returns the objection to the fields of a 101 other than its extensions, or an empty text.
std::string_view field_objection(const http::response<http::empty_body>& answer, std::string_view key) {
    if (answer.version() != 11) return "switches protocols in HTTP/1.0";
    if (!has_single_value(answer, http::field::upgrade, "websocket", true)) return "no 'Upgrade: websocket'";
    if (!lists_token(answer, http::field::connection, "upgrade")) return "no 'Connection: Upgrade'";
    if (!has_single_value(answer, http::field::sec_websocket_accept, accept_value(key), false))
        return "Sec-WebSocket-Accept does not match the key";
    if (is_used(answer, http::field::sec_websocket_protocol)) return "a subprotocol that was not asked for";
    return {};
}

/// `body` is the received part of the answer's body.
upgrade_result refused_by_server(const http::response<http::empty_body>& answer, std::string_view body) {
    const unsigned status = answer.result_int();
    const beast::string_view reason = answer.reason();
    std::string description =
        fmt::format("HTTP {} {}", status, text::printable({reason.data(), reason.size()}, max_reason));
    const std::string printable_body = text::printable(body, max_text - description.size() - 2);
    if (!printable_body.empty()) description.append(": ").append(printable_body);
    return refused(defect_code::upgrade_refused, status, std::move(description));
}

/// Checks an answer whose head is complete and `size` bytes long.
upgrade_result check_head(std::string_view text, std::size_t size, std::string_view key,
                          bool compression_offered) {
    answer_parser parser;
    parser.header_limit(static_cast<std::uint32_t>(max_upgrade_head));
    // The body is not read, so its announced size is no reason to fail.
    parser.body_limit(boost::none);
    boost::system::error_code error;
    parser.put(beast::net::const_buffer(text.data(), size), error);
    if (error || !parser.is_header_done())
        return malformed(0, error ? text::printable(error.message(), max_text) : "not HTTP");

    const http::response<http::empty_body>& answer = parser.get();
    const unsigned status = answer.result_int();
    if (status != 101) return refused_by_server(answer, text.substr(size));
    std::string_view objection = field_objection(answer, key);
    if (!objection.empty()) return malformed(status, objection);
    upgrade_result accepted;
    objection = extension_objection(answer, compression_offered, accepted.compression);
    if (!objection.empty()) return malformed(status, objection);
    accepted.status = status;
    accepted.consumed = size;
    return accepted;
}

bool is_target_character(unsigned char c) noexcept { return c > 0x20 && c < 0x7F; }

std::string encoded_target(std::string_view target) {
    std::string path;
    if (!target.starts_with('/')) path += '/';
    for (const char c : target) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_target_character(byte)) {
            path += c;
        } else {
            fmt::format_to(std::back_inserter(path), "%{:02X}", byte);
        }
    }
    return path;
}

}  // namespace

std::string make_key(std::span<const std::uint8_t, 16> random) { return base64(random); }

std::string accept_value(std::string_view key) {
    const std::string text = fmt::format("{}258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    // OpenSSL's SHA-1 would load megabytes of providers and error texts into programs without TLS: this is
    // the one that Beast's own WebSocket uses.
    beast::detail::sha1_context context;
    beast::detail::init(context);
    beast::detail::update(context, text.data(), text.size());
    std::array<std::uint8_t, beast::detail::sha1_context::digest_size> digest{};
    beast::detail::finish(context, digest.data());
    return base64(digest);
}

std::string upgrade_request(std::string_view host, std::uint16_t port, std::string_view target,
                            std::string_view key, bool offer_compression) {
    // A zone ("%eth0") has a meaning on this machine only, so it is not sent.
    const bool is_ipv6 = host.find(':') != std::string_view::npos;
    const std::string authority = is_ipv6 ? fmt::format("[{}]:{}", host.substr(0, host.find('%')), port)
                                          : fmt::format("{}:{}", host, port);
    return fmt::format(
        "GET {} HTTP/1.1\r\n"
        "Host: {}\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        "Sec-WebSocket-Key: {}\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        "{}"
        "User-Agent: tmq\r\n"
        "\r\n",
        encoded_target(target), authority, key, offer_compression ? deflate_offer : "");
}

upgrade_result check_upgrade(std::span<const std::uint8_t> received, std::string_view key,
                             bool compression_offered) {
    const std::string_view text(reinterpret_cast<const char*>(received.data()), received.size());
    if (!starts_like_http(text)) return malformed(0, "not HTTP");
    const std::size_t size = head_size(text.substr(0, max_upgrade_head));
    if (size == std::string_view::npos) return malformed(0, "not HTTP");
    if (size == 0) {
        if (text.size() >= max_upgrade_head)
            return refused(defect_code::upgrade_too_large, 0, "the head of the answer exceeds 8 KiB");
        upgrade_result undecided;
        undecided.need_more = true;
        return undecided;
    }
    return check_head(text, size, key, compression_offered);
}

}  // namespace tmq::ws
