#include "embedded_server/net/connection.hpp"

#include "embedded_server/net/http_session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>

namespace tmq::embedded::net {

using testing::fault;

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;

/// Time that a client has to answer a close frame.
constexpr std::chrono::seconds close_time{1};
constexpr std::size_t largest_request = 64u << 20;
constexpr std::string_view wrong_acceptance =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    "AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n";

class beast_connection final : public connection, public std::enable_shared_from_this<beast_connection> {
  public:
    beast_connection(asio::ip::tcp::socket socket, std::shared_ptr<server_tls> tls, connection_owner& owner,
                     bool compression)
        : stream_(std::move(socket), std::move(tls)), owner_(owner) {
        websocket::permessage_deflate deflate;
        deflate.server_enable = compression;
        deflate.server_no_context_takeover = true;
        deflate.client_no_context_takeover = true;
        deflate.compLevel = 1;
        stream_.set_option(deflate);
        // Like a real server, this one splits compressed messages into frames of at most this size. All other
        // messages are one frame.
        constexpr std::size_t largest_fragment = 4096;
        stream_.write_buffer_bytes(largest_fragment);
        auto timeouts = websocket::stream_base::timeout::suggested(beast::role_type::server);
        // The owner of the connections pings and drops them.
        timeouts.idle_timeout = websocket::stream_base::none();
        timeouts.keep_alive_pings = false;
        stream_.set_option(timeouts);
        stream_.auto_fragment(false);
        stream_.read_message_max(largest_request);
        stream_.control_callback([this](websocket::frame_type type, beast::string_view) {
            if (type == websocket::frame_type::ping) owner_.on_ping();
            if (type == websocket::frame_type::pong) owner_.on_pong(*this);
        });
    }

    void start() {
        if (const auto fault = owner_.take_fault("connect"))
            return apply_fault(*fault, [self = shared_from_this()] { self->handshake(); });
        handshake();
    }

    void handshake() {
        stream_.next_layer().async_handshake(erased_handler([self = shared_from_this()](error_code failure) {
            if (failure) return;
            self->is_secured_ = true;
            self->read_upgrade();
        }));
    }

    void read_upgrade() {
        auto answer = [this](const http_request& request) { return owner_.on_http(request); };
        auto upgrade = [this](upgrade_request request) {
            upgrade_ = std::move(request);
            on_upgrade();
        };
        serve_http(stream_.next_layer(), buffer_, shared_from_this(), std::move(answer), std::move(upgrade));
    }

    void send(protocol::outgoing_message message) override { enqueue({std::move(message), std::nullopt}); }

    void send_part(protocol::outgoing_message message, std::size_t size, fault::ending ending) override {
        std::string bytes = make_frame(message);
        bytes.resize(std::min(bytes.size(), size));
        enqueue({{std::move(bytes), nullptr, false}, ending});
    }

    void send_raw(std::string bytes) override {
        enqueue({{std::move(bytes), nullptr, false}, std::nullopt, true});
    }

    void silence(bool value) override { stream_.next_layer().silence(value); }

    void ping() override {
        if (!is_open_ || is_closing_ || is_ending_ || is_pinging_) return;
        is_pinging_ = true;
        stream_.async_ping({}, [self = shared_from_this()](error_code) { self->is_pinging_ = false; });
    }

    void close(std::uint16_t code, const std::string& reason) override {
        if (!is_open_ || is_closing_ || is_ending_) return;
        is_closing_ = true;
        constexpr std::size_t longest_reason = 123;
        const websocket::close_reason content(static_cast<websocket::close_code>(code),
                                              beast::string_view(reason).substr(0, longest_reason));
        stream_.async_close(content, [self = shared_from_this()](error_code) {
            self->close_timer_.cancel();
            self->report_end();
        });
        // A client that does not answer, or is gone already, must not keep the connection open.
        close_timer_.expires_after(close_time);
        close_timer_.async_wait([self = shared_from_this()](error_code stopped) {
            if (!stopped) self->reset();
        });
    }

    void drop() override {
        error_code ignored;
        beast::get_lowest_layer(stream_).close(ignored);
        report_end();
    }

