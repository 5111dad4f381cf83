// Differences of two readings, and the figures as JSON.
#include "tmq/stats.hpp"

#include "base/latency.hpp"
#include "text/json_string.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace tmq {
namespace {

/// A counter that was read while it grew may be less than one that was read before it.
std::uint64_t growth(std::uint64_t later, std::uint64_t earlier) noexcept {
    return later - std::min(later, earlier);
}

latency_summary difference(const latency_summary& later, const latency_summary& earlier) {
    if (earlier.count == 0) return later;
    latency_summary result;
    auto before = earlier.buckets.begin();
    for (const latency_bucket& bucket : later.buckets) {
        while (before != earlier.buckets.end() && before->upper < bucket.upper)
            ++before;
        const bool is_same = before != earlier.buckets.end() && before->upper == bucket.upper;
        const std::uint64_t count = growth(bucket.count, is_same ? before->count : 0);
        if (count != 0) result.buckets.push_back({bucket.upper, count});
    }
    if (result.buckets.empty()) return result;
    result.total = std::max(later.total - earlier.total, std::chrono::nanoseconds(0));
    result.min = std::clamp(result.buckets.front().upper, later.min, later.max);
    result.max = std::clamp(result.buckets.back().upper, later.min, later.max);
    base::fill_in_quantiles(result);
    return result;
}

/// Writes the members of one JSON object.
class json_object {
  public:
    explicit json_object(std::string& out) : out_(out) { out_ += '{'; }
    json_object(const json_object&) = delete;
    json_object& operator=(const json_object&) = delete;
    ~json_object() { out_ += '}'; }

    template <class Number>
    void number(std::string_view name, Number value) {
        fmt::format_to(std::back_inserter(key(name)), "{}", value);
    }
    void time(std::string_view name, std::chrono::nanoseconds value) { number(name, value.count()); }
    template <class Value>
    void optional(std::string_view name, const std::optional<Value>& value) {
        if (!value)
            key(name) += "null";
        else if constexpr (std::is_same_v<Value, std::chrono::nanoseconds>)
            time(name, *value);
        else
            number(name, *value);
    }
    void text(std::string_view name, std::string_view value) { text::append_json_string(key(name), value); }
    /// Writes the name of a member, whose value is to be appended.
    std::string& key(std::string_view name) {
        if (!is_empty_) out_ += ',';
        is_empty_ = false;
        fmt::format_to(std::back_inserter(out_), "\"{}\":", name);
        return out_;
    }

  private:
    std::string& out_;
    bool is_empty_ = true;
};

void append(std::string& out, const latency_summary& times) {
    json_object json(out);
    json.number("count", times.count);
    json.time("min", times.min);
    json.time("mean", times.mean);
    json.time("p50", times.p50);
    json.time("p99", times.p99);
    json.time("max", times.max);
    json.time("total", times.total);
    json.key("buckets") += '[';
    for (const latency_bucket& bucket : times.buckets)
        fmt::format_to(std::back_inserter(out), "{}[{},{}]", &bucket == times.buckets.data() ? "" : ",",
                       bucket.upper.count(), bucket.count);
    out += ']';
}

void append(std::string& out, const vgroup_stats& vgroup) {
    json_object json(out);
    json.text("topic", vgroup.topic);
    json.number("vgroup", vgroup.vgroup);
    json.number("messages", vgroup.messages);
    json.number("rows", vgroup.rows);
    json.number("bytes", vgroup.bytes);
    json.optional("position", vgroup.position);
    json.optional("committed", vgroup.committed);
    json.optional("lag", vgroup.lag);
    json.optional("age", vgroup.age);
}

}  // namespace

stats difference(const stats& later, const stats& earlier) {
    stats result = later;
    const auto subtract = [&](std::uint64_t stats::* counter) {
        result.*counter = growth(later.*counter, earlier.*counter);
    };
    for (std::uint64_t stats::* counter :
         {&stats::messages, &stats::blocks, &stats::rows, &stats::bytes_received, &stats::bytes_sent,
          &stats::bytes_inflated, &stats::polls, &stats::empty_polls, &stats::commits, &stats::connections,
          &stats::reconnects, &stats::late_replies})
        subtract(counter);
    result.round_trip = difference(later.round_trip, earlier.round_trip);
    result.poll_wait = difference(later.poll_wait, earlier.poll_wait);
    result.commit_round_trip = difference(later.commit_round_trip, earlier.commit_round_trip);
    result.server_time -= earlier.server_time;
    result.ready_time -= earlier.ready_time;
    for (vgroup_stats& vgroup : result.vgroups) {
        const auto before =
            std::find_if(earlier.vgroups.begin(), earlier.vgroups.end(), [&](const vgroup_stats& other) {
                return other.vgroup == vgroup.vgroup && other.topic == vgroup.topic;
            });
        if (before == earlier.vgroups.end()) continue;
        vgroup.messages = growth(vgroup.messages, before->messages);
        vgroup.rows = growth(vgroup.rows, before->rows);
        vgroup.bytes = growth(vgroup.bytes, before->bytes);
    }
    return result;
}

std::string to_json(const stats& figures) {
    std::string out;
    {
        json_object json(out);
        json.number("messages", figures.messages);
        json.number("blocks", figures.blocks);
        json.number("rows", figures.rows);
        json.number("bytes_received", figures.bytes_received);
        json.number("bytes_sent", figures.bytes_sent);
        json.number("bytes_inflated", figures.bytes_inflated);
        json.number("polls", figures.polls);
        json.number("empty_polls", figures.empty_polls);
        json.number("commits", figures.commits);
        json.number("connections", figures.connections);
        json.number("reconnects", figures.reconnects);
        json.number("late_replies", figures.late_replies);
        append(json.key("round_trip"), figures.round_trip);
        append(json.key("poll_wait"), figures.poll_wait);
        append(json.key("commit_round_trip"), figures.commit_round_trip);
        json.time("server_time", figures.server_time);
        json.number("read_ahead", figures.read_ahead);
        json.time("ready_time", figures.ready_time);
        json.key("vgroups") += '[';
        for (const vgroup_stats& vgroup : figures.vgroups) {
            if (&vgroup != figures.vgroups.data()) out += ',';
            append(out, vgroup);
        }
        out += ']';
    }
    return out;
}

}  // namespace tmq
