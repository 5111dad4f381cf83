#include "subscription/commit_queue.hpp"

#include <algorithm>
#include <utility>

namespace tmq::subscription {

void commit_queue::reset(time_point now) noexcept {
    next_round_ = now + settings_.auto_commit_interval();
    pause_end_ = {};
    tries_ = {};
    pause_.reset();
    is_urgent_ = was_urgent_ = false;
}

void commit_queue::postpone_idle(const positions& known, time_point now) noexcept {
    if (now >= next_round_ && !known.has_to_commit()) next_round_ = now + settings_.auto_commit_interval();
}

/// A commit of a vgroup that is missing since the reconnect waits until the vgroup has returned.
bool commit_queue::is_ready(const positions& known, const asked_commit& asked) const noexcept {
    const auto index = known.find(asked.partition.topic(), asked.partition.vgroup());
    return !index || !known[*index].is_awaited;
}

bool commit_queue::is_due(const positions& known, time_point now) const noexcept {
    if (now < pause_end_) return false;
    if (is_urgent_ || (settings_.auto_commit() && now >= next_round_)) return true;
    return std::any_of(asked_.begin(), asked_.end(),
                       [&](const asked_commit& asked) { return is_ready(known, asked); });
}

commit_queue::time_point commit_queue::next_due(time_point now) const noexcept {
    const time_point next = settings_.auto_commit() ? next_round_ : time_point::max();
    return now < pause_end_ ? std::max(now, pause_end_) : next;
}

std::vector<partition_offset> commit_queue::begin(const positions& known, time_point now) {
    const bool takes_processed = settings_.auto_commit() && (is_urgent_ || now >= next_round_);
    next_round_ = now + settings_.auto_commit_interval();
    was_urgent_ = std::exchange(is_urgent_, false);
    pause_.reset();
    std::vector<partition_offset> targets;
    const auto add = [&targets](const std::string& topic, std::int32_t vgroup, std::int64_t offset) {
        const auto same = std::find_if(targets.begin(), targets.end(), [&](const partition_offset& target) {
            return target.vgroup() == vgroup && target.topic() == topic;
        });
        if (same == targets.end())
            targets.emplace_back(topic, vgroup, offset);
        else
            same->set_offset(std::max(same->offset(), offset));
    };
    for (const asked_commit& asked : asked_)
        if (is_ready(known, asked))
            add(asked.partition.topic(), asked.partition.vgroup(), asked.partition.offset());
    for (std::size_t i = 0; takes_processed && i < known.size(); ++i)
        if (known[i].to_commit && !known[i].is_awaited)
            add(known[i].topic, known[i].vgroup, *known[i].to_commit);
    return targets;
}

bool commit_queue::may_retry(time_point now, milliseconds request_timeout) noexcept {
    if (!pause_) pause_ = tries_.next(now, request_timeout);
    return pause_.has_value();
}

bool commit_queue::end(bool is_complete, time_point now) noexcept {
    if (!is_complete) {
        // Sent again on the next connection.
        is_urgent_ = is_urgent_ || was_urgent_;
        return false;
    }
    if (!pause_) {
        tries_ = {};
        return false;
    }
    pause_end_ = next_round_ = now + *pause_;
    is_urgent_ = is_urgent_ || was_urgent_;
    return true;
}

bool commit_queue::finish(const partition_offset& done, const base::failure& why,
                          std::vector<completion>& out) {
    bool has_handler = false;
    std::erase_if(asked_, [&](asked_commit& asked) {
        const partition_offset& partition = asked.partition;
        const bool is_covered = partition.topic() == done.topic() && partition.vgroup() == done.vgroup() &&
                                partition.offset() <= done.offset();
        if (!is_covered) return false;
        has_handler = has_handler || asked.done != nullptr;
        if (asked.done) out.push_back({std::move(asked.done), why});
        return true;
    });
    return has_handler;
}

void commit_queue::fail_all(const base::failure& why, std::vector<completion>& out) {
    for (asked_commit& asked : std::exchange(asked_, {}))
        if (asked.done) out.push_back({std::move(asked.done), why});
}

}  // namespace tmq::subscription
