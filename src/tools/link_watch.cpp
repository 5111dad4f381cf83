#include "tools/link_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace tmq::tools {
namespace {

std::string_view reason_of(const std::optional<error>& reason) {
    return reason ? std::string_view(reason->what()) : std::string_view();
}

std::string describe_loss(const event& loss) {
    const partition_offset& vgroup = loss.vgroups().at(0);
    if (loss.lost_until() < loss.lost_from())
        return fmt::format(
            "rows lost: topic {}, vgroup {}: the log was read up to offset {}, and was replaced by one that "
            "begins at {}",
            vgroup.topic(), vgroup.vgroup(), loss.lost_from(), loss.lost_until());
    return fmt::format(
        "rows lost: topic {}, vgroup {}: the server removed offsets {} to {} before they were read",
        vgroup.topic(), vgroup.vgroup(), loss.lost_from(), loss.lost_until());
}

}  // namespace

std::string link_watch::on_event(const event& occurrence) {
    switch (occurrence.kind()) {
        case event_kind::connected: is_down_ = false; return reason_ ? "reconnected" : std::string();
        case event_kind::disconnected:
            is_down_ = true;
            reason_ = occurrence.reason();
            missing_vgroups_ = vgroups_;
            return {};
        case event_kind::reconnecting:
            if (occurrence.attempt() == 1 && reason_)
                return fmt::format("connection lost, trying again: {}", reason_of(reason_));
            return fmt::format("attempt {} to connect, in {:.1f} s", occurrence.attempt(),
                               std::chrono::duration<double>(occurrence.wait()).count());
        case event_kind::assigned:
        case event_kind::resumed:
            for (const partition_offset& vgroup : occurrence.vgroups()) {
                std::erase(missing_vgroups_, vgroup.partition());
                if (std::find(vgroups_.begin(), vgroups_.end(), vgroup.partition()) == vgroups_.end())
                    vgroups_.push_back(vgroup.partition());
            }
            return {};
        case event_kind::revoked:
            for (const partition_offset& vgroup : occurrence.vgroups()) {
                std::erase(missing_vgroups_, vgroup.partition());
                std::erase(vgroups_, vgroup.partition());
            }
            return {};
        case event_kind::data_lost: {
            has_lost_rows_ = true;
            return describe_loss(occurrence);
        }
        case event_kind::commit_failed: {
            const partition_offset& target = occurrence.vgroups().at(0);
            return fmt::format("not committed: topic {}, vgroup {}, offset {}: {}", target.topic(),
                               target.vgroup(), target.offset(), reason_of(occurrence.reason()));
        }
    }
    return {};
}

}  // namespace tmq::tools
