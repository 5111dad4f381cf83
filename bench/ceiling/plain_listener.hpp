#pragma once

#include "ceiling/plain_socket.hpp"

#include <cstdint>

namespace ceiling {

/// Listens on 127.0.0.1. Whatever fails throws std::system_error.
class plain_listener {
  public:
    /// Port 0 takes a free one.
    explicit plain_listener(std::uint16_t port);
    ~plain_listener();
    plain_listener(const plain_listener&) = delete;
    plain_listener& operator=(const plain_listener&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    /// Waits for the next client.
    plain_socket accept() const;

  private:
    int descriptor_;
    std::uint16_t port_ = 0;
};

}  // namespace ceiling
