#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <utility>

namespace tmq {

/// The address of one taosAdapter.
class endpoint {
  public:
    explicit endpoint(std::string host, std::uint16_t port = 6041) : host_(std::move(host)), port_(port) {}

    /// Name or address; an IPv6 address without brackets.
    const std::string& host() const noexcept { return host_; }
    std::uint16_t port() const noexcept { return port_; }

    friend auto operator<=>(const endpoint&, const endpoint&) = default;
    /// Prints as to_string.
    friend std::ostream& operator<<(std::ostream& out, const endpoint& address);

  private:
    std::string host_;
    std::uint16_t port_;
};

/// Returns "host:port", with an IPv6 address in brackets: "[::1]:6041".
std::string to_string(const endpoint& address);

}  // namespace tmq

template <>
struct std::hash<tmq::endpoint> {
    std::size_t operator()(const tmq::endpoint& address) const noexcept;
};
