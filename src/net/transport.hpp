#pragma once

#include "base/failure.hpp"
#include "net/tls_engine.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tmq::net {

using base::failure;

namespace asio = boost::asio;

/// The token of every asynchronous operation inside the library: results as a tuple, no exceptions, no
/// allocation.
inline constexpr auto nothrow = asio::as_tuple(asio::deferred);

/// A TCP connection with or without TLS: the only place with a socket. What it does with coroutines is the
/// opening; afterwards the owner reads and writes through socket(), so that no operation costs a frame.
/// close() ends whatever is under way.
class transport {
  public:
    explicit transport(asio::any_io_executor executor) : socket_(std::move(executor)) {}

    /// Connects to one address, without Nagle's algorithm and with TCP keep-alive.
    asio::awaitable<boost::system::error_code> connect(asio::ip::tcp::endpoint address);
    /// Performs the TLS handshake. All later bytes are encrypted.
    asio::awaitable<failure> secure(std::shared_ptr<const tls_context> context, std::string host);
    /// Writes all of `bytes`; used for the upgrade request.
    asio::awaitable<failure> write(std::vector<std::uint8_t> bytes);

    /// Reading, step by step: first what decrypt() still has for `room`; then socket().async_read_some into
    /// read_target(room); then received() tells how many plain bytes now stand in `room`.
    std::size_t decrypt(std::span<std::uint8_t> room) { return tls_ ? tls_->decrypt(room) : 0; }
    std::span<std::uint8_t> read_target(std::span<std::uint8_t> room) noexcept {
        return tls_ ? tls_->input_room() : room;
    }
    std::size_t received(std::size_t count, std::span<std::uint8_t> room);
    /// What decrypt() or received() found wrong; empty while all is good.
    failure why() const { return tls_ ? tls_->why() : failure(); }

    /// Writing: makes `frames` what must go to the socket. False: see why().
    bool seal(std::vector<std::uint8_t>& frames);
    /// True if TLS itself has bytes to send, so that seal() gives bytes even for no frames.
    bool has_output() const noexcept { return tls_ && tls_->has_output(); }
    /// Best effort, and without waiting: `frames`, and TLS's own goodbye.
    void write_farewell(std::vector<std::uint8_t>& frames) noexcept;

    asio::ip::tcp::socket& socket() noexcept { return socket_; }
    void close() noexcept {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }

  private:
    asio::ip::tcp::socket socket_;
    std::optional<tls_engine> tls_;
    std::vector<std::uint8_t> sealed_;
};

/// What an operation on the socket met; `what` says which.
failure transport_failure(boost::system::error_code code, std::string_view what);

}  // namespace tmq::net
