#pragma once

#include "tmq/config.hpp"
#include "tmq/endpoint.hpp"

#include <string_view>

namespace tmq::settings {

/// Returns a warning if a login at `peer` is open to everybody: default credentials, or a token that crosses
/// a network in clear. Empty if there is nothing to warn of: the host is this one, or the connection is TLS
/// with credentials of its own.
std::string_view login_warning(const config& settings, const endpoint& peer) noexcept;

}  // namespace tmq::settings
