#pragma once

#include "tmq/event.hpp"
#include "tmq/topic_partition.hpp"
#include "tools/link_watch.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::tools {

/// Decides whether a consumer has read everything that the server can still give it: a poll was empty, no
/// vgroup has an entry left, none is missing since a connection was lost, and the vgroups have been the same
/// for some time. A plain state machine over what it is told and the time.
class end_watch {
  public:
    using milliseconds = std::chrono::milliseconds;
    using time_point = std::chrono::steady_clock::time_point;

    /// `settle_time`: how long the vgroups must have been the same; twice as long when there is none. `link`
    /// hears every event first.
    end_watch(const link_watch& link, milliseconds settle_time) noexcept
        : link_(link), settle_time_(settle_time) {}

    /// The subscription is open.
    void joined(time_point now) noexcept { changed_at_ = now; }
    void heard(const event& what, time_point now);
    /// A poll has brought a message of this vgroup.
    void read(std::string_view topic, std::int32_t vgroup, time_point now);
    /// A poll has brought nothing.
    void read_nothing() noexcept { is_quiet_ = true; }

    /// True if consumer::lag() is to be asked: from the first empty poll on, since a lag that only silence
    /// ends needs several looks.
    bool needs_lag() const noexcept;
    /// True if the vgroups have been the same for the settle time, and none is missing.
    bool is_settled(time_point now) const noexcept;
    /// True at the end. `lags`: of all vgroups, asked for after needs_lag() was true.
    bool is_end(std::span<const vgroup_lag> lags, time_point now);
    /// How many vgroups are this consumer's.
    std::size_t vgroup_count() const noexcept { return vgroups_.size(); }

  private:
    using vgroup_key = std::pair<std::string, std::int32_t>;

    void insert(const vgroup_key& vgroup);

    const link_watch& link_;
    milliseconds settle_time_;
    bool is_quiet_ = false;
    time_point changed_at_{};
    std::vector<vgroup_key> vgroups_;  ///< sorted
};

/// Entries left in all vgroups; nothing if that is not known of one of them. At most the largest number there
/// is.
std::optional<std::int64_t> total_lag(std::span<const vgroup_lag> lags);

}  // namespace tmq::tools
