#pragma once

#include "ceiling/plain_socket.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ceiling {

/// A client of /rest/tmq with one request under way at a time, uncompressed. It receives replies into memory
/// and looks at no byte of them.
class plain_web_socket {
  public:
    /// `buffer`: where replies go, made larger as they need it. Others may use it too while no reply is being
    /// received or looked at.
    plain_web_socket(const std::string& host, std::uint16_t port, std::vector<char>& buffer);
    /// To 127.0.0.1.
    plain_web_socket(std::uint16_t port, std::vector<char>& buffer)
        : plain_web_socket("127.0.0.1", port, buffer) {}

    /// One frame of text.
    void send(std::string_view text);
    /// The payload of the one reply that is under way, in the buffer.
    std::string_view receive();
    /// The same. Throws std::runtime_error when the reply does not have this text in it.
    std::string_view expect(std::string_view part);

    /// Receiving fails from now on when nothing comes for so long.
    void limit_receiving(std::chrono::seconds time) { socket_.limit_receiving(time); }

    std::uint64_t bytes_received() const noexcept { return received_; }

  private:
    void read_more();

    plain_socket socket_;
    std::vector<char>& buffer_;
    std::size_t end_ = 0;
    std::uint64_t received_ = 0;
    std::string frame_;
};

}  // namespace ceiling
