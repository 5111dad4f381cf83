#pragma once

#include "base/defect_code.hpp"
#include "ws/opcode.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tmq::ws {

using base::defect_code;

class receive_buffer;

enum class frame_kind : std::uint8_t {
    need_more,  ///< The next frame is not complete; see frame::missing.
    text,       ///< A whole message, valid UTF-8 unless it is compressed.
    binary,     ///< A whole message.
    ping,
    pong,
    close,   ///< The last frame that a peer may send.
    failed,  ///< The peer broke the protocol; see frame::error. Every later call returns the same.
};

/// A frame or message as the decoder returns it.
///
/// *Lifetime*: `payload` points into the receive buffer and is valid until the next call of
/// frame_decoder::next(), receive_buffer::prepare() or receive_buffer::take(). After take() it stays valid in
/// the block that was handed over.
struct frame {
    frame_kind kind = frame_kind::need_more;
    /// Reason of `failed`.
    defect_code error{};
    /// True if the payload of a text or binary message must be inflated, see inflater.hpp.
    bool compressed = false;
    /// Code of `close`; close_code::no_status if the peer sent none.
    std::uint16_t close_code = 0;
    /// Bytes that the incomplete header or payload still lacks. At least 1 with `need_more`, else 0.
    std::size_t missing = 0;
    /// Content of text, binary, ping and pong; for close the reason, which is valid UTF-8.
    std::span<const std::uint8_t> payload;
};

/// Received part of the text and binary messages. Headers and control frames are not counted.
struct arrival {
    /// Bytes, with those of a frame that is not complete. Compressed bytes count as received.
    std::uint64_t payload = 0;
    /// Number of whole messages.
    std::uint64_t messages = 0;
    /// True if a message has begun and is not whole.
    bool has_partial_message = false;

    friend bool operator==(const arrival&, const arrival&) = default;
};

/// Reads server frames in place (RFC 6455, client side). Allocates nothing, and never throws, whatever the
/// bytes.
///
/// An unfragmented message is returned as it lies in the buffer. Fragments are joined inside the buffer;
/// control frames between them are returned at once.
class frame_decoder {
  public:
    /// A message of more than `max_message_size` bytes, all fragments together, is refused as soon as the
    /// header that exceeds the limit is read.
    explicit frame_decoder(std::uint64_t max_message_size) noexcept;

    /// Accepts compressed messages (RFC 7692 6), because permessage-deflate was negotiated. Their size is
    /// that of the compressed bytes. Call it before the first frame.
    void allow_compression() noexcept { allows_compression_ = true; }

    /// Returns the next frame or message in `buffer`. Pass the same buffer throughout a connection.
    frame next(receive_buffer& buffer) noexcept;

    /// Returns the received part of the messages, as of the last next().
    ws::arrival arrival() const noexcept {
        return {payload_ + partial_payload_, messages_,
                fragmented_op_ != opcode::continuation || partial_payload_ != 0};
    }

  private:
    struct header {
        bool final = false;
        opcode op = opcode::continuation;
        bool compressed = false;
        std::size_t size = 0;
        std::uint64_t length = 0;
        /// Bytes that the header still lacks; 0 if it is complete.
        std::size_t missing = 0;
    };

    defect_code read_header(std::span<const std::uint8_t> bytes, std::uint64_t assembled_size,
                            header& head) const noexcept;
    frame control(opcode op, std::span<const std::uint8_t> payload) noexcept;
    frame message(opcode op, bool compressed, std::span<const std::uint8_t> payload) noexcept;
    frame fail(defect_code error) noexcept;

    std::uint64_t max_message_size_;
    defect_code error_{};
    bool allows_compression_ = false;
    bool closed_ = false;
    /// Kind of the message whose fragments are being joined; continuation if there is none.
    opcode fragmented_op_ = opcode::continuation;
    bool fragmented_compressed_ = false;
    std::uint64_t messages_ = 0;
    /// Payload bytes of whole data frames.
    std::uint64_t payload_ = 0;
    /// Payload bytes received of the data frame that is not complete.
    std::uint64_t partial_payload_ = 0;
};

}  // namespace tmq::ws
