// Commits, seeks and questions about offsets that the application asks for.
#include "base/server_constants.hpp"
#include "consumer/consumer_impl.hpp"
#include "subscription/refusal.hpp"
#include "tmq/detail/receipt_access.hpp"

#include <boost/asio/this_coro.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace tmq {
namespace {

using client::lost_link;
using client::question;
using client::subject;
using access = detail::receipt_access;
using subscription::retry_schedule;
using verdict = subscription::subscription::verdict;

void require_offsets(const std::vector<partition_offset>& partitions) {
    for (const partition_offset& partition : partitions)
        if (partition.offset() < 0)
            throw error(errc::invalid_argument,
                        fmt::format("offset {} of vgroup {}", partition.offset(), partition.vgroup()));
}

void require_as_many(std::size_t got, std::size_t due, std::string_view action) {
    if (got != due)
        base::throw_failure(
            base::failure(base::defect_code::reply_malformed, "as many offsets as partitions are due")
                .name_request(action, 0));
}

using partition_list = std::vector<partition_offset>;

/// Offsets that are asked for are not known yet.
partition_list without_offsets(const std::vector<topic_partition>& partitions) {
    partition_list result;
    for (const topic_partition& partition : partitions)
        result.emplace_back(partition, -1);
    return result;
}

std::optional<std::int64_t> known(std::int64_t offset) {
    return offset >= 0 ? std::optional(offset) : std::nullopt;
}

}  // namespace

/// Does not use the message once it has returned. The coroutine of a message of this subscription, the normal
/// case, has a frame small enough for Asio to reuse.
asio::awaitable<void> consumer::impl::commit(std::shared_ptr<impl> self, const message& processed) {
    const receipt proof = processed.receipt();
    const bool is_ours = access::subscription(proof) == self->core_.places().subscription();
    const auto index = is_ours ? std::optional(access::vgroup_index(proof))
                               : self->core_.places().find(processed.topic(), processed.vgroup());
    const std::optional<std::int64_t> offset = processed.next_offset();
    if (!index && offset) {
        partition_list offsets;
        offsets.push_back(processed.next());
        return commit(std::move(self), std::move(offsets));
    }
    const noted_message noted{{self->generation_, self->cancellations_},
                              index.value_or(0),
                              processed.vgroup(),
                              offset.value_or(-1)};
    return commit(std::move(self), noted);
}

asio::awaitable<void> consumer::impl::commit(std::shared_ptr<impl> self, noted_message processed) {
    self->require_subscription();
    if (processed.next_offset < 0) throw error(errc::no_exact_offset);
    // The index is one of the subscription in which it was noted.
    if (!self->is_current(processed.noted_at)) throw error(errc::not_subscribed);
    processed.noted_at = self->begin_operation();
    subject target =
        subject::of_offset(protocol::action::commit_offset, {}, processed.vgroup, processed.next_offset);
    target.index = processed.index;
    question done(self->requests_, target, lost_link::resend);
    co_await done.wait();
    if (self->note_commit(processed.noted_at, target.index, done)) co_return;
    if (base::is_cancellation(done.why())) base::throw_failure(done.why());
    target.offset = done.offset();
    co_await commit_refused(self, processed.noted_at, target, done.why());
}

/// Handles a refused commit in a coroutine of its own, so that the frame needed for every message stays
/// small.
asio::awaitable<void> consumer::impl::commit_refused(std::shared_ptr<impl> self, beginning begun,
                                                     subject target, base::failure refused) {
    const std::optional<std::size_t> index = target.index;
    const base::failure why = co_await self->commit_until_made(begun, target, index, std::move(refused));
    if (why) base::throw_failure(why);
}

/// Commits this offset, regardless of what was processed.
asio::awaitable<base::failure> consumer::impl::commit_offset(beginning begun, partition_offset target) {
    const subject commit =
        subject::of_offset(protocol::action::commit_offset, target.topic(), target.vgroup(), target.offset());
    const std::optional<std::size_t> index = core_.places().find(target.topic(), target.vgroup());
    if (index) core_.places().trying(*index, target.offset());
    base::failure why = co_await commit_until_made(begun, commit, index, base::failure());
    co_return why;
}

