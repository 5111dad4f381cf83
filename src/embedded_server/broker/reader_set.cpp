#include "embedded_server/broker/reader_set.hpp"

#include <algorithm>

namespace tmq::embedded::broker {

namespace {

/// How long libtaos leaves a vgroup alone.
std::chrono::milliseconds rest_time(const reading_context& context) {
    return context.pace.count() > 0 ? context.pace : reader_set::rest;
}

vgroup_log& log_of(const vgroup_reader& one, const reading_context& context) {
    return context.topics.at(one.vgroup().first, one.vgroup().second);
}

}  // namespace

poll_style style_of(const topic& from, const reading_context& context) {
    const bool query = from.kind() == topic_kind::select;
    const std::size_t rows = context.settings.min_poll_rows.value_or(context.rows_per_poll);
    return {{rows, context.version.joins_inserts() && query, from.kind()},
            context.version.holds_polls() && query};
}

vgroup_reader* reader_set::find(const std::string& topic, std::int32_t vgroup) noexcept {
    const auto is_it = [&](const vgroup_reader& one) {
        return one.vgroup().second == vgroup && one.vgroup().first == topic;
    };
    const auto at = std::find_if(readers_.begin(), readers_.end(), is_it);
    return at == readers_.end() ? nullptr : &*at;
}

void reader_set::forget(const std::string& topic) {
    std::erase_if(readers_, [&topic](const vgroup_reader& one) { return one.vgroup().first == topic; });
}

bool reader_set::asks(const vgroup_reader& one, occasion why, const vgroup_log& log,
                      const reading_context& context, bool holds, time_point now) {
    if (!one.asked()) return true;
    const bool paced = context.pace.count() > 0;
    const bool rested = !one.idle_since() || *one.idle_since() + rest_time(context) <= now;
    switch (why) {
        case occasion::call: return !paced || rested;
        case occasion::growth:
            return paced ? rested && context.version.asks_during_wait() : one.seen_end() < log.end();
        case occasion::timer: return !paced || rested;
        case occasion::end: return rested && (paced || holds);
    }
    return false;
}

void reader_set::ask(occasion why, const reading_context& context, time_point now) {
    for (vgroup_reader& one : readers_) {
        if (!one.idle()) continue;
        const topic& from = context.topics.at(one.vgroup().first);
        vgroup_log& log = log_of(one, context);
        const poll_style style = style_of(from, context);
        if (asks(one, why, log, context, style.holds, now))
            one.ask(log, style, context.group.committed(one.vgroup()), ++arrivals_);
    }
}

void reader_set::wake(const reading_context& context) {
    for (vgroup_reader& one : readers_)
        if (one.held())
            one.wake(log_of(one, context), style_of(context.topics.at(one.vgroup().first), context),
                     ++arrivals_);
}

vgroup_reader* reader_set::first_reply() noexcept {
    vgroup_reader* first = nullptr;
    for (vgroup_reader& one : readers_)
        if (one.arrival() && (!first || *one.arrival() < *first->arrival())) first = &one;
    return first;
}

void reader_set::seek(vgroup_reader& which, std::int64_t target, const reading_context& context) {
    which.seek(target, log_of(which, context), ++arrivals_);
}

std::optional<reader_set::time_point> reader_set::next_look(const reading_context& context,
                                                            time_point subscribed, time_point now) const {
    std::optional<time_point> next;
    const auto sooner = [&next](time_point when) { next = next ? std::min(*next, when) : when; };
    const bool idle =
        std::any_of(readers_.begin(), readers_.end(), [](const vgroup_reader& one) { return one.idle(); });
    if (!idle) return next;
    if (!context.version.asks_during_wait()) {
        const auto ticks = (now - subscribed) / tick_time;
        sooner(subscribed + (ticks + 1) * tick_time);
    } else if (context.pace.count() > 0) {
        for (const vgroup_reader& one : readers_)
            if (one.idle() && one.idle_since()) sooner(std::max(*one.idle_since() + rest_time(context), now));
    }
    return next;
}

}  // namespace tmq::embedded::broker
