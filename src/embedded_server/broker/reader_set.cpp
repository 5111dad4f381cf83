#include "embedded_server/broker/reader_set.hpp"

#include "tmq/testing/topic_options.hpp"

#include <algorithm>

namespace tmq::embedded::broker {

namespace {

/// Returns how long libtaos does not ask a vgroup that had nothing.
std::chrono::milliseconds rest_time(const reading_context& context) {
    return context.pace.count() > 0 ? context.pace : reader_set::rest;
}

vgroup_log& log_of(const vgroup_reader& reader, const reading_context& context) {
    return context.topics.at(reader.vgroup().first, reader.vgroup().second);
}

}  // namespace

poll_style style_of(const topic& topic, const reading_context& context) {
    const bool is_query = topic.kind() == testing::topic_kind::select;
    const std::size_t rows = context.settings.min_poll_rows.value_or(context.rows_per_poll);
    return {{rows, context.version.joins_inserts() && is_query, topic.kind()},
            context.version.holds_polls() && is_query};
}

vgroup_reader* reader_set::find(const std::string& topic, std::int32_t vgroup) noexcept {
    const auto matches = [&](const vgroup_reader& reader) {
        return reader.vgroup().second == vgroup && reader.vgroup().first == topic;
    };
    const auto reader = std::find_if(readers_.begin(), readers_.end(), matches);
    return reader == readers_.end() ? nullptr : &*reader;
}

void reader_set::forget(const std::string& topic) {
    std::erase_if(readers_, [&topic](const vgroup_reader& reader) { return reader.vgroup().first == topic; });
}

bool reader_set::should_ask(const vgroup_reader& reader, occasion cause, const vgroup_log& log,
                            const reading_context& context, bool holds, time_point now) {
    if (!reader.was_asked()) return true;
    const bool is_paced = context.pace.count() > 0;
    const bool is_rested = !reader.idle_since() || *reader.idle_since() + rest_time(context) <= now;
    switch (cause) {
        case occasion::call: return !is_paced || is_rested;
        case occasion::growth:
            return is_paced ? is_rested && context.version.asks_during_wait() : reader.seen_end() < log.end();
        case occasion::timer: return !is_paced || is_rested;
        case occasion::end: return is_rested && (is_paced || holds);
    }
    return false;
}

void reader_set::ask(occasion cause, const reading_context& context, time_point now) {
    for (vgroup_reader& reader : readers_) {
        if (!reader.idle()) continue;
        vgroup_log& log = log_of(reader, context);
        const poll_style style = style_of(context.topics.at(reader.vgroup().first), context);
        if (should_ask(reader, cause, log, context, style.holds, now))
            reader.ask(log, style, context.group.committed(reader.vgroup()), ++arrivals_);
    }
}

void reader_set::wake(const reading_context& context) {
    for (vgroup_reader& reader : readers_)
        if (reader.holds_poll())
            reader.wake(log_of(reader, context), style_of(context.topics.at(reader.vgroup().first), context),
                        ++arrivals_);
}

vgroup_reader* reader_set::first_reply() noexcept {
    vgroup_reader* first = nullptr;
    for (vgroup_reader& reader : readers_)
        if (reader.arrival() && (!first || *reader.arrival() < *first->arrival())) first = &reader;
    return first;
}

void reader_set::seek(vgroup_reader& reader, std::int64_t target, const reading_context& context) {
    reader.seek(target, log_of(reader, context), ++arrivals_);
}

std::optional<reader_set::time_point> reader_set::next_ask(const reading_context& context,
                                                           time_point subscribe_time, time_point now) const {
    std::optional<time_point> next;
    const bool has_idle_reader = std::any_of(readers_.begin(), readers_.end(),
                                             [](const vgroup_reader& reader) { return reader.idle(); });
    if (!has_idle_reader) return next;
    if (!context.version.asks_during_wait()) {
        const auto ticks = (now - subscribe_time) / tick_time;
        return subscribe_time + (ticks + 1) * tick_time;
    }
    if (context.pace.count() <= 0) return next;
    for (const vgroup_reader& reader : readers_) {
        if (!reader.idle() || !reader.idle_since()) continue;
        const time_point time = std::max(*reader.idle_since() + rest_time(context), now);
        next = next ? std::min(*next, time) : time;
    }
    return next;
}

}  // namespace tmq::embedded::broker