/// Sends a commit until it is made or has failed for good. `refused`: an earlier refusal.
asio::awaitable<base::failure> consumer::impl::commit_until_made(beginning begun, subject target,
                                                                 std::optional<std::size_t> index,
                                                                 base::failure refused) {
    for (retry_schedule tries;;) {
        if (refused) {
            commit_outcome outcome =
                co_await handle_refused_commit(refused, begun, index, target.offset, tries);
            if (outcome.why || outcome.is_made) co_return std::move(outcome.why);
        }
        question done(requests_, target, lost_link::resend);
        co_await done.wait();
        if (note_commit(begun, index, done)) co_return base::failure();
        refused = done.why();
        // Once cancelled, a coroutine cannot await anything.
        if (base::is_cancellation(refused)) co_return refused;
    }
}

/// Records the outcome of a commit. True if it has succeeded.
bool consumer::impl::note_commit(beginning begun, std::optional<std::size_t> index, const question& done) {
    const base::failure why =
        core_.note_commit(is_current(begun) ? index : std::nullopt, done.offset(), done.why());
    apply_effects();
    if (index && is_current(begun)) statistics_.moved(*index, core_.places()[*index]);
    return !why;
}

asio::awaitable<consumer::impl::commit_outcome> consumer::impl::handle_refused_commit(
    base::failure refused, beginning begun, std::optional<std::size_t> index, std::int64_t offset,
    retry_schedule& tries) {
    commit_outcome outcome;
    // The vgroups of another subscription are not those of this one.
    if (!is_current(begun)) index.reset();
    if (core_.is_awaited(index)) {
        outcome.why = co_await wait_until_returned(begun, index);
        co_return outcome;
    }
    if (core_.may_commit_in_bulk(refused, index, tries.count()))
        outcome.is_made = co_await commit_in_bulk(begun, *index, offset);
    if (outcome.is_made) co_return outcome;
    const bool is_stuck = core_.classify_commit_refusal(refused, index, tries.count()) == verdict::rejoin;
    if (is_stuck && is_current(begun) && core_.is_up()) {
        core_.lose_link(refused, std::chrono::steady_clock::now());
        apply_effects();
        co_return outcome;
    }
    outcome.why = co_await wait_for_retry(refused, begun, index, tries);
    if (outcome.why.code == refused.code && is_current(begun)) core_.give_up_commit(index, refused);
    co_return outcome;
}

/// Commits everything, if that is exact. For a vgroup whose offset the server refuses to commit alone.
asio::awaitable<bool> consumer::impl::commit_in_bulk(beginning begun, std::size_t index,
                                                     std::int64_t offset) {
    const read_hold hold(*this);
    const base::failure why = co_await wait_for_rest(hold, begun);
    if (why || !is_current(begun) || !core_.is_up() || !core_.can_commit_in_bulk(index, offset))
        co_return false;
    question done(requests_, subject(protocol::action::commit), lost_link::fail);
    co_await done.wait();
    if (done.why() || !is_current(begun)) co_return false;
    core_.places().committed(index, offset);
    statistics_.moved(index, core_.places()[index]);
    co_return true;
}

asio::awaitable<base::failure> consumer::impl::wait_for_retry(base::failure refused, beginning begun,
                                                              std::optional<std::size_t> index,
                                                              retry_schedule& tries) {
    if (!is_current(begun)) index.reset();
    if (core_.classify_refusal(refused, index) == verdict::fail) co_return refused;
    if (base::failure gone = obstacle_since(begun)) co_return gone;
    const bool is_foreign = refused.code == condition::vgroup_moved;
    // A check of the assignment finds out if the vgroup still is this consumer's, and makes the server load
    // it.
    const std::uint64_t checks = core_.checks();
    do {
        const std::optional<milliseconds> wait =
            tries.next(std::chrono::steady_clock::now(), settings_.request_timeout());
        if (!wait) co_return refused;
        core_.check_soon();
        apply_effects();
        client::pause pause(interruptions_, executor_, *wait);
        co_await pause.wait();
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none)
            co_return base::failure(base::cancelled());
        if (base::failure gone = obstacle_since(begun)) co_return gone;
    } while (is_foreign && checks == core_.checks() && core_.is_ours(index));
    if (is_foreign && !core_.is_ours(index)) co_return refused;
    co_return base::failure();
}

