#include "consumer/consumer_impl.hpp"
#include "consumer/reply_wait.hpp"
#include "protocol/server_codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace tmq {
namespace {

/// In the place of a committed offset.
constexpr std::int64_t nothing_committed = -2147467247;

void require_offsets(const std::vector<topic_partition>& partitions) {
    for (const topic_partition& one : partitions)
        if (one.offset() < 0) throw error(errc::invalid_argument, fmt::format("offset {} of vgroup {}", one.offset(), one.vgroup()));
}

void require_as_many(std::size_t got, std::size_t due, std::string_view action) {
    if (got != due) throw error(errc::reply_malformed, "as many offsets as partitions are due", action, 0, {});
}

bool is_foreign(const boost::system::error_code& refused) noexcept {
    return refused == make_server_error(protocol::server_code::foreign_vgroup) || refused == make_server_error(protocol::server_code::foreign_topic);
}

bool is(const message& waiting, std::string_view topic, std::int32_t vgroup) noexcept {
    return waiting.vgroup() == vgroup && waiting.topic() == topic;
}

}  // namespace

base::failure consumer::impl::note_commit(std::uint64_t generation, std::optional<std::size_t> position, std::int64_t offset,
                                          const base::failure& outcome) {
    const bool is_known = position && generation == generation_;
    // Committing the same offset again is what the caller asked for.
    if (!outcome || outcome.code == make_server_error(protocol::server_code::same_offset)) {
        if (is_known) positions_.committed(*position, offset);
        return {};
    }
    if (is_known && is_foreign(outcome.code)) {
        look_soon_ = true;
        supervisor_.cancel();
    }
    return outcome;
}

void consumer::impl::give_up_commit(std::size_t position, const base::failure& why) noexcept {
    if (is_foreign(why.code)) positions_.refused(position);
}

asio::awaitable<void> consumer::impl::commit(std::shared_ptr<impl> self, const message& processed) {
    self->require_subscription();
    if (processed.empty() || processed.next_offset() < 0) throw error(errc::no_exact_offset);
    // The message may change as soon as this waits; its position stays, and has the topic's name too.
    const std::uint64_t generation = self->generation_;
    const std::optional<std::size_t> position = self->positions_.find(processed.topic(), processed.vgroup());
    const std::string elsewhere(position ? std::string_view() : processed.topic());
    const std::int32_t vgroup = processed.vgroup();
    std::int64_t offset = processed.next_offset();
    const auto write = [&](protocol::text_buffer& out, std::uint64_t id) {
        if (position) {
            offset = self->positions_.commit_target(*position, offset);
            self->positions_.trying(*position, offset);
        }
        protocol::write_commit_offset(out, id, position ? self->positions_[*position].topic : elsewhere, vgroup, offset);
    };
    for (subscription::retry_schedule tries;;) {
        command<client::plain_wait> done(*self, protocol::action::commit_offset, write);
        co_await done.wait();
        if (!self->note_commit(generation, position, offset, done.why())) co_return;
        // Once cancelled, a coroutine cannot await anything.
        if (done.why().code == errc::cancelled) base::throw_failure(done.why());
        const commit_outcome outcome = co_await self->outlast(done.why(), generation, position, offset, tries);
        if (outcome.why) base::throw_failure(outcome.why);
        if (outcome.is_made) co_return;
    }
}

asio::awaitable<base::failure> consumer::impl::commit_offset(std::uint64_t generation, std::string topic, std::int32_t vgroup, std::int64_t offset) {
    const std::optional<std::size_t> position = positions_.find(topic, vgroup);
    if (position) positions_.trying(*position, offset);
    const auto write = [&](protocol::text_buffer& out, std::uint64_t id) { protocol::write_commit_offset(out, id, topic, vgroup, offset); };
    for (subscription::retry_schedule tries;;) {
        command<client::plain_wait> done(*this, protocol::action::commit_offset, write);
        co_await done.wait();
        if (!note_commit(generation, position, offset, done.why())) co_return base::failure();
        if (done.why().code == errc::cancelled) co_return done.why();
        const commit_outcome outcome = co_await outlast(done.why(), generation, position, offset, tries);
        if (outcome.why || outcome.is_made) co_return outcome.why;
    }
}

