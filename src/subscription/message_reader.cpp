#include "subscription/message_reader.hpp"

#include "subscription/fetch_choice.hpp"

#include <algorithm>
#include <cassert>
#include <functional>

namespace tmq::subscription {
namespace {

using std::chrono::milliseconds;

/// Blocking time of a read-ahead poll. Short, because the server answers other requests of the connection
/// only after it.
constexpr milliseconds read_ahead_wait{10};

/// Vgroups of all topics: a server that invents more of them is refused before they cost memory.
constexpr std::size_t max_vgroups = 65'536;

}  // namespace

message_reader::message_reader(const config& settings, positions& of)
    : settings_(settings), positions_(of), ready_(std::max<std::size_t>(1, settings.prefetch())) {}

void message_reader::connected(std::string_view server_version) {
    fetcher_.reset(chosen_fetch(settings_.fetch_with(), server_version), settings_.max_message_size());
}

void message_reader::joined() noexcept {
    has_polled_ = false;
    silence_.clear();
    pace_.reset(!keeps_places());
}

void message_reader::reset() noexcept {
    drop_all();
    last_poll_.reset();
    refusals_ = 0;
    is_exact_ = true;
    needs_placement_ = has_hint_ = false;
}

void message_reader::drop_all() noexcept {
    fetcher_.discard();
    ready_.clear();
}

void message_reader::drop(std::string_view topic, std::int32_t vgroup) {
    if (is_announced(topic, vgroup)) fetcher_.discard();
    ready_.drop(topic, vgroup);
}

std::optional<read_request> message_reader::next_fetch() {
    if (fetcher_.next() != message_fetcher::step::fetch) return std::nullopt;
    read_request fetch;
    fetch.action = fetcher_.fetch_action();
    fetch.message_id = fetcher_.message_id();
    fetch.binary_id = fetcher_.binary_id();
    fetcher_.sent();
    return fetch;
}

std::optional<read_request> message_reader::next(const waiting_poll& poll_of, connection_load load,
                                                 time_point now) {
    if (auto fetch = next_fetch()) return fetch;
    // A waiting poll keeps every command of the connection waiting, so commands go first.
    if (fetcher_.next() != message_fetcher::step::poll || needs_placement_ || is_paused_ ||
        load.has_command || load.has_poll || is_paced(now))
        return std::nullopt;
    if (!poll_of.is_waiting || has_message())
        return may_read_ahead(poll_of) ? std::optional(poll(read_ahead_wait, now)) : std::nullopt;
    const auto left = std::chrono::ceil<milliseconds>(poll_of.deadline - now);
    if (left <= milliseconds(0) && !poll_of.is_unanswered) return std::nullopt;
    return poll(std::clamp(left, milliseconds(0), settings_.poll_slice()), now);
}

/// A poll that waits must not queue after one that was sent ahead into an empty log.
bool message_reader::may_read_ahead(const waiting_poll& poll_of) const noexcept {
    if (settings_.prefetch() == 0 || !last_poll_ || !pace_.has_backlog() || !is_exact_) return false;
    // What a waiting poll is about to take is not ahead any more: the server need not wait until it is taken.
    if (poll_of.has_waiter && ready_.size() == 1) return true;
    return !ready_.full() && ready_.bytes() < settings_.prefetch_bytes();
}

bool message_reader::is_paced(time_point now) noexcept {
    const std::optional<time_point> until = pace_.paused_until();
    if (!until) return false;
    if (now < *until) return true;
    pace_.resume();
    return false;
}

read_request message_reader::poll(milliseconds wait, time_point now) noexcept {
    has_polled_ = true;
    read_request next;
    next.wait = wait;
    next.message_id = fetcher_.message_id();
    fetcher_.sent();
    pace_.sent(now, wait);
    return next;
}

failure message_reader::on_poll_reply(const protocol::reply& reply, std::span<const std::string> topics,
                                      time_point received_at, duration shortest_round_trip) {
    failure why = fetcher_.on_poll_reply(reply);
    if (why) return why;
    const message* const coming = announced();
    if (coming == nullptr) {
        silence_.waited(pace_.empty(received_at));
        refusals_ = 0;
        return why;
    }
    if (std::find(topics.begin(), topics.end(), coming->topic()) == topics.end())
        return failure(errc::topic_not_subscribed);
    if (positions_.size() >= max_vgroups && !positions_.find(coming->topic(), coming->vgroup()))
        return failure(errc::reply_malformed);
    silence_.waited(pace_.found(received_at, shortest_round_trip));
    on_announced(received_at);
    return why;
}

void message_reader::on_announced(time_point received_at) {
    const message& coming = *announced();
    const bool is_metadata = coming.kind() == message_kind::metadata;
    const arrival what = positions_.announced(coming.topic(), coming.vgroup(), coming.offset(), is_metadata);
    const std::optional<std::size_t> position = positions_.find(coming.topic(), coming.vgroup());
    assert(position);
    silence_.broken(*position);
    if (!keeps_places()) return;
    switch (what) {
        case arrival::misplaced: return misplace(*position, received_at);
        case arrival::stale: return fetcher_.discard();
        case arrival::unproven: return fetcher_.verify();
        case arrival::expected: break;
    }
    has_hint_ = has_hint_ || !positions_[*position].is_assigned;
}

failure message_reader::on_fetch_reply(const protocol::reply& reply, time_point received_at) {
    return on_fetched(fetcher_.on_fetch_text(reply), received_at);
}

failure message_reader::on_fetch_reply(const wire::fetch_reply& reply,
                                       const std::function<void(detail::byte_buffer&)>& take_payload,
                                       time_point received_at) {
    return on_fetched(fetcher_.on_fetch_reply(reply, take_payload), received_at);
}

failure message_reader::on_fetched(failure why, time_point received_at) {
    if (why) return why;
    if (fetcher_.next() == message_fetcher::step::prove) on_proof(received_at);
    if (fetcher_.next() != message_fetcher::step::take) return why;
    const message& read = *announced();
    positions_.read(read.topic(), read.vgroup(), read.next_offset());
    is_exact_ = is_exact_ && read.next_offset() >= 0;
    pace_.read(read.row_count());
    fetcher_.take(ready_.room());
    ready_.pushed(received_at);
    refusals_ = 0;
    return why;
}

/// The server's position tells whether the announced message is from after the last seek of its vgroup.
void message_reader::on_proof(time_point received_at) {
    const message& coming = *announced();
    const std::optional<std::size_t> position = positions_.find(coming.topic(), coming.vgroup());
    assert(position);
    if (!fetcher_.position()) return misplace(*position, received_at);
    const bool is_metadata = coming.kind() == message_kind::metadata;
    switch (positions_.prove(*position, coming.offset(), is_metadata, *fetcher_.position())) {
        case arrival::expected: return fetcher_.proceed();
        case arrival::misplaced: return misplace(*position, received_at);
        default: return fetcher_.discard();
    }
}

void message_reader::misplace(std::size_t position, time_point received_at) {
    ready_.drop(positions_[position].topic, positions_[position].vgroup);
    positions_.displaced(position);
    fetcher_.discard();
    // A server that brings the same message after each check is asked less and less often.
    pace_.wasted(received_at);
    needs_placement_ = true;
}

message_reader::time_point message_reader::mark_delivered() {
    assert(has_message());
    const message& next = ready_.front();
    positions_.delivered(next.topic(), next.vgroup(), next.next_offset());
    return ready_.front_since();
}

const message* message_reader::undelivered(std::string_view topic, std::int32_t vgroup) const noexcept {
    if (const message* const waiting = ready_.find(topic, vgroup)) return waiting;
    return is_announced(topic, vgroup) ? announced() : nullptr;
}

void message_reader::sought(const topic_partition& target) {
    drop(target.topic(), target.vgroup());
    // The first message is proven even where no reply waits in the server: the vgroup may go away and come
    // back before it.
    positions_.sought(target.topic(), target.vgroup(), target.offset(), true);
    silence_.broken(*positions_.find(target.topic(), target.vgroup()));
    pace_.found_backlog();
}

void message_reader::unsure(const topic_partition& target) {
    if (is_announced(target.topic(), target.vgroup())) fetcher_.distrust_position();
    if (const auto position = positions_.find(target.topic(), target.vgroup())) positions_.unsure(*position);
}

}  // namespace tmq::subscription