/// Waits until a vgroup that is missing since the reconnect has returned, or belongs to another member.
asio::awaitable<base::failure> consumer::impl::wait_until_returned(beginning begun,
                                                                   std::optional<std::size_t> index) {
    while (is_current(begun) && core_.is_awaited(index) && !is_cancelled(begun)) {
        co_await progress_.async_wait(net::nothrow);
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none)
            co_return base::failure(base::cancelled());
    }
    if (!is_current(begun) && life_ != life::closed) co_return base::failure(base::cancelled());
    co_return obstacle_since(begun);
}

void consumer::impl::commit_async(const message& processed, commit_handler done) {
    require_subscription();
    core_.commit_in_background(processed.next(), std::move(done));
    apply_effects();
}

void consumer::impl::require_acknowledgeable(const receipt& processed) const {
    if (settings_.acknowledge() != acknowledge_mode::by_hand)
        throw error(errc::invalid_argument, "messages are not acknowledged by hand");
    const bool is_of_message = access::subscription(processed) != 0;
    if (is_of_message && access::next_offset(processed) < 0) throw error(errc::no_exact_offset);
}

void consumer::impl::acknowledge(const message& processed) {
    require_subscription();
    require_acknowledgeable(processed.receipt());
    if (!processed.next_offset()) throw error(errc::no_exact_offset);
    acknowledge(processed.receipt());
}

void consumer::impl::acknowledge(const receipt& processed) {
    subscription::positions& places = core_.places();
    if (is_usable() && access::subscription(processed) == places.subscription())
        places.acknowledge(access::vgroup_index(processed), access::next_offset(processed));
}

asio::awaitable<void> consumer::impl::commit(std::shared_ptr<impl> self,
                                             std::vector<partition_offset> offsets) {
    self->require_subscription();
    require_offsets(offsets);
    const beginning begun = self->begin_operation();
    base::failure first;
    for (const partition_offset& target : offsets) {
        base::failure why = co_await self->commit_offset(begun, target);
        base::failure gone = base::is_cancellation(why) ? why : self->obstacle_since(begun);
        if (why && !first) first = std::move(why);
        if (gone && !first) first = gone;
        if (gone) break;
    }
    if (first) base::throw_failure(first);
}

consumer::impl::noted_deliveries consumer::impl::note_deliveries() const {
    const subscription::positions& places = core_.places();
    noted_deliveries noted{{generation_, cancellations_}, {}, places.has_inexact()};
    // With explicit acknowledgement nothing unacknowledged is committed.
    const bool is_explicit = settings_.acknowledge() == acknowledge_mode::by_hand;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const subscription::vgroup_position& vgroup = places[i];
        const std::optional<std::int64_t> offset = is_explicit              ? vgroup.to_commit
                                                   : vgroup.has_uncommitted ? vgroup.next
                                                                            : std::nullopt;
        if (offset) noted.offsets.emplace_back(vgroup.topic, vgroup.vgroup, *offset);
    }
    return noted;
}

asio::awaitable<void> consumer::impl::commit(std::shared_ptr<impl> self, noted_deliveries delivered) {
    self->require_subscription();
    if (!self->is_current(delivered.noted_at)) throw error(errc::not_subscribed);
    const beginning begun = self->begin_operation();
    base::failure first;
    base::failure gone;
    for (std::size_t i = 0; !gone && i < delivered.offsets.size(); ++i) {
        base::failure why = co_await self->commit_offset(begun, std::move(delivered.offsets[i]));
        gone = base::is_cancellation(why) ? why : self->obstacle_since(begun);
        if (why && !first) first = std::move(why);
    }
    if (!gone && delivered.has_inexact) {
        base::failure why = co_await self->commit_polled(begun);
        if (why && !first) first = std::move(why);
    }
    if (!first) first = std::move(gone);
    if (first) base::throw_failure(first);
}

