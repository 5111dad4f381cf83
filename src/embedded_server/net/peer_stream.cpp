#include "embedded_server/net/peer_stream.hpp"

#include "tmq/testing/server_options.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <stdexcept>
#include <string>

namespace tmq::embedded::net {

namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using boost::system::error_code;

int protocol_number(testing::tls_version version) {
    switch (version) {
        case testing::tls_version::v1_0: return TLS1_VERSION;
        case testing::tls_version::v1_1: return TLS1_1_VERSION;
        case testing::tls_version::v1_2: return TLS1_2_VERSION;
        default: return TLS1_3_VERSION;
    }
}

[[noreturn]] void refuse(const char* subject, const error_code& failure) {
    throw std::invalid_argument(std::string(subject) + ": " + failure.message());
}

class tls_context final : public server_tls {
  public:
    explicit tls_context(const testing::server_options& options) : context(ssl::context::tls_server) {
        SSL_CTX* const native = context.native_handle();
        // OpenSSL 3 supports the old versions only at this level.
        if (options.lowest_tls() < testing::tls_version::v1_2)
            SSL_CTX_set_cipher_list(native, "DEFAULT:@SECLEVEL=0");
        SSL_CTX_set_min_proto_version(native, protocol_number(options.lowest_tls()));
        SSL_CTX_set_max_proto_version(native, protocol_number(options.highest_tls()));
        error_code failure;
        if (context.use_certificate_chain(asio::buffer(options.certificate_chain()), failure))
            refuse("TLS certificate", failure);
        if (context.use_private_key(asio::buffer(options.private_key()), ssl::context::pem, failure))
            refuse("TLS private key", failure);
        if (options.client_ca().empty()) return;
        if (context.add_certificate_authority(asio::buffer(options.client_ca()), failure))
            refuse("TLS client CA", failure);
        context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
        // Resumption would need a session id context, so it is turned off.
        SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_options(native, SSL_OP_NO_TICKET);
    }

    ssl::context context;
};

}  // namespace

std::shared_ptr<server_tls> server_tls::make(const testing::server_options& options) {
    return options.uses_tls() ? std::make_shared<tls_context>(options) : nullptr;
}

struct peer_stream::tls_layer {
    tls_layer(socket_type& socket, std::shared_ptr<server_tls> owner)
        : context(std::move(owner)), stream(socket, static_cast<tls_context&>(*context).context) {}

    std::shared_ptr<server_tls> context;
    ssl::stream<socket_type&> stream;
};

peer_stream::peer_stream(socket_type socket, std::shared_ptr<server_tls> context)
    : socket_(std::move(socket)) {
    if (context) tls_ = std::make_unique<tls_layer>(socket_, std::move(context));
}

peer_stream::~peer_stream() = default;

void peer_stream::async_handshake(erased_handler handler) {
    if (tls_)
        tls_->stream.async_handshake(
            ssl::stream_base::server,
            [handler = std::move(handler)](error_code failure) mutable { handler(failure); });
    else
        asio::post(socket_.get_executor(), [handler = std::move(handler)]() mutable { handler({}); });
}

void peer_stream::read_tls(asio::mutable_buffer target, erased_handler handler) {
    tls_->stream.async_read_some(target, std::move(handler));
}

void peer_stream::write_tls(asio::const_buffer source, erased_handler handler) {
    tls_->stream.async_write_some(source, std::move(handler));
}

void peer_stream::pretend(std::size_t size, erased_handler handler) {
    asio::post(socket_.get_executor(), [size, handler = std::move(handler)]() mutable { handler({}, size); });
}

void peer_stream::async_end(erased_handler handler) {
    auto finish = [this, handler = std::move(handler)](error_code) mutable {
        error_code ignored;
        socket_.shutdown(asio::socket_base::shutdown_send, ignored);
        discard_rest(std::move(handler));
    };
    if (tls_ && !silent_)
        tls_->stream.async_shutdown(std::move(finish));
    else
        asio::post(socket_.get_executor(), [finish = std::move(finish)]() mutable { finish({}); });
}

/// Reads until the client ends the stream, then closes the socket. Closing a socket with unread bytes would
/// reset the connection before the client has read its end.
void peer_stream::discard_rest(erased_handler handler) {
    record_.resize(4096);
    socket_.async_read_some(asio::buffer(record_),
                            [this, handler = std::move(handler)](error_code failure, std::size_t) mutable {
                                if (!failure) return discard_rest(std::move(handler));
                                socket_.close(failure);
                                handler({});
                            });
}

}  // namespace tmq::embedded::net
