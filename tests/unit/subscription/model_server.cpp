#include "model_server.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tmq::test {
namespace {

constexpr std::int64_t nothing_committed = -2147467247;

base::failure refusal(std::uint32_t code) { return base::failure(make_server_error(code)); }

std::uint32_t passing_refusal_of(operation what) {
    switch (what) {
        case operation::seek: return 0x4007;
        case operation::position:
        case operation::committed: return 0x4008;
        case operation::fetch: return 0xFFFF;
        default: return 0x03EA;
    }
}

}  // namespace

std::string_view to_string(operation what) {
    constexpr std::string_view names[] = {"open",     "version",       "subscribe", "assignment",
                                          "position", "committed",     "seek",      "poll",
                                          "fetch",    "commit_offset", "commit"};
    return names[static_cast<std::size_t>(what)];
}

std::string_view to_string(trouble what) {
    constexpr std::string_view names[] = {"none",       "lost before", "lost after", "late",
                                          "mismatched", "closed",      "passing"};
    return names[static_cast<std::size_t>(what)];
}

template <class Act>
base::failure model_server::call(operation what, Act act) {
    now_ += std::chrono::milliseconds(1);
    const trouble wrong = choose(what, ++calls_[static_cast<std::size_t>(what)]);
    if (what == operation::open) {
        disconnect();
    } else if (!is_connected_) {
        return base::failure(errc::connection_lost);
    }
    if (wrong == trouble::lost_before) {
        disconnect();
        return base::failure(errc::connection_lost);
    }
    if (wrong == trouble::mismatched) eviction_ = 0x4001;
    if (wrong == trouble::closed) eviction_ = 0x4002;
    // These know no group.
    const bool is_free = what == operation::open || what == operation::version;
    if (eviction_ != 0 && !is_free) return refusal(eviction_);
    if (wrong == trouble::passing && is_free) return base::failure(errc::connection_lost);
    if (wrong == trouble::passing) return refusal(passing_refusal_of(what));
    base::failure why = act();
    if (wrong != trouble::lost_after && wrong != trouble::late) return why;
    if (wrong == trouble::late) now_ += request_timeout;
    disconnect();
    return base::failure(wrong == trouble::late ? errc::request_timeout : errc::connection_lost);
}

void model_server::disconnect() {
    for (vgroup& one : vgroups) {
        if (one.is_served) one.free_from = std::max(one.free_from, now_ + time_to_release);
        stop_serving(one);
    }
    is_connected_ = is_subscribed_ = false;
    eviction_ = 0;
}

bool model_server::serves(vgroup& one) {
    if (!is_subscribed_ || !one.is_ours || now_ < one.free_from) {
        stop_serving(one);
        return false;
    }
    if (!one.is_served)
        one.start = one.position = one.committed.value_or(starts_at_latest_ ? one.end : one.begin);
    return one.is_served = true;
}

void model_server::add_vgroups(std::int32_t count, std::int64_t rows) {
    for (std::int32_t id = 1; id <= count; ++id) {
        vgroup& added = vgroups.emplace_back();
        added.id = id;
        added.end = rows;
    }
}

model_server::vgroup& model_server::at(std::int32_t id) {
    for (vgroup& one : vgroups)
        if (one.id == id) return one;
    throw std::logic_error("no such vgroup");
}

void model_server::trim(vgroup& one, std::int64_t begin) {
    one.begin = begin;
    one.is_trimmed = true;
    if (!one.waiting || one.waiting->from >= begin) return;
    one.waiting.reset();
    one.is_stale = false;
}

void model_server::move_away(vgroup& one, std::int64_t rows_read) {
    one.is_ours = false;
    stop_serving(one);
    one.was_elsewhere = true;
    const std::int64_t from = std::max(one.begin, one.committed.value_or(one.begin));
    if (rows_read != 0) one.committed = std::min(one.end, from + rows_read);
}

base::failure model_server::open() {
    return call(operation::open, [this] {
        is_connected_ = true;
        kept_.reset();
        last_id_ = 0;
        return base::failure();
    });
}

base::failure model_server::version() {
    return call(operation::version, [] { return base::failure(); });
}

base::failure model_server::subscribe() {
    return call(operation::subscribe, [this] {
        is_subscribed_ = true;
        known_from_ = now_ + time_to_know;
        for (vgroup& one : vgroups)
            serves(one);
        return base::failure();
    });
}

