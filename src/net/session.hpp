#pragma once

#include "base/failure.hpp"
#include "net/connector.hpp"
#include "net/environment.hpp"
#include "net/keepalive.hpp"
#include "net/request_table.hpp"
#include "net/transport.hpp"
#include "protocol/reply.hpp"
#include "protocol/request.hpp"
#include "tmq/config.hpp"
#include "ws/frame_decoder.hpp"
#include "ws/inflater.hpp"
#include "ws/mask_source.hpp"
#include "ws/receive_buffer.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::net {

/// Receives the events of a session, on its executor.
class session_observer {
  public:
    /// Called after a reply was handled: requests that had to wait for it can be sent. Never inside a call of
    /// the observer.
    virtual void on_progress() = 0;
    /// Called when all received bytes were handled and no call of the session is in progress: the observer
    /// may destroy the session here. Never inside a call of the observer.
    virtual void on_rest() = 0;
    /// Called once when the connection has ended, after the failure of every waiting sink; only on_rest() may
    /// follow. Can be called at any time, also inside open(), request(), close() and fail(). The observer
    /// must not destroy the session here.
    virtual void on_session_failed(const failure& why) = 0;

  protected:
    ~session_observer() = default;
};

/// One connection to taosAdapter: sends requests, matches replies by req_id, holds each to its deadline,
/// answers pings. The first failure ends it for good. Used from one executor only; its reader keeps it alive.
class session : public std::enable_shared_from_this<session> {
  public:
    /// The observer must outlive the session, or be removed by detach().
    session(asio::any_io_executor executor, std::shared_ptr<environment> shared, session_observer* observer);
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    /// Connects to the next endpoint that can be reached, see connector. Starts the reader on success. Call
    /// once.
    asio::awaitable<failure> open();
    bool is_open() const noexcept { return state_ == state::open; }
    /// True if the transport, TCP or TLS over it, was established at the endpoint tried last.
    bool has_transport() const noexcept { return has_transport_; }
    /// Reason for the end of the session; empty before.
    const failure& ended_by() const noexcept { return ended_by_; }
    /// Endpoint of the connection, or of the last attempt. Call only after open().
    const endpoint& peer() const noexcept { return *peer_; }

    /// Sends one request and returns its id. `write(text_buffer&, req_id)` appends its text. `patience` is
    /// the time that the server may wait, on top of config::request_timeout. `binary_id`: see
    /// pending_request. If the session has ended, or ends because the request cannot be sent, the sink gets
    /// the failure before this returns.
    template <class Write>
    std::uint64_t request(protocol::action action, reply_sink* sink, std::chrono::milliseconds patience,
                          const Write& write, std::uint64_t binary_id = 0) {
        const std::uint64_t req_id = ++last_req_id_;
        if (!expect_reply(action, sink, patience, req_id, binary_id)) return req_id;
        try {
            text_.clear();
            write(text_, req_id);
            send_text();
        } catch (const std::exception& unexpected) {
            fail(failure_of(unexpected));
        }
        return req_id;
    }
    /// Stops the calls of the sink; the replies it waits for are dropped when they arrive.
    void abandon(const reply_sink* sink) noexcept { requests_.abandon(sink); }
    /// True if a request other than polls and fetches waits for its reply.
    bool has_command() const noexcept { return requests_.has_command(); }
    /// True if a poll is unanswered, even an abandoned one. A second poll would make newer adapters drop one
    /// of the two.
    bool has_poll() const noexcept { return requests_.has(protocol::action::poll); }
    /// True if on_rest() follows.
    bool is_handling() const noexcept { return is_handling_; }
    /// Time of the last received bytes: while a reply is handled as good as now, and cheaper.
    time_point received_at() const noexcept { return received_at_; }

    /// For reply_sink::on_binary: hands over the memory of the reply. The views of the reply stay valid in
    /// it.
    void take_payload(detail::byte_buffer& target) {
        if (payload_is_inflated_)
            swap(target, inflated_);
        else
            receive_.take(target, payload_);
    }

    /// Swaps in memory for a message to come. False: it is not needed, and is left in place.
    bool reuse(detail::byte_buffer& bytes) noexcept {
        if (inflater_ == nullptr) return receive_.reuse(bytes);
        // A handler of the application may call this while a message is handled.
        if (!payload_is_inflated_) swap(inflated_, bytes);
        return true;
    }

