#include "subscription/assignment_watch.hpp"

#include <algorithm>

namespace tmq::subscription {

bool assignment_watch::is_due(time_point now, std::optional<time_point> last_poll) const noexcept {
    if (is_hinted_ && now >= last_check_ + shortest_interval) return true;
    return now >= next_check_ && (is_unsettled_ || (last_poll && *last_poll >= last_check_));
}

assignment_watch::time_point assignment_watch::next_due(time_point now) const noexcept {
    if (is_hinted_) return last_check_ + shortest_interval;
    return next_check_ > now || is_unsettled_ ? next_check_ : time_point::max();
}

void assignment_watch::checked(time_point now, bool is_unsettled) noexcept {
    last_check_ = now;
    is_unsettled_ = is_unsettled;
    is_hinted_ = false;
    ++checks_;
    if (is_unsettled)
        next_check_ = now + shortest_interval;
    else
        next_check_ = settings_->assignment_interval().count() == 0 ? time_point::max()
                                                                    : now + settings_->assignment_interval();
}

bool assignment_watch::is_evicted(bool is_mismatched, time_point now) noexcept {
    if (!is_mismatched)
        mismatched_since_.reset();
    else if (!mismatched_since_)
        mismatched_since_ = now;
    return mismatched_since_ && now - *mismatched_since_ >= longest_mismatch;
}

}  // namespace tmq::subscription
