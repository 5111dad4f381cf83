#pragma once

#include "tmq/event.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tmq::tools {

/// What the events of a consumer mean for a program that prints rows: what to tell its user, and whether it
/// may believe that it has seen all.
class link_watch {
  public:
    /// What to tell the user; empty when it is not worth a line.
    std::string heard(const event& what);

    /// Whether there is no connection at the moment.
    bool is_down() const noexcept { return is_down_; }
    /// Whether vgroups that were this consumer's before the connection was lost have neither come back nor
    /// gone to another member.
    bool is_missing_vgroups() const noexcept { return !missing_.empty(); }
    bool has_lost_rows() const noexcept { return has_lost_rows_; }

  private:
    bool is_down_ = true;
    bool has_lost_rows_ = false;
    std::optional<error> reason_;  ///< why the last connection ended
    std::vector<topic_partition> own_;
    std::vector<topic_partition> missing_;
};

}  // namespace tmq::tools
