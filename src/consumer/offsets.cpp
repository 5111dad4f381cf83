#include "consumer/consumer_impl.hpp"
#include "consumer/reply_wait.hpp"
#include "consumer/server_codes.hpp"

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

bool is(const message& waiting, std::string_view topic, std::int32_t vgroup) noexcept {
    return waiting.vgroup() == vgroup && waiting.topic() == topic;
}

}  // namespace

failure consumer::impl::note_commit(std::uint64_t generation, std::optional<std::size_t> position, std::int64_t offset, const failure& outcome) {
    const bool is_known = position && generation == generation_;
    // Committing the same offset again is what the caller asked for.
    if (!outcome || outcome.code == make_server_error(server_code::same_offset)) {
        if (is_known) positions_.committed(*position, offset);
        return {};
    }
    const bool is_foreign =
        outcome.code == make_server_error(server_code::foreign_vgroup) || outcome.code == make_server_error(server_code::foreign_topic);
    if (is_known && is_foreign) {
        positions_.refused(*position);
        look_soon_ = true;
        supervisor_.cancel();
    }
    return outcome;
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
    for (;;) {
        command<plain_wait> done(*self, protocol::action::commit_offset, write);
        co_await done.wait();
        const failure why = self->note_commit(generation, position, offset, done.why());
        if (!why) co_return;
        if (why.code == errc::cancelled || !self->is_awaited(generation, position)) throw_failure(why);
        const failure gone = co_await self->returned(generation, position);
        if (gone) throw_failure(gone);
    }
}

asio::awaitable<failure> consumer::impl::commit_offset(std::uint64_t generation, std::string topic, std::int32_t vgroup, std::int64_t offset) {
    const std::optional<std::size_t> position = positions_.find(topic, vgroup);
    if (position) positions_.trying(*position, offset);
    const auto write = [&](protocol::text_buffer& out, std::uint64_t id) { protocol::write_commit_offset(out, id, topic, vgroup, offset); };
    for (;;) {
        command<plain_wait> done(*this, protocol::action::commit_offset, write);
        co_await done.wait();
        failure why = note_commit(generation, position, offset, done.why());
        if (!why || why.code == errc::cancelled || !is_awaited(generation, position)) co_return why;
        failure gone = co_await returned(generation, position);
        if (gone) co_return gone;
    }
}

bool consumer::impl::is_awaited(std::uint64_t generation, std::optional<std::size_t> position) const {
    return position && generation == generation_ && state_ == state::subscribed && positions_[*position].is_awaited;
}

/// Until a vgroup that is missing since the connection was made again has come back, or is known to belong to another member.
asio::awaitable<failure> consumer::impl::returned(std::uint64_t generation, std::optional<std::size_t> position) {
    while (is_awaited(generation, position)) {
        co_await progress_.async_wait(nothrow);
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) co_return failure(errc::cancelled);
    }
    if (generation != generation_ && state_ != state::closed) co_return failure(errc::cancelled);
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
    failure first;
    for (const topic_partition& one : offsets) {
        failure why = co_await self->commit_offset(generation, one.topic(), one.vgroup(), one.offset());
        const bool is_cancelled = why.code == errc::cancelled;
        if (why && !first) first = std::move(why);
        if (is_cancelled) break;
        if (failure gone = self->obstacle_since(generation)) {
            if (!first) first = std::move(gone);
            break;
        }
    }
    if (first) throw_failure(first);
}

asio::awaitable<void> consumer::impl::commit(std::shared_ptr<impl> self) {
    self->require_subscription();
    const std::uint64_t generation = self->generation_;
    failure first;
    failure gone;
    for (std::size_t i = 0; !gone && i < self->positions_.size(); ++i) {
        const vgroup_position& at = self->positions_[i];
        // With acknowledge by hand never beyond what is not finished.
        const bool by_hand = self->settings_.acknowledge() == acknowledge_mode::by_hand;
        const std::optional<std::int64_t> offset = by_hand ? at.to_commit : at.has_uncommitted ? at.next : std::nullopt;
        if (!offset) continue;
        failure why = co_await self->commit_offset(generation, at.topic, at.vgroup, *offset);
        gone = why.code == errc::cancelled ? why : self->obstacle_since(generation);
        if (why && !first) first = std::move(why);
    }
    if (!gone && self->positions_.has_inexact()) {
        failure why = co_await self->commit_polled(generation);
        if (why && !first) first = std::move(why);
    }
    if (!first) first = std::move(gone);
    if (first) throw_failure(first);
}

