#include "ceiling/plain_web_socket.hpp"

#include "ceiling/plain_requests.hpp"

#include <stdexcept>

namespace ceiling {

plain_web_socket::plain_web_socket(const std::string& host, std::uint16_t port, std::vector<char>& buffer)
    : socket_(host, port), buffer_(buffer) {
    constexpr std::size_t first_room = 1U << 20;
    if (buffer_.size() < first_room) buffer_.resize(first_room);
    upgrade(socket_);
}

void plain_web_socket::send(std::string_view text) {
    write_text_frame(frame_, text);
    socket_.send(frame_);
}

std::string_view plain_web_socket::receive() {
    end_ = 0;
    for (;;) {
        std::size_t head = 2;
        std::size_t size = 0;
        if (end_ >= head) {
            const auto byte = [this](std::size_t i) {
                return static_cast<std::size_t>(static_cast<unsigned char>(buffer_[i]));
            };
            if ((byte(0) & 0xf) > 2) throw std::runtime_error("a control frame");
            const std::size_t width = byte(1) < 126 ? 0 : byte(1) == 126 ? 2 : 8;
            head += width;
            if (end_ >= head) {
                size = width == 0 ? byte(1) : 0;
                for (std::size_t i = 0; i < width; ++i)
                    size = size << 8 | byte(2 + i);
                if (head + size > buffer_.size()) buffer_.resize(head + size);
                if (end_ > head + size) throw std::runtime_error("more than one reply");
                if (end_ == head + size) return {buffer_.data() + head, size};
            }
        }
        read_more();
    }
}

std::string_view plain_web_socket::expect(std::string_view part) {
    const std::string_view reply = receive();
    if (reply.find(part) == std::string_view::npos)
        throw std::runtime_error("unexpected: " + std::string(reply.substr(0, 512)));
    return reply;
}

void plain_web_socket::read_more() {
    const std::size_t got = socket_.receive(buffer_.data() + end_, buffer_.size() - end_);
    if (got == 0) throw std::runtime_error("the server hung up");
    end_ += got;
    received_ += got;
}

}  // namespace ceiling
