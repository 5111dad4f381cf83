// How messages get from the server to the application: poll, fetch, read ahead, deliver.
#include "consumer/consumer_impl.hpp"
#include "protocol/server_codes.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace tmq {
namespace {

/// Longer waits would overflow the clock, and mean "for ever" all the same.
constexpr std::chrono::milliseconds longest_wait = std::chrono::hours(24 * 365);

/// What the server is asked to wait while nobody waits for the message: a commit that comes meanwhile is answered only behind it.
constexpr std::chrono::milliseconds read_ahead_slice{10};

/// The server's, when the configuration leaves it to the server.
constexpr std::chrono::milliseconds default_max_poll_interval = std::chrono::minutes(5);

/// TDengine has at most 1,024 vgroups in a database.
constexpr std::size_t max_vgroups = 65'536;

/// A server that refuses that many polls and fetches in a row may have forgotten what it has announced: another connection starts anew.
constexpr std::uint32_t max_refusals = 5;

std::chrono::milliseconds rounded_up(net::time_point::duration time) { return std::chrono::ceil<std::chrono::milliseconds>(time); }

}  // namespace

asio::awaitable<boost::system::result<bool>> consumer::impl::try_poll(std::shared_ptr<impl> self, message& out, milliseconds timeout) {
    if (self->is_polling_) co_return self->fail_poll(base::failure(errc::operation_in_progress));
    struct polling {
        explicit polling(impl& owner) noexcept : owner_(owner) { owner_.is_polling_ = true; }
        ~polling() { owner_.is_polling_ = owner_.poll_unanswered_ = false; }
        impl& owner_;
    };
    const polling guard(*self);
    net::time_point now = std::chrono::steady_clock::now();
    self->poll_deadline_ = now + std::clamp(timeout, milliseconds(0), longest_wait);
    self->poll_unanswered_ = true;
    self->positions_.finish_delivered();
    if (self->was_away_too_long(now))
        self->lose_link(base::failure(make_server_error(protocol::server_code::consumer_mismatch), "no poll for too long"));
    self->last_poll_ = now;
    if (now >= self->next_look_) self->supervisor_.cancel();

    for (bool has_waited = false;; has_waited = true) {
        if (!self->ready_.empty() && self->holds_ == 0 && !self->is_paused_) {
            const message& ready = self->ready_.front();
            self->positions_.delivered(ready.topic(), ready.vgroup(), ready.next_offset());
            const net::time_point since = self->ready_.front_since();
            self->reuse_memory_of(out);
            self->ready_.pop(out);
            self->count_delivery(out, now - since);
            self->is_polling_ = false;
            self->pump_ahead();
            co_return true;
        }
        if (base::failure why = self->obstacle()) {
            // A loop that tries again and again must let others run.
            if (!has_waited) co_await asio::post(self->executor_, net::nothrow);
            co_return self->fail_poll(std::move(why));
        }
        if (has_waited && now >= self->poll_deadline_) co_return false;
        self->pump();
        // What ends the session while a request is made wakes nobody who does not wait yet.
        if (self->poll_failure_ || self->unusable()) continue;
        self->arm_poll_timer(self->poll_deadline_);
        co_await self->poll_wait_.wait();
        now = std::chrono::steady_clock::now();
        self->last_poll_ = now;
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) co_return self->fail_poll(base::failure(errc::cancelled));
    }
}

asio::awaitable<bool> consumer::impl::poll(std::shared_ptr<impl> self, message& out, milliseconds timeout) {
    const boost::system::result<bool> got = co_await try_poll(self, out, timeout);
    if (!got.has_value()) base::throw_failure(self->last_poll_failure_);
    co_return *got;
}

/// The next message comes into the memory that was used last, so that no more of it is used than must be.
void consumer::impl::reuse_memory_of(message& done) noexcept {
    detail::message_content* const content = detail::message_access::existing_content(done);
    if (content == nullptr) return;
    if (session_ == nullptr || !session_->reuse(content->bytes)) fetcher_.reuse(content->bytes);
}

/// The server works on the next message while the application works on this one. The message is the application's by now, so whatever goes wrong
/// is for the next poll.
void consumer::impl::pump_ahead() noexcept {
    try {
        pump();
    } catch (const std::exception&) {
        poll_failure_ = base::failure(make_error_code(boost::system::errc::not_enough_memory));
    }
}

/// By then the server has given the vgroups to others, and what was read ahead with them.
bool consumer::impl::was_away_too_long(net::time_point now) const {
    const milliseconds interval = settings_.max_poll_interval().count() != 0 ? settings_.max_poll_interval() : default_max_poll_interval;
    return last_poll_ && now - *last_poll_ > interval && !ready_.empty() && is_joined() && settings_.reconnect();
}

