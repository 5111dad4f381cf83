#pragma once

#include "wire/defect.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tmq::wire {

/// A binary reply to a fetch action (docs/protocol.md, "Binary replies"). Its views point into the frame.
struct fetch_reply {
    std::uint64_t time_ns = 0;  ///< time that the server took
    /// Id of the request (fetch_block: of the `fetch` before it). Not checked here.
    std::uint64_t req_id = 0;
    std::uint64_t message_id = 0;       ///< of the message in it; not checked here
    std::uint32_t code = 0;             ///< 0 = success; otherwise see server_category(), and raw is empty
    std::string_view error_text;        ///< as sent: not necessarily UTF-8
    std::uint16_t raw_type = 0;         ///< of the raw message, not checked here; 0 for fetch_block
    std::span<const std::uint8_t> raw;  ///< the raw message; for fetch_block a bare block, see append_block()
};

/// Splits a reply to fetch_raw_data, a success or an error. Excess bytes are refused. On failure `out` is
/// unspecified.
defect parse_fetch_raw_data(std::span<const std::uint8_t> frame, fetch_reply& out) noexcept;

/// Split replies to fetch_raw and fetch_block, whose errors come as text. These frames have no mark of their
/// kind, so you must know it from the request. The reply to a fetch_block without a successful `fetch` before
/// it may be any earlier frame.
defect parse_fetch_raw(std::span<const std::uint8_t> frame, fetch_reply& out) noexcept;
defect parse_fetch_block(std::span<const std::uint8_t> frame, fetch_reply& out) noexcept;

/// Returns the request id of a frame of fetch_raw or fetch_block. Returns nothing for a frame of
/// fetch_raw_data, and for one that is too short for any of them.
std::optional<std::uint64_t> unmarked_reply_id(std::span<const std::uint8_t> frame) noexcept;

}  // namespace tmq::wire
