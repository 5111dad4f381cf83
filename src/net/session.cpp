#include "net/session.hpp"

#include "config/secrets.hpp"
#include "text/printable.hpp"
#include "ws/close_code.hpp"
#include "ws/frame_encoder.hpp"

#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace tmq::net {
namespace {

/// Limit of queued bytes for pongs: a peer may ping and not read.
constexpr std::size_t max_queued_for_pong = 64 * 1024;

/// Limit of a text reply, far above any real one: parsing takes several times its size.
constexpr std::size_t max_text_size = std::size_t{16} << 20;

/// Initial room for frames. Requests get longer with their ids; a steady conversation never outgrows it.
constexpr std::size_t frames_room = 1024;

wire::defect parse_binary(protocol::action action, std::span<const std::uint8_t> payload,
                          wire::fetch_reply& out) noexcept {
    switch (action) {
        case protocol::action::fetch_raw: return wire::parse_fetch_raw(payload, out);
        case protocol::action::fetch_block: return wire::parse_fetch_block(payload, out);
        default: return wire::parse_fetch_raw_data(payload, out);
    }
}

}  // namespace

session::session(asio::any_io_executor executor, std::shared_ptr<environment> shared,
                 session_observer* observer)
    : executor_(executor),
      environment_(std::move(shared)),
      settings_(environment_->settings),
      observer_(observer),
      transport_(executor),
      deadline_(executor),
      ended_(executor, asio::steady_timer::time_point::max()),
      decoder_(settings_.max_message_size()),
      keepalive_(settings_.idle_timeout()) {
    queued_.reserve(frames_room);
    sending_.reserve(frames_room);
}

asio::awaitable<failure> session::open() {
    const auto self = shared_from_this();
    state_ = state::opening;
    connector_ = std::make_shared<connector>(executor_, *environment_, transport_, receive_);
    failure why;
    endpoint_ring& endpoints = environment_->endpoints;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        peer_ = endpoints.at(i);
        why = co_await connector_->connect(*peer_);
        if (!why) endpoints.connected(i);
        if (!why || base::is_cancellation(why) || connector_->is_cancelled()) break;
        environment_->log.write(log_level::warning, "no connection to {}:{}: {}", peer_->host(),
                                peer_->port(), base::text_of(why));
    }
    const std::shared_ptr<connector> done = std::exchange(connector_, nullptr);
    has_transport_ = done->has_transport();
    if (why) {
        shut_down();
        co_return why;
    }
    if (done->has_compression()) {
        decoder_.allow_compression();
        inflater_ = ws::make_inflater();
    }
    environment_->counters.connections.add(1);
    environment_->log.write(log_level::info, "connected to {}:{}", peer_->host(), peer_->port());
    state_ = state::open;
    heard(std::chrono::steady_clock::now());
    keepalive_.received(received_at_);
    arm_deadline();
    // Frames that came in the same segment as the answer to the upgrade are handled right here, and may end
    // the session at once.
    read_on(self);
    co_return ended_by_;
}

void session::read_on(const std::shared_ptr<session>& self) {
    try {
        for (;;) {
            const std::size_t missing = self->dispatch_frames();
            if (self->state_ == state::ended) return;
            self->room_ = self->receive_.prepare(missing);
            const std::size_t count = self->transport_.decrypt(self->room_);
            if (count == 0 && !self->transport_.why()) break;
            if (!self->received(count)) return;
        }
        const std::span<std::uint8_t> target = self->transport_.read_target(self->room_);
        if (target.empty())
            return self->fail({make_error_code(errc::connection_lost), "TLS: a record that does not end"});
        // Not a coroutine, since it is done twice for every message.
        self->transport_.socket().async_read_some(
            asio::buffer(target.data(), target.size()),
            [self](boost::system::error_code ec, std::size_t size) { on_bytes(self, ec, size); });
    } catch (const std::exception& unexpected) {
        // No memory or no randomness: neither is the peer's fault, but both end the connection.
        self->fail(failure_of(unexpected));
    }
}

void session::on_bytes(const std::shared_ptr<session>& self, boost::system::error_code ec, std::size_t size) {
    // The read may have completed before the session ended.
    if (self->state_ == state::ended) return;
    if (ec) return self->fail(transport_failure(ec, "reading"));
    self->heard(std::chrono::steady_clock::now());
    self->keepalive_.received(self->received_at_);
    self->is_handling_ = true;
    try {
        if (self->received(self->transport_.received(size, self->room_))) read_on(self);
    } catch (const std::exception& unexpected) {
        self->fail(failure_of(unexpected));
    }
    self->is_handling_ = false;
    if (self->observer_ != nullptr) self->observer_->on_rest();
}

