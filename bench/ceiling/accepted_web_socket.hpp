#pragma once

#include "ceiling/plain_socket.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ceiling {

enum class frame_kind : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Bytes that must be free before the payload of a frame, for its head.
inline constexpr std::size_t frame_head_room = 10;

/// Writes the head of a server's frame right before its payload of `size` bytes. Where it begins.
char* put_frame_head(char* payload, frame_kind kind, std::size_t size) noexcept;

/// The server's end of a WebSocket, uncompressed. What the other end may not send throws std::runtime_error.
class accepted_web_socket {
  public:
    /// Answers the upgrade that the client of `socket` sends.
    explicit accepted_web_socket(plain_socket& socket);

    /// The next text, until the next call; nothing at the end of the connection. Pings and a close are
    /// answered.
    std::optional<std::string_view> receive();
    /// A whole frame.
    void send(std::string_view whole) { socket_.send(whole); }
    /// Until the client hangs up, or for as long as this.
    void wait(std::chrono::milliseconds limit) { socket_.wait_for_end(limit); }

  private:
    struct frame {
        frame_kind kind;
        std::string_view payload;
    };

    std::optional<frame> take_frame();
    bool read_more();
    void send(frame_kind kind, std::string_view payload);

    plain_socket& socket_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace ceiling
