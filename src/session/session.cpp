#include "session/session.hpp"

#include "text/printable.hpp"
#include "ws/close_code.hpp"
#include "ws/frame_encoder.hpp"
#include "ws/upgrade.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <array>

namespace tmq {
namespace {

/// A peer that pings but does not read gets no more answers than fit here.
constexpr std::size_t max_queued_for_pong = 64 * 1024;

/// No honest reply in text comes near; parsing takes several times its size.
constexpr std::size_t max_text_size = std::size_t{16} << 20;

/// Requests get longer with their ids; with this room no steady conversation outgrows its buffers.
constexpr std::size_t frames_room = 1024;

failure transport_failure(boost::system::error_code code, std::string_view what) {
    if (code == asio::error::eof || code == asio::error::connection_reset || code == asio::error::broken_pipe)
        return {make_error_code(errc::connection_lost), fmt::format("{}: {}", what, code.message())};
    if (code == asio::error::operation_aborted) return {make_error_code(errc::cancelled), what};
    return {code, what};
}

wire::failure parse_binary(protocol::action what, std::span<const std::uint8_t> payload, wire::fetch_reply& out) noexcept {
    switch (what) {
        case protocol::action::fetch_raw: return wire::parse_fetch_raw(payload, out);
        case protocol::action::fetch_block: return wire::parse_fetch_block(payload, out);
        default: return wire::parse_fetch_raw_data(payload, out);
    }
}

}  // namespace

session::session(asio::any_io_executor executor, const config& settings, session_observer* observer)
    : executor_(executor),
      settings_(settings),
      observer_(observer),
      resolver_(executor),
      socket_(executor),
      deadline_(executor),
      ended_(executor, asio::steady_timer::time_point::max()),
      decoder_(settings.max_message_size()) {
    queued_.reserve(frames_room);
    sending_.reserve(frames_room);
}

asio::awaitable<failure> session::open() {
    state_ = state::opening;
    const std::string peer = fmt::format("{}:{}", settings_.host(), settings_.port());
    // Ends the attempt for one of three reasons: what the last step says, the deadline, or somebody who gave it up meanwhile.
    const auto failed = [this, &peer](failure why) {
        if (connect_timed_out_)
            why = failure(make_error_code(addresses_.empty() ? errc::resolve_timeout : errc::connect_timeout), peer);
        else if (state_ != state::opening)
            why = ended_by_;
        shut_down();
        return why;
    };
    const auto given_up = [this] { return connect_timed_out_ || state_ != state::opening; };

    const time_point deadline = std::chrono::steady_clock::now() + settings_.connect_timeout();
    deadline_.expires_at(deadline);
    const boost::system::error_code unresolved = co_await resolve();
    if (unresolved || given_up()) co_return failed(transport_failure(unresolved, fmt::format("resolving {}", settings_.host())));

    deadline_.expires_at(deadline);
    deadline_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
        if (!ec) self->on_connect_timeout();
    });
    auto connected = co_await asio::async_connect(socket_, addresses_, nothrow);
    if (std::get<0>(connected) || given_up()) co_return failed(transport_failure(std::get<0>(connected), fmt::format("connecting to {}", peer)));
    boost::system::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);

    std::array<std::uint8_t, 16> random{};
    ws::fill_random(random);
    const std::string key = ws::make_key(random);
    const std::string request = ws::upgrade_request(settings_.host(), settings_.port(), settings_.path(), key);
    auto written = co_await asio::async_write(socket_, asio::buffer(request), nothrow);
    if (std::get<0>(written) || given_up()) co_return failed(transport_failure(std::get<0>(written), fmt::format("upgrade at {}", peer)));

    for (;;) {
        const std::span<std::uint8_t> room = receive_.prepare(1);
        auto received = co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), nothrow);
        const bool at_end = std::get<0>(received) == asio::error::eof;
        if ((std::get<0>(received) && !at_end) || given_up())
            co_return failed(transport_failure(std::get<0>(received), fmt::format("upgrade at {}", peer)));
        receive_.commit(std::get<1>(received));
        ws::upgrade_result answer = ws::check_upgrade(receive_.unread(), key);
        if (answer.need_more && !at_end) continue;
        if (answer.need_more) answer.code = errc::upgrade_malformed;
        if (answer.code != errc{}) {
            const std::string_view text = answer.text.empty() ? "the answer ends too early" : std::string_view(answer.text);
            co_return failed(failure(make_error_code(answer.code), fmt::format("{}: {}", peer, text)));
        }
        receive_.consume(answer.consumed);
        break;
    }
    deadline_.cancel();
    state_ = state::open;
    // What stands behind the upgrade in the same segment is handled right here, and may end the session at once.
    asio::co_spawn(executor_, read_loop(shared_from_this()), asio::detached);
    co_return ended_by_;
}