/// Commits everything polled. No polled message may be undelivered then.
asio::awaitable<base::failure> consumer::impl::commit_polled(beginning begun) {
    const read_hold hold(*this);
    base::failure why = co_await wait_for_rest(hold, begun);
    if (why) co_return why;
    if (!core_.can_commit_all()) co_return base::failure(errc::no_exact_offset);
    // Messages polled on a lost connection cannot be committed on another one.
    if (!core_.is_up()) co_return base::failure(errc::connection_lost);
    question done(requests_, subject(protocol::action::commit), lost_link::fail);
    co_await done.wait();
    if (!done.why() && is_current(begun)) {
        core_.places().all_committed();
        statistics_.moved(core_.places());
    }
    co_return done.why();
}

/// Waits until neither a poll nor a fetch is in progress, and nobody else moves or commits the server's
/// positions.
asio::awaitable<base::failure> consumer::impl::wait_for_rest(const read_hold& hold, beginning begun) {
    while (holder_ != nullptr || core_.reader().is_waiting() || session_->has_poll() || core_.is_moving() ||
           core_.is_committing()) {
        co_await progress_.async_wait(net::nothrow);
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none)
            co_return base::failure(base::cancelled());
        if (base::failure why = obstacle_since(begun)) co_return why;
    }
    holder_ = &hold;
    co_return base::failure();
}

asio::awaitable<consumer::known_offsets> consumer::impl::committed(std::shared_ptr<impl> self,
                                                                   std::vector<topic_partition> wanted) {
    self->require_subscription();
    known_offsets result;
    if (wanted.empty()) co_return result;
    const partition_list partitions = without_offsets(wanted);
    const beginning begun = self->begin_operation();
    std::vector<std::int64_t> offsets;
    bool has_asked = false;
    for (retry_schedule tries;;) {
        question found(self->requests_, subject::of_partitions(protocol::action::committed, partitions),
                       lost_link::resend);
        co_await found.wait();
        offsets = std::move(found.answer.offsets);
        if (!found.why()) break;
        if (base::is_cancellation(found.why())) base::throw_failure(found.why());
        // The server knows no vgroups before the first poll or assignment, and a snapshot has had neither.
        const bool is_unknown = found.why().code == condition::vgroup_moved && !self->core_.keeps_places();
        if (is_unknown && !self->core_.reader().has_polled() && !std::exchange(has_asked, true)) {
            question assigned(self->requests_,
                              subject::of_topic(protocol::action::assignment, partitions[0].topic()),
                              lost_link::resend);
            co_await assigned.wait();
            continue;
        }
        const auto index = self->core_.common_vgroup(partitions);
        if (const base::failure why = co_await self->wait_for_retry(found.why(), begun, index, tries))
            base::throw_failure(why);
    }
    require_as_many(offsets.size(), partitions.size(), "committed");
    for (std::size_t i = 0; i < offsets.size(); ++i) {
        const std::int64_t offset = offsets[i];
        // Any other negative value is an error code.
        if (offset < std::numeric_limits<std::int32_t>::min())
            base::throw_failure(base::failure(base::defect_code::reply_malformed, "an offset out of range")
                                    .name_request("committed", 0));
        if (offset < 0 && offset != base::nothing_committed)
            throw error(make_server_error(static_cast<std::uint32_t>(offset)), {}, "committed", 0, {});
        result.emplace_back(std::move(wanted[i]), known(offset));
    }
    co_return result;
}

