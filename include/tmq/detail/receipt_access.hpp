#pragma once

#include "tmq/receipt.hpp"

#include <cstddef>
#include <cstdint>

namespace tmq::detail {

struct receipt_access {
    /// `next_offset`: after the message; negative: it has no log offset. `subscription`: never 0.
    static receipt make(std::int64_t next_offset, std::size_t vgroup_index,
                        std::uint32_t subscription) noexcept {
        receipt result;
        result.next_offset_ = next_offset;
        result.vgroup_index_ = static_cast<std::uint32_t>(vgroup_index);
        result.subscription_ = subscription;
        return result;
    }
    static std::int64_t next_offset(const receipt& of) noexcept { return of.next_offset_; }
    static std::size_t vgroup_index(const receipt& of) noexcept { return of.vgroup_index_; }
    static std::uint32_t subscription(const receipt& of) noexcept { return of.subscription_; }
};

}  // namespace tmq::detail
