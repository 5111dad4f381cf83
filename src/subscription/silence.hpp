#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tmq::subscription {

/// How long the server has found nothing in a vgroup, in time that polls have waited there. It is the only
/// sign that nothing is left where the server does not move its position over the last entries of a
/// log: 3.3.5 holds a poll of a query topic that finds nothing, and does not answer it for entries without
/// rows (seen). Without a clock.
class silence {
  public:
    using duration = std::chrono::steady_clock::duration;

    /// A vnode that scans rows answers at least once a second.
    static constexpr duration enough = std::chrono::milliseconds(1500);

    /// A poll has waited for this time.
    void waited(duration time) noexcept { total_ += time; }
    /// The server has found a message of that vgroup.
    void broken(std::size_t vgroup) noexcept {
        if (vgroup < seen_.size()) seen_[vgroup].reset();
    }
    /// The vgroup is seen to stand there, as far as the server says. Returns whether it has stood so for long
    /// enough, without a message.
    bool is_long(std::size_t vgroup, std::optional<std::int64_t> position, std::optional<std::int64_t> end);
    void clear() noexcept { seen_.clear(); }

  private:
    struct sight {
        std::optional<std::int64_t> position;
        std::optional<std::int64_t> end;
        duration since;
    };
    duration total_{};
    std::vector<std::optional<sight>> seen_;
};

}  // namespace tmq::subscription
