#include "ws/frame_encoder.hpp"

#include "text/utf8.hpp"
#include "ws/close_code.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace tmq::ws {
namespace {

constexpr std::size_t max_header_size = 14;

std::span<const std::uint8_t> as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void append(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_header(std::vector<std::uint8_t>& out, opcode op, std::uint64_t length, const mask_key& mask) {
    std::array<std::uint8_t, max_header_size> head{};
    std::size_t size = 2;
    std::size_t length_bytes = 0;
    head[0] = static_cast<std::uint8_t>(final_bit | static_cast<std::uint8_t>(op));
    if (length < 126) {
        head[1] = static_cast<std::uint8_t>(mask_bit | length);
    } else if (length < 0x10000) {
        head[1] = mask_bit | 126;
        length_bytes = 2;
    } else {
        head[1] = mask_bit | 127;
        length_bytes = 8;
    }
    for (std::size_t i = length_bytes; i-- != 0;)
        head[size++] = static_cast<std::uint8_t>(length >> (8 * i));
    for (const std::uint8_t byte : mask)
        head[size++] = byte;
    append(out, std::span(head).first(size));
}

void append_frame(std::vector<std::uint8_t>& out, opcode op, std::span<const std::uint8_t> payload,
                  const mask_key& mask) {
    append_header(out, op, payload.size(), mask);
    const std::size_t begin = out.size();
    append(out, payload);
    apply_mask(std::span(out).subspan(begin), mask);
}

}  // namespace

void apply_mask(std::span<std::uint8_t> bytes, const mask_key& mask) noexcept {
    std::array<std::uint8_t, 8> repeated_mask{};
    for (std::size_t i = 0; i < repeated_mask.size(); ++i)
        repeated_mask[i] = mask[i % 4];
    std::uint64_t pattern;
    std::memcpy(&pattern, repeated_mask.data(), sizeof pattern);

    std::size_t index = 0;
    for (; bytes.size() - index >= sizeof pattern; index += sizeof pattern) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data() + index, sizeof word);
        word ^= pattern;
        std::memcpy(bytes.data() + index, &word, sizeof word);
    }
    for (; index < bytes.size(); ++index)
        bytes[index] ^= mask[index % 4];
}

void append_text(std::vector<std::uint8_t>& out, std::string_view payload, const mask_key& mask) {
    append_frame(out, opcode::text, as_bytes(payload), mask);
}

void append_binary(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> payload,
                   const mask_key& mask) {
    append_frame(out, opcode::binary, payload, mask);
}

void append_ping(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> payload,
                 const mask_key& mask) {
    append_frame(out, opcode::ping, payload.first(std::min(payload.size(), max_control_payload)), mask);
}

void append_pong(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> payload,
                 const mask_key& mask) {
    append_frame(out, opcode::pong, payload.first(std::min(payload.size(), max_control_payload)), mask);
}

void append_close(std::vector<std::uint8_t>& out, std::uint16_t code, std::string_view reason,
                  const mask_key& mask) {
    if (code == close_code::no_status) return append_frame(out, opcode::close, {}, mask);

    std::array<std::uint8_t, max_control_payload> payload{};
    payload[0] = static_cast<std::uint8_t>(code >> 8);
    payload[1] = static_cast<std::uint8_t>(code);
    std::span<const std::uint8_t> text = as_bytes(reason.substr(0, max_control_payload - 2));
    text = text.first(text::valid_utf8_prefix(text));
    std::copy(text.begin(), text.end(), payload.begin() + 2);
    append_frame(out, opcode::close, std::span(payload).first(2 + text.size()), mask);
}

}  // namespace tmq::ws
