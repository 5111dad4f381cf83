#pragma once

#include "tmq/endpoint.hpp"

#include <string_view>
#include <vector>

namespace tmq::settings {

struct endpoint_list {
    std::vector<endpoint> endpoints;  ///< hosts as written, not checked
    std::string_view why;             ///< what is wrong with the text; empty when nothing
};

/// "host[:port],..."; an IPv6 address stands in brackets. The port is 6041 unless given.
endpoint_list parse_endpoints(std::string_view text);

}  // namespace tmq::settings
