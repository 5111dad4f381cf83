#include "config/exposure.hpp"

#include <string>

namespace tmq::settings {
namespace {

bool is_this_host(const std::string& host) noexcept {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace

std::string_view login_warning(const config& settings, const endpoint& peer) noexcept {
    if (is_this_host(peer.host()) || settings.tls()) return {};
    if (!settings.cloud_token().empty() || !settings.bearer_token().empty())
        return "the token crosses the network in clear: use wss://";
    if (settings.user() == "root" && settings.password() == "taosdata")
        return "default credentials cross the network in clear: set a password, and use wss://";
    return {};
}

}  // namespace tmq::settings
