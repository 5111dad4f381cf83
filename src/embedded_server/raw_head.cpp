#include "embedded_server/raw_head.hpp"

#include "embedded_server/little_endian.hpp"

namespace tmq::embedded {

namespace {

constexpr std::byte versioned_head{0x64};
constexpr std::byte log_offset{0x11};
constexpr std::size_t log_offset_size = 9;

std::optional<std::int64_t> log_offset_at(std::span<const std::byte> bytes) noexcept {
    if (bytes.size() < log_offset_size || bytes[0] != log_offset) return std::nullopt;
    return load_le<std::int64_t>(bytes.data() + 1);
}

}  // namespace

raw_offsets read_raw_offsets(std::span<const std::byte> raw) noexcept {
    // raw data (type 6) has the two offsets without a head
    if (!raw.empty() && raw[0] == log_offset)
        return {log_offset_at(raw), raw.size() < 2 * log_offset_size ? std::nullopt : log_offset_at(raw.subspan(log_offset_size))};
    constexpr std::size_t fixed = 5;
    if (raw.size() < fixed || raw[0] != versioned_head) return {};
    const auto length = load_le<std::int32_t>(raw.data() + 1);
    if (length < 0 || static_cast<std::size_t>(length) > raw.size() - fixed) return {};
    const std::span<const std::byte> both = raw.subspan(fixed, static_cast<std::size_t>(length));
    raw_offsets result;
    result.request = log_offset_at(both);
    // a snapshot offset may have any length, but the second offset always ends the region
    if (both.size() >= log_offset_size) result.response = log_offset_at(both.last(log_offset_size));
    return result;
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

}  // namespace tmq::embedded