bool session::received(std::size_t count) {
    if (transport_.has_output()) flush();
    receive_.commit(count);
    environment_->counters.bytes_received.add(count);
    if (count != 0 || !transport_.why()) return true;
    // After the handshake a failure of TLS is a failure of the link.
    fail({make_error_code(errc::connection_lost), fmt::format("TLS: {}", transport_.why().context)});
    return false;
}

std::size_t session::dispatch_frames() {
    while (state_ != state::ended) {
        ws::frame frame = decoder_.next(receive_);
        payload_is_inflated_ = frame.compressed;
        if (frame.compressed) {
            const std::uint64_t limit =
                frame.kind == ws::frame_kind::text
                    ? std::min<std::uint64_t>(max_text_size, settings_.max_message_size())
                    : settings_.max_message_size();
            frame = ws::inflate(frame, *inflater_, limit, inflated_);
            environment_->counters.bytes_inflated.add(frame.payload.size());
        }
        switch (frame.kind) {
            case ws::frame_kind::need_more: return frame.missing;
            case ws::frame_kind::text: on_text(frame.payload); break;
            case ws::frame_kind::binary: on_binary(frame.payload); break;
            case ws::frame_kind::ping:
                if (queued_.size() < max_queued_for_pong)
                    ws::append_pong(queued_, frame.payload, masks_.next());
                flush();
                break;
            case ws::frame_kind::pong: break;
            case ws::frame_kind::close: on_close(frame); break;
            case ws::frame_kind::failed:
                say_goodbye(ws::close_code::refusal_code(frame.error));
                fail(failure(frame.error));
                break;
        }
        if (state_ != state::ended && observer_ != nullptr) observer_->on_progress();
    }
    return 0;
}

void session::show_traffic(bool sent, bool binary, std::span<const std::byte> bytes) const noexcept {
    if (!settings_.traffic_target()) return;
    try {
        std::string redacted;
        if (environment_->redactor != nullptr && !binary) {
            redacted.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            if (sent)
                environment_->redactor->redact_request(redacted);
            else
                environment_->redactor->redact_reply(redacted);
            bytes = std::as_bytes(std::span(redacted));
        }
        settings_.traffic_target()({sent, binary, bytes, environment_->counters.connections.value()});
    } catch (...) {
        return;
    }
}

void session::on_text(std::span<const std::uint8_t> text) {
    show_traffic(false, false, std::as_bytes(text));
    static_assert(ws::receive_buffer::padding >= protocol::reply_padding);
    const defect_code malformed =
        text.size() > max_text_size
            ? defect_code::message_too_big
            : parser_.parse({reinterpret_cast<const char*>(text.data()), text.size()}, reply_);
    if (malformed != defect_code{}) {
        say_goodbye(ws::close_code::refusal_code(malformed));
        return fail(failure(malformed));
    }
    const auto request =
        reply_.has_req_id ? requests_.take(reply_.req_id) : requests_.take_oldest(reply_.action);
    if (request && reply_.action == request->action && reply_.has_code)
        count_reply(*request, reply_.code,
                    static_cast<std::uint64_t>(std::max<std::int64_t>(reply_.timing_ns, 0)));
    if (!request || request->sink == nullptr) return count_late_reply();
    if (reply_.action != request->action) return check_answer(*request, defect_code::reply_unexpected);
    if (!reply_.has_code) return check_answer(*request, defect_code::reply_malformed);
    deliver(*request, [this](reply_sink& sink) {
        if (reply_.code != 0) reply_.message = without_secrets(reply_.message);
        return sink.on_reply(reply_);
    });
}

std::string_view session::without_secrets(std::string_view text) {
    server_text_ = text;
    settings::hide_secrets(server_text_, settings_);
    return server_text_;
}

void session::count_reply(const pending_request& request, std::uint32_t code, std::uint64_t server_ns) {
    counters& figures = environment_->counters;
    // A broken server may reply before the request was sent.
    const std::chrono::nanoseconds took =
        std::max(received_at_ - request.sent_at, time_point::duration::zero());
    if (request.action == protocol::action::poll) {
        figures.polls.add(1);
        figures.poll_waits.add(took);
        if (code != 0 || !reply_.have_message) figures.empty_polls.add(1);
    } else {
        figures.round_trips.add(took);
        // The server's figure is limited to the measured time.
        figures.server_time.add(std::min<std::uint64_t>(server_ns, static_cast<std::uint64_t>(took.count())));
        if (request.action == protocol::action::commit || request.action == protocol::action::commit_offset) {
            figures.commit_round_trips.add(took);
            if (code == 0) figures.commits.add(1);
        }
    }
    environment_->log.write(log_level::debug, "{} {}: code {} after {} us",
                            protocol::to_string(request.action), request.req_id, code, took.count() / 1000);
}

