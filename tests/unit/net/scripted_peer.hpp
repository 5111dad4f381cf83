#pragma once

#include "support/certificates.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tmq::test {

namespace asio = boost::asio;

/// A frame of a client, unmasked.
struct client_frame {
    std::uint8_t opcode = 0;
    std::vector<std::uint8_t> payload;
};

/// The server's end of one connection, which sends exactly what a test tells it to. Its operations throw
/// boost::system::system_error when the connection has ended.
class scripted_peer {
  public:
    /// Listens on a port of 127.0.0.1. With an identity it speaks TLS.
    explicit scripted_peer(asio::io_context& context, const identity* shown = nullptr);

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    /// Accepts a connection and answers the upgrade, with permessage-deflate if it was offered.
    asio::awaitable<void> accept();
    /// One write, with TLS in records of its own.
    asio::awaitable<void> write(std::vector<std::uint8_t> bytes);
    /// The next frame that the client has sent.
    asio::awaitable<client_frame> read();
    asio::awaitable<void> sleep(std::chrono::milliseconds time);

  private:
    asio::awaitable<void> read_some();
    asio::awaitable<void> fill(std::size_t size);

    asio::ip::tcp::acceptor acceptor_;
    asio::ip::tcp::socket socket_;
    std::optional<asio::ssl::context> secrets_;
    std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> secured_;
    asio::steady_timer timer_;
    std::vector<std::uint8_t> received_;
};

}  // namespace tmq::test
