#include "embedded_server/web_socket_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace tmq::test {

web_socket_client::web_socket_client(std::uint16_t port, std::string_view path) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(socket_);
        throw std::runtime_error("cannot connect");
    }
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::string request = std::string("GET ").append(path).append(
        " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
        throw std::runtime_error("cannot send");
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
        if (!fill(buffer_.size() + 1, until)) throw std::runtime_error("no answer to the upgrade");
    answer_ = buffer_.substr(0, end + 4);
    buffer_.erase(0, end + 4);
}

web_socket_client::~web_socket_client() { drop(); }

void web_socket_client::drop() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
}

void web_socket_client::send(opcode what, std::string_view bytes) {
    constexpr std::array<char, 4> key = {'\x12', '\x34', '\x56', '\x78'};
    std::string out(1, static_cast<char>(0x80 | static_cast<int>(what)));
    if (bytes.size() < 126) {
        out += static_cast<char>(0x80 | bytes.size());
    } else {
        out += static_cast<char>(0x80 | 126);
        out += static_cast<char>(bytes.size() >> 8);
        out += static_cast<char>(bytes.size());
    }
    out.append(key.data(), key.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) out += static_cast<char>(bytes[i] ^ key[i % 4]);
    if (::send(socket_, out.data(), out.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(out.size())) throw std::runtime_error("cannot send");
}

web_socket_client::received web_socket_client::receive(std::chrono::milliseconds timeout) {
    const auto until = std::chrono::steady_clock::now() + timeout;
    received message;
    for (bool last = false; !last;) {
        if (!fill(2, until)) return {failure_, {}};
        const auto byte = [this](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(buffer_[i])); };
        last = (byte(0) & 0x80) != 0;
        if ((byte(0) & 0x0f) != 0) message.what = static_cast<opcode>(byte(0) & 0x0f);
        std::size_t head = 2;
        std::size_t size = byte(1) & 0x7f;
        if (size > 125) {
            const std::size_t width = size == 126 ? 2 : 8;
            if (!fill(2 + width, until)) return {failure_, {}};
            for (size = 0; head < 2 + width; ++head) size = size << 8 | byte(head);
        }
        if (!fill(head + size, until)) return {failure_, {}};
        message.bytes += buffer_.substr(head, size);
        buffer_.erase(0, head + size);
    }
    return message;
}

bool web_socket_client::fill(std::size_t size, std::chrono::steady_clock::time_point until) {
    std::array<char, 65536> chunk;
    while (buffer_.size() < size) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
        pollfd ready{socket_, POLLIN, 0};
        if (left < 0 || ::poll(&ready, 1, static_cast<int>(left)) == 0) return failure_ = opcode::nothing, false;
        const ssize_t got = ::recv(socket_, chunk.data(), chunk.size(), 0);
        if (got <= 0) return failure_ = got == 0 ? opcode::end_of_stream : opcode::reset, false;
        buffer_.append(chunk.data(), static_cast<std::size_t>(got));
    }
    return true;
}

}  // namespace tmq::test
