#include "subscription/message_reader.hpp"

#include "subscription/fetch_choice.hpp"
#include "tmq/detail/receipt_access.hpp"

#include <algorithm>
#include <cassert>
#include <functional>

namespace tmq::subscription {
namespace {

using std::chrono::milliseconds;

/// Blocking time of a read-ahead poll. Short, because the server answers other requests of the connection
/// only after it.
constexpr milliseconds read_ahead_wait{10};

/// Limit of vgroups of all topics: a server that invents more is refused before they take memory.
constexpr std::size_t max_vgroups = 65'536;

}  // namespace

message_reader::message_reader(const config& settings, positions& known)
    : settings_(settings), positions_(known), read_ahead_(std::max<std::size_t>(1, settings.prefetch())) {}

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
    read_ahead_.clear();
}

void message_reader::drop(std::string_view topic, std::int32_t vgroup) {
    if (is_announced(topic, vgroup)) fetcher_.discard();
    read_ahead_.drop(topic, vgroup);
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

std::optional<read_request> message_reader::next(const waiting_poll& visit, connection_load load,
                                                 time_point now) {
    if (auto fetch = next_fetch()) return fetch;
    // A waiting poll delays every command of the connection, so commands go first.
    if (fetcher_.next() != message_fetcher::step::poll || needs_placement_ || is_paused_ ||
        load.has_command || load.has_poll || is_paced(now))
        return std::nullopt;
    if (!visit.is_waiting || has_message())
        return may_read_ahead(visit) ? std::optional(poll(read_ahead_wait, now)) : std::nullopt;
    const auto left = std::chrono::ceil<milliseconds>(visit.deadline - now);
    if (left <= milliseconds(0) && !visit.is_unanswered) return std::nullopt;
    return poll(std::clamp(left, milliseconds(0), settings_.poll_slice()), now);
}

/// A poll that waits must not queue after one that was sent ahead into an empty log.
bool message_reader::may_read_ahead(const waiting_poll& visit) const noexcept {
    if (settings_.prefetch() == 0 || !last_poll_ || !pace_.has_backlog() || !is_exact_) return false;
    // A message that a waiting poll is about to take is no longer ahead: the next one can be polled for
    // already.
    if (visit.has_waiter && read_ahead_.size() == 1) return true;
    return !read_ahead_.full() && read_ahead_.bytes() < settings_.prefetch_bytes();
}

bool message_reader::is_paced(time_point now) noexcept {
    const std::optional<time_point> pause_end = pace_.pause_end();
    if (!pause_end) return false;
    if (now < *pause_end) return true;
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
    const message* const next = announced();
    if (next == nullptr) {
        silence_.waited(pace_.empty(received_at));
        refusals_ = 0;
        return why;
    }
    if (std::find(topics.begin(), topics.end(), next->topic()) == topics.end())
        return failure(defect_code::topic_not_subscribed);
    if (positions_.size() >= max_vgroups && !positions_.find(next->topic(), next->vgroup()))
        return failure(defect_code::reply_malformed);
    silence_.waited(pace_.found(received_at, shortest_round_trip));
    on_announced(received_at);
    return why;
}

void message_reader::on_announced(time_point received_at) {
    const message& next = *announced();
    const bool is_metadata = next.kind() == message_kind::metadata;
    position_ = positions_.add(next.topic(), next.vgroup());
    const arrival relation = positions_.announced(position_, next.offset(), is_metadata);
    silence_.broken(position_);
    if (!keeps_places()) return;
    switch (relation) {
        case arrival::misplaced: return misplace(received_at);
        case arrival::stale: return fetcher_.discard();
        case arrival::unproven: return fetcher_.verify();
        case arrival::expected: break;
    }
    has_hint_ = has_hint_ || !positions_[position_].is_assigned;
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
    // The vgroup was displaced while the message was fetched.
    if (keeps_places() && !positions_[position_].is_placed) {
        fetcher_.discard();
        return why;
    }
    const message& read = *announced();
    positions_.read(position_, read.next_offset().value_or(-1));
    is_exact_ = is_exact_ && read.next_offset().has_value();
    pace_.read(read.row_count());
    fetcher_.take(read_ahead_.room());
    read_ahead_.pushed(received_at, position_);
    refusals_ = 0;
    return why;
}

/// Decides by the server's position if the announced message is from after the last seek of its vgroup.
void message_reader::on_proof(time_point received_at) {
    const message& next = *announced();
    if (!fetcher_.position()) return misplace(received_at);
    const bool is_metadata = next.kind() == message_kind::metadata;
    switch (positions_.prove(position_, next.offset(), is_metadata, *fetcher_.position())) {
        case arrival::expected: return fetcher_.proceed();
        case arrival::misplaced: return misplace(received_at);
        default: return fetcher_.discard();
    }
}

/// Drops the announced message, whose vgroup needs a placement.
void message_reader::misplace(time_point received_at) {
    displace(position_);
    fetcher_.discard();
    // A server that delivers the same message after each placement is polled less and less often.
    pace_.wasted(received_at);
}

void message_reader::displace(std::size_t index) {
    const vgroup_position& place = positions_[index];
    read_ahead_.drop(place.topic, place.vgroup);
    positions_.displaced(index);
    needs_placement_ = true;
}

message_reader::time_point message_reader::mark_delivered() {
    assert(has_message());
    positions_.delivered(read_ahead_.front_position(), read_ahead_.front().next_offset().value_or(-1));
    return read_ahead_.front_time();
}

void message_reader::pop(message& out) {
    const std::size_t position = read_ahead_.front_position();
    read_ahead_.pop(out);
    detail::message_content& content = detail::message_access::content(out);
    content.receipt =
        detail::receipt_access::make(detail::next_offset(content), position, positions_.subscription());
}

const message* message_reader::undelivered(std::string_view topic, std::int32_t vgroup) const noexcept {
    if (const message* const waiting = read_ahead_.find(topic, vgroup)) return waiting;
    return is_announced(topic, vgroup) ? announced() : nullptr;
}

void message_reader::sought(const partition_offset& target) {
    drop(target.topic(), target.vgroup());
    // The first message is proven even if no reply waits in the server: the vgroup may be revoked and return
    // before it.
    positions_.sought(target.topic(), target.vgroup(), target.offset(), true);
    silence_.broken(*positions_.find(target.topic(), target.vgroup()));
    pace_.found_backlog();
}

void message_reader::unsure(const partition_offset& target) {
    if (is_announced(target.topic(), target.vgroup())) fetcher_.distrust_position();
    if (const auto position = positions_.find(target.topic(), target.vgroup())) positions_.unsure(*position);
}

}  // namespace tmq::subscription
