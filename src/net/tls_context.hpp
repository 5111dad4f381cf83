#pragma once

#include "base/failure.hpp"
#include "tmq/tls_options.hpp"

#include <memory>

struct ssl_ctx_st;

namespace tmq::net {

using base::failure;

/// Common settings of TLS connections: trusted roots, own certificate, allowed versions. Shared by their
/// engines, in any thread.
class tls_context {
  public:
    /// Reads the files and texts of the options. Fails with errc::tls_settings and the name of the unusable
    /// option.
    static failure make(const tls_options& options, std::shared_ptr<const tls_context>& out);
    /// Makes a context, or returns one that this process uses already for equal options: thousands of
    /// consumers need the system's roots only once. Options with files always make one, since the files may
    /// have been replaced. Thread-safe.
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

/// Takes OpenSSL's text for the last error of this thread ("no start line"). For people; never a secret.
std::string take_tls_reason();

}  // namespace tmq::net
