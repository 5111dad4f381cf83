#pragma once

#include "subscription/placement.hpp"
#include "subscription/positions.hpp"
#include "subscription/request.hpp"
#include "tmq/partition_offset.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tmq::subscription {

/// Last questions about a change of the assignment, asked when its placement is done: the last commits of
/// revoked vgroups, and what the group has committed of new ones. What the group has committed until now is
/// not what another member commits from now on.
class settlement {
  public:
    /// Takes the outcome from `done`, which must outlive it. `commits_processed`: messages that the
    /// application has processed are committed automatically.
    settlement(const placement& done, positions& known, bool commits_processed);

    /// Returns the next question; nothing when all are answered.
    std::optional<request> next();
    /// Takes the last commit that was asked for; nothing if the question was not a commit.
    std::optional<partition_offset> take_commit() noexcept;
    /// Takes the last commits that were not made.
    std::vector<partition_offset> take_commits() noexcept;
    /// Handles what the group has committed of new vgroups. Empty when the server does not say.
    void on_committed(std::span<const std::int64_t> offsets);

    /// Vgroups to give up, with the offsets where delivery stopped.
    const std::vector<partition_offset>& revoked() const noexcept { return revoked_; }

  private:
    const placement& placement_;
    positions& positions_;
    std::vector<partition_offset> revoked_;
    std::vector<partition_offset> last_commits_;
    bool has_committed_offsets_;
};

}  // namespace tmq::subscription
