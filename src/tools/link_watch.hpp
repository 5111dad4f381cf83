#pragma once

#include "tmq/event.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tmq::tools {

/// Follows the events of a consumer for a program that prints rows: words them for the user, and keeps the
/// state of the connection, of the vgroups and of lost rows.
class link_watch {
  public:
    /// Returns the line to show to the user; empty if the event needs none.
    std::string on_event(const event& occurrence);

    /// True if there is no connection at the moment.
    bool is_down() const noexcept { return is_down_; }
    /// True if a vgroup that this consumer had before the connection was lost has neither returned to it nor
    /// moved to another member.
    bool is_missing_vgroups() const noexcept { return !missing_vgroups_.empty(); }
    bool has_lost_rows() const noexcept { return has_lost_rows_; }

  private:
    std::string on(const events::connected&);
    std::string on(const events::disconnected& loss);
    std::string on(const events::reconnecting& next);
    std::string on(const events::resumed& gain);
    std::string on(const events::assigned& gain);
    std::string on(const events::revoked& loss);
    std::string on(const events::data_lost& loss);
    std::string on(const events::commit_failed& failure);
    std::string on(const events::missed&) { return {}; }
    std::string add(const std::vector<partition_offset>& vgroups);

    bool is_down_ = true;
    bool has_lost_rows_ = false;
    std::optional<error> reason_;  ///< of the end of the last connection
    std::vector<topic_partition> vgroups_;
    std::vector<topic_partition> missing_vgroups_;
};

}  // namespace tmq::tools