    void reset() override {
        error_code ignored;
        auto& socket = beast::get_lowest_layer(stream_);
        socket.set_option(asio::socket_base::linger(true, 0), ignored);
        socket.close(ignored);
        report_end();
    }

  private:
    struct queued_message {
        protocol::outgoing_message content;
        std::optional<fault::ending> ending{};  ///< Set: bytes without a frame, then the end of the stream.
        bool is_bare = false;                   ///< Bytes without a frame.
    };

    /// Returns the message as one uncompressed frame.
    static std::string make_frame(const protocol::outgoing_message& message) {
        const std::span<const std::byte> body = message.body();
        const std::size_t size = message.head.size() + body.size();
        std::string out(1, static_cast<char>(message.binary ? 0x82 : 0x81));
        const std::size_t width = size < 126 ? 0 : size < 65536 ? 2 : 8;
        out += static_cast<char>(width == 0 ? size : width == 2 ? 126 : 127);
        for (std::size_t i = width; i-- > 0;)
            out += static_cast<char>(size >> 8 * i);
        out += message.head;
        return out.append(reinterpret_cast<const char*>(body.data()), body.size());
    }

    /// Carries out a fault before the WebSocket. `resume` does the work that the fault replaces or delays.
    template <class Next>
    void apply_fault(const fault& value, Next resume) {
        switch (value.what()) {
            case fault::kind::close: return end_bare({}, fault::ending::close);
            case fault::kind::reset: return end_bare({}, fault::ending::reset);
            case fault::kind::stall: return end_bare({}, fault::ending::stall);
            case fault::kind::garbage_text: return end_bare(value.text(), fault::ending::close);
            case fault::kind::garbage_binary:
            case fault::kind::raw_bytes:
                return end_bare({reinterpret_cast<const char*>(value.bytes().data()), value.bytes().size()},
                                fault::ending::close);
            case fault::kind::error_reply:
                return end_bare(http_error(value.code(), value.text()), fault::ending::close);
            case fault::kind::wrong_accept:
                return end_bare(std::string(wrong_acceptance), fault::ending::stall);
            case fault::kind::partial:
                return end_bare(std::string(wrong_acceptance.substr(0, value.size())), value.after());
            case fault::kind::delay: {
                auto timer = std::make_shared<asio::steady_timer>(stream_.get_executor(), value.time());
                return timer->async_wait([timer, resume = std::move(resume)](error_code failure) {
                    if (!failure) resume();
                });
            }
            default: return resume();
        }
    }

    static std::string http_error(std::uint32_t status, const std::string& text) {
        std::string out = "HTTP/1.1 " + std::to_string(status) + ' ';
        const beast::string_view reason = http::obsolete_reason(static_cast<http::status>(status));
        out.append(reason.data(), reason.size());
        return out + "\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: " +
               std::to_string(text.size()) + "\r\n\r\n" + text;
    }

    /// Sends bytes without a frame, then ends the stream. The connection stays until the client ends it too.
    void end_bare(std::string bytes, fault::ending ending) {
        bare_bytes_ = std::move(bytes);
        auto sent = [self = shared_from_this(), ending](error_code, std::size_t) {
            self->finish(ending);
            if (!self->is_open_) self->discard();
        };
        if (is_secured_)
            asio::async_write(stream_.next_layer(), asio::buffer(bare_bytes_), std::move(sent));
        else
            asio::async_write(beast::get_lowest_layer(stream_), asio::buffer(bare_bytes_), std::move(sent));
    }

    void finish(fault::ending ending) {
        auto& socket = beast::get_lowest_layer(stream_);
        error_code ignored;
        if (ending == fault::ending::reset) return reset();
        if (ending == fault::ending::close) socket.shutdown(asio::socket_base::shutdown_send, ignored);
        silence(true);
    }

    void discard() {
        buffer_.clear();
        constexpr std::size_t chunk = 4096;
        beast::get_lowest_layer(stream_).async_read_some(
            buffer_.prepare(chunk), [self = shared_from_this()](error_code failure, std::size_t) {
                if (!failure) self->discard();
            });
    }