asio::awaitable<consumer::impl::commit_outcome> consumer::impl::outlast(base::failure refused, std::uint64_t generation,
                                                                        std::optional<std::size_t> position, std::int64_t offset,
                                                                        subscription::retry_schedule& tries) {
    commit_outcome outcome;
    if (is_awaited(generation, position)) {
        outcome.why = co_await returned(generation, position);
        co_return outcome;
    }
    // The first try after an assignment mostly succeeds.
    const bool may_be_bulk = position && refused.code == make_server_error(protocol::server_code::not_initialised) && tries.count() != 0;
    if (may_be_bulk) outcome.is_made = co_await commit_in_bulk(generation, *position, offset);
    if (outcome.is_made) co_return outcome;
    // Where neither helps, a new subscription does, which puts every vgroup where it was.
    constexpr int tries_before_rejoining = 4;
    const bool is_stuck = refused.code == make_server_error(protocol::server_code::not_initialised) && tries.count() >= tries_before_rejoining;
    if (is_stuck && generation == generation_ && recovers_from(refused)) {
        lose_link(refused);
        co_return outcome;
    }
    outcome.why = co_await passes(refused, generation, position, tries);
    if (outcome.why.code == refused.code && position) give_up_commit(*position, refused);
    co_return outcome;
}

/// 3.3.5 refuses commit_offset for a vgroup that stays through a rebalance, until its next reply, and a poll that is held there gets none before
/// rows come; commit works (seen). It commits all that was polled, so it is exact only where nothing else was.
asio::awaitable<bool> consumer::impl::commit_in_bulk(std::uint64_t generation, std::size_t position, std::int64_t offset) {
    const loop_hold hold(*this);
    const base::failure why = co_await loop_at_rest();
    if (why || generation != generation_ || service_ != service::joined) co_return false;
    const bool is_exact = fetcher_.announced() == nullptr && ready_.empty() && !positions_.has_unfinished();
    if (!is_exact || !positions_.is_only_uncommitted(position, offset)) co_return false;
    client::plain_wait done(session_, executor_);
    session_->request(protocol::action::commit, &done, settings_.poll_slice(),
                      [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_commit(out, id); });
    co_await done.wait();
    if (done.why() || generation != generation_) co_return false;
    positions_.committed(position, offset);
    co_return true;
}

/// What the server says of a member that is one, for a while: while it divides the vgroups, and before it has put them in order.
bool consumer::impl::may_pass(const base::failure& refused, std::optional<std::size_t> position) const {
    if (refused.code == errc::bounds_unknown) return true;
    if (is_foreign(refused.code)) return keeps_places() && is_ours(position);
    return refused.code.category() == server_category() && is_retriable(refused.code) &&
           refused.code != make_server_error(protocol::server_code::consumer_closed);
}

asio::awaitable<base::failure> consumer::impl::passes(base::failure refused, std::uint64_t generation, std::optional<std::size_t> position,
                                                      subscription::retry_schedule& tries) {
    if (!may_pass(refused, position)) co_return refused;
    if (base::failure gone = obstacle_since(generation)) co_return gone;
    const bool is_elsewhere = is_foreign(refused.code);
    // A look finds out whether the vgroup still is this consumer's, and asks the server for what it needs to work with it.
    const std::uint64_t looks = looks_;
    do {
        const std::optional<milliseconds> wait = tries.next(std::chrono::steady_clock::now(), settings_.request_timeout());
        if (!wait) co_return refused;
        look_soon_ = true;
        supervisor_.cancel();
        asio::steady_timer pause(executor_, *wait);
        co_await pause.async_wait(net::nothrow);
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) co_return base::failure(errc::cancelled);
        if (base::failure gone = obstacle_since(generation)) co_return gone;
    } while (is_elsewhere && looks == looks_ && is_ours(position));
    if (is_elsewhere && !is_ours(position)) co_return refused;
    co_return base::failure();
}

