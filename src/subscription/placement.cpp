#include "subscription/placement.hpp"

#include "subscription/refusal.hpp"

#include <algorithm>
#include <utility>

namespace tmq::subscription {
namespace {

constexpr std::chrono::milliseconds between_tries{50};
constexpr int max_late_seeks = 3;

/// Of answers in a row, each of which lacks a vgroup, not always the same.
constexpr int max_doubts = 3 * placement::believed_answers;

/// Of one topic: TDengine has at most 1,024 in a database.
constexpr std::size_t max_vgroups = 4096;

bool is_known(const assigned_vgroup& one) noexcept { return one.begin() >= 0 && one.end() >= 0; }

/// What the server says while it divides the vgroups. When it stays, the next poll is told the same.
bool is_passing(const failure& refused) noexcept {
    if (!is_said_by_server(refused) || !is_retriable(refused.code)) return false;
    return protocol::server_code::passes_after_rebalance(refused.code) ||
           !protocol::server_code::needs_new_subscription(refused.code);
}

bool ends_subscription(const failure& refused) noexcept {
    return !is_said_by_server(refused) || protocol::server_code::needs_new_subscription(refused.code);
}

}  // namespace

void placement::fail(const failure& why) {
    why_ = why;
    step_ = step::failed;
    resumed_.clear();
    assigned_.clear();
    revoked_.clear();
    lost_.clear();
}

void placement::apply() {
    for (const topic_partition& one : placed_)
        positions_.placed(one.topic(), one.vgroup(), one.offset(), around_.has_polled);
    for (const topic_partition& one : assigned_)
        positions_.assigned(*positions_.find(one.topic(), one.vgroup()));
    for (const topic_partition& one : advanced_)
        positions_.advanced(*positions_.find(one.topic(), one.vgroup()), one.offset());
    for (const lost_rows& one : lost_)
        positions_.skipped(*positions_.find(one.topic, one.vgroup), one.until);
    for (const bounds& one : bounds_) {
        const auto index = positions_.find(one.topic, one.listed.vgroup());
        if (!index) continue;
        positions_.bounded(*index, one.listed.begin(), one.listed.end());
        const vgroup_position& in = positions_[*index];
        has_backlog_ = has_backlog_ || (in.is_placed && in.read && *in.read < one.listed.end());
    }
}

/// Discards the findings about the topic: they are asked for again.
void placement::forget_topic() {
    const auto is_here = [this](const topic_partition& one) { return one.topic() == topic(); };
    for (std::vector<topic_partition>* const found : {&advanced_, &places_, &placed_, &resumed_, &assigned_})
        std::erase_if(*found, is_here);
    std::erase_if(revoked_, [this](std::size_t index) { return positions_[index].topic == topic(); });
    std::erase_if(lost_, [this](const lost_rows& one) { return one.topic == topic(); });
    std::erase_if(bounds_, [this](const bounds& one) { return one.topic == topic(); });
    logs_.clear();
    fresh_.clear();
    fresh_logs_.clear();
    standing_.clear();
    begins_.clear();
}

void placement::ask_again(time_point now) {
    is_unsettled_ = true;
    places_.clear();
    logs_.clear();
    if (now >= around_.patience) return next_topic();
    again_at_ = std::min(now + between_tries, around_.patience);
    step_ = step::wait;
}

bool placement::is_standing(std::int32_t vgroup) const noexcept {
    const auto index = positions_.find(topic(), vgroup);
    return index && positions_[*index].is_placed;
}

bool placement::is_new(std::int32_t vgroup) const noexcept {
    const auto index = positions_.find(topic(), vgroup);
    return !index || (!positions_[*index].is_placed && !positions_[*index].next);
}

bool placement::is_missing(std::size_t index, std::span<const assigned_vgroup> listed) const noexcept {
    const vgroup_position& in = positions_[index];
    if (in.topic != topic() || (!in.is_placed && !in.next)) return false;
    return std::none_of(listed.begin(), listed.end(),
                        [&in](const assigned_vgroup& one) { return one.vgroup() == in.vgroup; });
}

bool placement::is_awaited(std::size_t index, time_point now) const noexcept {
    return positions_[index].is_awaited && now < around_.await_until;
}

/// Whether an answer lacks a vgroup that is expected in it, and not for long enough yet.
bool placement::is_doubtful(std::span<const assigned_vgroup> listed, time_point now) {
    absences_.resize(positions_.size());
    bool result = false;
    for (std::size_t i = 0; i < positions_.size(); ++i) {
        absences_[i] = is_missing(i, listed) && !is_awaited(i, now) ? absences_[i] + 1 : 0;
        result = result || (absences_[i] != 0 && absences_[i] < believed_answers);
    }
    return result;
}

void placement::on_assignment(const failure& refused, std::span<const assigned_vgroup> listed,
                              time_point now) {
    // A member that was evicted is answered that its topic is not its own (3.4, seen).
    const bool is_stranger = is_foreign(refused.code);
    is_mismatched_ =
        is_stranger || refused.code == make_server_error(protocol::server_code::consumer_mismatch);
    if (is_stranger || is_passing(refused)) return ask_again(now);
    if (refused && ends_subscription(refused)) return fail(refused);
    // Snapshots and the like: there are no places in a log then.
    if (refused) {
        is_unsettled_ = is_unsettled_ || (awaits_any() && now < around_.await_until);
        return next_topic();
    }
    if (listed.size() > max_vgroups)
        return fail({make_error_code(errc::reply_malformed), "more vgroups than a topic can have"});
    if (is_doubtful(listed, now) && ++doubts_ < max_doubts) {
        again_at_ = now + between_tries;
        step_ = step::wait;
        return;
    }
    doubts_ = 0;
    // A vgroup that stays through a rebalance has no bounds before its next reply, and needs none.
    const auto is_usable = [this](const assigned_vgroup& one) {
        return is_known(one) || is_standing(one.vgroup());
    };
    if (!std::all_of(listed.begin(), listed.end(), is_usable) && now < around_.patience)
        return ask_again(now);

    forget_topic();
    for (const assigned_vgroup& one : listed) {
        if (is_known(one)) bounds_.push_back({topic(), one});
        if (is_usable(one))
            look_at(one);
        else
            is_unsettled_ = true;
    }
    look_for_missing(listed, now);
    ask_standing();
}

void placement::ask_standing() {
    subject_ = subject::standing;
    if (around_.may_advance && !standing_.empty()) {
        step_ = step::position;
        return;
    }
    for (std::size_t i = 0; i < standing_.size(); ++i)
        look_at_standing(i, -1);
    ask_fresh();
}

void placement::ask_fresh() {
    subject_ = subject::fresh;
    if (fresh_.empty()) return ask_committed();
    step_ = around_.needs_commit ? step::committed : step::position;
}

void placement::on_position(const failure& refused, std::span<const std::int64_t> offsets, time_point now) {
    if (refused && !is_foreign(refused.code) && !is_passing(refused) && ends_subscription(refused))
        return fail(refused);
    if (subject_ == subject::fresh) return on_fresh(refused, offsets, now);
    if (is_foreign(refused.code)) return ask_again(now);
    // Where the server does not say, as after a rebalance, the vgroup stands where it was read to.
    for (std::size_t i = 0; i < standing_.size(); ++i)
        look_at_standing(i, refused ? -1 : offsets[i]);
    ask_fresh();
}

void placement::on_fresh(const failure& refused, std::span<const std::int64_t> offsets, time_point now) {
    if (is_foreign(refused.code) || is_passing(refused)) return ask_again(now);
    for (std::size_t i = fresh_.size(); i-- > 0;)
        look_at_fresh(i, refused ? -1 : offsets[i]);
    ask_committed();
}

void placement::look_at_standing(std::size_t index, std::int64_t position) {
    const topic_partition& at = standing_[index];
    const vgroup_position& in = positions_[*positions_.find(at.topic(), at.vgroup())];
    if (!in.read) return;
    const std::int64_t reached = std::max(*in.read, position);
    if (reached > *in.read) advanced_.emplace_back(at.topic(), at.vgroup(), reached);
    if (reached < begins_[index]) lost_.push_back({at.topic(), at.vgroup(), reached, begins_[index]});
}

/// Without a position, as with `none` and nothing committed, the first message tells where the vgroup starts.
void placement::look_at_fresh(std::size_t index, std::int64_t position) {
    if (position >= 0) {
        fresh_logs_[index].wanted = std::max(position, fresh_logs_[index].begin);
        fresh_[index].offset(fresh_logs_[index].wanted);
        return;
    }
    fresh_.erase(fresh_.begin() + static_cast<std::ptrdiff_t>(index));
    fresh_logs_.erase(fresh_logs_.begin() + static_cast<std::ptrdiff_t>(index));
}

void placement::ask_committed() {
    subject_ = subject::places;
    if (places_.empty()) return next_seek();
    step_ = step::committed;
}

/// Vgroups that are new come last, when the others are in their places.
void placement::next_seek() {
    if (places_.empty()) {
        std::swap(places_, fresh_);
        std::swap(logs_, fresh_logs_);
    }
    places_.empty() ? next_topic() : void(step_ = step::seek);
}

bool placement::awaits_any() const noexcept {
    for (std::size_t i = 0; i < positions_.size(); ++i)
        if (positions_[i].topic == topic() && positions_[i].next && !positions_[i].is_placed) return true;
    return false;
}

void placement::look_at(const assigned_vgroup& listed) {
    const auto is_same = [&](const topic_partition& one) {
        return one.vgroup() == listed.vgroup() && one.topic() == topic();
    };
    for (const std::vector<topic_partition>* const seen :
         {&standing_, &fresh_, &places_, &placed_, &assigned_})
        if (std::any_of(seen->begin(), seen->end(), is_same)) return;

    if (!is_standing(listed.vgroup())) {
        const bool fresh = is_new(listed.vgroup());
        (fresh ? fresh_ : places_).emplace_back(topic(), listed.vgroup(), listed.offset());
        (fresh ? fresh_logs_ : logs_).push_back({listed.begin(), listed.end(), 0});
        return;
    }
    const auto index = positions_.find(topic(), listed.vgroup());
    standing_.emplace_back(topic(), listed.vgroup());
    begins_.push_back(listed.begin());
    if (!positions_[*index].is_assigned)
        assigned_.emplace_back(topic(), listed.vgroup(), positions_[*index].next.value_or(-1));
}

void placement::look_for_missing(std::span<const assigned_vgroup> listed, time_point now) {
    for (std::size_t i = 0; i < positions_.size(); ++i) {
        if (!is_missing(i, listed)) continue;
        if (is_awaited(i, now) || absences_[i] < believed_answers)
            is_unsettled_ = true;
        else
            revoked_.push_back(i);
    }
}

void placement::on_committed(const failure& refused, std::span<const std::int64_t> offsets, time_point now) {
    if (subject_ == subject::fresh && (!refused || !ends_subscription(refused)))
        return on_fresh(refused, offsets, now);
    if (is_foreign(refused.code) || is_passing(refused)) return ask_again(now);
    if (refused) return fail(refused);
    for (std::size_t i = 0; i < places_.size(); ++i) {
        topic_partition& place = places_[i];
        log& in_log = logs_[i];
        const std::size_t index = *positions_.find(place.topic(), place.vgroup());
        const std::int64_t stopped = positions_[index].next.value_or(in_log.begin);
        const bool is_own = positions_.is_own_commit(index, offsets[i]);
        // Another member that has got further has committed that.
        in_log.wanted = offsets[i] > stopped && offsets[i] <= in_log.end && !is_own ? offsets[i] : stopped;
        // A log that ends before what was read is another one: all of it is new.
        const bool is_there = in_log.wanted >= in_log.begin && in_log.wanted <= in_log.end;
        place.offset(is_there ? in_log.wanted : in_log.begin);
    }
    next_seek();
}

void placement::on_seek(const failure& refused, time_point now) {
    if (refused.code == make_server_error(protocol::server_code::offset_out_of_range) &&
        ++tries_ < max_late_seeks) {
        step_ = step::assignment;
        return;
    }
    if (is_passing(refused)) return ask_again(now);
    const bool is_elsewhere_now = is_foreign(refused.code);
    // The server reads a vgroup that is new from the same place without the seek as well.
    const bool is_needless =
        refused && !ends_subscription(refused) && !is_elsewhere_now && is_new(target().vgroup());
    if (refused && !is_elsewhere_now && !is_needless) return fail(refused);
    if (is_elsewhere_now)
        is_unsettled_ = true;
    else
        settle();
    places_.pop_back();
    logs_.pop_back();
    next_seek();
}

/// The server reads target() from there on.
void placement::settle() {
    const std::int64_t wanted = logs_.back().wanted;
    if (wanted != target().offset())
        lost_.push_back({target().topic(), target().vgroup(), wanted, target().offset()});
    const auto index = positions_.find(target().topic(), target().vgroup());
    (index && positions_[*index].is_assigned ? resumed_ : assigned_).push_back(target());
    placed_.push_back(target());
}

}  // namespace tmq::subscription
