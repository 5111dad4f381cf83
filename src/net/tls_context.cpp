#include "net/tls_context.hpp"

#include "net/freed_by.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <limits>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace tmq::net {
namespace {

using bio_pointer = std::unique_ptr<BIO, freed_by<BIO_free>>;
using certificate_pointer = std::unique_ptr<X509, freed_by<X509_free>>;
using key_pointer = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;

/// Returns the failure of an unusable option. Shows the file's name, never its content.
failure unusable(std::string_view option, std::string_view file) {
    const std::string reason = take_tls_reason();
    return {make_error_code(errc::tls_settings), file.empty()
                                                     ? fmt::format("{}: {}", option, reason)
                                                     : fmt::format("{} {}: {}", option, file, reason)};
}

bio_pointer memory_of(const std::string& text) {
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
    return bio_pointer(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// True if the last error is the end of the text: OpenSSL reports it as an error.
bool is_at_end() {
    const unsigned long last = ERR_peek_last_error();
    if (ERR_GET_LIB(last) != ERR_LIB_PEM || ERR_GET_REASON(last) != PEM_R_NO_START_LINE) return false;
    ERR_clear_error();
    return true;
}

bool trust(SSL_CTX* context, const std::string& pem) {
    const bio_pointer bio = memory_of(pem);
    if (!bio) return false;
    X509_STORE* const store = SSL_CTX_get_cert_store(context);
    std::size_t count = 0;
    while (const certificate_pointer certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        if (X509_STORE_add_cert(store, certificate.get()) != 1) return false;
        ++count;
    }
    return count != 0 && is_at_end();
}

bool use_chain(SSL_CTX* context, const std::string& pem) {
    const bio_pointer bio = memory_of(pem);
    if (!bio) return false;
    const certificate_pointer own{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
    if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) return false;
    while (certificate_pointer issuer{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        if (SSL_CTX_add0_chain_cert(context, issuer.get()) != 1) return false;
        issuer.release();
    }
    return is_at_end();
}

int give_password(char* out, int room, int, void* options) {
    const std::string& password = static_cast<const tls_options*>(options)->private_key_password();
    if (room < 0 || password.size() > static_cast<std::size_t>(room)) return 0;
    password.copy(out, password.size());
    return static_cast<int>(password.size());
}

bool use_key(SSL_CTX* context, bio_pointer bio, const tls_options& options) {
    if (!bio) return false;
    // Without a callback OpenSSL would ask at the terminal.
    const key_pointer key{
        PEM_read_bio_PrivateKey(bio.get(), nullptr, give_password, const_cast<tls_options*>(&options))};
    return key && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

}  // namespace

std::string take_tls_reason() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    if (code == 0) return "failed";
    const char* const reason = ERR_reason_error_string(code);
    return reason != nullptr ? std::string(reason) : fmt::format("error {:08x}", code);
}

void tls_context::deleter::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

failure tls_context::make(const tls_options& options, std::shared_ptr<const tls_context>& out) {
    ERR_clear_error();
    const std::shared_ptr<tls_context> made(new tls_context(options));
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    if (context == nullptr) throw std::bad_alloc();
    made->context_.reset(context);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    // Requests are encrypted from a buffer that moves, as far as there is room. Record buffers are kept:
    // released ones are allocated again for every record.
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);

    made->verifies_ = !options.insecure_skip_verify();
    SSL_CTX_set_verify(context, made->verifies_ ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (!options.ca_file().empty() && SSL_CTX_load_verify_file(context, options.ca_file().c_str()) != 1)
        return unusable("CA file", options.ca_file());
    if (!options.ca_pem().empty() && !trust(context, options.ca_pem()))
        return unusable("CA certificates", {});
    if (made->verifies_ && options.ca_file().empty() && options.ca_pem().empty() &&
        SSL_CTX_set_default_verify_paths(context) != 1)
        return unusable("system's CA certificates", {});

    if (!options.certificate_file().empty() &&
        SSL_CTX_use_certificate_chain_file(context, options.certificate_file().c_str()) != 1)
        return unusable("certificate file", options.certificate_file());
    if (!options.certificate_pem().empty() && !use_chain(context, options.certificate_pem()))
        return unusable("certificate", {});
    if (!options.private_key_file().empty() &&
        !use_key(context, bio_pointer(BIO_new_file(options.private_key_file().c_str(), "r")), options))
        return unusable("private key file", options.private_key_file());
    if (!options.private_key_pem().empty() &&
        !use_key(context, memory_of(options.private_key_pem()), options))
        return unusable("private key", {});
    const bool has_certificate = !options.certificate_file().empty() || !options.certificate_pem().empty();
    if (has_certificate && SSL_CTX_check_private_key(context) != 1)
        return unusable("certificate and private key", {});
    out = made;
    return {};
}

failure tls_context::share(const tls_options& options, std::shared_ptr<const tls_context>& out) {
    if (options.has_files()) return make(options, out);
    static std::mutex mutex;
    static std::vector<std::weak_ptr<const tls_context>> in_use;
    const auto find = [&options] {
        std::erase_if(in_use, [](const auto& context) { return context.expired(); });
        for (const auto& known : in_use) {
            std::shared_ptr<const tls_context> context = known.lock();
            if (context != nullptr && context->options_ == options) return context;
        }
        return std::shared_ptr<const tls_context>();
    };
    {
        const std::scoped_lock lock(mutex);
        out = find();
    }
    if (out != nullptr) return {};
    // The system's roots are read from the disk without the lock, so that nobody waits for the disk. If two
    // threads read them at once, both use the same.
    std::shared_ptr<const tls_context> made;
    failure why = make(options, made);
    if (why) return why;
    const std::scoped_lock lock(mutex);
    out = find();
    if (out != nullptr) return {};
    in_use.push_back(made);
    out = std::move(made);
    return {};
}

}  // namespace tmq::net
