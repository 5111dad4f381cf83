#include "net/tls_engine.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <limits>
#include <new>

namespace tmq::net {
namespace {

/// Room for several records, so that one system call can read more than one.
constexpr std::size_t input_size = 64 * 1024;
/// Room for one record and its overhead.
constexpr std::size_t output_size = 17 * 1024;

bool expect_name(SSL* ssl, std::string host) {
    boost::system::error_code not_an_address;
    boost::asio::ip::make_address(host, not_an_address);
    // The zone of a link-local address is part of the route, and never of a certificate.
    if (!not_an_address) host.resize(std::min(host.find('%'), host.size()));
    X509_VERIFY_PARAM* const expected = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (!not_an_address) return X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1;
    return X509_VERIFY_PARAM_set1_host(expected, host.data(), host.size()) == 1 &&
           SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace

void tls_engine::ssl_deleter::operator()(ssl_st* ssl) const noexcept { SSL_free(ssl); }
void tls_engine::bio_deleter::operator()(bio_st* bio) const noexcept { BIO_free(bio); }

tls_engine::tls_engine(std::shared_ptr<const tls_context> context, const std::string& host)
    : context_(std::move(context)), ssl_(SSL_new(context_->native())) {
    if (!ssl_) throw std::bad_alloc();
    BIO* internal = nullptr;
    BIO* network = nullptr;
    if (BIO_new_bio_pair(&internal, output_size, &network, input_size) != 1) throw std::bad_alloc();
    network_.reset(network);
    SSL_set_bio(ssl_.get(), internal, internal);
    SSL_set_connect_state(ssl_.get());
    if (!expect_name(ssl_.get(), host))
        why_ = failure(make_error_code(errc::tls_settings), "a server name that TLS cannot ask for");
}

tls_engine::progress tls_engine::handshake() {
    if (why_) return progress::failed;
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) return progress::done;
    if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_WRITE) return progress::needs_output;
    return waits_for_input(result) ? progress::needs_input : progress::failed;
}

std::span<std::uint8_t> tls_engine::input_room() noexcept {
    char* room = nullptr;
    const int size = BIO_nwrite0(network_.get(), &room);
    return {reinterpret_cast<std::uint8_t*>(room), static_cast<std::size_t>(std::max(size, 0))};
}

void tls_engine::commit_input(std::size_t count) noexcept {
    char* ignored = nullptr;
    BIO_nwrite(network_.get(), &ignored, static_cast<int>(count));
}

std::size_t tls_engine::decrypt(std::span<std::uint8_t> out) {
    std::size_t total = 0;
    ERR_clear_error();
    while (total < out.size() && !why_) {
        std::size_t count = 0;
        const int result = SSL_read_ex(ssl_.get(), out.data() + total, out.size() - total, &count);
        if (result != 1) {
            waits_for_input(result);
            break;
        }
        total += count;
    }
    return total;
}

bool tls_engine::encrypt(std::span<const std::uint8_t> plain, std::vector<std::uint8_t>& out) {
    ERR_clear_error();
    while (!plain.empty()) {
        take_output(out);
        std::size_t count = 0;
        const int result = SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &count);
        if (result == 1) {
            plain = plain.subspan(count);
        } else if (SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_WRITE || !has_output()) {
            // Without room for a record there is output to take; anything else is a failure.
            waits_for_input(result);
            if (!why_) why_ = failure(make_error_code(errc::tls_failed), "renegotiation");
            return false;
        }
    }
    take_output(out);
    return true;
}

bool tls_engine::has_output() const noexcept { return BIO_ctrl_pending(network_.get()) != 0; }

void tls_engine::take_output(std::vector<std::uint8_t>& out) {
    char* bytes = nullptr;
    for (int size = 0; (size = BIO_nread(network_.get(), &bytes, std::numeric_limits<int>::max())) > 0;)
        out.insert(out.end(), reinterpret_cast<const std::uint8_t*>(bytes),
                   reinterpret_cast<const std::uint8_t*>(bytes) + size);
}

void tls_engine::take_farewell(std::vector<std::uint8_t>& out) {
    ERR_clear_error();
    if (!why_ && SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
    ERR_clear_error();
    take_output(out);
}

bool tls_engine::waits_for_input(int result) {
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return true;
    if (error == SSL_ERROR_ZERO_RETURN) {
        why_ = failure(make_error_code(errc::connection_lost), "the server ended TLS");
        return false;
    }
    const bool is_no_record = ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_WRONG_VERSION_NUMBER;
    const long verdict = SSL_get_verify_result(ssl_.get());
    if (context_->verifies() && verdict != X509_V_OK && SSL_is_init_finished(ssl_.get()) != 1)
        why_ = failure(make_error_code(errc::certificate_refused), X509_verify_cert_error_string(verdict));
    else
        why_ = failure(make_error_code(errc::tls_failed),
                       take_tls_reason() + (is_no_record ? ", the server perhaps does not speak TLS" : ""));
    ERR_clear_error();
    return false;
}

}  // namespace tmq::net
