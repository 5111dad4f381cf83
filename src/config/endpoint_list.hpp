#pragma once

#include "tmq/endpoint.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace tmq::settings {

struct endpoint_list {
    std::vector<endpoint> endpoints;  ///< hosts as written, not checked
    std::string_view why;             ///< what is wrong with the text; empty when nothing
};

/// "host[:port],..."; an IPv6 address stands in brackets. The port is 6041 unless given.
endpoint_list parse_endpoints(std::string_view text);

/// One of them as a server names it, checked: nothing where that is no address, or its host is longer than a
/// name can be.
std::optional<endpoint> parse_endpoint(std::string_view text);

/// Whether this can be a host name or an address, which has neither brackets nor a port.
bool is_host(std::string_view text) noexcept;

}  // namespace tmq::settings
