#pragma once

#include <cstdint>

namespace tmq::protocol {

/// A vgroup in the reply to `assignment`. An offset is -1 if the server does not know it.
class vgroup_assignment {
  public:
    vgroup_assignment() = default;
    vgroup_assignment(std::int32_t vgroup, std::int64_t offset, std::int64_t log_begin, std::int64_t log_end)
        : vgroup_(vgroup), offset_(offset), log_begin_(log_begin), log_end_(log_end) {}

    std::int32_t vgroup() const noexcept { return vgroup_; }
    std::int64_t offset() const noexcept { return offset_; }
    std::int64_t log_begin() const noexcept { return log_begin_; }
    std::int64_t log_end() const noexcept { return log_end_; }

    friend bool operator==(const vgroup_assignment&, const vgroup_assignment&) = default;

  private:
    std::int32_t vgroup_ = 0;
    std::int64_t offset_ = 0;
    std::int64_t log_begin_ = 0;
    std::int64_t log_end_ = 0;
};

}  // namespace tmq::protocol