bool consumer::impl::is_awaited(std::uint64_t generation, std::optional<std::size_t> position) const {
    return position && generation == generation_ && state_ == state::subscribed && positions_[*position].is_awaited;
}

/// Until a vgroup that is missing since the reconnect has come back, or is known to belong to another member.
asio::awaitable<base::failure> consumer::impl::returned(std::uint64_t generation, std::optional<std::size_t> position) {
    while (is_awaited(generation, position)) {
        co_await progress_.async_wait(net::nothrow);
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) co_return base::failure(errc::cancelled);
    }
    if (generation != generation_ && state_ != state::closed) co_return base::failure(errc::cancelled);
    co_return obstacle_since(generation);
}

void consumer::impl::commit_async(const message& processed, commit_handler done) {
    require_subscription();
    if (processed.empty() || processed.next_offset() < 0) throw error(errc::no_exact_offset);
    asked_commit asked;
    asked.at = topic_partition(processed.topic(), processed.vgroup(), processed.next_offset());
    asked.done = std::move(done);
    asked_commits_.push_back(std::move(asked));
    supervisor_.cancel();
}

void consumer::impl::acknowledge(const message& finished) {
    require_subscription();
    if (settings_.acknowledge() != acknowledge_mode::by_hand) throw error(errc::invalid_argument, "messages are not acknowledged by hand");
    if (finished.empty() || finished.next_offset() < 0) throw error(errc::no_exact_offset);
    if (const auto position = positions_.find(finished.topic(), finished.vgroup())) positions_.finish(*position, finished.next_offset());
}

asio::awaitable<void> consumer::impl::commit(std::shared_ptr<impl> self, std::vector<topic_partition> offsets) {
    self->require_subscription();
    require_offsets(offsets);
    const std::uint64_t generation = self->generation_;
    base::failure first;
    for (const topic_partition& one : offsets) {
        base::failure why = co_await self->commit_offset(generation, one.topic(), one.vgroup(), one.offset());
        const bool is_cancelled = why.code == errc::cancelled;
        if (why && !first) first = std::move(why);
        if (is_cancelled) break;
        if (base::failure gone = self->obstacle_since(generation)) {
            if (!first) first = std::move(gone);
            break;
        }
    }
    if (first) base::throw_failure(first);
}

asio::awaitable<void> consumer::impl::commit(std::shared_ptr<impl> self) {
    self->require_subscription();
    const std::uint64_t generation = self->generation_;
    base::failure first;
    base::failure gone;
    for (std::size_t i = 0; !gone && i < self->positions_.size(); ++i) {
        const subscription::vgroup_position& at = self->positions_[i];
        // With acknowledge by hand never beyond what is not finished.
        const bool by_hand = self->settings_.acknowledge() == acknowledge_mode::by_hand;
        const std::optional<std::int64_t> offset = by_hand ? at.to_commit : at.has_uncommitted ? at.next : std::nullopt;
        if (!offset) continue;
        base::failure why = co_await self->commit_offset(generation, at.topic, at.vgroup, *offset);
        gone = why.code == errc::cancelled ? why : self->obstacle_since(generation);
        if (why && !first) first = std::move(why);
    }
    if (!gone && self->positions_.has_inexact()) {
        base::failure why = co_await self->commit_polled(generation);
        if (why && !first) first = std::move(why);
    }
    if (!first) first = std::move(gone);
    if (first) base::throw_failure(first);
}

