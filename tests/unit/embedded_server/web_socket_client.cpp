#include "embedded_server/web_socket_client.hpp"

#include "net/freed_by.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace tmq::test {

namespace {

using net::freed_by;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using x509_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;

x509_ptr read_certificate(const std::string& pem) {
    return x509_ptr(PEM_read_bio_X509(
        bio_ptr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))).get(), nullptr, nullptr, nullptr));
}

key_ptr read_key(const std::string& pem) {
    return key_ptr(PEM_read_bio_PrivateKey(
        bio_ptr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))).get(), nullptr, nullptr, nullptr));
}

}  // namespace

struct web_socket_client::tls_layer {
    tls_layer(int socket, const tls_peer& how) : context(SSL_CTX_new(TLS_client_method())) {
        if (how.highest_version != 0) {
            SSL_CTX_set_cipher_list(context.get(), "DEFAULT:@SECLEVEL=0");
            SSL_CTX_set_min_proto_version(context.get(), how.highest_version);
            SSL_CTX_set_max_proto_version(context.get(), how.highest_version);
        }
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), read_certificate(how.ca).get());
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
        if (!how.certificate.empty()) {
            SSL_CTX_use_certificate(context.get(), read_certificate(how.certificate).get());
            SSL_CTX_use_PrivateKey(context.get(), read_key(how.private_key).get());
        }
        stream.reset(SSL_new(context.get()));
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(stream.get()), "127.0.0.1");
        SSL_set_fd(stream.get(), socket);
    }

    [[noreturn]] static void refuse() {
        throw std::runtime_error(ERR_error_string(ERR_get_error(), nullptr));
    }

    std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>> context;
    std::unique_ptr<SSL, freed_by<SSL_free>> stream;
};

web_socket_client::web_socket_client(std::uint16_t port, std::string_view path, std::string_view extensions) {
    connect(port);
    upgrade(path, extensions);
}

web_socket_client::web_socket_client(const std::string& host, std::uint16_t port, std::string_view path,
                                     std::string_view extensions) {
    connect(port, host);
    upgrade(path, extensions);
}

web_socket_client::web_socket_client(std::uint16_t port, const tls_peer& tls) {
    connect(port);
    secure(tls);
    upgrade("/rest/tmq");
}

void web_socket_client::secure(const tls_peer& tls) {
    tls_ = std::make_unique<tls_layer>(socket_, tls);
    ERR_clear_error();
    if (SSL_connect(tls_->stream.get()) != 1) {
        ::close(socket_);
        tls_layer::refuse();
    }
}

std::string web_socket_client::tls_version() const {
    return tls_ ? SSL_get_version(tls_->stream.get()) : std::string();
}

bool web_socket_client::said_goodbye() const {
    return tls_ && (SSL_get_shutdown(tls_->stream.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

void web_socket_client::connect(std::uint16_t port, const std::string& host) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found) != 0)
        throw std::runtime_error("no such host");
    const std::unique_ptr<addrinfo, freed_by<::freeaddrinfo>> addresses(found);
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
        socket_ = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (::connect(socket_, address->ai_addr, address->ai_addrlen) == 0) break;
        drop();
    }
    if (socket_ < 0) throw std::runtime_error("cannot connect");
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void web_socket_client::ask_for_upgrade(std::string_view path, std::string_view extensions) {
    std::string request = std::string("GET ").append(path).append(
        " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n");
    if (!extensions.empty()) request.append("Sec-WebSocket-Extensions: ").append(extensions).append("\r\n");
    write(request + "\r\n");
}

void web_socket_client::upgrade(std::string_view path, std::string_view extensions) {
    ask_for_upgrade(path, extensions);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
        if (!fill(buffer_.size() + 1, until)) throw std::runtime_error("no answer to the upgrade");
    answer_ = buffer_.substr(0, end + 4);
    buffer_.erase(0, end + 4);
}

