#pragma once

#include "base/failure.hpp"
#include "net/tls_context.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct bio_st;
struct ssl_st;

namespace tmq::net {

using base::failure;

/// Client's side of one TLS connection, without a socket: encrypted bytes in and out, plain bytes in and out.
/// Bytes from the peer are read directly into the memory that OpenSSL decrypts from, and decrypted directly
/// into the caller's.
class tls_engine {
  public:
    /// `host` is the name or the address that the peer's certificate must be for; a name is also sent (SNI).
    tls_engine(std::shared_ptr<const tls_context> context, const std::string& host);

    enum class progress : std::uint8_t {
        done,          ///< the handshake is complete; output may be due
        needs_input,   ///< send the output, then read more from the peer
        needs_output,  ///< send the output, then continue
        failed,        ///< see why(); output may hold an alert for the peer
    };
    progress handshake();

    /// Returns room for the peer's bytes, at least one. Then commit the number read.
    std::span<std::uint8_t> input_room() noexcept;
    void commit_input(std::size_t count) noexcept;

    /// Decrypts committed input, as far as it fits. 0: more input is needed, or the connection failed: see
    /// why().
    std::size_t decrypt(std::span<std::uint8_t> out);
    /// Appends the encrypted form of `plain` to `out`, after the bytes already waiting. Returns false on
    /// failure: see why().
    bool encrypt(std::span<const std::uint8_t> plain, std::vector<std::uint8_t>& out);
    /// True if encrypted bytes are waiting to be sent to the peer.
    bool has_output() const noexcept;
    /// Appends the waiting bytes to `out`.
    void take_output(std::vector<std::uint8_t>& out);
    /// Appends the waiting bytes and TLS's close_notify to `out`.
    void take_farewell(std::vector<std::uint8_t>& out);

    /// Reason for the end of the connection; empty while it works. errc::certificate_refused with the reason,
    /// errc::tls_failed, errc::connection_lost.
    const failure& why() const noexcept { return why_; }

  private:
    struct ssl_deleter {
        void operator()(ssl_st* ssl) const noexcept;
    };
    struct bio_deleter {
        void operator()(bio_st* bio) const noexcept;
    };

    /// Handles a call that returned `result` <= 0. True if it only waits for input; otherwise sets why_.
    bool waits_for_input(int result);

    std::shared_ptr<const tls_context> context_;
    std::unique_ptr<ssl_st, ssl_deleter> ssl_;
    std::unique_ptr<bio_st, bio_deleter> network_;  ///< this end of the pair; OpenSSL has the other
    failure why_;
};

}  // namespace tmq::net