/// The server commits all it has been polled for, so nothing of that may be waiting here.
asio::awaitable<failure> consumer::impl::commit_polled(std::uint64_t generation) {
    const loop_hold hold(*this);
    failure why = co_await loop_at_rest();
    if (why) co_return why;
    if (fetcher_.announced() != nullptr || !ready_.empty() || positions_.has_unfinished()) co_return failure(errc::no_exact_offset);
    // What was polled on a connection that is gone cannot be committed on another one.
    if (service_ != service::joined) co_return failure(errc::connection_lost);
    plain_wait done(session_, executor_);
    session_->request(protocol::action::commit, &done, settings_.poll_slice(),
                      [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_commit(out, id); });
    co_await done.wait();
    if (!done.why() && generation == generation_) positions_.all_committed();
    co_return done.why();
}

asio::awaitable<failure> consumer::impl::loop_at_rest(bool is_mover) {
    const std::uint64_t generation = generation_;
    for (;;) {
        const bool has_to_fetch = is_mover && fetcher_.next() == message_fetcher::step::fetch && !poll_failure_ && is_joined();
        // What is announced belongs to the messages from before the move.
        if (has_to_fetch) fetch();
        const bool is_at_rest = fetcher_.next() != message_fetcher::step::wait && !session_->has_poll();
        if (is_at_rest && (is_mover || !is_moving_)) break;
        co_await progress_.async_wait(nothrow);
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) co_return failure(errc::cancelled);
        failure why = obstacle_since(generation);
        if (why) co_return why;
    }
    co_return failure();
}

asio::awaitable<std::vector<std::optional<std::int64_t>>> consumer::impl::committed(std::shared_ptr<impl> self,
                                                                                    std::vector<topic_partition> partitions) {
    self->require_subscription();
    std::vector<std::optional<std::int64_t>> result;
    if (partitions.empty()) co_return result;
    const auto write = [&partitions](protocol::text_buffer& out, std::uint64_t id) { protocol::write_committed(out, id, partitions); };
    command<committed_wait> found(*self, protocol::action::committed, write);
    co_await found.wait();
    if (found.why()) throw_failure(found.why());
    require_as_many(found.value.size(), partitions.size(), "committed");
    for (const std::int64_t offset : found.value) {
        // What else is negative is an error code.
        if (offset < std::numeric_limits<std::int32_t>::min()) throw error(errc::reply_malformed, "an offset out of range", "committed", 0, {});
        if (offset < 0 && offset != nothing_committed) throw error(make_server_error(static_cast<std::uint32_t>(offset)), {}, "committed", 0, {});
        result.push_back(offset < 0 ? std::nullopt : std::optional(offset));
    }
    co_return result;
}

asio::awaitable<std::vector<assigned_vgroup>> consumer::impl::assignment(std::shared_ptr<impl> self, std::string topic) {
    self->require_subscription();
    const auto write = [&topic](protocol::text_buffer& out, std::uint64_t id) { protocol::write_assignment(out, id, topic); };
    command<assignment_wait> assigned(*self, protocol::action::assignment, write);
    co_await assigned.wait();
    if (assigned.why()) throw_failure(assigned.why());
    co_return std::move(assigned.value);
}

