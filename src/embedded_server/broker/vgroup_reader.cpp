#include "embedded_server/broker/vgroup_reader.hpp"

#include <algorithm>
#include <utility>

namespace tmq::embedded::broker {

namespace {

constexpr std::uint16_t data_message = 2;
log_bounds bounds_of(const vgroup_log& log) noexcept { return {log.begin(), log.end()}; }

}  // namespace

vgroup_reader::vgroup_reader(vgroup_key vgroup, protocol::offset_reset reset, bool snapshot)
    : vgroup_(std::move(vgroup)), reset_(reset), in_snapshot_(snapshot), wants_snapshot_(snapshot) {}

void vgroup_reader::ask(vgroup_log& log, const poll_style& how, std::optional<std::int64_t> committed,
                        std::uint64_t arrival) {
    asked_ = true;
    sought_ = false;
    if (auto message = next_of_snapshot(log, how.rows)) {
        const auto next = snapshot_.empty() ? std::optional(snapshot_end_) : std::nullopt;
        return answer(std::move(message), next, log, arrival);
    }
    if (fresh() && !committed && reset_ == protocol::offset_reset::none) {
        reply_ = vnode_reply{std::nullopt, std::nullopt, bounds_, arrival, true};
        return;
    }
    const bool at_end = fresh() && !committed && reset_ == protocol::offset_reset::latest;
    if (at_end) return answer(std::nullopt, log.end(), log, arrival);
    const std::int64_t from = fresh() ? committed.value_or(log.begin()) : position_.value_or(log.begin());
    if (auto message = log.read(from, how.rows)) {
        const std::int64_t next = message->end;
        return answer(std::move(message), next, log, arrival);
    }
    // a vnode that holds polls answers all the same when its scan ends on an entry that is not an insert
    if (how.holds && (from >= log.end() || log.ends_unselected()))
        held_ = from;
    else
        answer(std::nullopt, std::max(from, log.end()), log, arrival);
}

bool vgroup_reader::wake(vgroup_log& log, const poll_style& how, std::uint64_t arrival) {
    if (!held_) return false;
    auto message = log.read(*held_, how.rows);
    if (!message) return false;
    held_.reset();
    const std::int64_t next = message->end;
    answer(std::move(message), next, log, arrival);
    return true;
}

std::optional<std::uint64_t> vgroup_reader::arrival() const noexcept {
    return reply_ ? std::optional(reply_->arrival) : std::nullopt;
}

handled_reply vgroup_reader::handle(time_point now) {
    vnode_reply got = std::move(*reply_);
    reply_.reset();
    idle_since_ = got.message ? std::nullopt : std::optional(now);
    if (got.nowhere_to_start) return {std::nullopt, true};
    bounds_ = got.bounds;
    seen_end_ = got.bounds.end;
    if (!sought_) {
        position_ = got.next;
        if (got.message) {
            in_snapshot_ = got.message->announced == snapshot_offset;
            begin_ = got.message->message_type == metadata_message ? got.message->end : got.message->begin;
        }
    }
    return {std::move(got.message), false};
}

void vgroup_reader::seek(std::int64_t target, const vgroup_log& log, std::uint64_t arrival) {
    if (held_) answer(std::nullopt, *std::exchange(held_, std::nullopt), log, arrival);
    begin_ = position_ = target;
    sought_ = true;
}

std::int64_t vgroup_reader::assigned_offset(const vgroup_log& log,
                                            std::optional<std::int64_t> committed) const noexcept {
    if (begin_) return *begin_;
    if (committed) return *committed;
    switch (reset_) {
        case protocol::offset_reset::earliest: return log.begin();
        case protocol::offset_reset::latest: return std::max(log.begin(), log.end() - 1);
        default: return 0;
    }
}

std::optional<std::int64_t> vgroup_reader::position(std::optional<std::int64_t> committed) const noexcept {
    if (position_) return position_;
    if (reset_ == protocol::offset_reset::none) return std::nullopt;
    if (committed) return committed;
    return reset_ == protocol::offset_reset::latest ? bounds_.end : bounds_.begin;
}

std::optional<found_message> vgroup_reader::next_of_snapshot(const vgroup_log& log, const gathering& how) {
    if (std::exchange(wants_snapshot_, false)) {
        const std::vector<encode::shared_bytes> messages = log.snapshot(how);
        snapshot_.assign(messages.begin(), messages.end());
        snapshot_end_ = log.end();
        if (snapshot_.empty()) in_snapshot_ = false;
    }
    if (snapshot_.empty()) return std::nullopt;
    found_message found;
    found.announced = snapshot_offset;
    found.raw = std::move(snapshot_.front());
    snapshot_.pop_front();
    found.raw_type = data_message;
    found.message_type = encode::message_type_of(data_message);
    return found;
}

void vgroup_reader::answer(std::optional<found_message> message, std::optional<std::int64_t> next,
                           const vgroup_log& log, std::uint64_t arrival) {
    reply_ = vnode_reply{std::move(message), next, bounds_of(log), arrival};
}

}  // namespace tmq::embedded::broker
