#pragma once

#include "session/failure.hpp"
#include "tmq/tls_options.hpp"

#include <memory>

struct ssl_ctx_st;

namespace tmq {

/// What TLS connections of one consumer have in common: trusted roots, own certificate, allowed versions. Shared by its engines.
class tls_context {
  public:
    /// Reads the files and texts of the options. Fails with errc::tls_settings, and says which of them cannot be used.
    static failure make(const tls_options& options, std::shared_ptr<const tls_context>& out);

    ssl_ctx_st* native() const noexcept { return context_.get(); }
    bool verifies() const noexcept { return verifies_; }

  private:
    struct deleter {
        void operator()(ssl_ctx_st* context) const noexcept;
    };

    explicit tls_context(ssl_ctx_st* context) noexcept : context_(context) {}

    std::unique_ptr<ssl_ctx_st, deleter> context_;
    bool verifies_ = true;
};

/// What OpenSSL has to say about the last thing that went wrong in this thread ("no start line"), for people; never a secret.
std::string take_tls_reason();

}  // namespace tmq
