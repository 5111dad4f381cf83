#include "config/endpoint_list.hpp"

#include <charconv>
#include <string>

namespace tmq::settings {
namespace {

/// Appends the endpoint; returns what is wrong with it.
std::string_view append_endpoint(std::vector<endpoint>& endpoints, std::string_view text) {
    std::string_view name = text;
    std::string_view port_text;
    if (!text.empty() && text.front() == '[') {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return "'[' without ']'";
        name = text.substr(1, close - 1);
        port_text = text.substr(close + 1);
        if (!port_text.empty() && port_text.front() != ':') return "something between ']' and the port";
        if (!port_text.empty()) port_text.remove_prefix(1);
    } else if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
        name = text.substr(0, colon);
        port_text = text.substr(colon + 1);
        if (name.find(':') != std::string_view::npos) return "an IPv6 address must stand in brackets";
    }
    if (name.empty()) return "the host is missing";
    if (port_text.empty()) {
        endpoints.emplace_back(std::string(name));
        return {};
    }
    std::uint16_t port = 0;
    const auto [end, ec] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
    if (ec != std::errc() || end != port_text.data() + port_text.size()) return "the port is not a number from 1 to 65535";
    endpoints.emplace_back(std::string(name), port);
    return {};
}

}  // namespace

endpoint_list parse_endpoints(std::string_view text) {
    endpoint_list list;
    while (list.why.empty()) {
        const std::size_t comma = text.find(',');
        list.why = append_endpoint(list.endpoints, text.substr(0, comma));
        if (comma == std::string_view::npos) break;
        text.remove_prefix(comma + 1);
    }
    return list;
}

}  // namespace tmq::settings