/// The deadlines of polls move with every message. The timer is left alone while it fires early enough, since setting it is a system call.
void consumer::impl::arm_poll_timer(net::time_point due) {
    if (is_poll_timer_armed_ && poll_timer_.expiry() <= due) return;
    is_poll_timer_armed_ = true;
    poll_timer_.expires_at(due);
    poll_timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
        const std::shared_ptr<impl> self = weak.lock();
        if (ec || self == nullptr) return;
        self->is_poll_timer_armed_ = false;
        if (!self->is_polling_) return;
        if (std::chrono::steady_clock::now() >= self->poll_deadline_) return self->poll_wait_.post();
        self->arm_poll_timer(self->poll_deadline_);
        self->pump();
    });
}

void consumer::impl::disarm_poll_timer() {
    is_poll_timer_armed_ = false;
    poll_timer_.cancel();
}

void consumer::impl::count_delivery(const message& delivered, net::time_point::duration was_ready) {
    tmq::stats& counters = environment_->counters;
    ++counters.messages;
    counters.blocks += delivered.blocks().size();
    counters.rows += delivered.row_count();
    counters.ready_time += was_ready;
}

stats consumer::impl::stats() const {
    tmq::stats out = environment_->counters;
    out.round_trip = environment_->round_trips.summary();
    out.read_ahead = ready_.size();
    return out;
}

/// Sends what the message loop needs next, if the server may be asked now.
void consumer::impl::pump() {
    if (!is_joined() || holds_ != 0 || is_leaving_ || poll_failure_) return;
    if (fetcher_.next() == subscription::message_fetcher::step::fetch) return fetch();
    // A waiting poll keeps every command of the connection waiting, so commands go first.
    if (fetcher_.next() != subscription::message_fetcher::step::poll || needs_placement_ || is_committing_ || is_paused_ || session_->has_command() ||
        session_->has_poll() || is_paced())
        return;
    if (!is_polling_ || !ready_.empty()) {
        if (may_read_ahead()) poll_server(read_ahead_slice);
        return;
    }
    const auto left = rounded_up(poll_deadline_ - std::chrono::steady_clock::now());
    if (left > milliseconds(0) || poll_unanswered_) poll_server(std::clamp(left, milliseconds(0), settings_.poll_slice()));
}

/// Whether the server has to be left alone for a while. The waiting poll tries again then.
bool consumer::impl::is_paced() {
    const std::optional<net::time_point> until = pace_.paused_until();
    if (!until) return false;
    if (std::chrono::steady_clock::now() >= *until) return pace_.resume(), false;
    if (is_polling_ && *until < poll_deadline_) arm_poll_timer(*until);
    return true;
}

/// A poll that waits must not be behind one that was sent ahead into an empty log.
bool consumer::impl::may_read_ahead() const {
    if (settings_.prefetch() == 0 || !last_poll_ || !pace_.has_backlog() || !is_exact_) return false;
    // What a waiting poll is about to take is not ahead any more: the server need not wait until it is taken.
    if (poll_wait_.has_waiter() && ready_.size() == 1 && holds_ == 0 && !is_paused_) return true;
    return !ready_.full() && ready_.bytes() < settings_.prefetch_bytes();
}

void consumer::impl::poll_server(milliseconds slice) {
    poll_unanswered_ = false;
    has_polled_ = true;
    fetcher_.sent();
    pace_.sent(std::chrono::steady_clock::now(), slice);
    session_->request(protocol::action::poll, this, slice, [this, slice](protocol::text_buffer& out, std::uint64_t id) {
        protocol::write_poll(out, id, slice.count(), fetcher_.message_id());
    });
}

void consumer::impl::fetch() {
    const protocol::action what = fetcher_.fetch_action();
    const auto write = [this, what](protocol::text_buffer& out, std::uint64_t id) {
        if (what != protocol::action::position) return protocol::write_fetch(out, what, id, fetcher_.message_id());
        const topic_partition of(fetcher_.announced()->topic(), fetcher_.announced()->vgroup());
        protocol::write_position(out, id, {&of, 1});
    };
    fetcher_.sent();
    session_->request(what, this, milliseconds(0), write, fetcher_.binary_id());
}

void consumer::impl::wake_poll(const base::failure& why) {
    if (why) poll_failure_ = why;
    poll_wait_.post();
}

