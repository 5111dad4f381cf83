#include "ws/frame_decoder.hpp"

#include "text/utf8.hpp"
#include "ws/close_code.hpp"
#include "ws/receive_buffer.hpp"

#include <algorithm>
#include <limits>

namespace tmq::ws {
namespace {

constexpr std::uint8_t reserved_bits = 0x70;
constexpr std::uint8_t compressed_bit = 0x40;
constexpr std::uint8_t opcode_bits = 0x0F;
constexpr std::uint8_t length_bits = 0x7F;
constexpr std::uint8_t length_is_16_bit = 126;
constexpr std::uint8_t length_is_64_bit = 127;

constexpr bool is_reserved(opcode op) noexcept {
    return (op > opcode::binary && op < opcode::close) || op > opcode::pong;
}

std::uint64_t load_big_endian(std::span<const std::uint8_t> bytes) noexcept {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes)
        value = value << 8 | byte;
    return value;
}

frame need_more(std::size_t missing) noexcept {
    frame result;
    result.missing = missing;
    return result;
}

}  // namespace

/// Sums of a length and a header must not wrap: the limit is at most a quarter of the address space, more
/// than any message can have.
frame_decoder::frame_decoder(std::uint64_t max_message_size) noexcept
    : max_message_size_(
          std::min<std::uint64_t>(max_message_size, std::numeric_limits<std::size_t>::max() / 4)) {}

frame frame_decoder::next(receive_buffer& buffer) noexcept {
    while (error_ == defect_code{}) {
        const std::span<const std::uint8_t> bytes = buffer.unread();
        if (closed_) {
            if (bytes.empty()) return need_more(1);
            return fail(defect_code::frame_after_close);
        }

        header head;
        if (const defect_code error = read_header(bytes, buffer.kept_size(), head); error != defect_code{})
            return fail(error);
        if (head.missing != 0) return need_more(head.missing);
        const auto length = static_cast<std::size_t>(head.length);
        if (bytes.size() - head.size < length) {
            if (!is_control(head.op)) partial_payload_ = bytes.size() - head.size;
            return need_more(length - (bytes.size() - head.size));
        }

        buffer.consume(head.size);
        const std::span<const std::uint8_t> payload = bytes.subspan(head.size, length);
        if (is_control(head.op)) {
            buffer.consume(length);
            return control(head.op, payload);
        }
        payload_ += length;
        partial_payload_ = 0;
        if (head.final && head.op != opcode::continuation) {
            buffer.consume(length);
            return message(head.op, head.compressed, payload);
        }
        buffer.keep(length);
        if (head.op != opcode::continuation) {
            fragmented_op_ = head.op;
            fragmented_compressed_ = head.compressed;
        }
        if (head.final) {
            const opcode op = fragmented_op_;
            fragmented_op_ = opcode::continuation;
            return message(op, fragmented_compressed_, buffer.release_kept());
        }
    }
    return fail(error_);
}

/// An error must not depend on how the bytes were split into reads, so each byte is checked as soon as
/// possible.
defect_code frame_decoder::read_header(std::span<const std::uint8_t> bytes, std::uint64_t assembled_size,
                                       header& head) const noexcept {
    head.size = 2;
    if (bytes.size() < head.size) {
        head.missing = head.size - bytes.size();
        return {};
    }
    head.final = (bytes[0] & final_bit) != 0;
    head.op = static_cast<opcode>(bytes[0] & opcode_bits);
    const bool begins_message = head.op == opcode::text || head.op == opcode::binary;
    head.compressed = allows_compression_ && begins_message && (bytes[0] & reserved_bits) == compressed_bit;
    if ((bytes[0] & reserved_bits) != 0 && !head.compressed) return defect_code::frame_reserved_bits;
    if (is_reserved(head.op)) return defect_code::frame_reserved_opcode;
    if ((bytes[1] & mask_bit) != 0) return defect_code::frame_masked;

    const std::uint8_t length = bytes[1] & length_bits;
    if (is_control(head.op)) {
        if (!head.final) return defect_code::frame_control_fragmented;
        if (length > max_control_payload) return defect_code::frame_control_too_long;
    } else {
        const bool has_fragments = fragmented_op_ != opcode::continuation;
        if (head.op == opcode::continuation && !has_fragments)
            return defect_code::frame_unexpected_continuation;
        if (head.op != opcode::continuation && has_fragments) return defect_code::frame_expected_continuation;
    }

    head.length = length;
    if (length == length_is_16_bit) head.size += 2;
    if (length == length_is_64_bit) head.size += 8;
    if (bytes.size() < head.size) {
        head.missing = head.size - bytes.size();
        return {};
    }
    if (length >= length_is_16_bit) {
        head.length = load_big_endian(bytes.subspan(2, head.size - 2));
        if (head.length >> 63 != 0) return defect_code::frame_length_invalid;
        const std::uint64_t shortest = length == length_is_16_bit ? 126 : 0x10000;
        if (head.length < shortest) return defect_code::frame_length_not_minimal;
    }
    if (!is_control(head.op) && assembled_size + head.length > max_message_size_)
        return defect_code::message_too_big;
    return {};
}

frame frame_decoder::control(opcode op, std::span<const std::uint8_t> payload) noexcept {
    frame result;
    result.payload = payload;
    if (op != opcode::close) {
        result.kind = op == opcode::ping ? frame_kind::ping : frame_kind::pong;
        return result;
    }

    closed_ = true;
    result.kind = frame_kind::close;
    result.close_code = close_code::no_status;
    if (payload.empty()) return result;
    if (payload.size() < 2) return fail(defect_code::frame_close_invalid);
    result.close_code = static_cast<std::uint16_t>(load_big_endian(payload.first(2)));
    result.payload = payload.subspan(2);
    if (!close_code::is_sendable(result.close_code) || !text::is_valid_utf8(result.payload))
        return fail(defect_code::frame_close_invalid);
    return result;
}

frame frame_decoder::message(opcode op, bool compressed, std::span<const std::uint8_t> payload) noexcept {
    if (op == opcode::text && !compressed && !text::is_valid_utf8(payload))
        return fail(defect_code::frame_text_not_utf8);
    ++messages_;
    frame result;
    result.compressed = compressed;
    result.kind = op == opcode::text ? frame_kind::text : frame_kind::binary;
    result.payload = payload;
    return result;
}

frame frame_decoder::fail(defect_code error) noexcept {
    error_ = error;
    frame result;
    result.kind = frame_kind::failed;
    result.error = error;
    return result;
}

}  // namespace tmq::ws
