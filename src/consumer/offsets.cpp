#include "consumer/consumer_impl.hpp"
#include "consumer/reply_wait.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace tmq {
namespace {

using assignment_wait = field_wait<&protocol::reply::has_assignment, &protocol::reply::assignment>;
using position_wait = field_wait<&protocol::reply::has_position, &protocol::reply::position>;
using committed_wait = field_wait<&protocol::reply::has_committed, &protocol::reply::committed>;

/// In the place of a committed offset.
constexpr std::int64_t nothing_committed = -2147467247;

constexpr std::uint32_t foreign_vgroup = 0x4008;
constexpr std::uint32_t foreign_topic = 0x4009;
constexpr std::uint32_t same_offset = 0x4012;

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
    if (!outcome || outcome.code == make_server_error(same_offset)) {
        if (is_known) positions_.committed(*position, offset);
        return {};
    }
    if (is_known && (outcome.code == make_server_error(foreign_vgroup) || outcome.code == make_server_error(foreign_topic)))
        positions_.lost(*position);
    return outcome;
}

asio::awaitable<void> consumer::impl::commit(std::shared_ptr<impl> self, const message& processed) {
    self->require_subscription();
    if (processed.empty() || processed.next_offset() < 0) throw error(errc::no_exact_offset);
    // The message may change as soon as this waits.
    const std::uint64_t generation = self->generation_;
    const std::optional<std::size_t> position = self->positions_.find(processed.topic(), processed.vgroup());
    const std::int64_t offset = processed.next_offset();
    plain_wait done(self->session_, self->executor_);
    self->session_->request(protocol::action::commit_offset, &done, self->settings_.poll_slice(),
                            [&processed](protocol::text_buffer& out, std::uint64_t id) {
                                protocol::write_commit_offset(out, id, processed.topic(), processed.vgroup(), processed.next_offset());
                            });
    co_await done.wait();
    if (const failure why = self->note_commit(generation, position, offset, done.why())) throw_failure(why);
}

asio::awaitable<failure> consumer::impl::commit_offset(std::uint64_t generation, std::string topic, std::int32_t vgroup, std::int64_t offset) {
    const std::optional<std::size_t> position = positions_.find(topic, vgroup);
    plain_wait done(session_, executor_);
    session_->request(protocol::action::commit_offset, &done, settings_.poll_slice(),
                      [&](protocol::text_buffer& out, std::uint64_t id) { protocol::write_commit_offset(out, id, topic, vgroup, offset); });
    co_await done.wait();
    co_return note_commit(generation, position, offset, done.why());
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
        if (!at.has_uncommitted || !at.next) continue;
        failure why = co_await self->commit_offset(generation, at.topic, at.vgroup, *at.next);
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
    if (fetcher_.announced() != nullptr) co_return failure(errc::no_exact_offset);
    plain_wait done(session_, executor_);
    session_->request(protocol::action::commit, &done, settings_.poll_slice(),
                      [](protocol::text_buffer& out, std::uint64_t id) { protocol::write_commit(out, id); });
    co_await done.wait();
    if (!done.why() && generation == generation_) positions_.all_committed();
    co_return done.why();
}

asio::awaitable<failure> consumer::impl::loop_at_rest() {
    const std::uint64_t generation = generation_;
    while (fetcher_.next() == message_fetcher::step::wait || session_->has_poll()) {
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
    committed_wait found(self->session_, self->executor_);
    self->session_->request(protocol::action::committed, &found, self->settings_.poll_slice(),
                            [&partitions](protocol::text_buffer& out, std::uint64_t id) { protocol::write_committed(out, id, partitions); });
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
    assignment_wait assigned(self->session_, self->executor_);
    self->session_->request(protocol::action::assignment, &assigned, self->settings_.poll_slice(),
                            [&topic](protocol::text_buffer& out, std::uint64_t id) { protocol::write_assignment(out, id, topic); });
    co_await assigned.wait();
    if (assigned.why()) throw_failure(assigned.why());
    co_return std::move(assigned.value);
}

asio::awaitable<std::vector<topic_partition>> consumer::impl::position(std::shared_ptr<impl> self, std::vector<topic_partition> partitions) {
    self->require_subscription();
    if (partitions.empty()) co_return partitions;
    position_wait found(self->session_, self->executor_);
    self->session_->request(protocol::action::position, &found, self->settings_.poll_slice(),
                            [&partitions](protocol::text_buffer& out, std::uint64_t id) { protocol::write_position(out, id, partitions); });
    co_await found.wait();
    if (found.why()) throw_failure(found.why());
    require_as_many(found.value.size(), partitions.size(), "position");
    for (std::size_t i = 0; i < partitions.size(); ++i) partitions[i].offset(found.value[i]);
    // The server is ahead by the message that it has announced and the application has not taken.
    if (const message* waiting = self->fetcher_.announced())
        for (topic_partition& partition : partitions)
            if (is(*waiting, partition.topic(), partition.vgroup())) partition.offset(self->start_of(*waiting));
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
        plain_wait done(self->session_, self->executor_);
        self->session_->request(protocol::action::seek, &done, self->settings_.poll_slice(), [&target](protocol::text_buffer& out, std::uint64_t id) {
            protocol::write_seek(out, id, target.topic(), target.vgroup(), target.offset());
        });
        co_await done.wait();
        why = done.why();
        failure gone = self->obstacle_since(generation);
        const message* const waiting = self->fetcher_.announced();
        const bool is_stale = !gone && waiting != nullptr && is(*waiting, target.topic(), target.vgroup());
        if (is_stale && why.code == errc::cancelled) self->fetcher_.distrust_position();
        if (!why) why = std::move(gone);
        if (why) throw_failure(why);
        if (is_stale) self->fetcher_.discard();
        self->positions_.sought(target.topic(), target.vgroup(), target.offset());
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
    if (vgroup && targets.empty()) throw error(make_server_error(foreign_vgroup), fmt::format("topic {}, vgroup {}", topic, *vgroup));
    co_await seek(self, std::move(targets));
}

}  // namespace tmq