/// The server commits all it has been polled for, so nothing of that may be waiting here.
asio::awaitable<base::failure> consumer::impl::commit_polled(std::uint64_t generation) {
    const loop_hold hold(*this);
    base::failure why = co_await loop_at_rest();
    if (why) co_return why;
    if (fetcher_.announced() != nullptr || !ready_.empty() || positions_.has_unfinished()) co_return base::failure(errc::no_exact_offset);
    // What was polled on a connection that is gone cannot be committed on another one.
    if (service_ != service::joined) co_return base::failure(errc::connection_lost);
    client::plain_wait done(session_, executor_);
    session_->request(protocol::action::commit, &done, settings_.poll_slice(),
                      [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_commit(out, id); });
    co_await done.wait();
    if (!done.why() && generation == generation_) positions_.all_committed();
    co_return done.why();
}

asio::awaitable<base::failure> consumer::impl::loop_at_rest(bool is_mover) {
    const std::uint64_t generation = generation_;
    for (;;) {
        const bool has_to_fetch = is_mover && fetcher_.next() == subscription::message_fetcher::step::fetch && !poll_failure_ && is_joined();
        // What is announced belongs to the messages from before the move.
        if (has_to_fetch) fetch();
        const bool is_at_rest = fetcher_.next() != subscription::message_fetcher::step::wait && !session_->has_poll();
        if (is_at_rest && (is_mover || !is_moving_)) break;
        co_await progress_.async_wait(net::nothrow);
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) co_return base::failure(errc::cancelled);
        base::failure why = obstacle_since(generation);
        if (why) co_return why;
    }
    co_return base::failure();
}

asio::awaitable<std::vector<std::optional<std::int64_t>>> consumer::impl::committed(std::shared_ptr<impl> self,
                                                                                    std::vector<topic_partition> partitions) {
    self->require_subscription();
    std::vector<std::optional<std::int64_t>> result;
    if (partitions.empty()) co_return result;
    const std::uint64_t generation = self->generation_;
    const auto write = [&partitions](protocol::text_buffer& out, std::uint64_t id) { protocol::write_committed(out, id, partitions); };
    std::vector<std::int64_t> offsets;
    bool has_asked = false;
    for (subscription::retry_schedule tries;;) {
        command<client::committed_wait> found(*self, protocol::action::committed, write);
        co_await found.wait();
        offsets = std::move(found.value);
        if (!found.why()) break;
        if (found.why().code == errc::cancelled) base::throw_failure(found.why());
        // The server knows no vgroups before the first poll or assignment, and snapshots need neither.
        const bool has_to_ask = is_foreign(found.why().code) && !self->keeps_places() && !self->has_polled_ && !has_asked;
        if (has_to_ask) {
            has_asked = true;
            const auto write_topic = [&](protocol::text_buffer& out, std::uint64_t id) {
                protocol::write_assignment(out, id, partitions[0].topic());
            };
            command<client::assignment_wait> assigned(*self, protocol::action::assignment, write_topic);
            co_await assigned.wait();
            continue;
        }
        const base::failure why = co_await self->passes(found.why(), generation, self->common_position(partitions), tries);
        if (why) base::throw_failure(why);
    }
    require_as_many(offsets.size(), partitions.size(), "committed");
    for (const std::int64_t offset : offsets) {
        // What else is negative is an error code.
        if (offset < std::numeric_limits<std::int32_t>::min()) throw error(errc::reply_malformed, "an offset out of range", "committed", 0, {});
        if (offset < 0 && offset != nothing_committed) throw error(make_server_error(static_cast<std::uint32_t>(offset)), {}, "committed", 0, {});
        result.push_back(offset < 0 ? std::nullopt : std::optional(offset));
    }
    co_return result;
}

/// Of one of these vgroups, when all are known to be this consumer's.
std::optional<std::size_t> consumer::impl::common_position(const std::vector<topic_partition>& partitions) const {
    std::optional<std::size_t> position;
    for (const topic_partition& one : partitions) {
        position = positions_.find(one.topic(), one.vgroup());
        if (!is_ours(position)) return std::nullopt;
    }
    return position;
}

