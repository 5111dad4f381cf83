#pragma once

#include "base/failure.hpp"
#include "tmq/tls_options.hpp"

#include <memory>

struct ssl_ctx_st;

namespace tmq::net {

using base::failure;

/// What TLS connections have in common: trusted roots, own certificate, allowed versions. Shared by their
/// engines, in any thread.
class tls_context {
  public:
    /// Reads the files and texts of the options. Fails with errc::tls_settings, and says which of them cannot
    /// be used.
    static failure make(const tls_options& options, std::shared_ptr<const tls_context>& out);
    /// The same, or the context that somebody else in this process has for equal options: thousands of
    /// consumers need the system's roots once. Not where there are files, which may have been replaced
    /// meanwhile. Thread-safe.
    static failure share(const tls_options& options, std::shared_ptr<const tls_context>& out);

    ssl_ctx_st* native() const noexcept { return context_.get(); }
    bool verifies() const noexcept { return verifies_; }

  private:
    struct deleter {
        void operator()(ssl_ctx_st* context) const noexcept;
    };

    explicit tls_context(const tls_options& options) : options_(options) {}

    const tls_options options_;
    std::unique_ptr<ssl_ctx_st, deleter> context_;
    bool verifies_ = true;
};

/// What OpenSSL has to say about the last thing that went wrong in this thread ("no start line"), for people;
/// never a secret.
std::string take_tls_reason();

}  // namespace tmq::net
