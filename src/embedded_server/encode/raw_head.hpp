#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tmq::embedded::encode {

using shared_bytes = std::shared_ptr<const std::vector<std::byte>>;

/// A raw message as one reader gets it: `head`, and behind it what is stored, but for its first `skipped`
/// bytes.
struct raw_message {
    raw_message(shared_bytes all = nullptr) noexcept : stored(std::move(all)) {}

    std::string head;
    shared_bytes stored;
    std::size_t skipped = 0;

    std::size_t size() const noexcept { return head.size() + stored->size() - skipped; }
};

/// The two offsets in the head of a data message; nothing where it is not a log offset or the head cannot be
/// read.
struct raw_offsets {
    std::optional<std::int64_t> request;
    std::optional<std::int64_t> response;
};

raw_offsets read_raw_offsets(std::span<const std::byte> raw) noexcept;

/// The message with these two offsets in its head; as it is stored when it has them already, or other offsets
/// than those of a log.
raw_message with_offsets(shared_bytes stored, std::int64_t request, std::int64_t response);

/// The poll's message_type for a raw type; 0 when there is no such raw type.
std::int32_t message_type_of(std::uint16_t raw_type) noexcept;

}  // namespace tmq::embedded::encode
