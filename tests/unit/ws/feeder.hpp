#pragma once

#include "base/defect_code.hpp"
#include "ws/frame_decoder.hpp"
#include "ws/opcode.hpp"
#include "ws/receive_buffer.hpp"

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using bytes = std::vector<std::uint8_t>;

bytes bytes_of(std::string_view text);
bytes operator+(bytes a, const bytes& b);

/// A frame as a server sends it, in the shortest length form.
bytes server_frame(tmq::ws::opcode op, const bytes& payload, bool final = true);
bytes server_frame(tmq::ws::opcode op, std::string_view payload, bool final = true);
bytes close_frame(std::uint16_t code, std::string_view reason = {});
/// The same frame marked as the first of a compressed message.
bytes marked_compressed(bytes frame);

/// Appends what a read brought.
void put(tmq::ws::receive_buffer& buffer, std::span<const std::uint8_t> data);

/// What a decoder said, with its own copy of the payload.
struct event {
    tmq::ws::frame_kind kind = tmq::ws::frame_kind::need_more;
    bytes payload;
    std::uint16_t close_code = 0;
    tmq::base::defect_code error{};
    bool compressed = false;

    friend bool operator==(const event&, const event&) = default;
};
std::ostream& operator<<(std::ostream& out, const event& value);

event text(std::string_view payload);
event binary(bytes payload);
event ping(std::string_view payload = {});
event pong(std::string_view payload = {});
event closed(std::uint16_t code, std::string_view reason = {});
event failed(tmq::base::defect_code error);
/// The same message, compressed.
event compressed(event message);

/// Bytes that the next read brings, given how many were read so far and how many the decoder still wants.
using read_size = std::function<std::size_t(std::size_t done, std::size_t missing)>;

/// A receive buffer whose memory behind the received bytes is out of bounds for AddressSanitizer.
class fenced_buffer {
  public:
    fenced_buffer() = default;
    fenced_buffer(const fenced_buffer&) = delete;
    fenced_buffer& operator=(const fenced_buffer&) = delete;
    ~fenced_buffer() { open(); }

    /// Reads up to `count` bytes of `source`, as much as there is room for when `at_least` was asked for.
    /// Returns how many.
    std::size_t read(std::span<const std::uint8_t> source, std::size_t at_least, std::size_t count);
    std::size_t take(tmq::detail::byte_buffer& into, std::span<const std::uint8_t> payload);
    tmq::ws::receive_buffer& get() { return buffer_; }

  private:
    void open();

    tmq::ws::receive_buffer buffer_;
    std::span<std::uint8_t> fence_;
};

/// Decodes `stream` read by read, up to its end or the first failure. With `hand_over` every binary message
/// is taken out of the buffer.
std::vector<event> decode(std::span<const std::uint8_t> stream, std::uint64_t max_message_size,
                          bool hand_over, const read_size& next_read, bool compression = false);

/// Decodes `stream` in every way it may be cut into reads: whole, byte by byte, in two at every point,
/// exactly what the decoder asks for, and at random; and expects the same events each time.
void expect_events(const bytes& stream, const std::vector<event>& expected,
                   std::uint64_t max_message_size = 1 << 20, bool compression = false);
/// The same on a connection that negotiated permessage-deflate.
void expect_events_with_compression(const bytes& stream, const std::vector<event>& expected,
                                    std::uint64_t max_message_size = 1 << 20);