asio::awaitable<boost::system::error_code> session::resolve() {
    // The system's resolver cannot be interrupted, so it is not awaited: a timer is, which its answer cancels.
    resolver_.async_resolve(settings_.host(), std::to_string(settings_.port()),
                            [self = shared_from_this()](boost::system::error_code ec, asio::ip::tcp::resolver::results_type addresses) {
                                self->resolved_ = ec;
                                if (!ec) self->addresses_ = std::move(addresses);
                                if (self->state_ == state::opening && !self->connect_timed_out_) self->deadline_.cancel();
                            });
    co_await deadline_.async_wait(nothrow);
    if (resolved_) co_return *resolved_;
    if (std::chrono::steady_clock::now() >= deadline_.expiry()) connect_timed_out_ = true;
    co_return asio::error::operation_aborted;
}

void session::on_connect_timeout() {
    if (state_ != state::opening) return;
    connect_timed_out_ = true;
    boost::system::error_code ignored;
    socket_.close(ignored);
}

asio::awaitable<void> session::read_loop(std::shared_ptr<session> self) {
    try {
        for (;;) {
            const std::size_t missing = self->dispatch_frames();
            if (self->state_ == state::ended) break;
            const std::span<std::uint8_t> room = self->receive_.prepare(missing);
            const auto [ec, size] = co_await self->socket_.async_read_some(asio::buffer(room.data(), room.size()), nothrow);
            if (ec) {
                self->fail(transport_failure(ec, "reading"));
                break;
            }
            self->receive_.commit(size);
        }
    } catch (const std::exception& unexpected) {
        // Memory that cannot be had, or randomness: neither is the peer's fault, both end the connection.
        self->fail(failure(make_error_code(errc::connection_lost), unexpected.what()));
    }
}

std::size_t session::dispatch_frames() {
    for (;;) {
        const ws::frame frame = decoder_.next(receive_);
        switch (frame.kind) {
            case ws::frame_kind::need_more: return frame.missing;
            case ws::frame_kind::text: on_text(frame.payload); break;
            case ws::frame_kind::binary: on_binary(frame.payload); break;
            case ws::frame_kind::ping:
                if (queued_.size() < max_queued_for_pong) ws::append_pong(queued_, frame.payload, masks_.next());
                flush();
                break;
            case ws::frame_kind::pong: break;
            case ws::frame_kind::close: on_close(frame); break;
            case ws::frame_kind::failed:
                say_goodbye(ws::close_code::for_error(frame.error));
                fail(failure(frame.error));
                break;
        }
        if (state_ == state::ended) return 0;
        if (observer_ != nullptr) observer_->on_progress();
    }
}

void session::on_text(std::span<const std::uint8_t> text) {
    static_assert(ws::receive_buffer::padding >= protocol::reply_padding);
    const errc malformed =
        text.size() > max_text_size ? errc::message_too_big : parser_.parse({reinterpret_cast<const char*>(text.data()), text.size()}, reply_);
    if (malformed != errc{}) {
        say_goodbye(ws::close_code::protocol_error);
        return fail(failure(malformed));
    }
    const auto request = reply_.has_req_id ? requests_.take(reply_.req_id) : requests_.take_oldest(reply_.what);
    if (!request || request->sink == nullptr) {
        ++late_replies_;
        return;
    }
    if (reply_.what != request->what) return check_answer(*request, errc::reply_unexpected);
    if (!reply_.has_code) return check_answer(*request, errc::reply_malformed);
    answer(*request, [this](reply_sink& sink) { return sink.on_reply(reply_); });
}

void session::check_answer(const pending_request& request, errc objection) {
    if (objection == errc{}) return;
    say_goodbye(ws::close_code::protocol_error);
    // The request was answered, if not well, so it is in the table no more.
    failure why = failure(objection).of(request.what, request.req_id);
    request.sink->on_failure(why);
    fail(std::move(why));
}

void session::on_binary(std::span<const std::uint8_t> payload) {
    // Only fetch_raw_data marks its frames; what the others are is known from the request they answer.
    const auto unmarked = wire::unmarked_reply_id(payload);
    const pending_request* const due = unmarked ? requests_.find_unmarked(*unmarked) : nullptr;
    if (unmarked && due == nullptr && (requests_.has(protocol::action::fetch_raw) || requests_.has(protocol::action::fetch_block))) {
        ++late_replies_;
        return;
    }
    const protocol::action what = due == nullptr ? protocol::action::fetch_raw_data : due->what;
    wire::fetch_reply reply;
    if (const wire::failure malformed = parse_binary(what, payload, reply)) {
        say_goodbye(ws::close_code::protocol_error);
        return fail(failure_of(malformed));
    }
    const auto request = requests_.take(due == nullptr ? reply.req_id : due->req_id);
    if (!request || request->sink == nullptr) {
        ++late_replies_;
        return;
    }
    if (request->what != what) return check_answer(*request, errc::reply_unexpected);
    payload_ = payload;
    answer(*request, [&reply](reply_sink& sink) { return sink.on_binary(reply); });
    payload_ = {};
}