asio::awaitable<std::vector<topic_partition>> consumer::impl::position(std::shared_ptr<impl> self, std::vector<topic_partition> partitions) {
    self->require_subscription();
    if (partitions.empty()) co_return partitions;
    const auto write = [&partitions](protocol::text_buffer& out, std::uint64_t id) { protocol::write_position(out, id, partitions); };
    command<position_wait> found(*self, protocol::action::position, write);
    co_await found.wait();
    if (found.why()) throw_failure(found.why());
    require_as_many(found.value.size(), partitions.size(), "position");
    for (std::size_t i = 0; i < partitions.size(); ++i) partitions[i].offset(found.value[i]);
    // The server is ahead by the messages that the application has not taken.
    for (topic_partition& partition : partitions) {
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

asio::awaitable<std::vector<vgroup_lag>> consumer::impl::lag(std::shared_ptr<impl> self) {
    self->require_subscription();
    const std::uint64_t generation = self->generation_;
    const std::vector<std::string> topics = self->topics_;
    std::vector<topic_partition> partitions;
    std::vector<std::int64_t> ends;
    for (const std::string& topic : topics) {
        const std::vector<assigned_vgroup> assigned = co_await assignment(self, topic);
        if (const failure why = self->obstacle_since(generation)) throw_failure(why);
        for (const assigned_vgroup& one : assigned) {
            partitions.emplace_back(topic, one.vgroup());
            ends.push_back(one.end());
        }
    }
    partitions = co_await position(self, std::move(partitions));
    std::vector<vgroup_lag> result;
    for (std::size_t i = 0; i < partitions.size(); ++i) {
        const topic_partition& at = partitions[i];
        std::optional<std::int64_t> entries;
        if (ends[i] >= 0 && at.offset() >= 0) entries = std::max<std::int64_t>(0, ends[i] - at.offset());
        result.emplace_back(at.topic(), at.vgroup(), entries);
    }
    co_return result;
}

/// A poll and a seek under way at the same time could be answered in any order: whether what the poll brings is from before or behind the
/// seek would not be known. So they never are.
asio::awaitable<void> consumer::impl::seek(std::shared_ptr<impl> self, std::vector<topic_partition> targets) {
    self->require_subscription();
    require_offsets(targets);
    const std::uint64_t generation = self->generation_;
    const loop_hold hold(*self);
    failure why = co_await self->loop_at_rest();
    if (why) throw_failure(why);
    for (const topic_partition& target : targets) {
        const auto write = [&target](protocol::text_buffer& out, std::uint64_t id) {
            protocol::write_seek(out, id, target.topic(), target.vgroup(), target.offset());
        };
        command<plain_wait> done(*self, protocol::action::seek, write);
        co_await done.wait();
        why = done.why();
        failure gone = self->obstacle_since(generation);
        const message* const waiting = self->fetcher_.announced();
        const bool is_stale = !gone && waiting != nullptr && is(*waiting, target.topic(), target.vgroup());
        if (!gone && why.code == errc::cancelled) {
            // It may have taken effect, or may still do so.
            if (is_stale) self->fetcher_.distrust_position();
            if (const auto position = self->positions_.find(target.topic(), target.vgroup())) self->positions_.unsure(*position);
        }
        if (!why) why = std::move(gone);
        if (why) throw_failure(why);
        if (is_stale) self->fetcher_.discard();
        self->ready_.drop(target.topic(), target.vgroup());
        self->positions_.sought(target.topic(), target.vgroup(), target.offset());
        // The connection may be gone since the reply came: the next one has to be put there too.
        if (!self->is_joined()) self->positions_.displaced(*self->positions_.find(target.topic(), target.vgroup()));
    }
}

asio::awaitable<void> consumer::impl::seek_to(std::shared_ptr<impl> self, log_end where, std::string topic, std::optional<std::int32_t> vgroup) {
    self->require_subscription();
    const std::uint64_t generation = self->generation_;
    const std::vector<assigned_vgroup> assigned = co_await assignment(self, topic);
    if (const failure why = self->obstacle_since(generation)) throw_failure(why);
    std::vector<topic_partition> targets;
    for (const assigned_vgroup& one : assigned) {
        if (vgroup && *vgroup != one.vgroup()) continue;
        const std::int64_t offset = where == log_end::beginning ? one.begin() : one.end();
        if (offset < 0) throw error(errc::bounds_unknown, fmt::format("topic {}, vgroup {}", topic, one.vgroup()));
        targets.emplace_back(topic, one.vgroup(), offset);
    }
    if (vgroup && targets.empty()) throw error(make_server_error(server_code::foreign_vgroup), fmt::format("topic {}, vgroup {}", topic, *vgroup));
    co_await seek(self, std::move(targets));
}

}  // namespace tmq