/// Asks until the server lists the vgroups, including all that are known to be this consumer's.
/// `needs_bounds`: with the bounds of their logs.
asio::awaitable<std::vector<protocol::vgroup_assignment>> consumer::impl::list_assignment(
    std::shared_ptr<impl> self, std::string topic, bool needs_bounds) {
    const beginning begun = self->begin_operation();
    const auto is_bounded = [](const protocol::vgroup_assignment& entry) {
        return entry.log_begin() >= 0 && entry.log_end() >= 0;
    };
    std::vector<protocol::vgroup_assignment> listed;
    int doubts = 0;
    for (retry_schedule tries;;) {
        question assigned(self->requests_, subject::of_topic(protocol::action::assignment, topic),
                          lost_link::resend);
        co_await assigned.wait();
        listed = std::move(assigned.answer.assignment);
        base::failure why = assigned.why();
        if (!why && self->is_current(begun)) {
            self->core_.fill_in(topic, listed);
            self->apply_effects();
            const bool is_believed = self->core_.is_complete(topic, listed) ||
                                     ++doubts >= subscription::placement::believed_answers;
            if (is_believed && (!needs_bounds || std::all_of(listed.begin(), listed.end(), is_bounded)))
                co_return listed;
            why = base::failure(errc::bounds_unknown);
        }
        if (base::is_cancellation(why)) base::throw_failure(why);
        why = co_await self->wait_for_retry(std::move(why), begun, std::nullopt, tries);
        if (why.code == errc::bounds_unknown) co_return listed;
        if (why) base::throw_failure(why);
    }
}

/// Does not fail if no vgroup of the topic belongs to this consumer now.
asio::awaitable<std::vector<protocol::vgroup_assignment>> consumer::impl::list_owned(
    std::shared_ptr<impl> self, std::string topic) {
    std::vector<protocol::vgroup_assignment> listed;
    try {
        listed = co_await list_assignment(self, std::move(topic), true);
    } catch (const error& refused) {
        if (refused.code() != condition::vgroup_moved) throw;
    }
    co_return listed;
}

asio::awaitable<std::vector<assigned_vgroup>> consumer::impl::assignment(std::shared_ptr<impl> self) {
    self->require_subscription();
    const beginning begun = self->begin_operation();
    const std::vector<std::string> topics = self->core_.topics();
    std::vector<assigned_vgroup> result;
    for (const std::string& topic : topics) {
        const std::vector<protocol::vgroup_assignment> listed = co_await list_owned(self, topic);
        if (const base::failure why = self->obstacle_since(begun)) base::throw_failure(why);
        for (const protocol::vgroup_assignment& entry : listed)
            result.emplace_back(topic_partition(topic, entry.vgroup()), known(entry.offset()),
                                known(entry.log_begin()), known(entry.log_end()));
    }
    co_return result;
}

asio::awaitable<consumer::known_offsets> consumer::impl::position(std::shared_ptr<impl> self,
                                                                  std::vector<topic_partition> partitions) {
    const partition_list found = co_await list_positions(self, without_offsets(partitions));
    known_offsets result;
    for (const partition_offset& position : found)
        result.emplace_back(position.partition(), known(position.offset()));
    co_return result;
}

asio::awaitable<std::vector<partition_offset>> consumer::impl::list_positions(
    std::shared_ptr<impl> self, std::vector<partition_offset> partitions) {
    self->require_subscription();
    if (partitions.empty()) co_return partitions;
    const beginning begun = self->begin_operation();
    std::vector<std::int64_t> offsets;
    for (retry_schedule tries;;) {
        question found(self->requests_, subject::of_partitions(protocol::action::position, partitions),
                       lost_link::resend);
        co_await found.wait();
        offsets = std::move(found.answer.offsets);
        if (!found.why()) break;
        const bool is_passing =
            self->is_current(begun) && subscription::passes_after_rebalance(found.why().code);
        if (is_passing && self->core_.know_positions(partitions)) co_return partitions;
        if (base::is_cancellation(found.why())) base::throw_failure(found.why());
        const auto index = self->core_.common_vgroup(partitions);
        if (const base::failure why = co_await self->wait_for_retry(found.why(), begun, index, tries))
            base::throw_failure(why);
    }
    require_as_many(offsets.size(), partitions.size(), "position");
    for (std::size_t i = 0; i < partitions.size(); ++i)
        partitions[i].set_offset(offsets[i]);
    self->core_.correct_positions(partitions);
    co_return partitions;
}

