#include "config/endpoint_list.hpp"

#include "text/printable.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace tmq::settings {
namespace {

constexpr std::size_t max_host_size = 255;

struct parsed_address {
    std::string_view host;
    std::uint16_t port = 6041;
    std::string_view problem;  ///< see endpoint_list
};

parsed_address refused(std::string_view problem) noexcept { return {{}, 0, problem}; }

parsed_address split(std::string_view text) noexcept {
    parsed_address address;
    address.host = text;
    std::string_view port_text;
    if (!text.empty() && text.front() == '[') {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return refused("'[' without ']'");
        address.host = text.substr(1, close - 1);
        port_text = text.substr(close + 1);
        if (!port_text.empty() && port_text.front() != ':')
            return refused("unexpected text between ']' and the port");
        if (!port_text.empty()) port_text.remove_prefix(1);
    } else if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
        address.host = text.substr(0, colon);
        port_text = text.substr(colon + 1);
        if (address.host.find(':') != std::string_view::npos)
            return refused("an IPv6 address must be in brackets");
    }
    if (address.host.empty()) return refused("the host is missing");
    if (port_text.empty()) return address;
    const auto [end, ec] =
        std::from_chars(port_text.data(), port_text.data() + port_text.size(), address.port);
    if (ec != std::errc() || end != port_text.data() + port_text.size() || address.port == 0)
        return refused("the port is not a number from 1 to 65535");
    return address;
}

}  // namespace

endpoint_list parse_endpoints(std::string_view text) {
    endpoint_list list;
    while (list.problem.empty()) {
        const std::size_t comma = text.find(',');
        const parsed_address address = split(text.substr(0, comma));
        list.problem = address.problem;
        if (list.problem.empty()) list.endpoints.emplace_back(std::string(address.host), address.port);
        if (comma == std::string_view::npos) break;
        text.remove_prefix(comma + 1);
    }
    return list;
}

std::optional<endpoint> parse_endpoint(std::string_view text) {
    const parsed_address address = split(text);
    if (!address.problem.empty() || address.host.size() > max_host_size || !is_host(address.host))
        return std::nullopt;
    return endpoint(std::string(address.host), address.port);
}

bool is_host(std::string_view text) noexcept {
    // An IPv6 address has several colons; a single one separates a port from the host. Brackets belong to
    // URLs.
    if (std::count(text.begin(), text.end(), ':') == 1) return false;
    // Servers send host names too, and logs and events show them.
    if (text.empty() || !text::is_printable(text)) return false;
    return std::none_of(text.begin(), text.end(), [](char c) {
        return std::string_view(" /@,?#[]").find(c) != std::string_view::npos;
    });
}

}  // namespace tmq::settings