/// Whether an answer lacks a vgroup that is this consumer's, which 3.3.5 may leave out.
bool consumer::impl::is_complete(const std::string& topic, const std::vector<assigned_vgroup>& listed) const {
    for (std::size_t i = 0; i < positions_.size(); ++i) {
        const subscription::vgroup_position& in = positions_[i];
        if (in.topic != topic || !in.is_placed) continue;
        if (std::none_of(listed.begin(), listed.end(), [&in](const assigned_vgroup& one) { return one.vgroup() == in.vgroup; })) return false;
    }
    return true;
}

/// The bounds of a vgroup that stays through a rebalance are -1 until its next reply: they are what they were.
void consumer::impl::fill_in(const std::string& topic, std::vector<assigned_vgroup>& listed) {
    for (assigned_vgroup& one : listed) {
        const auto index = positions_.find(topic, one.vgroup());
        if (!index || !positions_[*index].is_placed) {
            look_soon_ = true;
            continue;
        }
        if (one.begin() >= 0 && one.end() >= 0) {
            positions_.bounded(*index, one.begin(), one.end());
            continue;
        }
        const subscription::vgroup_position& in = positions_[*index];
        if (in.log_begin >= 0) one = assigned_vgroup(one.vgroup(), in.next.value_or(one.offset()), in.log_begin, in.log_end);
    }
    if (look_soon_) supervisor_.cancel();
}

/// Asks until the server lists the vgroups, all of those that are known to be this consumer's among them. `needs_bounds`: and says where their
/// logs begin and end.
asio::awaitable<std::vector<assigned_vgroup>> consumer::impl::list_assignment(std::shared_ptr<impl> self, std::string topic, bool needs_bounds) {
    const std::uint64_t generation = self->generation_;
    const auto write = [&topic](protocol::text_buffer& out, std::uint64_t id) { protocol::write_assignment(out, id, topic); };
    const auto is_bounded = [](const assigned_vgroup& one) { return one.begin() >= 0 && one.end() >= 0; };
    std::vector<assigned_vgroup> listed;
    int doubts = 0;
    for (subscription::retry_schedule tries;;) {
        command<client::assignment_wait> assigned(*self, protocol::action::assignment, write);
        co_await assigned.wait();
        listed = std::move(assigned.value);
        base::failure why = assigned.why();
        if (!why && generation == self->generation_) {
            self->fill_in(topic, listed);
            const bool is_believed = self->is_complete(topic, listed) || ++doubts >= subscription::placement::believed_answers;
            if (is_believed && (!needs_bounds || std::all_of(listed.begin(), listed.end(), is_bounded))) co_return listed;
            why = base::failure(errc::bounds_unknown);
        }
        if (why.code == errc::cancelled) base::throw_failure(why);
        why = co_await self->passes(std::move(why), generation, std::nullopt, tries);
        if (why.code == errc::bounds_unknown) co_return listed;
        if (why) base::throw_failure(why);
    }
}

asio::awaitable<std::vector<assigned_vgroup>> consumer::impl::assignment(std::shared_ptr<impl> self, std::string topic) {
    self->require_subscription();
    co_return co_await list_assignment(self, std::move(topic), true);
}

/// What the consumer knows itself, where the server does not say; false: it does not know either.
bool consumer::impl::know_position(std::vector<topic_partition>& partitions) const {
    for (topic_partition& one : partitions) {
        const auto index = positions_.find(one.topic(), one.vgroup());
        if (!index || !positions_[*index].is_placed || !positions_[*index].next) return false;
        one.offset(*positions_[*index].next);
    }
    return true;
}