void session::count_late_reply() {
    environment_->counters.late_replies.add(1);
    environment_->log.write(log_level::debug, "a reply that nobody waits for");
}

void session::check_answer(const pending_request& request, defect_code objection) {
    if (objection == defect_code{}) return;
    say_goodbye(ws::close_code::protocol_error);
    // The request is no longer in the table.
    failure why = failure(objection).name_request(to_string(request.action), request.req_id);
    request.sink->on_failure(why);
    fail(std::move(why));
}

void session::on_binary(std::span<const std::uint8_t> payload) {
    show_traffic(false, true, std::as_bytes(payload));
    // Only fetch_raw_data marks its frames; the others are identified by the request they answer.
    const auto unmarked = wire::unmarked_reply_id(payload);
    const pending_request* const due = unmarked ? requests_.find_unmarked(*unmarked) : nullptr;
    if (unmarked && due == nullptr &&
        (requests_.has(protocol::action::fetch_raw) || requests_.has(protocol::action::fetch_block))) {
        return count_late_reply();
    }
    const protocol::action action = due == nullptr ? protocol::action::fetch_raw_data : due->action;
    wire::fetch_reply reply;
    if (const wire::defect malformed = parse_binary(action, payload, reply)) {
        say_goodbye(ws::close_code::protocol_error);
        return fail(failure_of(malformed));
    }
    const auto request = requests_.take(due == nullptr ? reply.req_id : due->req_id);
    if (request && request->action == action) count_reply(*request, reply.code, reply.time_ns);
    if (!request || request->sink == nullptr) return count_late_reply();
    if (request->action != action) return check_answer(*request, defect_code::reply_unexpected);
    payload_ = payload;
    deliver(*request, [this, &reply](reply_sink& sink) {
        if (reply.code != 0) reply.error_text = without_secrets(reply.error_text);
        return sink.on_binary(reply);
    });
    payload_ = {};
}

void session::on_close(const ws::frame& frame) {
    if (state_ == state::closing) return fail(failure(errc::closed));
    const std::string_view text(reinterpret_cast<const char*>(frame.payload.data()), frame.payload.size());
    const std::string reason = text::printable(without_secrets(text), 125);
    say_goodbye(frame.close_code == ws::close_code::no_status ? ws::close_code::normal : frame.close_code);
    fail(failure(make_error_code(errc::connection_closed),
                 reason.empty() ? fmt::format("close code {}", frame.close_code)
                                : fmt::format("close code {}: {}", frame.close_code, reason)));
}

bool session::expect_reply(protocol::action action, reply_sink* sink, std::chrono::milliseconds patience,
                           std::uint64_t req_id, std::uint64_t binary_id) {
    if (state_ != state::open) {
        failure why = ended_by_ ? ended_by_ : failure(errc::connection_lost);
        sink->on_failure(why.name_request(to_string(action), req_id));
        return false;
    }
    pending_request request;
    request.req_id = req_id;
    request.action = action;
    request.sent_at = std::chrono::steady_clock::now();
    request.deadline = request.sent_at + settings_.request_timeout() + patience;
    request.sink = sink;
    request.binary_id = binary_id;
    request.payload = decoder_.arrival().payload;
    try {
        requests_.add(request);
    } catch (const std::bad_alloc& unexpected) {
        failure why = failure_of(unexpected);
        sink->on_failure(why.name_request(to_string(action), req_id));
        fail(std::move(why));
        return false;
    }
    return true;
}

void session::send_text() {
    ws::append_text(queued_, {text_.data(), text_.size()}, masks_.next());
    show_traffic(true, false, std::as_bytes(std::span(text_.data(), text_.size())));
    flush();
    arm_deadline();
}

void session::flush() {
    try {
        send_queued();
    } catch (const std::exception& unexpected) {
        fail(failure_of(unexpected));
    }
}

