#include "embedded_server/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket.hpp>

#include <array>
#include <chrono>
#include <deque>
#include <utility>

namespace tmq::embedded {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;

/// The real server pings every 54 s, and gives up a connection that is silent for about twice as long.
constexpr std::chrono::seconds idle_timeout{108};
constexpr std::size_t largest_request = 64u << 20;

class beast_connection final : public connection, public std::enable_shared_from_this<beast_connection> {
  public:
    beast_connection(asio::ip::tcp::socket socket, std::shared_ptr<tls_context> tls, connection_owner& owner, bool compression)
        : stream_(std::move(socket), std::move(tls)), owner_(owner) {
        websocket::permessage_deflate deflate;
        deflate.server_enable = compression;
        deflate.server_no_context_takeover = true;
        deflate.client_no_context_takeover = true;
        stream_.set_option(deflate);
        auto timeouts = websocket::stream_base::timeout::suggested(beast::role_type::server);
        timeouts.idle_timeout = idle_timeout;
        timeouts.keep_alive_pings = true;
        stream_.set_option(timeouts);
        stream_.auto_fragment(false);
        stream_.read_message_max(largest_request);
        stream_.control_callback([this](websocket::frame_type type, beast::string_view) {
            if (type == websocket::frame_type::ping) owner_.on_ping();
            if (type == websocket::frame_type::pong) owner_.on_pong();
        });
    }

    void start() {
        stream_.next_layer().async_handshake(erased_handler([self = shared_from_this()](error_code failure) {
            if (!failure) self->read_upgrade();
        }));
    }

    void read_upgrade() {
        http::async_read(stream_.next_layer(), buffer_, upgrade_, [self = shared_from_this()](error_code failure, std::size_t) {
            if (!failure) self->on_upgrade();
        });
    }

    void send(frame message) override {
        if (!open_ || closing_) return;
        writes_.push_back(std::move(message));
        if (writes_.size() == 1) write();
    }

    void ping() override {
        if (!open_ || closing_ || pinging_) return;
        pinging_ = true;
        stream_.async_ping({}, [self = shared_from_this()](error_code) { self->pinging_ = false; });
    }

    void close(std::uint16_t code, const std::string& reason) override {
        if (!open_ || closing_) return;
        closing_ = true;
        constexpr std::size_t longest_reason = 123;
        const websocket::close_reason why(static_cast<websocket::close_code>(code), beast::string_view(reason).substr(0, longest_reason));
        stream_.async_close(why, [self = shared_from_this()](error_code) { self->ended(); });
    }

    void reset() override {
        error_code ignored;
        auto& socket = beast::get_lowest_layer(stream_);
        socket.set_option(asio::socket_base::linger(true, 0), ignored);
        socket.close(ignored);
        ended();
    }

  private:
    void on_upgrade() {
        const beast::string_view target = upgrade_.target();
        if (!websocket::is_upgrade(upgrade_) || target.substr(0, target.find('?')) != "/rest/tmq") {
            refusal_.result(http::status::not_found);
            refusal_.prepare_payload();
            http::async_write(stream_.next_layer(), refusal_, [self = shared_from_this()](error_code, std::size_t) {
                error_code ignored;
                beast::get_lowest_layer(self->stream_).shutdown(asio::socket_base::shutdown_send, ignored);
            });
            return;
        }
        stream_.async_accept(upgrade_, [self = shared_from_this()](error_code failure) {
            if (failure) return;
            self->open_ = true;
            self->owner_.on_open(self);
            self->read();
        });
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
            if (self->stream_.got_text()) self->owner_.on_text(*self, {static_cast<const char*>(data.data()), data.size()});
            self->read();
        });
    }

    void write() {
        const frame& message = writes_.front();
        stream_.binary(message.binary);
        const std::array<asio::const_buffer, 2> parts = {
            asio::buffer(message.head),
            message.payload ? asio::const_buffer(message.payload->data(), message.payload->size()) : asio::const_buffer()};
        stream_.async_write(parts, [self = shared_from_this()](error_code failure, std::size_t) {
            self->writes_.pop_front();
            if (!failure && self->open_ && !self->writes_.empty()) self->write();
        });
    }

    void ended() {
        if (std::exchange(open_, false)) owner_.on_closed(*this);
    }

    websocket::stream<peer_stream> stream_;
    connection_owner& owner_;
    beast::flat_buffer buffer_;
    http::request<http::empty_body> upgrade_;
    http::response<http::empty_body> refusal_;
    std::deque<frame> writes_;
    bool open_ = false;
    bool closing_ = false;
    bool pinging_ = false;
};

}  // namespace

void serve_connection(asio::ip::tcp::socket socket, std::shared_ptr<tls_context> tls, connection_owner& owner, bool compression) {
    std::make_shared<beast_connection>(std::move(socket), std::move(tls), owner, compression)->start();
}

}  // namespace tmq::embedded
