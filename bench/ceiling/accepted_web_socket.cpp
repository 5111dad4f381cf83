#include "ceiling/accepted_web_socket.hpp"

#include "ws/upgrade.hpp"

#include <cstring>
#include <stdexcept>
#include <string>

namespace ceiling {
namespace {

constexpr std::size_t largest_request = 1U << 16;
constexpr std::size_t mask_size = 4;

void unmask(char* bytes, std::size_t size, const char* mask) noexcept {
    char twice[2 * mask_size];
    std::memcpy(twice, mask, mask_size);
    std::memcpy(twice + mask_size, mask, mask_size);
    std::uint64_t key = 0;
    std::memcpy(&key, twice, sizeof key);
    for (; size >= sizeof key; bytes += sizeof key, size -= sizeof key) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, bytes, sizeof eight);
        eight ^= key;
        std::memcpy(bytes, &eight, sizeof eight);
    }
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>(bytes[i] ^ mask[i % mask_size]);
}

}  // namespace

char* put_frame_head(char* payload, frame_kind kind, std::size_t size) noexcept {
    const std::size_t width = size < 126 ? 0 : size < 65536 ? 2 : 8;
    for (std::size_t i = 0; i < width; ++i)
        *--payload = static_cast<char>(size >> 8 * i);
    *--payload = static_cast<char>(width == 0 ? size : width == 2 ? 126 : 127);
    *--payload = static_cast<char>(0x80 | static_cast<unsigned>(kind));
    return payload;
}

accepted_web_socket::accepted_web_socket(plain_socket& socket) : socket_(socket), buffer_(largest_request) {
    constexpr std::string_view name = "\r\nSec-WebSocket-Key: ";
    std::string_view request;
    std::size_t size = 0;
    do {
        if (!read_more()) throw std::runtime_error("no upgrade");
        request = {buffer_.data(), end_};
    } while ((size = request.find("\r\n\r\n")) == std::string_view::npos);
    const std::size_t at = request.find(name);
    if (at >= size) throw std::runtime_error("an upgrade without a key");
    const std::size_t key = at + name.size();
    socket_.send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\nSec-WebSocket-Accept: " +
        tmq::ws::accept_value(request.substr(key, request.find('\r', key) - key)) + "\r\n\r\n");
    begin_ = size + 4;
}

std::optional<std::string_view> accepted_web_socket::receive() {
    for (;;) {
        const std::optional<frame> next = take_frame();
        if (!next) {
            if (!read_more()) return std::nullopt;
            continue;
        }
        switch (next->kind) {
            case frame_kind::text: return next->payload;
            case frame_kind::ping: send(frame_kind::pong, next->payload); break;
            case frame_kind::pong: break;
            case frame_kind::close: send(frame_kind::close, next->payload); return std::nullopt;
            default: throw std::runtime_error("a frame that is not known here");
        }
    }
}

std::optional<accepted_web_socket::frame> accepted_web_socket::take_frame() {
    const std::size_t here = end_ - begin_;
    char* const bytes = buffer_.data() + begin_;
    const auto byte = [bytes](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
    };
    if (here < 2) return std::nullopt;
    if ((byte(0) & 0xf0) != 0x80 || (byte(1) & 0x80) == 0)
        throw std::runtime_error("not one whole masked frame");
    std::size_t size = byte(1) & 0x7f;
    std::size_t head = 2 + mask_size;
    if (size == 127) throw std::runtime_error("a request of more than 65535 bytes");
    if (size == 126) {
        if (here < 4) return std::nullopt;
        size = byte(2) << 8 | byte(3);
        head += 2;
    }
    if (here < head + size) return std::nullopt;
    unmask(bytes + head, size, bytes + head - mask_size);
    begin_ += head + size;
    return frame{static_cast<frame_kind>(byte(0) & 0xf), {bytes + head, size}};
}

bool accepted_web_socket::read_more() {
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (end_ == buffer_.size()) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == buffer_.size()) throw std::runtime_error("a request that is too long");
    const std::size_t got = socket_.receive(buffer_.data() + end_, buffer_.size() - end_);
    end_ += got;
    return got != 0;
}

void accepted_web_socket::send(frame_kind kind, std::string_view payload) {
    std::string bytes(frame_head_room, '\0');
    bytes += payload;
    const char* const begin = put_frame_head(bytes.data() + frame_head_room, kind, payload.size());
    socket_.send({begin, static_cast<std::size_t>(bytes.data() + bytes.size() - begin)});
}

}  // namespace ceiling
