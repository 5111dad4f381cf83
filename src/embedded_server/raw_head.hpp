#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace tmq::embedded {

/// The two offsets in the head of a data message; nothing where it is not a log offset or the head cannot be read.
struct raw_offsets {
    std::optional<std::int64_t> request;
    std::optional<std::int64_t> response;
};

raw_offsets read_raw_offsets(std::span<const std::byte> raw) noexcept;

/// The poll's message_type for a raw type; 0 when there is no such raw type.
std::int32_t message_type_of(std::uint16_t raw_type) noexcept;

}  // namespace tmq::embedded
