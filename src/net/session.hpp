#pragma once

#include "base/failure.hpp"
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
    /// A reply was handled: the moment to send what had to wait for it. Never inside a call that the observer
    /// made.
    virtual void on_progress() = 0;
    /// All that has come was handled, and nothing of the session is under way: whatever is done here may
    /// destroy it. Never inside a call that the observer made.
    virtual void on_rest() = 0;
    /// The connection is gone; the last thing that is told but for on_rest(). Comes once, at any time, after
    /// every waiting sink was told: also inside open(), request(), close() and fail(), before they are done.
    /// The observer must not destroy the session here.
    virtual void on_session_failed(const failure& why) = 0;

  protected:
    ~session_observer() = default;
};

/// One connection to taosAdapter: requests out, replies matched by req_id, a deadline for each, pings
/// answered. Ends for good with the first failure. Used from one executor only; kept alive by the reader it
/// starts.
class session : public std::enable_shared_from_this<session> {
  public:
    /// The observer must outlive the session or be taken off with detach().
    session(asio::any_io_executor executor, std::shared_ptr<environment> around, session_observer* observer);
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    /// Connects to the next endpoint that can be reached: resolves it, tries its addresses in turn, secures
    /// and upgrades the connection, each step within its deadline. Starts the reader on success. Call once.
    asio::awaitable<failure> open();
    bool is_open() const noexcept { return state_ == state::open; }
    /// Whether the transport, TCP or TLS over it, stood at the endpoint tried last.
    bool has_transport() const noexcept { return has_transport_; }
    /// Why it is not open any more.
    const failure& ended_by() const noexcept { return ended_by_; }
    /// The endpoint that is or was connected to, or tried last; only after open().
    const endpoint& peer() const noexcept { return *peer_; }

    /// Sends one request and returns its id. `write(text_buffer&, req_id)` appends its text. `patience` is
    /// what the server was asked to wait, on top of config::request_timeout. `binary_id`: see
    /// pending_request. When the session has ended, or ends because the request cannot be sent, the sink is
    /// told so before this returns.
    template <class Write>
    std::uint64_t request(protocol::action what, reply_sink* sink, std::chrono::milliseconds patience,
                          const Write& write, std::uint64_t binary_id = 0) {
        const std::uint64_t req_id = ++last_req_id_;
        if (!expect_reply(what, sink, patience, req_id, binary_id)) return req_id;
        try {
            text_.clear();
            write(text_, req_id);
            send_text();
        } catch (const std::exception& unexpected) {
            fail(failure_of(unexpected));
        }
        return req_id;
    }
    /// The sink is not called any more; the replies it waits for are dropped when they come.
    void abandon(const reply_sink* sink) noexcept { requests_.abandon(sink); }
    /// Whether a request other than poll and fetches is waiting for its reply.
    bool has_command() const noexcept { return requests_.has_command(); }
    /// Whether a poll has not been answered yet, an abandoned one too. Another would make newer adapters drop
    /// one of the two.
    bool has_poll() const noexcept { return requests_.has(protocol::action::poll); }
    /// Whether on_rest() follows.
    bool is_handling() const noexcept { return is_handling_; }
    /// When the peer was last heard of: for what a reply brings about, as good as now and cheaper.
    time_point received_at() const noexcept { return received_at_; }

    /// For reply_sink::on_binary: hands the memory of the reply over; the views of the reply stay valid in
    /// it.
    void take_payload(detail::byte_buffer& into) {
        if (payload_is_inflated_)
            swap(into, inflated_);
        else
            receive_.take(into, payload_);
    }

    /// Memory for a message to come, in exchange for other memory. False: it is not needed here, and stays
    /// where it is.
    bool reuse(detail::byte_buffer& bytes) noexcept {
        if (inflater_ == nullptr) return receive_.reuse(bytes);
        // A handler of the application's may get here while a message is handled.
        if (!payload_is_inflated_) swap(inflated_, bytes);
        return true;
    }