base::failure model_server::assignment(std::vector<protocol::vgroup_assignment>& out) {
    const base::failure why = call(operation::assignment, [&] {
        out.clear();
        for (vgroup& one : vgroups) {
            if (!serves(one) || leaves_out(one)) continue;
            const bool is_unknown = now_ < known_from_ || std::exchange(one.is_held, false);
            one.is_trimmed = one.is_trimmed && is_unknown;
            if (is_unknown)
                out.emplace_back(one.id, -1, -1, -1);
            else
                out.emplace_back(one.id, one.start, one.begin, one.end);
        }
        return base::failure();
    });
    if (why) ask_again();
    return why;
}

/// A consumer that was not told asks for the log again.
void model_server::ask_again() {
    for (vgroup& one : vgroups)
        one.is_trimmed = one.is_trimmed || one.position < one.begin;
}

base::failure model_server::position(const std::vector<partition_offset>& places,
                                     std::vector<std::int64_t>& out) {
    const base::failure why = call(operation::position, [&] {
        out.clear();
        for (const partition_offset& place : places) {
            if (!serves(at(place.vgroup()))) return refusal(0x4008);
            if (at(place.vgroup()).is_held) return refusal(0x4010);
            out.push_back(at(place.vgroup()).position);
        }
        return base::failure();
    });
    if (why) ask_again();
    return why;
}

base::failure model_server::committed(const std::vector<partition_offset>& places,
                                      std::vector<std::int64_t>& out) {
    return call(operation::committed, [&] {
        out.clear();
        for (const partition_offset& place : places) {
            if (!serves(at(place.vgroup()))) return refusal(0x4008);
            out.push_back(at(place.vgroup()).committed.value_or(nothing_committed));
        }
        return base::failure();
    });
}

base::failure model_server::seek(const partition_offset& target) {
    return call(operation::seek, [&] {
        vgroup& in = at(target.vgroup());
        if (!serves(in)) return refusal(0x4008);
        if (in.is_held) return refusal(0x4010);
        if (target.offset() < in.begin || target.offset() > in.end) return refusal(0x4007);
        in.position = target.offset();
        in.is_stale = in.waiting.has_value();
        return base::failure();
    });
}

void model_server::wait_for_poll(vgroup& one) {
    if (!serves(one) || one.is_trimmed || one.waiting) return;
    const std::int64_t from = std::max(one.position, one.begin);
    if (from < one.end)
        one.waiting = announced_message{0, one.id, from, std::min(one.end, from + rows_in_message)};
}

bool model_server::bring(vgroup& one) {
    if (!serves(one) || one.is_trimmed || !one.waiting) return false;
    kept_ = std::exchange(one.waiting, std::nullopt);
    kept_->id = ++last_id_;
    one.is_held = false;
    if (std::exchange(one.is_stale, false))
        ++stale_messages_;
    else
        one.position = kept_->until;
    return true;
}

base::failure model_server::poll(std::uint64_t message_id, std::chrono::milliseconds slice,
                                 std::optional<announced_message>& out) {
    return call(operation::poll, [&] {
        out.reset();
        if (kept_ && kept_->id != message_id) {
            out = kept_;
            return base::failure();
        }
        for (vgroup& one : vgroups)
            wait_for_poll(one);
        for (std::size_t i = 0; i < vgroups.size() && !out; ++i)
            if (bring(vgroups[turn_++ % vgroups.size()])) out = kept_;
        if (!out) now_ += slice;
        return base::failure();
    });
}

base::failure model_server::fetch(std::uint64_t message_id, announced_message& out) {
    return call(operation::fetch, [&] {
        if (!kept_ || kept_->id != message_id) return refusal(0xFFFF);
        out = *kept_;
        return base::failure();
    });
}

base::failure model_server::commit_offset(const partition_offset& target) {
    return call(operation::commit_offset, [&] {
        vgroup& in = at(target.vgroup());
        if (!serves(in)) return refusal(0x4008);
        if (in.is_held) return refusal(0x4010);
        if (target.offset() < in.begin || target.offset() > in.end) return refusal(0x4007);
        on_commit(in, target.offset());
        in.committed = target.offset();
        return base::failure();
    });
}

base::failure model_server::commit() {
    return call(operation::commit, [this] {
        for (vgroup& one : vgroups) {
            if (!serves(one) || one.position == one.committed.value_or(one.start)) continue;
            on_commit(one, one.position);
            one.committed = one.position;
        }
        return base::failure();
    });
}

}  // namespace tmq::test
