#pragma once

#include "embedded_server/net/http_message.hpp"
#include "embedded_server/net/peer_stream.hpp"
#include "embedded_server/protocol/replies.hpp"
#include "tmq/testing/fault.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tmq::embedded::net {

class connection;

/// Receiver of the events of connections.
/// Threads: called in the thread that runs their sockets.
class connection_owner {
  public:
    virtual void on_open(const std::shared_ptr<connection>& client) = 0;
    virtual void on_text(connection& client, std::string_view text) = 0;
    /// Answers a request without an upgrade. Its connection need not have been opened.
    virtual http_answer on_http(const http_request& request) = 0;
    virtual void on_ping() = 0;
    virtual void on_pong(connection& client) = 0;
    /// Takes the fault of an event before the WebSocket, "connect" or "upgrade", if there is one.
    virtual std::optional<testing::fault> take_fault(std::string_view event) = 0;
    /// Called once for every connection that was opened.
    virtual void on_closed(connection& client) = 0;

  protected:
    ~connection_owner() = default;
};

/// Connection of one client: HTTP requests, an upgrade, then WebSocket messages.
/// Threads: only the thread that runs its socket may use it.
class connection {
  public:
    virtual ~connection() = default;

    std::uint64_t id = 0;          ///< Number that the owner gives it.
    bool is_query_socket = false;  ///< Opened at /ws, not at /rest/tmq.

    /// Sends a message. Messages leave in the order of the calls.
    virtual void send(protocol::outgoing_message message) = 0;
    /// Sends the first `size` bytes of the message's frame, then ends the stream as `ending` says.
    virtual void send_part(protocol::outgoing_message message, std::size_t size,
                           testing::fault::ending ending) = 0;
    /// Sends bytes without a frame.
    virtual void send_raw(std::string bytes) = 0;
    virtual void ping() = 0;
    virtual void close(std::uint16_t code, const std::string& reason) = 0;
    /// Closes the socket without a close frame.
    virtual void drop() = 0;
    /// Breaks the connection with RST.
    virtual void reset() = 0;
    /// While set, sent bytes are discarded.
    virtual void silence(bool value) = 0;
};

/// Starts to serve an accepted socket, with TLS unless `tls` is null.
/// Lifetime: `owner` must outlive all handlers of the socket.
void serve_connection(boost::asio::ip::tcp::socket socket, std::shared_ptr<server_tls> tls,
                      connection_owner& owner, bool compression);

}  // namespace tmq::embedded::net