    /// Closes the WebSocket: sends a close frame and waits for the peer's, at most until `deadline`. Never
    /// fails.
    asio::awaitable<void> close(time_point deadline);
    /// Ends the connection at once; waiting sinks and the observer get `why`. Does nothing if it has ended
    /// already.
    void fail(failure why);
    void detach() noexcept { observer_ = nullptr; }

  private:
    enum class state { fresh, opening, open, closing, ended };

    /// Handles the bytes received so far, and waits for more.
    static void read_on(const std::shared_ptr<session>& self);
    static void on_bytes(const std::shared_ptr<session>& self, boost::system::error_code ec,
                         std::size_t size);
    /// Handles `count` more bytes in room_. Returns false if the connection has ended.
    bool received(std::size_t count);
    /// Handles all complete frames. Returns the number of bytes that the next one lacks.
    std::size_t dispatch_frames();
    void heard(time_point now) noexcept {
        received_at_ = now;
        environment_->counters.heard_at.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    }
    /// Shows a message to config::on_traffic.
    void show_traffic(bool sent, bool binary, std::span<const std::byte> bytes) const noexcept;
    void on_text(std::span<const std::uint8_t> text);
    void on_binary(std::span<const std::uint8_t> payload);
    void on_close(const ws::frame& frame);
    /// Adds a request before it is sent, so that its sink gets every failure. False: the sink got one
    /// already.
    bool expect_reply(protocol::action action, reply_sink* sink, std::chrono::milliseconds patience,
                      std::uint64_t req_id, std::uint64_t binary_id);
    /// Sends the request in text_.
    void send_text();
    /// Sends the queued frames, as far as the socket takes them. An exception ends the session.
    void flush();
    void send_queued();
    void say_goodbye(std::uint16_t close_code);
    void arm_deadline();
    void check_deadlines();
    /// Gives a reply to its sink; `call(sink)` returns why the reply is no answer.
    template <class Call>
    void deliver(const pending_request& request, const Call& call) {
        defect_code objection{};
        try {
            objection = call(*request.sink);
        } catch (const std::exception& unexpected) {
            failure why = failure_of(unexpected);
            request.sink->on_failure(why.name_request(to_string(request.action), request.req_id));
            throw;
        }
        check_answer(request, objection);
    }
    /// Returns a text of the server without secrets; valid until the next call.
    std::string_view without_secrets(std::string_view text);
    void count_reply(const pending_request& request, std::uint32_t code, std::uint64_t server_ns);
    void count_late_reply();
    void check_answer(const pending_request& request, defect_code objection);
    void shut_down() noexcept;

    asio::any_io_executor executor_;
    std::shared_ptr<environment> environment_;
    const config& settings_;
    std::optional<endpoint> peer_;
    session_observer* observer_;
    state state_ = state::fresh;

    std::shared_ptr<connector> connector_;  ///< while opening
    transport transport_;
    asio::steady_timer deadline_;  ///< of what is due first
    asio::steady_timer ended_;     ///< cancelled when the connection has ended, for close()
    std::uint64_t deadlines_ = 0;  ///< armed so far: tells a timer that was too late to be cancelled
    bool deadline_armed_ = false;
    bool has_transport_ = false;
    failure ended_by_;

    ws::receive_buffer receive_;
    std::span<std::uint8_t> room_;  ///< in receive_, for the next bytes
    ws::frame_decoder decoder_;
    ws::mask_source masks_;
    std::unique_ptr<ws::inflater> inflater_;  ///< if compression was agreed on
    detail::byte_buffer inflated_;            ///< content of the compressed message in progress
    std::span<const std::uint8_t> payload_;
    bool payload_is_inflated_ = false;
    protocol::reply_parser parser_;
    protocol::reply reply_;
    std::string server_text_;  ///< result of without_secrets()

    request_table requests_;
    std::uint64_t last_req_id_ = 0;
    protocol::text_buffer text_;
    std::vector<std::uint8_t> queued_;   ///< frames to send next
    std::vector<std::uint8_t> sending_;  ///< frames the socket is being given
    bool is_sending_ = false;
    bool is_handling_ = false;  ///< received bytes
    time_point sending_since_;
    time_point received_at_;
    keepalive keepalive_;
};

}  // namespace tmq::net
