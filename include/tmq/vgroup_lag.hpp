#pragma once

#include "tmq/topic_partition.hpp"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>

namespace tmq {

/// Part of a vgroup's log that this consumer has not received yet.
class vgroup_lag {
  public:
    vgroup_lag(topic_partition partition, std::optional<std::int64_t> entries)
        : partition_(std::move(partition)), entries_(entries) {}

    const topic_partition& partition() const noexcept { return partition_; }
    const std::string& topic() const noexcept { return partition_.topic(); }
    std::int32_t vgroup() const noexcept { return partition_.vgroup(); }
    /// Returns the number of log entries, not rows: an entry holds many rows or none. It is 0 if nothing is
    /// left for this consumer, see consumer::lag(), and std::nullopt while the server does not know.
    std::optional<std::int64_t> entries() const noexcept { return entries_; }

    friend bool operator==(const vgroup_lag&, const vgroup_lag&) = default;

  private:
    topic_partition partition_;
    std::optional<std::int64_t> entries_;
};

/// Returns vgroup and lag: "meters[3] 17 entries left"; "?" stands for an unknown number.
std::string to_string(const vgroup_lag& lag);
std::ostream& operator<<(std::ostream& out, const vgroup_lag& lag);

}  // namespace tmq
