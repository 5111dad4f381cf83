#pragma once

#include "embedded_server/net/http_message.hpp"
#include "embedded_server/net/peer_stream.hpp"
#include "embedded_server/protocol/replies.hpp"
#include "tmq/embedded_server.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tmq::embedded::net {

class connection;

/// Who is told what happens on connections. Called in the thread that runs their sockets.
class connection_owner {
  public:
    virtual void on_open(const std::shared_ptr<connection>& from) = 0;
    virtual void on_text(connection& from, std::string_view text) = 0;
    /// A request that asks for no WebSocket; it need not come on a connection that was opened.
    virtual http_answer on_http(const http_request& request) = 0;
    virtual void on_ping() = 0;
    virtual void on_pong(connection& from) = 0;
    /// The fault that something before the WebSocket is to suffer: "connect" or "upgrade".
    virtual std::optional<fault> fault_of(std::string_view event) = 0;
    /// Once for every connection that was opened.
    virtual void on_closed(connection& from) = 0;

  protected:
    ~connection_owner() = default;
};

/// One client: HTTP requests, an upgrade, then WebSocket messages. To be used in the thread that runs its
/// socket.
class connection {
  public:
    virtual ~connection() = default;

    std::uint64_t id = 0;  ///< what the owner knows it by
    bool queries = false;  ///< opened at /ws, not at /rest/tmq

    /// Messages go out in the order of these calls.
    virtual void send(protocol::outgoing_message message) = 0;
    /// The first `size` bytes of the message's frame, then `after`.
    virtual void send_part(protocol::outgoing_message message, std::size_t size, fault::ending after) = 0;
    /// Without a frame.
    virtual void send_raw(std::string bytes) = 0;
    virtual void ping() = 0;
    virtual void close(std::uint16_t code, const std::string& reason) = 0;
    /// Without a close frame.
    virtual void drop() = 0;
    /// Breaks the connection with RST.
    virtual void reset() = 0;
    virtual void silence(bool value) = 0;
};

/// Starts to serve an accepted socket, with TLS unless `tls` is null. `owner` must outlive the thread's work
/// on it.
void serve_connection(boost::asio::ip::tcp::socket socket, std::shared_ptr<server_tls> tls,
                      connection_owner& owner, bool compression);

}  // namespace tmq::embedded::net
