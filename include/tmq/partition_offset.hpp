#pragma once

#include "tmq/detail/hash.hpp"
#include "tmq/topic_partition.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace tmq {

/// An offset in the log of a vgroup: the position of the next message to read. A plain value, ordered by
/// topic, vgroup and offset.
class partition_offset {
  public:
    partition_offset(topic_partition partition, std::int64_t offset)
        : partition_(std::move(partition)), offset_(offset) {}
    partition_offset(std::string_view topic, std::int32_t vgroup, std::int64_t offset)
        : partition_(topic, vgroup), offset_(offset) {}

    const topic_partition& partition() const noexcept { return partition_; }
    const std::string& topic() const noexcept { return partition_.topic(); }
    std::int32_t vgroup() const noexcept { return partition_.vgroup(); }
    std::int64_t offset() const noexcept { return offset_; }
    partition_offset& set_offset(std::int64_t offset) noexcept {
        offset_ = offset;
        return *this;
    }

    friend auto operator<=>(const partition_offset&, const partition_offset&) = default;

  private:
    topic_partition partition_;
    std::int64_t offset_;
};

/// Returns topic, vgroup and offset: "meters[3]@17".
std::string to_string(const partition_offset& position);
std::ostream& operator<<(std::ostream& out, const partition_offset& position);

}  // namespace tmq

template <>
struct std::hash<tmq::partition_offset> {
    std::size_t operator()(const tmq::partition_offset& position) const noexcept {
        const std::size_t partition = std::hash<tmq::topic_partition>()(position.partition());
        return tmq::detail::combine_hash(partition, position.offset());
    }
};
