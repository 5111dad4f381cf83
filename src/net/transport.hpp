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

/// A TCP connection with or without TLS: the only owner of a socket. Coroutines open it; afterwards the owner
/// reads and writes through socket(), so that no operation costs a coroutine frame. close() ends every
/// operation.
class transport {
  public:
    explicit transport(asio::any_io_executor executor) : socket_(std::move(executor)) {}

    /// Connects to one address, without Nagle's algorithm and with TCP keep-alive.
    asio::awaitable<boost::system::error_code> connect(asio::ip::tcp::endpoint address);
    /// Performs the TLS handshake. All later bytes are encrypted.
    asio::awaitable<failure> secure(std::shared_ptr<const tls_context> context, std::string host);
    /// Writes all of `bytes`; used for the upgrade request.
    asio::awaitable<failure> write(std::vector<std::uint8_t> bytes);

    /// Read in three steps: call decrypt(), which may still have bytes for `room`; then
    /// socket().async_read_some into read_target(room); then received(), which returns the number of plain
    /// bytes in `room`.
    std::size_t decrypt(std::span<std::uint8_t> room) { return tls_ ? tls_->decrypt(room) : 0; }
    std::span<std::uint8_t> read_target(std::span<std::uint8_t> room) noexcept {
        return tls_ ? tls_->input_room() : room;
    }
    std::size_t received(std::size_t count, std::span<std::uint8_t> room);
    /// Failure of decrypt() or received(); empty while all is well.
    failure why() const { return tls_ ? tls_->why() : failure(); }

    /// Changes `frames` to the bytes for the socket. False: see why().
    bool seal(std::vector<std::uint8_t>& frames);
    /// True if TLS itself has bytes to send: seal() then returns bytes even for no frames.
    bool has_output() const noexcept { return tls_ && tls_->has_output(); }
    /// Writes `frames` and TLS's close_notify, as far as possible without waiting.
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

/// Returns the failure of an operation on the socket, which `operation` names.
failure transport_failure(boost::system::error_code code, std::string_view operation);

}  // namespace tmq::net
