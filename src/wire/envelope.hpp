#pragma once

#include "wire/defect.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tmq::wire {

/// The binary reply to one of the fetch actions. The views point into the frame.
struct fetch_reply {
    std::uint64_t time_ns = 0;  ///< how long the server took
    std::uint64_t req_id =
        0;  ///< of the request it answers (fetch_block: of the `fetch` before); not checked here
    std::uint64_t message_id = 0;  ///< of the message it carries; not checked here
    std::uint32_t code = 0;        ///< 0 = success; otherwise see server_category(), and raw is empty
    std::string_view error_text;   ///< as sent: not necessarily UTF-8
    std::uint16_t raw_type =
        0;  ///< kind of the raw message, 2 = data; any number is let through; 0 for fetch_block
    std::span<const std::uint8_t> raw;  ///< the raw message; for fetch_block a bare block, see append_block()
};

/// Splits a reply to fetch_raw_data, in its success or its error form; every byte must belong to it. On
/// failure `out` is unspecified.
defect parse_fetch_raw_data(std::span<const std::uint8_t> frame, fetch_reply& out) noexcept;

/// The same for fetch_raw and for fetch_block, whose errors come as text. What these frames are must be known
/// from the request: they do not say it. A fetch_block without a successful `fetch` before it may be answered
/// with any frame of the past.
defect parse_fetch_raw(std::span<const std::uint8_t> frame, fetch_reply& out) noexcept;
defect parse_fetch_block(std::span<const std::uint8_t> frame, fetch_reply& out) noexcept;

/// The request id in a frame of fetch_raw or fetch_block; nothing when it is one of fetch_raw_data, or too
/// short to be any.
std::optional<std::uint64_t> unmarked_reply_id(std::span<const std::uint8_t> frame) noexcept;

}  // namespace tmq::wire
