#pragma once

#include "tmq/topic_partition.hpp"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>

namespace tmq {

/// A vgroup that the server has assigned to this consumer, with the bounds of its log. A log also grows by
/// entries without rows. An offset is std::nullopt if the server does not know it.
class assigned_vgroup {
  public:
    assigned_vgroup(topic_partition partition, std::optional<std::int64_t> started_at,
                    std::optional<std::int64_t> log_begin, std::optional<std::int64_t> log_end)
        : partition_(std::move(partition)),
          started_at_(started_at),
          log_begin_(log_begin),
          log_end_(log_end) {}

    const topic_partition& partition() const noexcept { return partition_; }
    const std::string& topic() const noexcept { return partition_.topic(); }
    std::int32_t vgroup() const noexcept { return partition_.vgroup(); }
    /// Returns the offset at which the server started this consumer, not the current position: see
    /// consumer::position.
    std::optional<std::int64_t> started_at() const noexcept { return started_at_; }
    /// Returns the oldest offset still in the log.
    std::optional<std::int64_t> log_begin() const noexcept { return log_begin_; }
    /// Returns the offset after the newest entry.
    std::optional<std::int64_t> log_end() const noexcept { return log_end_; }

    friend bool operator==(const assigned_vgroup&, const assigned_vgroup&) = default;

  private:
    topic_partition partition_;
    std::optional<std::int64_t> started_at_;
    std::optional<std::int64_t> log_begin_;
    std::optional<std::int64_t> log_end_;
};

/// Returns vgroup and bounds: "meters[3] started at 17, log 0 to 40"; "?" stands for an unknown offset.
std::string to_string(const assigned_vgroup& vgroup);
std::ostream& operator<<(std::ostream& out, const assigned_vgroup& vgroup);

}  // namespace tmq
