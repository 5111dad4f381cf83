#include "embedded_server/net/rest_api.hpp"

#include "embedded_server/encode/json_text.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>

namespace tmq::embedded::net {

namespace {

constexpr std::uint32_t adapter_error = 65535;
const sql::error authentication_failure{0x0357, "Authentication failure"};

std::optional<std::string> from_base64(std::string_view text) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    while (text.ends_with('='))
        text.remove_suffix(1);
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const std::size_t digit = digits.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out += static_cast<char>(bits >> count & 0xff);
    }
    return out;
}

std::optional<std::string> from_percent(std::string_view text) {
    const auto digit = [](char c) {
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                      : -1;
    };
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

}  // namespace

http_answer answer_rest(const http_request& request, std::string_view user, std::string_view password,
                        const sql_function& execute) {
    constexpr std::string_view path = "/rest/sql";
    const std::string_view target = std::string_view(request.target).substr(0, request.target.find('?'));
    if (request.method != "POST" || !target.starts_with(path) ||
        (target.size() > path.size() && target[path.size()] != '/'))
        return {404, {}};
    const auto database = from_percent(target.substr(std::min(target.size(), path.size() + 1)));
    if (!database || database->find('/') != std::string::npos) return {404, {}};
    constexpr std::string_view scheme = "Basic ";
    if (request.authorization.empty())
        return {401, sql::to_json(sql::error{adapter_error, "auth header not found"})};
    if (!request.authorization.starts_with(scheme))
        return {401, sql::to_json(sql::error{adapter_error, "unknown auth type"})};
    const auto credentials = from_base64(std::string_view(request.authorization).substr(scheme.size()));
    if (!credentials || *credentials != std::string(user).append(":").append(password))
        return {401, sql::to_json(authentication_failure)};
    if (request.body.empty()) return {200, sql::to_json(sql::error{adapter_error, "no sql"})};
    return {200, sql::to_json(execute(request.body, *database))};
}

std::string answer_query_socket(std::string_view request, std::string_view user, std::string_view password,
                                std::string_view version) {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    std::string_view action;
    if (parser.parse(request.data(), request.size()).get(root) != simdjson::SUCCESS ||
        root["action"].get(action) != simdjson::SUCCESS)
        return {};
    const auto argument = [&root](const char* name) {
        std::string_view value;
        return root["args"][name].get(value) == simdjson::SUCCESS ? value : std::string_view();
    };
    std::uint64_t req_id = 0;
    if (root["args"]["req_id"].get(req_id) != simdjson::SUCCESS) req_id = 0;
    std::uint32_t code = 0;
    std::string text;
    if (action == "conn") {
        if (argument("user") != user || argument("password") != password) {
            code = authentication_failure.code;
            text = authentication_failure.text;
        }
    } else if (action != "version") {
        code = adapter_error;
        text = fmt::format("this server answers conn and version here, not {}", action);
    }
    std::string out = fmt::format(R"({{"code":{},"message":)", code);
    encode::append_json_string(out, text, false);
    encode::append_json_string(out += R"(,"action":)", action, false);
    fmt::format_to(std::back_inserter(out), R"(,"req_id":{},"timing":0)", req_id);
    if (code == 0) encode::append_json_string(out += R"(,"version":)", version, false);
    return out += '}';
}

}  // namespace tmq::embedded::net
