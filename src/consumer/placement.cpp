#include "consumer/placement.hpp"

#include "consumer/server_codes.hpp"

#include <algorithm>
#include <utility>

namespace tmq {
namespace {

constexpr std::chrono::milliseconds between_tries{50};
constexpr int max_late_seeks = 3;

bool is_known(const assigned_vgroup& one) noexcept { return one.begin() >= 0 && one.end() >= 0; }

bool is_elsewhere(const failure& refused) noexcept {
    return refused.code == make_server_error(server_code::foreign_vgroup) || refused.code == make_server_error(server_code::foreign_topic);
}

}  // namespace

void placement::ask_again(time_point now) {
    is_unsettled_ = true;
    places_.clear();
    if (now >= patience_) return next_topic();
    again_at_ = std::min(now + between_tries, patience_);
    step_ = step::wait;
}

void placement::on_assignment(const failure& refused, std::span<const assigned_vgroup> listed, time_point now) {
    if (refused.code == make_server_error(server_code::consumer_mismatch)) return ask_again(now);
    if (refused && (refused.code.category() != server_category() || server_code::needs_new_subscription(refused.code))) return fail(refused);
    // Snapshots and the like: there are no places in a log then.
    if (refused) return next_topic();
    if (!std::all_of(listed.begin(), listed.end(), is_known) && now < patience_) return ask_again(now);

    places_.clear();
    bounds_.clear();
    for (const assigned_vgroup& one : listed) {
        if (is_known(one))
            look_at(one);
        else
            is_unsettled_ = true;
    }
    look_for_missing(listed, now);
    if (places_.empty()) return next_topic();
    step_ = step::committed;
}

void placement::look_at(const assigned_vgroup& listed) {
    const auto index = positions_.find(topic(), listed.vgroup());
    const bool is_new = !index || (!positions_[*index].is_placed && !positions_[*index].next);
    if (is_new) {
        if (listed.offset() < 0) return;
        positions_.placed(topic(), listed.vgroup(), listed.offset());
    } else if (!positions_[*index].is_placed) {
        places_.emplace_back(topic(), listed.vgroup(), listed.offset());
        bounds_.push_back({listed.begin(), listed.end()});
        return;
    }
    const std::size_t at = *positions_.find(topic(), listed.vgroup());
    const vgroup_position& in = positions_[at];
    if (!in.is_assigned) {
        assigned_.emplace_back(topic(), listed.vgroup(), in.next.value_or(-1));
        positions_.assigned(at);
    }
    if (in.read && *in.read < listed.begin()) {
        lost_.push_back({topic(), listed.vgroup(), *in.read, listed.begin()});
        positions_.skipped(at, listed.begin());
    }
}

void placement::look_for_missing(std::span<const assigned_vgroup> listed, time_point now) {
    for (std::size_t i = 0; i < positions_.size(); ++i) {
        const vgroup_position& in = positions_[i];
        if (in.topic != topic() || (!in.is_placed && !in.next)) continue;
        const bool is_listed = std::any_of(listed.begin(), listed.end(), [&in](const assigned_vgroup& one) { return one.vgroup() == in.vgroup; });
        if (is_listed) continue;
        if (!in.is_awaited || now >= await_until_)
            revoked_.push_back(i);
        else
            is_unsettled_ = true;
    }
}

void placement::on_committed(const failure& refused, std::span<const std::int64_t> offsets, time_point now) {
    if (is_elsewhere(refused) || refused.code == make_server_error(server_code::consumer_mismatch)) return ask_again(now);
    if (refused) return fail(refused);
    std::vector<topic_partition> seeks;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const topic_partition& place = places_[i];
        const bounds& log = bounds_[i];
        const std::size_t index = *positions_.find(place.topic(), place.vgroup());
        const vgroup_position& in = positions_[index];
        const std::int64_t stopped = in.next.value_or(log.begin);
        const bool is_own = offsets[i] == in.committed || offsets[i] == in.tried;
        // Another member that has got further has committed that.
        std::int64_t target = offsets[i] > stopped && !is_own ? offsets[i] : stopped;
        if (target < log.begin || target > log.end) {
            // A log that ends before what was read is another one: all of it is new.
            lost_.push_back({place.topic(), place.vgroup(), target, log.begin});
            target = log.begin;
        }
        seeks.emplace_back(place.topic(), place.vgroup(), target);
    }
    places_ = std::move(seeks);
    next_seek();
}

void placement::on_seek(const failure& refused, time_point now) {
    if (refused.code == make_server_error(server_code::offset_out_of_range) && ++tries_ < max_late_seeks) {
        step_ = step::assignment;
        return;
    }
    if (refused.code == make_server_error(server_code::consumer_mismatch)) return ask_again(now);
    if (refused && !is_elsewhere(refused)) return fail(refused);
    if (refused) {
        is_unsettled_ = true;
    } else {
        positions_.placed(target().topic(), target().vgroup(), target().offset());
        positions_.assigned(*positions_.find(target().topic(), target().vgroup()));
        resumed_.push_back(target());
    }
    places_.pop_back();
    next_seek();
}

}  // namespace tmq
