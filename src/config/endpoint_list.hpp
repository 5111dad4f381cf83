#pragma once

#include "tmq/endpoint.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace tmq::settings {

struct endpoint_list {
    std::vector<endpoint> endpoints;  ///< hosts as written, not checked
    std::string_view problem;         ///< the first mistake in the text; empty if there is none
};

/// Parses "host[:port],...". An IPv6 address stands in brackets. The default port is 6041.
endpoint_list parse_endpoints(std::string_view text);

/// Parses one address that a server has sent. Returns nothing if the text is not an address, or if its host
/// is longer than 255 bytes.
std::optional<endpoint> parse_endpoint(std::string_view text);

/// True if the text can be a host name or an address: it has neither brackets nor a port.
bool is_host(std::string_view text) noexcept;

}  // namespace tmq::settings
