#include "scripted_peer.hpp"

#include "ws/upgrade.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <string_view>

namespace tmq::test {

using asio::ip::tcp;

scripted_peer::scripted_peer(asio::io_context& context, const identity* shown)
    : acceptor_(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      socket_(context),
      timer_(context) {
    if (shown == nullptr) return;
    secrets_.emplace(asio::ssl::context::tls_server);
    secrets_->use_certificate_chain(asio::buffer(shown->certificate));
    secrets_->use_private_key(asio::buffer(shown->private_key), asio::ssl::context::pem);
    secured_.emplace(socket_, *secrets_);
}

asio::awaitable<void> scripted_peer::accept() {
    co_await acceptor_.async_accept(socket_, asio::use_awaitable);
    socket_.set_option(tcp::no_delay(true));
    if (secured_) co_await secured_->async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
    const std::string_view end = "\r\n\r\n";
    auto found = received_.end();
    while (found == received_.end()) {
        co_await read_some();
        found = std::search(received_.begin(), received_.end(), end.begin(), end.end());
    }
    const std::string head(received_.begin(), found);
    received_.erase(received_.begin(), found + static_cast<std::ptrdiff_t>(end.size()));
    const std::string_view name = "Sec-WebSocket-Key: ";
    const std::size_t key = head.find(name) + name.size();
    std::string answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\nSec-WebSocket-Accept: ";
    answer += ws::accept_value(std::string_view(head).substr(key, head.find("\r\n", key) - key));
    if (head.find("permessage-deflate") != std::string::npos)
        answer +=
            "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
            "client_no_context_takeover";
    answer += "\r\n\r\n";
    co_await write(std::vector<std::uint8_t>(answer.begin(), answer.end()));
}

asio::awaitable<void> scripted_peer::write(std::vector<std::uint8_t> bytes) {
    if (secured_)
        co_await asio::async_write(*secured_, asio::buffer(bytes), asio::use_awaitable);
    else
        co_await asio::async_write(socket_, asio::buffer(bytes), asio::use_awaitable);
}

asio::awaitable<client_frame> scripted_peer::read() {
    co_await fill(2);
    std::size_t head = 2;
    std::size_t size = received_[1] & 0x7FU;
    const std::size_t length_bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
    co_await fill(head + length_bytes);
    if (length_bytes != 0) size = 0;
    for (std::size_t i = 0; i < length_bytes; ++i)
        size = size << 8 | received_[head + i];
    head += length_bytes;
    co_await fill(head + 4 + size);
    client_frame frame;
    frame.opcode = received_[0] & 0x0FU;
    for (std::size_t i = 0; i < size; ++i)
        frame.payload.push_back(static_cast<std::uint8_t>(received_[head + 4 + i] ^ received_[head + i % 4]));
    received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(head + 4 + size));
    co_return frame;
}

asio::awaitable<void> scripted_peer::sleep(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    co_await timer_.async_wait(asio::use_awaitable);
}

asio::awaitable<void> scripted_peer::read_some() {
    std::vector<std::uint8_t> piece(4096);
    std::size_t count = 0;
    if (secured_)
        count = co_await secured_->async_read_some(asio::buffer(piece), asio::use_awaitable);
    else
        count = co_await socket_.async_read_some(asio::buffer(piece), asio::use_awaitable);
    received_.insert(received_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
}

asio::awaitable<void> scripted_peer::fill(std::size_t size) {
    while (received_.size() < size)
        co_await read_some();
}

}  // namespace tmq::test