    void enqueue(queued_message message) {
        if (!is_open_ || is_closing_ || is_ending_) return;
        is_ending_ = message.ending.has_value();
        writes_.push_back(std::move(message));
        if (writes_.size() == 1) write();
    }

    void on_upgrade() {
        if (const auto fault = owner_.take_fault("upgrade"))
            return apply_fault(*fault, [self = shared_from_this()] { self->answer_upgrade(); });
        answer_upgrade();
    }

    void answer_upgrade() {
        const beast::string_view target = upgrade_.target();
        const beast::string_view path = target.substr(0, target.find('?'));
        is_query_socket = path == "/ws";
        if (!websocket::is_upgrade(upgrade_) || (!is_query_socket && path != "/rest/tmq")) {
            refusal_.result(http::status::not_found);
            refusal_.prepare_payload();
            http::async_write(stream_.next_layer(), refusal_,
                              [self = shared_from_this()](error_code, std::size_t) {
                                  error_code ignored;
                                  beast::get_lowest_layer(self->stream_)
                                      .shutdown(asio::socket_base::shutdown_send, ignored);
                              });
            return;
        }
        disregard_window_bits();
        stream_.async_accept(upgrade_, [self = shared_from_this()](error_code failure) {
            if (failure) return;
            self->is_open_ = true;
            self->owner_.on_open(self);
            self->read();
        });
    }

    /// Removes the parameters of an offered permessage-deflate: a real server ignores them. docs/protocol.md,
    /// "Connection".
    void disregard_window_bits() {
        constexpr beast::string_view name = "permessage-deflate";
        const beast::string_view offered = upgrade_[http::field::sec_websocket_extensions];
        if (offered.find(name) != beast::string_view::npos && http::ext_list(offered).exists(name))
            upgrade_.set(http::field::sec_websocket_extensions, name);
    }

    void read() {
        if (!is_open_) return;
        buffer_.clear();
        stream_.async_read(buffer_, [self = shared_from_this()](error_code failure, std::size_t) {
            if (failure) {
                // While this side closes, the handler of async_close reports the end.
                if (!self->is_closing_) self->report_end();
                return;
            }
            if (!self->is_open_) return;
            const auto data = self->buffer_.cdata();
            if (self->stream_.got_text())
                self->owner_.on_text(*self, {static_cast<const char*>(data.data()), data.size()});
            self->read();
        });
    }

    void write() {
        const queued_message& next = writes_.front();
        const protocol::outgoing_message& message = next.content;
        if (next.ending) return end_bare(message.head, *next.ending);
        if (next.is_bare) {
            return asio::async_write(
                stream_.next_layer(), asio::buffer(message.head),
                [self = shared_from_this()](error_code failure, std::size_t) { self->on_written(failure); });
        }
        stream_.binary(message.binary);
        const std::span<const std::byte> body = message.body();
        const std::array<asio::const_buffer, 2> parts = {asio::buffer(message.head),
                                                         asio::const_buffer(body.data(), body.size())};
        stream_.async_write(parts, [self = shared_from_this()](error_code failure, std::size_t) {
            self->on_written(failure);
        });
    }

    void on_written(error_code failure) {
        writes_.pop_front();
        if (!failure && is_open_ && !writes_.empty()) write();
    }

    void report_end() {
        if (std::exchange(is_open_, false)) owner_.on_closed(*this);
    }

    websocket::stream<peer_stream> stream_;
    connection_owner& owner_;
    beast::flat_buffer buffer_;
    upgrade_request upgrade_;
    http::response<http::empty_body> refusal_;
    std::deque<queued_message> writes_;
    std::string bare_bytes_;
    asio::steady_timer close_timer_{stream_.get_executor()};
    bool is_secured_ = false;  ///< The TLS handshake is done, or there is none.
    bool is_open_ = false;
    bool is_closing_ = false;
    bool is_ending_ = false;  ///< The last bytes are queued or sent.
    bool is_pinging_ = false;
};

}  // namespace

void serve_connection(asio::ip::tcp::socket socket, std::shared_ptr<server_tls> tls, connection_owner& owner,
                      bool compression) {
    std::make_shared<beast_connection>(std::move(socket), std::move(tls), owner, compression)->start();
}

}  // namespace tmq::embedded::net
