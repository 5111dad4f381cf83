#include "embedded_server/encode/raw_head.hpp"

#include "embedded_server/encode/little_endian.hpp"

#include <string_view>

namespace tmq::embedded::encode {

namespace {

constexpr std::byte versioned_head{0x64};
constexpr std::byte log_offset{0x11};
constexpr std::size_t log_offset_size = 9;
constexpr std::size_t before_offsets = 5;

std::optional<std::int64_t> log_offset_at(std::span<const std::byte> bytes) noexcept {
    if (bytes.size() < log_offset_size || bytes[0] != log_offset) return std::nullopt;
    return load_le<std::int64_t>(bytes.data() + 1);
}

}  // namespace

raw_offsets read_raw_offsets(std::span<const std::byte> raw) noexcept {
    // raw data (type 6) has the two offsets without a head
    if (!raw.empty() && raw[0] == log_offset)
        return {log_offset_at(raw), raw.size() < 2 * log_offset_size
                                        ? std::nullopt
                                        : log_offset_at(raw.subspan(log_offset_size))};
    if (raw.size() < before_offsets || raw[0] != versioned_head) return {};
    const auto length = load_le<std::int32_t>(raw.data() + 1);
    if (length < 0 || static_cast<std::size_t>(length) > raw.size() - before_offsets) return {};
    const std::span<const std::byte> both = raw.subspan(before_offsets, static_cast<std::size_t>(length));
    raw_offsets result;
    result.request = log_offset_at(both);
    // a snapshot offset may have any length, but the second offset always ends the region
    if (both.size() >= log_offset_size) result.response = log_offset_at(both.last(log_offset_size));
    return result;
}

raw_message with_offsets(shared_bytes stored, std::int64_t request, std::int64_t response) {
    raw_message message(std::move(stored));
    const std::span<const std::byte> raw = *message.stored;
    const raw_offsets has = read_raw_offsets(raw);
    if (!has.request || !has.response || (*has.request == request && *has.response == response))
        return message;
    const bool versioned = raw[0] == versioned_head;
    const std::size_t first = versioned ? before_offsets : 0;
    const std::size_t end = versioned
                                ? first + static_cast<std::size_t>(load_le<std::int32_t>(raw.data() + 1))
                                : 2 * log_offset_size;
    if (end < first + 2 * log_offset_size) return message;
    const std::string_view bytes(reinterpret_cast<const char*>(raw.data()), end);
    message.head = bytes.substr(0, first + 1);
    append_le(message.head, request);
    // nothing in between, unless a later server has more to say there
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
