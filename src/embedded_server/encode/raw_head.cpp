#include "embedded_server/encode/raw_head.hpp"

#include "embedded_server/encode/little_endian.hpp"

#include <string_view>

namespace tmq::embedded::encode {

namespace {

constexpr std::byte versioned_head{0x64};
constexpr std::byte log_offset{0x11};
constexpr std::size_t log_offset_size = 9;
constexpr std::size_t head_size = 5;

std::optional<std::int64_t> log_offset_at(std::span<const std::byte> bytes) noexcept {
    if (bytes.size() < log_offset_size || bytes[0] != log_offset) return std::nullopt;
    return load_le<std::int64_t>(bytes.data() + 1);
}

}  // namespace

raw_offsets read_raw_offsets(std::span<const std::byte> raw) noexcept {
    // Raw data (type 6) has the two offsets without a head.
    if (!raw.empty() && raw[0] == log_offset)
        return {log_offset_at(raw), raw.size() < 2 * log_offset_size
                                        ? std::nullopt
                                        : log_offset_at(raw.subspan(log_offset_size))};
    if (raw.size() < head_size || raw[0] != versioned_head) return {};
    const auto length = load_le<std::int32_t>(raw.data() + 1);
    if (length < 0 || static_cast<std::size_t>(length) > raw.size() - head_size) return {};
    const std::span<const std::byte> both = raw.subspan(head_size, static_cast<std::size_t>(length));
    raw_offsets result;
    result.request = log_offset_at(both);
    // A snapshot offset may have any length, so the second offset is found from the end of both.
    if (both.size() >= log_offset_size) result.response = log_offset_at(both.last(log_offset_size));
    return result;
}

raw_message with_offsets(shared_bytes stored, std::int64_t request, std::int64_t response) {
    raw_message message(std::move(stored));
    const std::span<const std::byte> raw = *message.stored;
    const raw_offsets present = read_raw_offsets(raw);
    if (!present.request || !present.response ||
        (*present.request == request && *present.response == response))
        return message;
    const bool has_head = raw[0] == versioned_head;
    const std::size_t first = has_head ? head_size : 0;
    const std::size_t end = has_head ? first + static_cast<std::size_t>(load_le<std::int32_t>(raw.data() + 1))
                                     : 2 * log_offset_size;
    if (end < first + 2 * log_offset_size) return message;
    const std::string_view bytes(reinterpret_cast<const char*>(raw.data()), end);
    message.head = bytes.substr(0, first + 1);
    append_le(message.head, request);
    // Known servers write nothing between the offsets; a later one may.
    message.head += bytes.substr(first + log_offset_size, end - first - 2 * log_offset_size + 1);
    append_le(message.head, response);
    message.skipped = end;
    return message;
}

std::int32_t message_type_of(std::uint16_t raw_type) noexcept {
    switch (raw_type) {
        case 2: return 1;
        case 4: return 3;
        case 6: return 4;
        case 5:
        case 515:
        case 517:
        case 519:
        case 531:
        case 533:
        case 535:
        case 579: return 2;
        default: return 0;
    }
}

}  // namespace tmq::embedded::encode