asio::awaitable<std::vector<topic_partition>> consumer::impl::position(std::shared_ptr<impl> self, std::vector<topic_partition> partitions) {
    self->require_subscription();
    if (partitions.empty()) co_return partitions;
    const std::uint64_t generation = self->generation_;
    const auto write = [&partitions](protocol::text_buffer& out, std::uint64_t id) { protocol::write_position(out, id, partitions); };
    std::vector<std::int64_t> offsets;
    for (subscription::retry_schedule tries;;) {
        command<client::position_wait> found(*self, protocol::action::position, write);
        co_await found.wait();
        offsets = std::move(found.value);
        if (!found.why()) break;
        const bool has_to_know = generation == self->generation_ && protocol::server_code::passes_after_rebalance(found.why().code);
        if (has_to_know && self->know_position(partitions)) co_return partitions;
        if (found.why().code == errc::cancelled) base::throw_failure(found.why());
        const base::failure why = co_await self->passes(found.why(), generation, self->common_position(partitions), tries);
        if (why) base::throw_failure(why);
    }
    require_as_many(offsets.size(), partitions.size(), "position");
    for (std::size_t i = 0; i < partitions.size(); ++i) partitions[i].offset(offsets[i]);
    // The server is ahead by the messages that the application has not taken. Those of a connection that is gone come again, and what waited in
    // the server before a seek does not count.
    for (topic_partition& partition : partitions) {
        const auto index = self->positions_.find(partition.topic(), partition.vgroup());
        const subscription::vgroup_position* const known = index ? &self->positions_[*index] : nullptr;
        if (known != nullptr && known->next && (!known->is_placed || known->unproven)) {
            partition.offset(*known->next);
            continue;
        }
        const message* waiting = self->ready_.find(partition.topic(), partition.vgroup());
        const message* const announced = self->fetcher_.announced();
        if (waiting == nullptr && announced != nullptr && is(*announced, partition.topic(), partition.vgroup())) waiting = announced;
        if (waiting != nullptr) partition.offset(self->start_of(*waiting));
    }
    co_return partitions;
}

/// For metadata the server tells only where it ends.
std::int64_t consumer::impl::start_of(const message& waiting) const {
    if (waiting.kind() != message_kind::metadata) return waiting.offset();
    const std::optional<std::size_t> known = positions_.find(waiting.topic(), waiting.vgroup());
    return known ? positions_[*known].next.value_or(-1) : -1;
}

/// Snapshots have no places in a log: then the vgroups are those that have brought something.
std::vector<assigned_vgroup> consumer::impl::known_vgroups(const std::string& topic) const {
    std::vector<assigned_vgroup> known;
    for (std::size_t i = 0; i < positions_.size(); ++i)
        if (positions_[i].topic == topic && positions_[i].is_placed) known.emplace_back(positions_[i].vgroup, -1, -1, -1);
    return known;
}

asio::awaitable<std::vector<vgroup_lag>> consumer::impl::lag(std::shared_ptr<impl> self) {
    self->require_subscription();
    const std::uint64_t generation = self->generation_;
    const std::vector<std::string> topics = self->topics_;
    std::vector<vgroup_lag> result;
    for (const std::string& topic : topics) {
        std::vector<assigned_vgroup> listed;
        std::vector<topic_partition> places;
        bool has_places = true;
        try {
            listed = co_await list_assignment(self, topic, false);
            for (const assigned_vgroup& one : listed) places.emplace_back(topic, one.vgroup(), -1);
            places = co_await position(self, std::move(places));
        } catch (const error& refused) {
            has_places = refused.code() != make_server_error(protocol::server_code::snapshot_mode);
            if (has_places && !is_foreign(refused.code())) throw;
        }
        if (const base::failure why = self->obstacle_since(generation)) base::throw_failure(why);
        if (!has_places) listed = self->known_vgroups(topic);
        for (std::size_t i = 0; i < listed.size(); ++i)
            result.emplace_back(topic, listed[i].vgroup(), self->entries_left(topic, listed[i], i < places.size() ? places[i].offset() : -1));
    }
    co_return result;
}

