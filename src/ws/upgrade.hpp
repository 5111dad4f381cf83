#pragma once

#include "tmq/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tmq::ws {

/// Longest answer to the upgrade that is read, without a body.
inline constexpr std::size_t max_upgrade_head = 8 * 1024;

/// Sec-WebSocket-Key from 16 fresh random bytes.
std::string make_key(std::span<const std::uint8_t, 16> random);

/// The Sec-WebSocket-Accept that belongs to a key.
std::string accept_of(std::string_view key);

/// The request that turns a connection into a WebSocket. `host` is a name or an address without brackets and
/// without control characters; `target` is path and query. What may not stand in a request line (blanks,
/// control characters, non-ASCII) is percent-encoded. `offer_compression` offers permessage-deflate (RFC
/// 7692), each message compressed for itself.
std::string upgrade_request(std::string_view host, std::uint16_t port, std::string_view target,
                            std::string_view key, bool offer_compression = false);

struct upgrade_result {
    /// errc{} when accepted or undecided; else upgrade_refused, upgrade_malformed or upgrade_too_large.
    errc code{};
    /// Undecided: the answer goes on. Ask again with all bytes so far and more.
    bool need_more = false;
    /// HTTP status, 0 when the answer got no further than that.
    unsigned status = 0;
    /// Accepted: length of the answer; frames follow behind it.
    std::size_t consumed = 0;
    /// Accepted: permessage-deflate is on, so messages may come compressed.
    bool compression = false;
    /// Why not, for people: for upgrade_refused the status line and what has arrived of the body. At most 512
    /// bytes of printable UTF-8. Partly the server's words: never use it as a format.
    std::string text;
};

/// Judges the bytes received since the request was sent (RFC 6455 4.1). No subprotocol was asked for, and no
/// extension but permessage-deflate if `compression_offered`. Never throws, but for std::bad_alloc.
upgrade_result check_upgrade(std::span<const std::uint8_t> received, std::string_view key,
                             bool compression_offered = false);

}  // namespace tmq::ws
