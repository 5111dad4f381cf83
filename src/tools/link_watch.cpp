#include "tools/link_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tmq::tools {
namespace {

auto same_as(const topic_partition& vgroup) {
    return [&vgroup](const topic_partition& other) {
        return other.vgroup() == vgroup.vgroup() && other.topic() == vgroup.topic();
    };
}

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
    for (const topic_partition& vgroup : loss.vgroups) {
        std::erase_if(missing_vgroups_, same_as(vgroup));
        std::erase_if(vgroups_, same_as(vgroup));
    }
    return {};
}

std::string link_watch::on(const events::data_lost& loss) {
    has_lost_rows_ = true;
    return describe_loss(loss);
}

std::string link_watch::on(const events::commit_failed& failure) {
    const topic_partition& target = failure.target;
    return fmt::format("not committed: topic {}, vgroup {}, offset {}: {}", target.topic(), target.vgroup(),
                       target.offset(), failure.reason.what());
}

std::string link_watch::add(const std::vector<topic_partition>& vgroups) {
    for (const topic_partition& vgroup : vgroups) {
        std::erase_if(missing_vgroups_, same_as(vgroup));
        if (std::none_of(vgroups_.begin(), vgroups_.end(), same_as(vgroup))) vgroups_.push_back(vgroup);
    }
    return {};
}

}  // namespace tmq::tools
