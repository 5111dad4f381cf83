#pragma once

#include "tmq/error.hpp"
#include "ws/opcode.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tmq::ws {

class receive_buffer;

enum class frame_kind : std::uint8_t {
    need_more,  ///< see frame::missing
    text,       ///< a whole message, valid UTF-8 unless it is compressed
    binary,     ///< a whole message
    ping,
    pong,
    close,   ///< the last thing a peer may send
    failed,  ///< the peer broke the protocol; see frame::error. Every later call says the same
};

/// What the decoder found. `payload` points into the receive buffer and is valid until the next call of
/// frame_decoder::next(), receive_buffer::prepare() or receive_buffer::take(); after take() it stays valid in
/// the block that was handed over.
struct frame {
    frame_kind kind = frame_kind::need_more;
    errc error{};                  ///< failed only
    bool compressed = false;       ///< text, binary: the payload is still to be inflated, see inflater.hpp
    std::uint16_t close_code = 0;  ///< close only; close_code::no_status when the peer gave none
    std::size_t missing =
        0;  ///< need_more only: bytes that the header or payload being read still lacks, at least 1
    std::span<const std::uint8_t> payload;  ///< text, binary, ping, pong; for close the reason, valid UTF-8
};

/// What has come of text and binary messages: headers and control frames count for nothing.
struct arrival {
    std::uint64_t payload =
        0;  ///< bytes, those of a frame that is still coming too; compressed ones as they are
    std::uint64_t messages = 0;  ///< whole ones
    bool amid_message = false;   ///< one has begun and is not whole

    friend bool operator==(const arrival&, const arrival&) = default;
};

/// Reads server frames in place (RFC 6455, client side). Takes no memory; never throws, whatever the bytes.
///
/// An unfragmented message is returned as it lies in the buffer. Fragments are joined inside the buffer;
/// control frames between them are returned at once.
class frame_decoder {
  public:
    /// Messages of more than `max_message_size` bytes, all fragments together, are refused as soon as their
    /// header is read.
    explicit frame_decoder(std::uint64_t max_message_size) noexcept;

    /// permessage-deflate was negotiated: messages may be compressed (RFC 7692 6). Their size is that of the
    /// compressed bytes. To be called before the first frame.
    void allow_compression() noexcept { allows_compression_ = true; }

    /// The next frame or message in `buffer`. The same buffer must be used throughout a connection.
    frame next(receive_buffer& buffer) noexcept;

    /// How far the messages have come, as of the last next().
    ws::arrival arrival() const noexcept {
        return {payload_ + partial_, messages_, joining_ != opcode::continuation || partial_ != 0};
    }

  private:
    struct header {
        bool final = false;
        opcode op = opcode::continuation;
        bool compressed = false;
        std::size_t size = 0;
        std::uint64_t length = 0;
        /// Not 0: the header is not complete.
        std::size_t missing = 0;
    };

    errc read_header(std::span<const std::uint8_t> bytes, std::uint64_t assembled,
                     header& head) const noexcept;
    frame control(opcode op, std::span<const std::uint8_t> payload) noexcept;
    frame message(opcode op, bool compressed, std::span<const std::uint8_t> payload) noexcept;
    frame fail(errc error) noexcept;

    std::uint64_t max_message_size_;
    errc error_{};
    bool allows_compression_ = false;
    bool closed_ = false;
    /// Kind of the message whose fragments are being joined; continuation when there is none.
    opcode joining_ = opcode::continuation;
    bool joining_compressed_ = false;
    std::uint64_t messages_ = 0;
    std::uint64_t payload_ = 0;  ///< of whole data frames
    std::uint64_t partial_ = 0;  ///< of the data frame that is still coming
};

}  // namespace tmq::ws
