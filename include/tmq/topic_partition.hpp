#pragma once

#include "tmq/detail/hash.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace tmq {

/// A vgroup of a topic. A vgroup is TDengine's word for Kafka's partition. A plain value, fit as a key: it is
/// ordered by topic and vgroup, and has a hash.
class topic_partition {
  public:
    topic_partition(std::string_view topic, std::int32_t vgroup) : topic_(topic), vgroup_(vgroup) {}

    const std::string& topic() const noexcept { return topic_; }
    std::int32_t vgroup() const noexcept { return vgroup_; }

    friend auto operator<=>(const topic_partition&, const topic_partition&) = default;

  private:
    std::string topic_;
    std::int32_t vgroup_;
};

/// Returns topic and vgroup: "meters[3]".
std::string to_string(const topic_partition& partition);
std::ostream& operator<<(std::ostream& out, const topic_partition& partition);

}  // namespace tmq

template <>
struct std::hash<tmq::topic_partition> {
    std::size_t operator()(const tmq::topic_partition& partition) const noexcept {
        const std::size_t topic = std::hash<std::string>()(partition.topic());
        return tmq::detail::combine_hash(topic, partition.vgroup());
    }
};
