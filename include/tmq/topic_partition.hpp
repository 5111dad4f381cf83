#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tmq {

/// A vgroup of a topic and an offset in its log. A vgroup is TDengine's word for Kafka's partition.
class topic_partition {
  public:
    topic_partition() = default;
    topic_partition(std::string_view topic, std::int32_t vgroup, std::int64_t offset = 0)
        : topic_(topic), vgroup_(vgroup), offset_(offset) {}

    const std::string& topic() const noexcept { return topic_; }
    std::int32_t vgroup() const noexcept { return vgroup_; }
    std::int64_t offset() const noexcept { return offset_; }
    topic_partition& offset(std::int64_t value) noexcept {
        offset_ = value;
        return *this;
    }

    friend bool operator==(const topic_partition&, const topic_partition&) = default;

  private:
    std::string topic_;
    std::int32_t vgroup_ = 0;
    std::int64_t offset_ = 0;
};

/// A vgroup that the server has assigned to this consumer. Offsets are positions in the vgroup's log, which
/// also grows by entries without rows. An offset is -1 if the server does not know it.
class assigned_vgroup {
  public:
    assigned_vgroup() = default;
    assigned_vgroup(std::int32_t vgroup, std::int64_t offset, std::int64_t begin, std::int64_t end)
        : vgroup_(vgroup), offset_(offset), begin_(begin), end_(end) {}

    std::int32_t vgroup() const noexcept { return vgroup_; }
    /// Returns the offset at which the server started this consumer, not the current position: see
    /// consumer::position.
    std::int64_t offset() const noexcept { return offset_; }
    /// Returns the oldest offset still in the log.
    std::int64_t begin() const noexcept { return begin_; }
    /// Returns the offset after the newest entry.
    std::int64_t end() const noexcept { return end_; }

    friend bool operator==(const assigned_vgroup&, const assigned_vgroup&) = default;

  private:
    std::int32_t vgroup_ = 0;
    std::int64_t offset_ = 0;
    std::int64_t begin_ = 0;
    std::int64_t end_ = 0;
};

/// Part of a vgroup's log that this consumer has not received yet.
class vgroup_lag {
  public:
    vgroup_lag() = default;
    vgroup_lag(std::string_view topic, std::int32_t vgroup, std::optional<std::int64_t> entries)
        : topic_(topic), vgroup_(vgroup), entries_(entries) {}

    const std::string& topic() const noexcept { return topic_; }
    std::int32_t vgroup() const noexcept { return vgroup_; }
    /// Returns the number of log entries, not rows: an entry holds many rows or none. It is 0 if nothing is
    /// left for this consumer, see consumer::lag(), and std::nullopt while the server does not know.
    const std::optional<std::int64_t>& entries() const noexcept { return entries_; }

    friend bool operator==(const vgroup_lag&, const vgroup_lag&) = default;

  private:
    std::string topic_;
    std::int32_t vgroup_ = 0;
    std::optional<std::int64_t> entries_;
};

}  // namespace tmq
