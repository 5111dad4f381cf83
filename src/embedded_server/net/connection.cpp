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

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;

/// For the answer to a close frame.
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
        // compressed messages go out in frames of at most this size, others in one frame, as from the real
        // server
        constexpr std::size_t largest_fragment = 4096;
        stream_.write_buffer_bytes(largest_fragment);
        auto timeouts = websocket::stream_base::timeout::suggested(beast::role_type::server);
        // connections are pinged and given up by their owner
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
        if (const auto suffered = owner_.fault_of("connect"))
            return suffer(*suffered, [self = shared_from_this()] { self->handshake(); });
        handshake();
    }

    void handshake() {
        stream_.next_layer().async_handshake(erased_handler([self = shared_from_this()](error_code failure) {
            if (failure) return;
            self->secured_ = true;
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

    void send_part(protocol::outgoing_message message, std::size_t size, fault::ending after) override {
        std::string bytes = framed(message);
        bytes.resize(std::min(bytes.size(), size));
        enqueue({{std::move(bytes), nullptr, false}, after});
    }

    void send_raw(std::string bytes) override {
        enqueue({{std::move(bytes), nullptr, false}, std::nullopt, true});
    }

    void silence(bool value) override { stream_.next_layer().silence(value); }

    void ping() override {
        if (!open_ || closing_ || ending_ || pinging_) return;
        pinging_ = true;
        stream_.async_ping({}, [self = shared_from_this()](error_code) { self->pinging_ = false; });
    }

    void close(std::uint16_t code, const std::string& reason) override {
        if (!open_ || closing_ || ending_) return;
        closing_ = true;
        constexpr std::size_t longest_reason = 123;
        const websocket::close_reason why(static_cast<websocket::close_code>(code),
                                          beast::string_view(reason).substr(0, longest_reason));
        stream_.async_close(why, [self = shared_from_this()](error_code) {
            self->patience_.cancel();
            self->ended();
        });
        // A client that never answers, or has gone at the same moment, must not keep the connection.
        patience_.expires_after(close_time);
        patience_.async_wait([self = shared_from_this()](error_code stopped) {
            if (!stopped) self->reset();
        });
    }

    void drop() override {
        error_code ignored;
        beast::get_lowest_layer(stream_).close(ignored);
        ended();
    }

    void reset() override {
        error_code ignored;
        auto& socket = beast::get_lowest_layer(stream_);
        socket.set_option(asio::socket_base::linger(true, 0), ignored);
        socket.close(ignored);
        ended();
    }

  private:
    struct queued_message {
        protocol::outgoing_message content;
        std::optional<fault::ending> after{};  ///< bare bytes, and the last ones
        bool bare = false;                     ///< bytes that are no message
    };

    static std::string framed(const protocol::outgoing_message& message) {
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

    /// Before the WebSocket. `go_on`: what would have happened.
    template <class Next>
    void suffer(const fault& value, Next go_on) {
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
                return timer->async_wait([timer, go_on = std::move(go_on)](error_code failure) {
                    if (!failure) go_on();
                });
            }
            default: return go_on();
        }
    }

    static std::string http_error(std::uint32_t status, const std::string& text) {
        std::string out = "HTTP/1.1 " + std::to_string(status) + ' ';
        const beast::string_view reason = http::obsolete_reason(static_cast<http::status>(status));
        out.append(reason.data(), reason.size());
        return out + "\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: " +
               std::to_string(text.size()) + "\r\n\r\n" + text;
    }

    /// Sends bytes without a frame and ends the stream; while the client has not ended it too, the connection
    /// is kept.
    void end_bare(std::string bytes, fault::ending after) {
        bare_ = std::move(bytes);
        auto sent = [self = shared_from_this(), after](error_code, std::size_t) {
            self->finish(after);
            if (!self->open_) self->discard();
        };
        if (secured_)
            asio::async_write(stream_.next_layer(), asio::buffer(bare_), std::move(sent));
        else
            asio::async_write(beast::get_lowest_layer(stream_), asio::buffer(bare_), std::move(sent));
    }

    void finish(fault::ending after) {
        auto& socket = beast::get_lowest_layer(stream_);
        error_code ignored;
        if (after == fault::ending::reset) return reset();
        if (after == fault::ending::close) socket.shutdown(asio::socket_base::shutdown_send, ignored);
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
        if (!open_ || closing_ || ending_) return;
        ending_ = message.after.has_value();
        writes_.push_back(std::move(message));
        if (writes_.size() == 1) write();
    }

    void on_upgrade() {
        if (const auto suffered = owner_.fault_of("upgrade"))
            return suffer(*suffered, [self = shared_from_this()] { self->answer_upgrade(); });
        answer_upgrade();
    }

    void answer_upgrade() {
        const beast::string_view target = upgrade_.target();
        const beast::string_view path = target.substr(0, target.find('?'));
        queries = path == "/ws";
        if (!websocket::is_upgrade(upgrade_) || (!queries && path != "/rest/tmq")) {
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
            self->open_ = true;
            self->owner_.on_open(self);
            self->read();
        });
    }

    /// The real server accepts permessage-deflate with whatever parameters it is offered, and always answers
    /// the same.
    void disregard_window_bits() {
        constexpr beast::string_view name = "permessage-deflate";
        const beast::string_view offered = upgrade_[http::field::sec_websocket_extensions];
        if (offered.find(name) != beast::string_view::npos && http::ext_list(offered).exists(name))
            upgrade_.set(http::field::sec_websocket_extensions, name);
    }

    void read() {
        if (!open_) return;
        buffer_.clear();
        stream_.async_read(buffer_, [self = shared_from_this()](error_code failure, std::size_t) {
            if (failure) {
                // an end of file while our close frame is answered is the close's to report
                if (!self->closing_) self->ended();
                return;
            }
            if (!self->open_) return;
            const auto data = self->buffer_.cdata();
            if (self->stream_.got_text())
                self->owner_.on_text(*self, {static_cast<const char*>(data.data()), data.size()});
            self->read();
        });
    }

    void write() {
        const queued_message& next = writes_.front();
        const protocol::outgoing_message& message = next.content;
        if (next.after) return end_bare(message.head, *next.after);
        if (next.bare) {
            return asio::async_write(
                stream_.next_layer(), asio::buffer(message.head),
                [self = shared_from_this()](error_code failure, std::size_t) { self->written(failure); });
        }
        stream_.binary(message.binary);
        const std::span<const std::byte> body = message.body();
        const std::array<asio::const_buffer, 2> parts = {asio::buffer(message.head),
                                                         asio::const_buffer(body.data(), body.size())};
        stream_.async_write(
            parts, [self = shared_from_this()](error_code failure, std::size_t) { self->written(failure); });
    }

    void written(error_code failure) {
        writes_.pop_front();
        if (!failure && open_ && !writes_.empty()) write();
    }

    void ended() {
        if (std::exchange(open_, false)) owner_.on_closed(*this);
    }

    websocket::stream<peer_stream> stream_;
    connection_owner& owner_;
    beast::flat_buffer buffer_;
    upgrade_request upgrade_;
    http::response<http::empty_body> refusal_;
    std::deque<queued_message> writes_;
    std::string bare_;
    asio::steady_timer patience_{stream_.get_executor()};
    bool secured_ = false;  ///< the handshake of TLS, if any, is done
    bool open_ = false;
    bool closing_ = false;
    bool ending_ = false;  ///< the last bytes are on their way
    bool pinging_ = false;
};

}  // namespace

void serve_connection(asio::ip::tcp::socket socket, std::shared_ptr<server_tls> tls, connection_owner& owner,
                      bool compression) {
    std::make_shared<beast_connection>(std::move(socket), std::move(tls), owner, compression)->start();
}

}  // namespace tmq::embedded::net