void session::on_close(const ws::frame& frame) {
    if (state_ == state::closing) return fail(failure(errc::closed));
    const std::string reason = text::printable({reinterpret_cast<const char*>(frame.payload.data()), frame.payload.size()}, 125);
    say_goodbye(frame.close_code == ws::close_code::no_status ? ws::close_code::normal : frame.close_code);
    fail(failure(make_error_code(errc::connection_closed),
                 reason.empty() ? fmt::format("close code {}", frame.close_code) : fmt::format("close code {}: {}", frame.close_code, reason)));
}

void session::send_request(protocol::action what, reply_sink* sink, std::chrono::milliseconds patience, std::uint64_t req_id,
                           std::uint64_t binary_id) {
    if (state_ != state::open) {
        failure why = ended_by_ ? ended_by_ : failure(errc::connection_lost);
        return sink->on_failure(why.of(what, req_id));
    }
    ws::append_text(queued_, {text_.data(), text_.size()}, masks_.next());
    pending_request request;
    request.req_id = req_id;
    request.what = what;
    request.deadline = std::chrono::steady_clock::now() + settings_.request_timeout() + patience;
    request.sink = sink;
    request.binary_id = binary_id;
    requests_.add(request);
    flush();
    arm_deadline();
}

void session::flush() {
    if (is_sending_ || queued_.empty() || state_ == state::ended) return;
    // A request nearly always fits the socket's buffer: then there is no operation to wait for, and none to keep memory for.
    boost::system::error_code reported_below;
    const std::size_t sent = socket_.write_some(asio::buffer(queued_), reported_below);
    if (sent == queued_.size()) return queued_.clear();
    is_sending_ = true;
    std::swap(queued_, sending_);
    asio::async_write(socket_, asio::buffer(sending_) + sent, [self = shared_from_this()](boost::system::error_code ec, std::size_t) {
        self->is_sending_ = false;
        self->sending_.clear();
        if (ec)
            self->fail(transport_failure(ec, "writing"));
        else
            self->flush();
    });
}

void session::say_goodbye(std::uint16_t close_code) {
    // Best effort, and without waiting: the connection ends whether or not the peer learns why.
    if (is_sending_) return;
    sending_.clear();
    ws::append_close(sending_, close_code, {}, masks_.next());
    boost::system::error_code ignored;
    socket_.write_some(asio::buffer(sending_), ignored);
    sending_.clear();
}

void session::arm_deadline() {
    // The timer is left alone while it fires early enough: a request that is answered in time costs no timer operation.
    const auto next = requests_.next_deadline();
    if (!next || (deadline_armed_ && deadline_.expiry() <= *next)) return;
    deadline_armed_ = true;
    deadline_.expires_at(*next);
    deadline_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
        if (ec) return;
        self->deadline_armed_ = false;
        self->check_deadlines();
    });
}

void session::check_deadlines() {
    if (state_ == state::ended) return;
    if (const pending_request* late = requests_.overdue(std::chrono::steady_clock::now())) {
        const pending_request request = *late;
        return fail(failure(is_sending_ ? errc::write_timeout : errc::request_timeout).of(request.what, request.req_id));
    }
    arm_deadline();
}

asio::awaitable<void> session::close(time_point deadline) {
    const auto self = shared_from_this();
    if (state_ == state::open) {
        state_ = state::closing;
        ws::append_close(queued_, ws::close_code::normal, {}, masks_.next());
        // The state forbids new requests, not this last frame.
        flush();
        ended_.expires_at(deadline);
        co_await ended_.async_wait(nothrow);
    }
    fail(failure(errc::closed));
}

void session::fail(failure why) {
    if (state_ == state::ended) return;
    ended_by_ = why;
    shut_down();
    while (const auto request = requests_.take_any()) {
        if (request->sink == nullptr) continue;
        failure mine = why;
        if (mine.action.empty()) mine.of(request->what, request->req_id);
        request->sink->on_failure(mine);
    }
    if (observer_ != nullptr) observer_->on_session_failed(why);
}

void session::shut_down() noexcept {
    state_ = state::ended;
    boost::system::error_code ignored;
    deadline_.cancel(ignored);
    ended_.cancel(ignored);
    resolver_.cancel();
    socket_.close(ignored);
}

}  // namespace tmq
