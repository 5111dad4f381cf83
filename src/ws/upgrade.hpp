#pragma once

#include "base/defect_code.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tmq::ws {

using base::defect_code;

/// Largest head of an answer to the upgrade that is accepted. The head is the answer without its body.
inline constexpr std::size_t max_upgrade_head = 8 * 1024;

/// Returns the Sec-WebSocket-Key that encodes 16 new random bytes.
std::string make_key(std::span<const std::uint8_t, 16> random);

/// Returns the Sec-WebSocket-Accept that answers `key`.
std::string accept_value(std::string_view key);

/// Returns the request that turns a connection into a WebSocket. `host` is a name or an address without
/// brackets and control characters. `target` is path and query; characters that a request line cannot hold
/// (blanks, control characters, non-ASCII) are percent-encoded. `offer_compression` offers permessage-deflate
/// (RFC 7692), with each message compressed independently.
std::string upgrade_request(std::string_view host, std::uint16_t port, std::string_view target,
                            std::string_view key, bool offer_compression = false);

struct upgrade_result {
    /// defect_code{} if accepted or undecided; else upgrade_refused, upgrade_malformed or upgrade_too_large.
    defect_code code{};
    /// True if undecided, because the head is not complete. Check again with all bytes so far and more.
    bool need_more = false;
    /// HTTP status; 0 if no status was read.
    unsigned status = 0;
    /// Length of an accepted answer. Frames follow it.
    std::size_t consumed = 0;
    /// True if the answer accepts permessage-deflate, so messages may be compressed.
    bool compression = false;
    /// Reason of a refusal, for people: for upgrade_refused the status line and the received part of the
    /// body. At most 512 bytes of printable UTF-8. Part of it is the server's text: never use it as a format
    /// string.
    std::string text;
};

/// Checks the bytes received since the request was sent (RFC 6455 4.1). An answer with a subprotocol is
/// malformed, and so is one with an extension other than permessage-deflate, or with permessage-deflate
/// without `compression_offered`. *Throws* std::bad_alloc only.
upgrade_result check_upgrade(std::span<const std::uint8_t> received, std::string_view key,
                             bool compression_offered = false);

}  // namespace tmq::ws
