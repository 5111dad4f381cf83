#include "tools/link_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace tmq::tools {
namespace {

auto same_as(const topic_partition& vgroup) {
    return [&vgroup](const topic_partition& other) {
        return other.vgroup() == vgroup.vgroup() && other.topic() == vgroup.topic();
    };
}

std::string_view reason_of(const std::optional<error>& reason) {
    return reason ? std::string_view(reason->what()) : std::string_view();
}

std::string describe_loss(const event& what) {
    const topic_partition& where = what.vgroups().at(0);
    if (what.lost_until() < what.lost_from())
        return fmt::format(
            "rows lost: topic {}, vgroup {}: the log was read up to offset {}, and now is another one that "
            "begins at {}",
            where.topic(), where.vgroup(), what.lost_from(), what.lost_until());
    return fmt::format(
        "rows lost: topic {}, vgroup {}: the server removed offsets {} to {} before they were read",
        where.topic(), where.vgroup(), what.lost_from(), what.lost_until());
}

}  // namespace

std::string link_watch::heard(const event& what) {
    switch (what.kind()) {
        case event_kind::connected: is_down_ = false; return reason_ ? "connected again" : std::string();
        case event_kind::disconnected:
            is_down_ = true;
            reason_ = what.reason();
            missing_ = own_;
            return {};
        case event_kind::reconnecting:
            if (what.attempt() == 1 && reason_)
                return fmt::format("connection lost, trying again: {}", reason_of(reason_));
            return fmt::format("attempt {} to connect, in {:.1f} s", what.attempt(),
                               std::chrono::duration<double>(what.wait()).count());
        case event_kind::assigned:
        case event_kind::resumed:
            for (const topic_partition& vgroup : what.vgroups()) {
                std::erase_if(missing_, same_as(vgroup));
                if (std::none_of(own_.begin(), own_.end(), same_as(vgroup))) own_.push_back(vgroup);
            }
            return {};
        case event_kind::revoked:
            for (const topic_partition& vgroup : what.vgroups()) {
                std::erase_if(missing_, same_as(vgroup));
                std::erase_if(own_, same_as(vgroup));
            }
            return {};
        case event_kind::data_lost: has_lost_rows_ = true; return describe_loss(what);
        case event_kind::commit_failed: {
            const topic_partition& where = what.vgroups().at(0);
            return fmt::format("not committed: topic {}, vgroup {}, offset {}: {}", where.topic(),
                               where.vgroup(), where.offset(), reason_of(what.reason()));
        }
    }
    return {};
}

}  // namespace tmq::tools
