#include "embedded_server/broker/vgroup_reader.hpp"

#include <algorithm>
#include <utility>

namespace tmq::embedded::broker {

namespace {

constexpr std::uint16_t data_message = 2;

log_bounds bounds_of(const vgroup_log& log) noexcept { return {log.begin(), log.end()}; }

}  // namespace

vgroup_reader::vgroup_reader(vgroup_key vgroup, protocol::offset_reset reset, bool reads_snapshot)
    : vgroup_(std::move(vgroup)),
      reset_(reset),
      reads_snapshot_(reads_snapshot),
      needs_snapshot_(reads_snapshot) {}

void vgroup_reader::ask(vgroup_log& log, const poll_style& style, std::optional<std::int64_t> committed,
                        std::uint64_t arrival) {
    was_asked_ = true;
    was_moved_ = false;
    if (auto message = next_of_snapshot(log, style.rules)) {
        const auto next = snapshot_.empty() ? std::optional(snapshot_end_) : std::nullopt;
        return make_reply(std::move(message), next, log, arrival);
    }
    if (fresh() && !committed && reset_ == protocol::offset_reset::none) {
        reply_ = vnode_reply{std::nullopt, std::nullopt, bounds_, arrival, true};
        return;
    }
    const bool starts_after_log = fresh() && !committed && reset_ == protocol::offset_reset::latest;
    if (starts_after_log) return make_reply(std::nullopt, log.end(), log, arrival);
    const std::int64_t begin = fresh() ? committed.value_or(log.begin()) : position_.value_or(log.begin());
    if (auto message = log.read(begin, style.rules)) {
        const std::int64_t next = message->end;
        return make_reply(std::move(message), next, log, arrival);
    }
    // Even a vnode that holds polls replies if its scan ends at an entry that is not an insert.
    if (style.holds && (begin >= log.end() || log.ends_unselected()))
        held_poll_ = begin;
    else
        make_reply(std::nullopt, std::max(begin, log.end()), log, arrival);
}

bool vgroup_reader::wake(vgroup_log& log, const poll_style& style, std::uint64_t arrival) {
    if (!held_poll_) return false;
    auto message = log.read(*held_poll_, style.rules);
    if (!message) return false;
    held_poll_.reset();
    const std::int64_t next = message->end;
    make_reply(std::move(message), next, log, arrival);
    return true;
}

std::optional<std::uint64_t> vgroup_reader::arrival() const noexcept {
    return reply_ ? std::optional(reply_->arrival) : std::nullopt;
}

handled_reply vgroup_reader::handle(time_point now) {
    vnode_reply reply = std::move(*reply_);
    reply_.reset();
    idle_since_ = reply.message ? std::nullopt : std::optional(now);
    if (reply.lacks_start) return {std::nullopt, true};
    bounds_ = reply.bounds;
    seen_end_ = reply.bounds.end;
    if (!was_moved_) {
        position_ = reply.next;
        if (reply.message) {
            reads_snapshot_ = reply.message->announced_offset == snapshot_offset;
            begin_ =
                reply.message->message_type == metadata_message ? reply.message->end : reply.message->begin;
        }
    }
    return {std::move(reply.message), false};
}

void vgroup_reader::seek(std::int64_t target, const vgroup_log& log, std::uint64_t arrival) {
    if (held_poll_) make_reply(std::nullopt, *std::exchange(held_poll_, std::nullopt), log, arrival);
    begin_ = position_ = target;
    was_moved_ = true;
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

std::optional<found_message> vgroup_reader::next_of_snapshot(const vgroup_log& log, const gathering& rules) {
    if (std::exchange(needs_snapshot_, false)) {
        const std::vector<encode::shared_bytes> messages = log.snapshot(rules);
        snapshot_.assign(messages.begin(), messages.end());
        snapshot_end_ = log.end();
        if (snapshot_.empty()) reads_snapshot_ = false;
    }
    if (snapshot_.empty()) return std::nullopt;
    found_message found;
    found.announced_offset = snapshot_offset;
    found.raw = std::move(snapshot_.front());
    snapshot_.pop_front();
    found.raw_type = data_message;
    found.message_type = encode::message_type_of(data_message);
    return found;
}

void vgroup_reader::make_reply(std::optional<found_message> message, std::optional<std::int64_t> next,
                               const vgroup_log& log, std::uint64_t arrival) {
    reply_ = vnode_reply{std::move(message), next, bounds_of(log), arrival};
}

}  // namespace tmq::embedded::broker