errc consumer::impl::on_reply(const protocol::reply& reply) {
    if (reply.what != protocol::action::poll) return judge(fetcher_.on_fetch_text(reply));
    const base::failure why = fetcher_.on_poll_reply(reply);
    if (!why && fetcher_.announced() != nullptr) {
        const message& coming = *fetcher_.announced();
        if (std::find(topics_.begin(), topics_.end(), coming.topic()) == topics_.end()) return errc::topic_not_subscribed;
        if (positions_.size() >= max_vgroups && !positions_.find(coming.topic(), coming.vgroup())) return errc::reply_malformed;
        silence_.waited(pace_.found(session_->received_at(), environment_->round_trips.shortest()));
        on_announced();
    } else if (!why) {
        silence_.waited(pace_.empty(session_->received_at()));
        refusals_ = 0;
        // A message that kills each connection may hide behind an empty poll or two.
        if (session_->received_at() - joined_at_ >= settings_.reconnect_interval()) backoff_.succeeded();
    }
    return judge(why);
}

/// A message that cannot be the next one of its vgroup is not wanted: it comes again, when its vgroup has been put right.
void consumer::impl::on_announced() {
    const message& coming = *fetcher_.announced();
    const subscription::arrival what =
        positions_.announced(coming.topic(), coming.vgroup(), coming.offset(), coming.kind() == message_kind::metadata);
    const std::size_t position = *positions_.find(coming.topic(), coming.vgroup());
    silence_.broken(position);
    if (!keeps_places()) return;
    switch (what) {
        case subscription::arrival::misplaced: return misplace(position);
        case subscription::arrival::stale: return fetcher_.discard();
        case subscription::arrival::unproven: return fetcher_.verify();
        case subscription::arrival::expected: break;
    }
    if (look_soon_ || positions_[position].is_assigned) return;
    look_soon_ = true;
    supervisor_.cancel();
}

/// Whether the announced message is from after the last seek of its vgroup is known.
void consumer::impl::on_proof() {
    const message& coming = *fetcher_.announced();
    const std::size_t position = *positions_.find(coming.topic(), coming.vgroup());
    if (!fetcher_.position()) return misplace(position);
    switch (positions_.prove(position, coming.offset(), coming.kind() == message_kind::metadata, *fetcher_.position())) {
        case subscription::arrival::expected: return fetcher_.proceed();
        case subscription::arrival::misplaced: return misplace(position);
        default: return fetcher_.discard();
    }
}

void consumer::impl::misplace(std::size_t position) {
    ready_.drop(positions_[position].topic, positions_[position].vgroup);
    positions_.displaced(position);
    fetcher_.discard();
    // A server that brings the same message after each look is asked less and less often.
    pace_.wasted(session_->received_at());
    needs_placement_ = true;
    supervisor_.cancel();
}

errc consumer::impl::on_binary(const wire::fetch_reply& reply) {
    return judge(fetcher_.on_fetch_reply(reply, [this](detail::byte_buffer& into) { session_->take_payload(into); }));
}

/// What the message loop has against a reply; everything else is for the poll that waits.
errc consumer::impl::judge(const base::failure& why) {
    if (!why) {
        if (fetcher_.next() == subscription::message_fetcher::step::prove) on_proof();
        if (fetcher_.next() == subscription::message_fetcher::step::take) on_message_ready();
        return {};
    }
    for (const errc objection : {errc::reply_malformed, errc::reply_unexpected, errc::reply_message_id})
        if (why.code == objection) return objection;
    const bool is_forgotten = protocol::server_code::needs_new_subscription(why.code) ||
                              (why.code == make_server_error(protocol::server_code::adapter) &&
                               why.server_message.find(protocol::server_code::not_subscribed_text) != std::string::npos);
    if ((is_forgotten || ++refusals_ > max_refusals) && recovers_from(why))
        lose_link(why);
    else
        wake_poll(why);
    return {};
}

void consumer::impl::on_message_ready() {
    const message& read = *fetcher_.announced();
    positions_.read(read.topic(), read.vgroup(), read.next_offset());
    is_exact_ = is_exact_ && read.next_offset() >= 0;
    pace_.read(read.row_count());
    fetcher_.take(ready_.room());
    ready_.pushed(session_->received_at());
    refusals_ = 0;
    backoff_.succeeded();
    // The poll that waits for it goes on when the session rests, without a turn of the event loop in between.
    if (!session_->is_handling()) wake_poll(base::failure());
}

void consumer::impl::on_failure(const base::failure& why) {
    // The reply to a poll or fetch will not come or cannot be understood. Its message, if there is one, is asked for again.
    fetcher_.on_no_reply();
    if (!recovers_from(why)) wake_poll(why);
}

}  // namespace tmq
