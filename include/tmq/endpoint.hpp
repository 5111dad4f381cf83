#pragma once

#include <cstdint>
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

    friend bool operator==(const endpoint&, const endpoint&) = default;

  private:
    std::string host_;
    std::uint16_t port_;
};

}  // namespace tmq
