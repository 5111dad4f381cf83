#pragma once

#include "subscription/message_fetcher.hpp"
#include "subscription/poll_pace.hpp"
#include "subscription/positions.hpp"
#include "subscription/read_ahead.hpp"
#include "subscription/request.hpp"
#include "subscription/silence.hpp"
#include "tmq/config.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace tmq::subscription {

/// State of the application's poll.
struct waiting_poll {
    using time_point = std::chrono::steady_clock::time_point;

    bool is_waiting = false;
    bool is_unanswered = false;  ///< the server has not been asked since the poll began
    bool has_waiter = false;     ///< it takes the next message as soon as one is ready
    time_point deadline{};
};

/// Reads messages from the server into memory: decides what to poll and fetch next, and compares every
/// message with the positions. A message that cannot be the next one of its vgroup is dropped; it is
/// delivered again after a placement of the vgroup.
class message_reader {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = time_point::duration;
    using milliseconds = std::chrono::milliseconds;

    message_reader(const config& settings, positions& known);

    /// Prepares for a new connection to a server of this version.
    void connected(std::string_view server_version);
    /// Prepares for a new subscription on a connection: the server knows nothing of earlier polls and
    /// positions.
    void joined() noexcept;
    /// Prepares for a new subscription of the application.
    void reset() noexcept;
    /// Drops everything that was read or announced and not delivered.
    void drop_all() noexcept;
    void drop(std::string_view topic, std::int32_t vgroup);

    /// Requests of the connection that wait for their replies.
    struct connection_load {
        bool has_command = false;
        bool has_poll = false;
    };
    /// Returns the next request; nothing if there is none to send now.
    std::optional<read_request> next(const waiting_poll& poll, connection_load load, time_point now);
    /// Returns the next fetch of the announced message, and never a poll.
    std::optional<read_request> next_fetch();
    /// Time before which the server must not be polled; nothing: it may be.
    std::optional<time_point> pause_end() const noexcept { return pace_.pause_end(); }
    /// True while the reply to a poll or fetch is due.
    bool is_waiting() const noexcept { return fetcher_.next() == message_fetcher::step::wait; }

    /// Handle replies. `shortest_round_trip`: of a request that does not wait.
    failure on_poll_reply(const protocol::reply& reply, std::span<const std::string> topics,
                          time_point received_at, duration shortest_round_trip);
    failure on_fetch_reply(const protocol::reply& reply, time_point received_at);
    failure on_fetch_reply(const wire::fetch_reply& reply,
                           const std::function<void(detail::byte_buffer&)>& take_payload,
                           time_point received_at);
    /// Handles a missing reply: the message is requested again.
    void on_no_reply() { fetcher_.on_no_reply(); }
    /// Counts a refused poll or fetch. True if too many in a row were refused.
    bool is_refused_too_often() noexcept { return ++refusals_ > max_refusals; }

    bool has_message() const noexcept { return !read_ahead_.empty(); }
    const message& front() const noexcept { return read_ahead_.front(); }
    /// Returns the index of the first message's vgroup, see positions.
    std::size_t front_vgroup() const noexcept { return read_ahead_.front_position(); }
    /// Counts the first message, which must exist, as delivered. Returns the time when it became ready. Call
    /// pop() next.
    time_point mark_delivered();
    /// Swaps the first message with `out`.
    void pop(message& out);
    /// Returns the first undelivered message of a vgroup, read or announced; null if there is none.
    const message* undelivered(std::string_view topic, std::int32_t vgroup) const noexcept;
    bool has_undelivered() const noexcept { return announced() != nullptr || has_message(); }
    const message* announced() const noexcept { return fetcher_.announced(); }
    std::size_t size() const noexcept { return read_ahead_.size(); }
    void reuse(detail::byte_buffer& bytes) noexcept { fetcher_.reuse(bytes); }
    /// Returns why the announced message cannot be fetched; empty if it can.
    failure obstacle() const {
        return fetcher_.next() == message_fetcher::step::stuck ? fetcher_.obstacle() : failure();
    }

    /// Handles a seek of this vgroup that took effect.
    void sought(const partition_offset& target);
    /// Handles a seek of this vgroup that may have taken effect, or may still do so.
    void unsure(const partition_offset& target);
    /// Drops what was read of a vgroup, which needs a placement.
    void displace(std::size_t index);
    /// Records that the logs have more than was read.
    void found_backlog() noexcept { pace_.found_backlog(); }
    /// See silence::is_long.
    bool is_silent(std::size_t vgroup, std::int64_t position, std::int64_t end) {
        return silence_.is_long(vgroup, position, end);
    }

    bool has_polled() const noexcept { return has_polled_; }
    bool needs_placement() const noexcept { return needs_placement_; }
    void placed() noexcept { needs_placement_ = false; }
    void pause(bool value) noexcept { is_paused_ = value; }
    bool is_paused() const noexcept { return is_paused_; }
    void polled(time_point now) noexcept { last_poll_ = now; }
    void forget_polls() noexcept { last_poll_.reset(); }
    const std::optional<time_point>& last_poll() const noexcept { return last_poll_; }
    /// True once after each message of a vgroup that no assignment has listed yet.
    bool take_hint() noexcept { return std::exchange(has_hint_, false); }

  private:
    /// After this many refused polls and fetches in a row the server may have forgotten what it announced.
    static constexpr std::uint32_t max_refusals = 5;

    bool is_announced(std::string_view topic, std::int32_t vgroup) const noexcept {
        return announced() != nullptr && is_of(*announced(), topic, vgroup);
    }
    bool keeps_places() const noexcept { return !settings_.snapshot().value_or(false); }
    bool may_read_ahead(const waiting_poll& poll) const noexcept;
    bool is_paced(time_point now) noexcept;
    read_request poll(milliseconds wait, time_point now) noexcept;
    failure on_fetched(failure why, time_point received_at);
    void on_announced(time_point received_at);
    void on_proof(time_point received_at);
    void misplace(time_point received_at);

    const config& settings_;
    positions& positions_;
    message_fetcher fetcher_;
    read_ahead read_ahead_;
    poll_pace pace_;
    silence silence_;
    std::size_t position_ = 0;             ///< index of the announced message's vgroup
    std::optional<time_point> last_poll_;  ///< of the application
    std::uint32_t refusals_ = 0;           ///< of polls and fetches, in a row
    bool has_polled_ = false;              ///< since the subscription on this connection
    bool is_paused_ = false;
    bool is_exact_ = true;          ///< true if every message had log offsets
    bool needs_placement_ = false;  ///< a vgroup is misplaced: nothing is polled before it is placed again
    bool has_hint_ = false;
};

}  // namespace tmq::subscription
