#pragma once

#include <cstdint>

namespace tmq {

namespace detail {
struct receipt_access;
}

/// Identity of one delivered message, 16 bytes: enough to acknowledge it after the message itself is gone. A
/// plain value. See consumer::acknowledge.
class receipt {
  public:
    /// Belongs to no message; acknowledging it does nothing.
    receipt() noexcept = default;

    friend bool operator==(const receipt&, const receipt&) = default;

  private:
    friend struct detail::receipt_access;

    std::int64_t next_offset_ = -1;
    std::uint32_t vgroup_index_ = 0;
    std::uint32_t subscription_ = 0;
};

}  // namespace tmq