asio::awaitable<std::vector<vgroup_lag>> consumer::impl::lag(std::shared_ptr<impl> self) {
    self->require_subscription();
    const beginning begun = self->begin_operation();
    const std::vector<std::string> topics = self->core_.topics();
    std::vector<vgroup_lag> result;
    for (const std::string& topic : topics) {
        std::vector<protocol::vgroup_assignment> listed;
        std::vector<partition_offset> places;
        bool has_places = true;
        try {
            listed = co_await list_assignment(self, topic, false);
            for (const protocol::vgroup_assignment& entry : listed)
                places.emplace_back(topic, entry.vgroup(), -1);
            places = co_await list_positions(self, std::move(places));
        } catch (const error& refused) {
            has_places = refused.code() != server_errc::snapshot_offset;
            if (has_places && refused.code() != condition::vgroup_moved) throw;
        }
        if (const base::failure why = self->obstacle_since(begun)) base::throw_failure(why);
        if (!has_places) listed = self->core_.known_vgroups(topic);
        for (std::size_t i = 0; i < listed.size(); ++i) {
            const std::int64_t position = i < places.size() ? places[i].offset() : -1;
            result.emplace_back(topic_partition(topic, listed[i].vgroup()),
                                self->core_.entries_left(topic, listed[i], position));
        }
    }
    self->statistics_.moved(self->core_.places());
    co_return result;
}

/// Seeks while no poll is in progress: a poll and a seek at the same time could be answered in any order, and
/// a message could be from before or after the seek.
asio::awaitable<base::failure> consumer::impl::seek_one(std::shared_ptr<impl> self,
                                                        const partition_offset& target, beginning begun) {
    const read_hold hold(*self);
    base::failure why = co_await self->wait_for_rest(hold, begun);
    if (why) co_return why;
    question done(
        self->requests_,
        subject::of_offset(protocol::action::seek, target.topic(), target.vgroup(), target.offset()),
        lost_link::resend);
    co_await done.wait();
    base::failure gone = self->obstacle_since(begun);
    // The seek may have taken effect, or may still do so.
    if (!gone && base::is_cancellation(done.why())) self->core_.unsure(target);
    why = done.why() ? done.why() : std::move(gone);
    if (why) co_return why;
    self->core_.sought(target);
    self->statistics_.moved(self->core_.places());
    self->apply_effects();
    co_return base::failure();
}

asio::awaitable<void> consumer::impl::seek(std::shared_ptr<impl> self,
                                           std::vector<partition_offset> targets) {
    self->require_subscription();
    require_offsets(targets);
    const beginning begun = self->begin_operation();
    for (const partition_offset& target : targets) {
        for (retry_schedule tries;;) {
            base::failure why = co_await seek_one(self, target, begun);
            if (!why) break;
            if (base::is_cancellation(why)) base::throw_failure(why);
            const auto index = self->core_.places().find(target.topic(), target.vgroup());
            why = co_await self->wait_for_retry(std::move(why), begun, index, tries);
            if (why) base::throw_failure(why);
        }
    }
}

asio::awaitable<void> consumer::impl::seek_to(std::shared_ptr<impl> self, log_end end, std::string topic,
                                              std::optional<std::int32_t> vgroup) {
    self->require_subscription();
    const beginning begun = self->begin_operation();
    const std::vector<protocol::vgroup_assignment> assigned = co_await list_assignment(self, topic, true);
    if (const base::failure why = self->obstacle_since(begun)) base::throw_failure(why);
    std::vector<partition_offset> targets;
    for (const protocol::vgroup_assignment& entry : assigned) {
        if (vgroup && *vgroup != entry.vgroup()) continue;
        const std::int64_t offset = end == log_end::beginning ? entry.log_begin() : entry.log_end();
        if (offset < 0)
            throw error(errc::bounds_unknown, fmt::format("topic {}, vgroup {}", topic, entry.vgroup()));
        targets.emplace_back(topic, entry.vgroup(), offset);
    }
    if (vgroup && targets.empty())
        throw error(server_errc::foreign_vgroup, fmt::format("topic {}, vgroup {}", topic, *vgroup));
    co_await seek(self, std::move(targets));
}

}  // namespace tmq