void session::send_queued() {
    if (is_sending_ || state_ == state::ended || (queued_.empty() && !transport_.has_output())) return;
    environment_->counters.bytes_sent.add(queued_.size());
    if (!transport_.seal(queued_)) return fail(transport_.why());
    // A request nearly always fits into the socket's buffer, and then needs no asynchronous operation. An
    // error is reported by the operation below.
    boost::system::error_code ignored;
    const std::size_t sent = transport_.socket().write_some(asio::buffer(queued_), ignored);
    if (sent == queued_.size()) return queued_.clear();
    is_sending_ = true;
    sending_since_ = std::chrono::steady_clock::now();
    std::swap(queued_, sending_);
    asio::async_write(transport_.socket(), asio::buffer(sending_) + sent,
                      [self = shared_from_this()](boost::system::error_code ec, std::size_t) {
                          self->is_sending_ = false;
                          self->sending_.clear();
                          if (ec)
                              self->fail(transport_failure(ec, "writing"));
                          else
                              self->flush();
                      });
    arm_deadline();
}

void session::say_goodbye(std::uint16_t close_code) {
    // As far as possible without waiting: the connection ends whether or not the peer learns why.
    if (is_sending_) return;
    sending_.clear();
    ws::append_close(sending_, close_code, {}, masks_.next());
    transport_.write_farewell(sending_);
    sending_.clear();
}

void session::arm_deadline() {
    if (state_ == state::ended || state_ == state::opening) return;
    // A timer that fires early enough is left as it is: a request that is answered in time costs no timer
    // operation.
    std::optional<time_point> next = requests_.next_deadline();
    const auto consider = [&next](time_point due) { next = next ? std::min(*next, due) : due; };
    if (const auto due = keepalive_.next()) consider(*due);
    if (is_sending_) consider(sending_since_ + settings_.write_timeout());
    if (!next || (deadline_armed_ && deadline_.expiry() <= *next)) return;
    deadline_armed_ = true;
    deadline_.expires_at(*next);
    deadline_.async_wait([self = shared_from_this(), number = ++deadlines_](boost::system::error_code ec) {
        if (ec || number != self->deadlines_) return;
        self->deadline_armed_ = false;
        self->check_deadlines();
    });
}

void session::check_deadlines() {
    if (state_ == state::ended) return;
    const time_point now = std::chrono::steady_clock::now();
    if (is_sending_ && now >= sending_since_ + settings_.write_timeout())
        return fail(failure(errc::write_timeout));
    if (const pending_request* const late =
            requests_.late(now, decoder_.arrival(), settings_.request_timeout()))
        return fail(failure(errc::request_timeout).name_request(to_string(late->action), late->req_id));
    switch (keepalive_.check(now)) {
        case keepalive::step::give_up: return fail(failure(errc::idle_timeout));
        case keepalive::step::ping:
            ws::append_ping(queued_, {}, masks_.next());
            flush();
            break;
        case keepalive::step::wait: break;
    }
    arm_deadline();
}

asio::awaitable<void> session::close(time_point deadline) {
    const auto self = shared_from_this();
    if (state_ == state::open) {
        state_ = state::closing;
        ws::append_close(queued_, ws::close_code::normal, {}, masks_.next());
        // The state forbids new requests, but not this last frame.
        flush();
        if (state_ != state::ended) {
            ended_.expires_at(deadline);
            co_await ended_.async_wait(nothrow);
        }
    }
    fail(failure(errc::closed));
}

void session::fail(failure why) {
    if (state_ == state::ended) return;
    if (state_ == state::open && why.code != errc::closed && !base::is_cancellation(why))
        environment_->log.write(log_level::warning, "connection to {}:{} lost: {}", peer_->host(),
                                peer_->port(), base::text_of(why));
    ended_by_ = why;
    if (connector_) connector_->cancel(why);
    shut_down();
    failure mine = why;
    while (const auto request = requests_.take_any()) {
        if (request->sink == nullptr) continue;
        if (why.action.empty()) mine.name_request(to_string(request->action), request->req_id);
        try {
            request->sink->on_failure(mine);
        } catch (const std::bad_alloc&) {
            // This sink gets the failure without texts, and the others get theirs.
            request->sink->on_failure(failure(make_error_code(boost::system::errc::not_enough_memory)));
        }
    }
    if (observer_ != nullptr) observer_->on_session_failed(why);
}

void session::shut_down() noexcept {
    state_ = state::ended;
    boost::system::error_code ignored;
    deadline_.cancel(ignored);
    ended_.cancel(ignored);
    transport_.close();
}

}  // namespace tmq::net
