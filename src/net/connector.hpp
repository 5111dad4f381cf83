#pragma once

#include "base/failure.hpp"
#include "net/environment.hpp"
#include "net/transport.hpp"
#include "ws/receive_buffer.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace tmq::net {

/// Makes the connection of a session: resolves the name of an endpoint, tries its addresses in turn, secures
/// the connection with TLS and upgrades it to a WebSocket. Each step has its deadline. Used from one
/// executor; its own handlers keep it alive.
class connector : public std::enable_shared_from_this<connector> {
  public:
    /// `link` is connected; `received` gets the bytes after the upgrade. Lifetime: both and `shared` must
    /// outlive every connect(), not the connector.
    connector(asio::any_io_executor executor, environment& shared, transport& link,
              ws::receive_buffer& received);

    /// Connects to one endpoint, which must outlive the call. Returns why that failed.
    asio::awaitable<failure> connect(const endpoint& peer);
    /// Ends connect() at once, and closes the transport: the caller is no longer interested, for `why`.
    void cancel(const failure& why) noexcept;
    bool is_cancelled() const noexcept { return is_cancelled_; }

    /// True if the transport, TCP or TLS over it, was established by the last connect().
    bool has_transport() const noexcept { return has_transport_; }
    /// True if the server agreed to compress messages.
    bool has_compression() const noexcept { return has_compression_; }

  private:
    /// Starts the deadline of one step; `when_late` is the error if it passes.
    void begin_step(errc when_late, std::chrono::milliseconds time);
    /// Returns why the connection fails after a step that ended with `why`; empty if it does not.
    failure end_step(failure why);
    asio::awaitable<failure> resolve();
    asio::awaitable<failure> establish();
    asio::awaitable<failure> secure();
    asio::awaitable<failure> upgrade();
    asio::awaitable<failure> receive_more();
    failure read_answer(std::string_view key, bool& is_complete);

    environment& environment_;
    const config& settings_;
    transport& transport_;
    ws::receive_buffer& receive_;
    const endpoint* peer_ = nullptr;

    asio::ip::tcp::resolver resolver_;
    asio::steady_timer deadline_;  ///< of the step under way
    std::uint64_t step_ = 0;       ///< tells a timer that was too late to be cancelled that its step is over
    errc step_when_late_{};
    bool step_is_late_ = false;
    std::optional<boost::system::error_code> resolved_;
    asio::ip::tcp::resolver::results_type addresses_;

    failure cancelled_;
    bool is_cancelled_ = false;
    bool has_transport_ = false;
    bool has_compression_ = false;
    bool is_at_end_ = false;  ///< the peer has closed its side
};

}  // namespace tmq::net
