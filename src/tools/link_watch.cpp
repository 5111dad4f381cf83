#include "tools/link_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tmq::tools {
namespace {

std::string describe_loss(const events::data_lost& loss) {
    const topic_partition& vgroup = loss.partition;
    if (loss.end < loss.first)
        return fmt::format(
            "rows lost: topic {}, vgroup {}: the log was read up to offset {}, and was replaced by one that "
            "begins at {}",
            vgroup.topic(), vgroup.vgroup(), loss.first, loss.end);
    return fmt::format(
        "rows lost: topic {}, vgroup {}: the server removed offsets {} to {} before they were read",
        vgroup.topic(), vgroup.vgroup(), loss.first, loss.end);
}

}  // namespace

std::string link_watch::on_event(const event& occurrence) {
    return std::visit([this](const auto& kind) { return on(kind); }, occurrence);
}

std::string link_watch::on(const events::connected&) {
    is_down_ = false;
    return reason_ ? "reconnected" : std::string();
}

std::string link_watch::on(const events::disconnected& loss) {
    is_down_ = true;
    reason_ = loss.reason;
    missing_vgroups_ = vgroups_;
    return {};
}

std::string link_watch::on(const events::reconnecting& next) {
    if (next.attempt == 1 && reason_)
        return fmt::format("connection lost, trying again: {}", reason_->what());
    return fmt::format("attempt {} to connect, in {:.1f} s", next.attempt,
                       std::chrono::duration<double>(next.wait).count());
}

std::string link_watch::on(const events::resumed& gain) { return add(gain.vgroups); }
std::string link_watch::on(const events::assigned& gain) { return add(gain.vgroups); }

std::string link_watch::on(const events::revoked& loss) {
    for (const partition_offset& vgroup : loss.vgroups) {
        std::erase(missing_vgroups_, vgroup.partition());
        std::erase(vgroups_, vgroup.partition());
    }
    return {};
}

std::string link_watch::on(const events::data_lost& loss) {
    has_lost_rows_ = true;
    return describe_loss(loss);
}

std::string link_watch::on(const events::commit_failed& failure) {
    const partition_offset& target = failure.target;
    return fmt::format("not committed: topic {}, vgroup {}, offset {}: {}", target.topic(), target.vgroup(),
                       target.offset(), failure.reason.what());
}

std::string link_watch::add(const std::vector<partition_offset>& vgroups) {
    for (const partition_offset& vgroup : vgroups) {
        std::erase(missing_vgroups_, vgroup.partition());
        if (std::find(vgroups_.begin(), vgroups_.end(), vgroup.partition()) == vgroups_.end())
            vgroups_.push_back(vgroup.partition());
    }
    return {};
}

}  // namespace tmq::tools
