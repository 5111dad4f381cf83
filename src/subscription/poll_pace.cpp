#include "subscription/poll_pace.hpp"

#include <algorithm>

namespace tmq::subscription {
namespace {

/// A shorter wait is not worth a pause when the server cuts it short.
constexpr std::chrono::milliseconds shortest_wait{20};
constexpr std::chrono::milliseconds first_pause{10};
constexpr int most_doublings = 6;

}  // namespace

void poll_pace::reset(bool has_backlog) noexcept {
    has_backlog_ = has_backlog;
    prompt_answers_ = wasted_polls_ = 0;
    pause_end_.reset();
}

poll_pace::time_point::duration poll_pace::found(time_point now, time_point::duration round_trip) noexcept {
    const time_point::duration took = now - sent_at_;
    prompt_answers_ = took <= round_trip + at_once ? std::min(prompt_answers_ + 1, backlog_polls) : 0;
    return took;
}

poll_pace::time_point::duration poll_pace::empty(time_point now) noexcept {
    const time_point::duration took = now - sent_at_;
    has_backlog_ = false;
    prompt_answers_ = 0;
    // A server that does not wait, as one without its database may, would be asked thousands of times a
    // second.
    if (slice_ >= shortest_wait && took < slice_ / 2)
        wasted(now);
    else
        wasted_polls_ = 0;
    return took;
}

void poll_pace::wasted(time_point now) noexcept {
    has_backlog_ = false;
    prompt_answers_ = 0;
    pause_end_ = now + std::min(first_pause * (1 << std::min(wasted_polls_, most_doublings)), longest_pause);
    ++wasted_polls_;
}

}  // namespace tmq::subscription
