#include "consumer/statistics.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

namespace tmq::client {
namespace {

using std::chrono::nanoseconds;

constexpr auto relaxed = std::memory_order_relaxed;

/// Reads the first column of the last row, if that is a timestamp.
std::optional<std::int64_t> last_time(const detail::message_layout& layout) noexcept {
    if (layout.blocks.empty()) return std::nullopt;
    const detail::block_layout& block = layout.blocks.back();
    if (block.rows == 0 || block.column_count == 0) return std::nullopt;
    const detail::column_layout& column = layout.columns[block.first_column];
    if (column.type != data_type::timestamp) return std::nullopt;
    const std::size_t last = block.rows - 1;
    if ((column.nulls[last / 8] & (0x80U >> (last % 8))) != 0) return std::nullopt;
    std::int64_t ticks = 0;
    std::memcpy(&ticks, column.data + last * sizeof ticks, sizeof ticks);
    return ticks;
}

std::optional<std::int64_t> known(const std::atomic<std::int64_t>& offset) noexcept {
    const std::int64_t value = offset.load(relaxed);
    return value < 0 ? std::nullopt : std::optional(value);
}

/// Returns a time since the epoch; nothing if nanoseconds cannot hold it.
std::optional<nanoseconds> since_epoch(std::int64_t ticks, time_precision precision) noexcept {
    std::int64_t factor = 1;
    if (precision == time_precision::milliseconds) factor = 1'000'000;
    if (precision == time_precision::microseconds) factor = 1'000;
    // Half of the range, so that a difference of two times fits too.
    const std::int64_t most = std::numeric_limits<std::int64_t>::max() / 2 / factor;
    if (ticks > most || ticks < -most) return std::nullopt;
    return nanoseconds(ticks * factor);
}

/// Returns the time now minus that of the row, as it was when the row was delivered.
std::optional<nanoseconds> age(const vgroup_counters& vgroup) noexcept {
    const std::int64_t delivered_at = vgroup.delivered_at.load(relaxed);
    if (delivered_at == 0) return std::nullopt;
    const auto row = since_epoch(vgroup.row_time.load(relaxed), vgroup.precision.load(relaxed));
    if (!row) return std::nullopt;
    // The wall clock is not read for every message: its time is that of the steady clock and their distance.
    const nanoseconds wall = std::chrono::system_clock::now().time_since_epoch();
    const nanoseconds since_delivery = std::chrono::steady_clock::now().time_since_epoch() -
                                       std::chrono::steady_clock::duration(delivered_at);
    return wall - since_delivery - *row;
}

void sample_age(vgroup_counters& vgroup, const detail::message_layout& layout,
                std::chrono::steady_clock::time_point now) noexcept {
    const auto time = last_time(layout);
    if (!time) return;
    vgroup.next_sample = now + std::chrono::milliseconds(100);
    vgroup.row_time.store(*time, relaxed);
    vgroup.precision.store(layout.blocks.back().precision, relaxed);
    vgroup.delivered_at.store(now.time_since_epoch().count(), relaxed);
}

vgroup_stats figures_of(const vgroup_counters& vgroup) {
    vgroup_stats out;
    out.topic = vgroup.topic;
    out.vgroup = vgroup.vgroup;
    out.messages = vgroup.messages.value();
    out.rows = vgroup.rows.value();
    out.bytes = vgroup.bytes.value();
    out.position = known(vgroup.position);
    out.committed = known(vgroup.committed);
    const auto end = known(vgroup.log_end);
    if (end && out.position) out.lag = std::max<std::int64_t>(*end - *out.position, 0);
    out.age = age(vgroup);
    return out;
}

}  // namespace

void statistics::delivered(std::size_t index, const subscription::vgroup_position& place, message& taken,
                           time_point now, time_point ready_at) {
    const detail::message_content& content = *detail::message_access::existing_content(taken);
    totals_.ready_time.add(now - ready_at);
    vgroup_counters& vgroup = of(index, place);
    vgroup.messages.add(1);
    vgroup.blocks.add(content.layout.blocks.size());
    vgroup.rows.add(content.layout.rows);
    vgroup.bytes.add(content.raw.size());
    vgroup.position.store(place.next.value_or(-1), relaxed);
    if (now >= vgroup.next_sample) [[unlikely]]
        sample_age(vgroup, content.layout, now);
}

void statistics::moved(std::size_t index, const subscription::vgroup_position& place) {
    vgroup_counters& vgroup = of(index, place);
    vgroup.position.store(place.next.value_or(-1), relaxed);
    vgroup.committed.store(place.committed.value_or(-1), relaxed);
    vgroup.log_end.store(place.log_end, relaxed);
}

void statistics::moved(const subscription::positions& places) {
    for (std::size_t i = 0; i < places.size(); ++i)
        moved(i, places[i]);
}

vgroup_counters& statistics::find(std::size_t index, const subscription::vgroup_position& place) {
    if (by_index_.size() <= index) by_index_.resize(index + 1);
    // Only this thread changes the list, so it may read it without the lock.
    for (vgroup_counters& one : vgroups_)
        if (one.vgroup == place.vgroup && one.topic == place.topic) return *(by_index_[index] = &one);
    const std::scoped_lock lock(mutex_);
    return *(by_index_[index] = &vgroups_.emplace_back(place.topic, place.vgroup));
}

stats statistics::read() const {
    tmq::stats out;
    out.bytes_received = totals_.bytes_received.value();
    out.bytes_sent = totals_.bytes_sent.value();
    out.bytes_inflated = totals_.bytes_inflated.value();
    out.polls = totals_.polls.value();
    out.empty_polls = totals_.empty_polls.value();
    out.commits = totals_.commits.value();
    out.connections = totals_.connections.value();
    out.reconnects = totals_.reconnects.value();
    out.late_replies = totals_.late_replies.value();
    out.round_trip = totals_.round_trips.summary();
    out.poll_wait = totals_.poll_waits.summary();
    out.commit_round_trip = totals_.commit_round_trips.summary();
    out.server_time = totals_.server_time.time();
    out.read_ahead = totals_.read_ahead.value();
    out.ready_time = totals_.ready_time.time();
    const std::scoped_lock lock(mutex_);
    for (const vgroup_counters& vgroup : vgroups_) {
        out.vgroups.push_back(figures_of(vgroup));
        out.messages += out.vgroups.back().messages;
        out.blocks += vgroup.blocks.value();
        out.rows += out.vgroups.back().rows;
    }
    return out;
}

}  // namespace tmq::client
