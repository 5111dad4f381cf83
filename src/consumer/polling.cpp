// Polls of the application, and the requests for messages.
#include "consumer/consumer_impl.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <type_traits>
#include <utility>

namespace tmq {

template <class Result, bool delivers>
asio::awaitable<Result> consumer::impl::poll_as(std::shared_ptr<impl> self, message& out,
                                                milliseconds timeout) {
    if (self->gate_.is_polling() || (delivers && self->is_searching_))
        co_return self->poll_failure<Result>(base::failure(errc::operation_in_progress));
    net::time_point now = std::chrono::steady_clock::now();
    const client::poll_gate::visit visit(self->gate_, now, timeout);
    const beginning begun = self->begin_operation();
    if (delivers) self->core_.begin_poll(now);
    self->apply_effects();

    for (bool has_waited = false;; has_waited = true) {
        if (!delivers && self->core_.can_read()) {
            self->core_.reader().pop(out);
            self->gate_.satisfied();
            co_return true;
        }
        if (delivers && self->core_.can_deliver()) {
            const std::size_t vgroup = self->core_.reader().front_vgroup();
            const net::time_point ready_at = self->core_.reader().mark_delivered();
            self->reuse_memory_of(out);
            self->core_.reader().pop(out);
            self->environment_->counters.read_ahead.set(self->core_.reader().size());
            self->statistics_.delivered(vgroup, self->core_.places()[vgroup], out, now, ready_at);
            self->gate_.satisfied();
            self->read_ahead_of_delivery(now);
            co_return true;
        }
        if (base::failure why = self->take_obstacle()) {
            if (timeout == client::poll_gate::unlimited && why.code == errc::closed) co_return false;
            // A loop that retries without a pause must let other work of the executor run.
            self->note_failure(why);
            if (!has_waited) co_await asio::post(self->executor_, net::nothrow);
            co_return self->poll_failure<Result>(std::move(why));
        }
        if (has_waited && now >= self->gate_.deadline()) co_return false;
        self->send_next_read(now);
        // The failure of a request that could not be sent does not wake a poll that does not wait yet.
        if (self->core_.has_poll_failure() || !self->is_usable()) continue;
        self->gate_.arm(self->gate_.deadline());
        co_await self->gate_.wait();
        now = std::chrono::steady_clock::now();
        self->core_.reader().polled(now);
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none || self->is_cancelled(begun))
            co_return self->poll_failure<Result>(base::failure(base::cancelled()));
    }
}

template asio::awaitable<bool> consumer::impl::poll_as<bool, false>(std::shared_ptr<impl>, message&,
                                                                    milliseconds);
template asio::awaitable<bool> consumer::impl::poll_as<bool>(std::shared_ptr<impl>, message&, milliseconds);
template asio::awaitable<result<bool>> consumer::impl::poll_as<result<bool>>(std::shared_ptr<impl>, message&,
                                                                             milliseconds);

template <class Result>
Result consumer::impl::poll_failure(base::failure why) {
    if constexpr (std::is_same_v<Result, bool>)
        base::throw_failure(why);
    else
        return {boost::system::in_place_error, base::error_of(why)};
}

/// Reads the next message into the memory used last, so that as few buffers as possible are used.
void consumer::impl::reuse_memory_of(message& done) noexcept {
    detail::message_content* const content = detail::message_access::existing_content(done);
    if (content == nullptr) return;
    if (session_ == nullptr || !session_->reuse(content->bytes)) core_.reader().reuse(content->bytes);
}

/// Requests the next message while the application works on this one. The message is delivered already, so a
/// failure is kept for the next poll.
void consumer::impl::read_ahead_of_delivery(net::time_point now) noexcept {
    try {
        send_next_read(now);
    } catch (const std::exception&) {
        core_.fail_poll(base::failure(make_error_code(boost::system::errc::not_enough_memory)));
    }
}

/// Sends the next poll or fetch, if there is one to send now.
void consumer::impl::send_next_read(net::time_point now) {
    if (!is_member()) return;
    const auto next = core_.next_read(gate_.view(), {session_->has_command(), session_->has_poll()}, now);
    if (next) return send(*next);
    // The waiting poll is sent when the pause of the server is over.
    const auto pause = core_.reader().pause_end();
    if (pause && *pause > now && gate_.is_polling()) gate_.arm(*pause);
}

void consumer::impl::send(const subscription::read_request& next) {
    if (next.action == protocol::action::poll) gate_.asked();
    const auto write = [this, &next](protocol::text_buffer& out, std::uint64_t id) {
        if (next.action == protocol::action::poll)
            return protocol::write_poll(out, id, next.wait.count(), next.message_id);
        if (next.action != protocol::action::position)
            return protocol::write_fetch(out, next.action, id, next.message_id);
        const message& announced = *core_.reader().announced();
        const partition_offset partition(announced.topic(), announced.vgroup(), -1);
        protocol::write_position(out, id, {&partition, 1});
    };
    session_->request(next.action, this, next.wait, write, next.binary_id);
}

base::defect_code consumer::impl::on_reply(const protocol::reply& reply) {
    const net::time_point received_at = session_->received_at();
    if (reply.action != protocol::action::poll) return after_reply(core_.on_fetch_reply(reply, received_at));
    return after_reply(
        core_.on_poll_reply(reply, received_at, environment_->counters.round_trips.shortest()));
}

base::defect_code consumer::impl::on_binary(const wire::fetch_reply& reply) {
    const auto take_payload = [this](detail::byte_buffer& into) { session_->take_payload(into); };
    return after_reply(core_.on_fetch_reply(reply, take_payload, session_->received_at()));
}

base::defect_code consumer::impl::after_reply(base::defect_code objection) {
    apply_effects();
    if (!core_.reader().has_message()) return objection;
    environment_->counters.read_ahead.set(core_.reader().size());
    // While the session handles input, on_rest() resumes the waiting poll, without a turn of the event loop.
    if (!session_->is_handling()) gate_.wake();
    return objection;
}

void consumer::impl::on_failure(const base::failure& why) {
    core_.on_no_reply(why);
    apply_effects();
}

void consumer::impl::on_progress() {
    if (core_.is_held() || core_.is_resting()) progress_.cancel();
    send_next_read();
}

void consumer::impl::on_rest() {
    if (core_.reader().has_message()) gate_.resume();
}

}  // namespace tmq