void web_socket_client::write(std::string_view bytes) {
    const auto size = static_cast<std::ptrdiff_t>(bytes.size());
    const auto written =
        tls_ ? SSL_write(tls_->stream.get(), bytes.data(), static_cast<int>(size))
             : static_cast<std::ptrdiff_t>(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    if (written != size) throw std::runtime_error("cannot send");
}

std::ptrdiff_t web_socket_client::read(char* into, std::size_t size) {
    if (!tls_) return ::recv(socket_, into, size, 0);
    ERR_clear_error();
    errno = 0;
    const int got = SSL_read(tls_->stream.get(), into, static_cast<int>(size));
    if (got > 0) return got;
    // TLS 1.3 tells a client only here that its certificate was refused
    if (ERR_GET_REASON(ERR_peek_error()) >= SSL_AD_REASON_OFFSET) tls_layer::refuse();
    return errno == ECONNRESET ? -1 : 0;
}

web_socket_client::~web_socket_client() { drop(); }

void web_socket_client::drop() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
}

void web_socket_client::send(opcode what, std::string_view bytes) {
    constexpr std::array<char, 4> key = {'\x12', '\x34', '\x56', '\x78'};
    std::string out(1, static_cast<char>(0x80 | static_cast<int>(what)));
    if (bytes.size() < 126) {
        out += static_cast<char>(0x80 | bytes.size());
    } else {
        out += static_cast<char>(0x80 | 126);
        out += static_cast<char>(bytes.size() >> 8);
        out += static_cast<char>(bytes.size());
    }
    out.append(key.data(), key.size());
    for (std::size_t i = 0; i < bytes.size(); ++i)
        out += static_cast<char>(bytes[i] ^ key[i % 4]);
    write(out);
}

web_socket_client::received web_socket_client::receive(std::chrono::milliseconds timeout) {
    const auto until = std::chrono::steady_clock::now() + timeout;
    received message;
    pieces_.clear();
    for (bool last = false; !last;) {
        if (!fill(2, until)) return {failure_, {}};
        const auto byte = [this](std::size_t i) {
            return static_cast<std::size_t>(static_cast<unsigned char>(buffer_[i]));
        };
        last = (byte(0) & 0x80) != 0;
        if ((byte(0) & 0x0f) != 0) message.what = static_cast<opcode>(byte(0) & 0x0f);
        std::size_t head = 2;
        std::size_t size = byte(1) & 0x7f;
        if (size > 125) {
            const std::size_t width = size == 126 ? 2 : 8;
            if (!fill(2 + width, until)) return {failure_, {}};
            for (size = 0; head < 2 + width; ++head)
                size = size << 8 | byte(head);
        }
        if (!fill(head + size, until)) return {failure_, {}};
        pieces_.push_back({static_cast<std::uint8_t>(byte(0)), size});
        message.bytes += buffer_.substr(head, size);
        buffer_.erase(0, head + size);
    }
    return message;
}

web_socket_client::received web_socket_client::receive_rest(std::chrono::milliseconds timeout) {
    const auto until = std::chrono::steady_clock::now() + timeout;
    while (fill(buffer_.size() + 1, until))
        continue;
    return {failure_, std::exchange(buffer_, {})};
}

web_socket_client::received web_socket_client::answer_to_upgrade(std::uint16_t port,
                                                                 std::chrono::milliseconds timeout) {
    web_socket_client client;
    client.connect(port);
    client.ask_for_upgrade("/rest/tmq");
    return client.receive_rest(timeout);
}

web_socket_client::received web_socket_client::answer_to(std::uint16_t port, std::string_view bytes,
                                                         const tls_peer* tls,
                                                         std::chrono::milliseconds timeout) {
    web_socket_client client;
    client.connect(port);
    if (tls) client.secure(*tls);
    client.write(bytes);
    return client.receive_rest(timeout);
}

bool web_socket_client::fill(std::size_t size, std::chrono::steady_clock::time_point until) {
    std::array<char, 65536> chunk;
    while (buffer_.size() < size) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now())
                .count();
        pollfd ready{socket_, POLLIN, 0};
        const bool decrypted = tls_ && SSL_pending(tls_->stream.get()) > 0;
        if (!decrypted && (left < 0 || ::poll(&ready, 1, static_cast<int>(left)) == 0))
            return failure_ = opcode::nothing, false;
        const std::ptrdiff_t got = read(chunk.data(), chunk.size());
        if (got <= 0) return failure_ = got == 0 ? opcode::end_of_stream : opcode::reset, false;
        buffer_.append(chunk.data(), static_cast<std::size_t>(got));
    }
    return true;
}

}  // namespace tmq::test
