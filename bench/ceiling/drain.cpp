// drain --port P --topic T --messages M --rows N: the least a client can do to get the messages of a topic.
//
// A plain socket upgrades to WebSocket, subscribes, then polls and fetches one message after the other, as every client must: the server holds one
// message for a connection, and says which before it can be fetched. The bytes are received into memory and left there: no row is looked at, no
// length inside a message, no offset. What a client takes beyond this is its own.
#include "ceiling/plain_socket.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using ceiling::plain_socket;

class connection {
  public:
    explicit connection(std::uint16_t port) : socket_(port), buffer_(1U << 20) {
        socket_.send(
            "GET /rest/tmq HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n");
        while (!std::string_view(buffer_.data(), end_).ends_with("\r\n\r\n")) read_more();
        if (!std::string_view(buffer_.data(), end_).starts_with("HTTP/1.1 101 ")) throw std::runtime_error("no WebSocket here");
        end_ = 0;
    }

    /// One frame of text. Its mask is zero, which leaves the bytes as they are.
    void send(const std::string& text) {
        frame_.clear();
        frame_ += '\x81';
        if (text.size() < 126) {
            frame_ += static_cast<char>(0x80 | text.size());
        } else {
            frame_ += '\xfe';
            frame_ += static_cast<char>(text.size() >> 8);
            frame_ += static_cast<char>(text.size());
        }
        frame_.append(4, '\0');
        frame_ += text;
        socket_.send(frame_);
    }

    /// The payload of the one reply that is under way; valid until the next.
    std::string_view receive() {
        end_ = 0;
        for (;;) {
            std::size_t head = 2;
            std::size_t size = 0;
            if (end_ >= head) {
                const auto byte = [this](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(buffer_[i])); };
                const std::size_t width = byte(1) < 126 ? 0 : byte(1) == 126 ? 2 : 8;
                head += width;
                if (end_ >= head) {
                    size = width == 0 ? byte(1) : 0;
                    for (std::size_t i = 0; i < width; ++i) size = size << 8 | byte(2 + i);
                    if (head + size > buffer_.size()) buffer_.resize(head + size);
                    if (end_ > head + size) throw std::runtime_error("more than one reply");
                    if (end_ == head + size) return {buffer_.data() + head, size};
                }
            }
            read_more();
        }
    }

    std::uint64_t bytes_received() const noexcept { return received_; }

  private:
    void read_more() {
        const std::size_t got = socket_.receive(buffer_.data() + end_, buffer_.size() - end_);
        if (got == 0) throw std::runtime_error("the server hung up");
        end_ += got;
        received_ += got;
    }

    plain_socket socket_;
    std::vector<char> buffer_;
    std::size_t end_ = 0;
    std::uint64_t received_ = 0;
    std::string frame_;
};

/// The number behind `key`, as the server writes its replies.
std::uint64_t number(std::string_view json, std::string_view key) {
    const std::size_t at = json.find(key);
    return at == std::string_view::npos ? 0 : std::strtoull(json.data() + at + key.size(), nullptr, 10);
}

ceiling::run_result drain(std::uint16_t port, const std::string& topic, std::uint64_t messages) {
    connection server(port);
    ceiling::run_result result;
    result.peer = "drain";
    const double cpu = ceiling::cpu_seconds();
    server.send(R"({"action":"subscribe","args":{"req_id":1,"user":"root","password":"taosdata","group_id":"drain_)" + std::to_string(::getpid()) +
                R"(","client_id":"drain","offset_reset":"earliest","offset_rest":"earliest","auto_commit":"false","topics":[")" + topic + R"("]}})");
    if (const std::string_view said = server.receive(); said.find(R"("code":0)") == std::string_view::npos)
        throw std::runtime_error(std::string(said));

    std::uint64_t id = 1;
    std::uint64_t message = 0;
    char request[160];
    const std::uint64_t bytes_before = server.bytes_received();
    const double start = ceiling::now();
    while (result.messages < messages) {
        std::snprintf(request, sizeof request, R"({"action":"poll","args":{"req_id":%llu,"blocking_time":200,"message_id":%llu}})",
                      static_cast<unsigned long long>(++id), static_cast<unsigned long long>(message));
        server.send(request);
        const std::string_view found = server.receive();
        if (found.find(R"("have_message":true)") == std::string_view::npos) throw std::runtime_error("no more messages: " + std::string(found));
        message = number(found, R"("message_id":)");
        std::snprintf(request, sizeof request, R"({"action":"fetch_raw_data","args":{"req_id":%llu,"message_id":%llu}})",
                      static_cast<unsigned long long>(++id), static_cast<unsigned long long>(message));
        server.send(request);
        server.receive();
        if (result.messages++ == 0) result.first = ceiling::now() - start;
    }
    result.seconds = ceiling::now() - start;
    result.bytes = server.bytes_received() - bytes_before;
    result.cpu = ceiling::cpu_seconds() - cpu;
    return result;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto port = static_cast<std::uint16_t>(std::stoul(ceiling::option(argc, argv, "--port")));
        ceiling::run_result result = drain(port, ceiling::option(argc, argv, "--topic"), std::stoull(ceiling::option(argc, argv, "--messages")));
        result.rows = std::stoull(ceiling::option(argc, argv, "--rows"));
        ceiling::print(result);
        return 0;
    } catch (const std::exception& why) {
        std::fprintf(stderr, "drain: %s\n", why.what());
        return 2;
    }
}