std::optional<std::int64_t> consumer::impl::entries_left(const std::string& topic, const assigned_vgroup& listed, std::int64_t position) {
    std::optional<std::int64_t> left;
    if (listed.end() >= 0 && position >= 0) left = position >= listed.end() ? 0 : listed.end() - position;
    const auto index = positions_.find(topic, listed.vgroup());
    if (left == 0 || !index) return left;
    // What waits here is left, however silent the server is.
    const message* const announced = fetcher_.announced();
    const bool is_waiting = ready_.find(topic, listed.vgroup()) != nullptr || (announced != nullptr && is(*announced, topic, listed.vgroup()));
    const bool is_silent = silence_.is_long(*index, position, listed.end());
    return is_silent && !is_waiting ? std::optional<std::int64_t>(0) : left;
}

/// A poll and a seek under way at the same time could be answered in any order: whether what the poll brings is from before or after the
/// seek would not be known. So they never are.
asio::awaitable<base::failure> consumer::impl::seek_one(std::shared_ptr<impl> self, const topic_partition& target, std::uint64_t generation) {
    const loop_hold hold(*self);
    base::failure why = co_await self->loop_at_rest();
    if (why) co_return why;
    const auto write = [&target](protocol::text_buffer& out, std::uint64_t id) {
        protocol::write_seek(out, id, target.topic(), target.vgroup(), target.offset());
    };
    command<client::plain_wait> done(*self, protocol::action::seek, write);
    co_await done.wait();
    why = done.why();
    base::failure gone = self->obstacle_since(generation);
    const message* const waiting = self->fetcher_.announced();
    const bool is_stale = !gone && waiting != nullptr && is(*waiting, target.topic(), target.vgroup());
    if (!gone && why.code == errc::cancelled) {
        // It may have taken effect, or may still do so.
        if (is_stale) self->fetcher_.distrust_position();
        if (const auto position = self->positions_.find(target.topic(), target.vgroup())) self->positions_.unsure(*position);
    }
    if (!why) why = std::move(gone);
    if (why) co_return why;
    if (is_stale) self->fetcher_.discard();
    self->ready_.drop(target.topic(), target.vgroup());
    self->positions_.sought(target.topic(), target.vgroup(), target.offset(), self->has_polled_);
    const std::size_t position = *self->positions_.find(target.topic(), target.vgroup());
    self->silence_.broken(position);
    self->pace_.found_backlog();
    // The connection may be gone since the reply came: the next one has to be put there too.
    if (!self->is_joined()) self->positions_.displaced(position);
    co_return base::failure();
}

asio::awaitable<void> consumer::impl::seek(std::shared_ptr<impl> self, std::vector<topic_partition> targets) {
    self->require_subscription();
    require_offsets(targets);
    const std::uint64_t generation = self->generation_;
    for (const topic_partition& target : targets) {
        for (subscription::retry_schedule tries;;) {
            base::failure why = co_await seek_one(self, target, generation);
            if (!why) break;
            if (why.code == errc::cancelled) base::throw_failure(why);
            why = co_await self->passes(std::move(why), generation, self->positions_.find(target.topic(), target.vgroup()), tries);
            if (why) base::throw_failure(why);
        }
    }
}

asio::awaitable<void> consumer::impl::seek_to(std::shared_ptr<impl> self, log_end where, std::string topic, std::optional<std::int32_t> vgroup) {
    self->require_subscription();
    const std::uint64_t generation = self->generation_;
    const std::vector<assigned_vgroup> assigned = co_await assignment(self, topic);
    if (const base::failure why = self->obstacle_since(generation)) base::throw_failure(why);
    std::vector<topic_partition> targets;
    for (const assigned_vgroup& one : assigned) {
        if (vgroup && *vgroup != one.vgroup()) continue;
        const std::int64_t offset = where == log_end::beginning ? one.begin() : one.end();
        if (offset < 0) throw error(errc::bounds_unknown, fmt::format("topic {}, vgroup {}", topic, one.vgroup()));
        targets.emplace_back(topic, one.vgroup(), offset);
    }
    if (vgroup && targets.empty())
        throw error(make_server_error(protocol::server_code::foreign_vgroup), fmt::format("topic {}, vgroup {}", topic, *vgroup));
    co_await seek(self, std::move(targets));
}

}  // namespace tmq
