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

/// A raw message for one reader: `head`, then the stored bytes without the first `skipped`.
struct raw_message {
    raw_message(shared_bytes bytes = nullptr) noexcept : stored(std::move(bytes)) {}

    std::string head;
    shared_bytes stored;
    std::size_t skipped = 0;

    std::size_t size() const noexcept { return head.size() + stored->size() - skipped; }
};

/// The two offsets in the head of a data message. Empty if it is not a log offset, or if the head cannot be
/// read.
struct raw_offsets {
    std::optional<std::int64_t> request;
    std::optional<std::int64_t> response;
};

raw_offsets read_raw_offsets(std::span<const std::byte> raw) noexcept;

/// Returns the message with these two offsets in its head. Returns it as stored if it has them already, or if
/// its offsets are not log offsets.
raw_message with_offsets(shared_bytes stored, std::int64_t request, std::int64_t response);

/// Returns the `message_type` of a poll reply for a raw type; 0 if there is no such raw type.
std::int32_t message_type_of(std::uint16_t raw_type) noexcept;

}  // namespace tmq::embedded::encode
