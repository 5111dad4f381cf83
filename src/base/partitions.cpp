#include "tmq/assigned_vgroup.hpp"
#include "tmq/partition_offset.hpp"
#include "tmq/topic_partition.hpp"
#include "tmq/vgroup_lag.hpp"

#include <fmt/format.h>

#include <ostream>

namespace tmq {
namespace {

std::string text_of(std::optional<std::int64_t> number) { return number ? fmt::to_string(*number) : "?"; }

}  // namespace

std::string to_string(const topic_partition& partition) {
    return fmt::format("{}[{}]", partition.topic(), partition.vgroup());
}

std::string to_string(const partition_offset& position) {
    return fmt::format("{}@{}", to_string(position.partition()), position.offset());
}

std::string to_string(const assigned_vgroup& vgroup) {
    return fmt::format("{} started at {}, log {} to {}", to_string(vgroup.partition()),
                       text_of(vgroup.started_at()), text_of(vgroup.log_begin()), text_of(vgroup.log_end()));
}

std::string to_string(const vgroup_lag& lag) {
    return fmt::format("{} {} entries left", to_string(lag.partition()), text_of(lag.entries()));
}

std::ostream& operator<<(std::ostream& out, const topic_partition& partition) {
    return out << to_string(partition);
}
std::ostream& operator<<(std::ostream& out, const partition_offset& position) {
    return out << to_string(position);
}
std::ostream& operator<<(std::ostream& out, const assigned_vgroup& vgroup) {
    return out << to_string(vgroup);
}
std::ostream& operator<<(std::ostream& out, const vgroup_lag& lag) { return out << to_string(lag); }

}  // namespace tmq
