#pragma once

#include "base/failure.hpp"
#include "protocol/action.hpp"
#include "protocol/reply.hpp"
#include "wire/envelope.hpp"
#include "ws/frame_decoder.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tmq::net {

using base::defect_code;
using base::failure;
using base::failure_of;

using time_point = std::chrono::steady_clock::time_point;

/// Receiver of a reply. Exactly one of the three functions is called, once, unless the request was abandoned.
/// The arguments live only during the call, which must not start or end other requests of the table.
class reply_sink {
  public:
    /// Both return defect_code{}, or why this is no answer to the request: the connection must end then.
    virtual defect_code on_reply(const protocol::reply& reply) = 0;
    virtual defect_code on_binary(const wire::fetch_reply& reply) = 0;
    virtual void on_failure(const failure& why) = 0;

  protected:
    ~reply_sink() = default;
};

struct pending_request {
    std::uint64_t req_id = 0;
    protocol::action action = protocol::action::unknown;
    time_point sent_at;
    time_point deadline;
    reply_sink* sink = nullptr;  ///< null: abandoned, but its reply is still due
    /// Id that its binary reply carries, if not req_id (fetch_block); else 0.
    std::uint64_t binary_id = 0;
    /// ws::arrival::payload at the sending, or at the last extension of the deadline.
    std::uint64_t payload = 0;
    /// Number of the message that was arriving when the request fell due; 0: not due yet.
    std::uint64_t message = 0;
};

/// Unanswered requests. Replies arrive in any order. An abandoned request stays until its reply or its
/// deadline, since a missing reply shows that the connection is broken.
class request_table {
  public:
    request_table() { requests_.reserve(8); }

    void add(const pending_request& request) {
        requests_.push_back(request);
        ++pending_[index_of(request.action)];
        commands_ += is_command(request.action) ? 1U : 0U;
    }
    std::optional<pending_request> take(std::uint64_t req_id) noexcept;
    /// Takes the oldest request of an action: for replies without a req_id ("version" of older adapters).
    std::optional<pending_request> take_oldest(protocol::action action) noexcept;
    /// Returns the request of fetch_raw or fetch_block whose binary reply carries this id; null if there is
    /// none.
    const pending_request* find_unmarked(std::uint64_t binary_id) const noexcept;
    /// Takes any request; nothing if the table is empty.
    std::optional<pending_request> take_any() noexcept;
    void abandon(const reply_sink* sink) noexcept;

    /// Bytes of a late reply that must arrive within each request timeout for the reply to be waited for.
    static constexpr std::uint64_t least_progress = 64 * 1024;

    std::optional<time_point> next_deadline() const noexcept;
    /// Returns a late request; null if there is none. A request that is due is not late while a message
    /// arrives that may be its reply or precede it: its deadline is extended by `time`, again and again, as
    /// long as least_progress bytes arrived since the last extension. Messages that begin later do not count,
    /// or a busy connection would hide a lost reply.
    const pending_request* late(time_point now, const ws::arrival& arrived,
                                std::chrono::milliseconds time) noexcept;
    /// True if a request other than a poll or a fetch is pending.
    bool has_command() const noexcept { return commands_ != 0; }
    bool has(protocol::action action) const noexcept { return pending_[index_of(action)] != 0; }
    std::size_t size() const noexcept { return requests_.size(); }

  private:
    static constexpr bool is_command(protocol::action action) noexcept {
        return action != protocol::action::poll && !protocol::is_fetch(action);
    }
    static constexpr std::size_t index_of(protocol::action action) noexcept {
        return static_cast<std::size_t>(action);
    }

    std::optional<pending_request> take_entry(std::size_t index) noexcept;

    std::vector<pending_request> requests_;
    // Every delivery asks for these.
    std::array<std::size_t, protocol::action_count> pending_{};  ///< requests by action
    std::size_t commands_ = 0;
};

}  // namespace tmq::net