    /// WebSocket close: sends a close frame and waits for the peer's, at most until `deadline`. Never fails.
    asio::awaitable<void> close(time_point deadline);
    /// Ends the connection at once; waiting sinks and the observer get `why`. Does nothing when it has ended
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
    /// Handles all whole frames; returns how many bytes the next one lacks.
    std::size_t dispatch_frames();
    /// Shows a message to whoever listens.
    void tell(bool sent, bool binary, std::span<const std::byte> bytes) const noexcept;
    void on_text(std::span<const std::uint8_t> text);
    void on_binary(std::span<const std::uint8_t> payload);
    void on_close(const ws::frame& frame);
    /// Adds a request before it is sent, so that whatever happens its sink is told. False: the sink was told
    /// already.
    bool expect_reply(protocol::action what, reply_sink* sink, std::chrono::milliseconds patience,
                      std::uint64_t req_id, std::uint64_t binary_id);
    /// Sends the request in text_.
    void send_text();
    /// Sends the queued frames, as far as the socket takes them. An exception ends the session.
    void flush();
    void send_queued();
    void say_goodbye(std::uint16_t close_code);
    void arm_deadline();
    void check_deadlines();
    /// Gives a reply to its sink; `call(sink)` returns what the sink has against it.
    template <class Call>
    void answer(const pending_request& request, const Call& call) {
        errc objection{};
        try {
            objection = call(*request.sink);
        } catch (const std::exception& unexpected) {
            failure why = failure_of(unexpected);
            request.sink->on_failure(why.name_request(to_string(request.what), request.req_id));
            throw;
        }
        check_answer(request, objection);
    }
    /// What the server says of an error; valid until the next one.
    std::string_view without_secrets(std::string_view said);
    void count_reply(const pending_request& request, std::uint32_t code, std::uint64_t server_ns);
    void count_late_reply();
    void check_answer(const pending_request& request, errc objection);
    /// A step of opening begins, and with it its time.
    void begin_step(errc when_late, std::chrono::milliseconds time);
    /// Why opening cannot go on after a step that ended with `why`; empty when it can.
    failure end_step(failure why);
    asio::awaitable<failure> open(const endpoint& to);
    asio::awaitable<failure> resolve();
    asio::awaitable<failure> connect();
    asio::awaitable<failure> secure();
    asio::awaitable<failure> upgrade();
    void shut_down() noexcept;

    asio::any_io_executor executor_;
    std::shared_ptr<environment> environment_;
    const config& settings_;
    std::optional<endpoint> peer_;
    session_observer* observer_;
    state state_ = state::fresh;

    asio::ip::tcp::resolver resolver_;
    transport transport_;
    asio::steady_timer deadline_;  ///< of the step while opening, then of what is due first
    asio::steady_timer ended_;     ///< cancelled when the connection has ended, for close()
    bool deadline_armed_ = false;
    std::uint64_t step_ = 0;     ///< tells a timer that was too late to be cancelled that its step is over
    errc step_when_late_{};      ///< of the step under way
    bool step_is_late_ = false;  ///< its time is over
    bool has_transport_ = false;
    std::optional<boost::system::error_code> resolved_;
    asio::ip::tcp::resolver::results_type addresses_;
    failure ended_by_;

    ws::receive_buffer receive_;
    std::span<std::uint8_t> room_;  ///< in receive_, for the next bytes
    ws::frame_decoder decoder_;
    ws::mask_source masks_;
    std::unique_ptr<ws::inflater> inflater_;  ///< where compression was agreed on
    detail::byte_buffer inflated_;            ///< the compressed message that is being handled
    std::span<const std::uint8_t> payload_;
    bool payload_is_inflated_ = false;
    protocol::reply_parser parser_;
    protocol::reply reply_;
    std::string said_;  ///< what without_secrets() returned

    request_table requests_;
    std::uint64_t last_req_id_ = 0;
    protocol::text_buffer text_;
    std::vector<std::uint8_t> queued_;   ///< frames to send next
    std::vector<std::uint8_t> sending_;  ///< frames the socket is being given
    bool is_sending_ = false;
    bool is_handling_ = false;  ///< what has come from the socket
    time_point sending_since_;
    time_point received_at_;
    keepalive keepalive_;
};

}  // namespace tmq::net
