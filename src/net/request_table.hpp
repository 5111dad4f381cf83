#pragma once

#include "base/failure.hpp"
#include "protocol/action.hpp"
#include "protocol/reply.hpp"
#include "wire/envelope.hpp"
#include "ws/frame_decoder.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace tmq::net {

using base::failure;
using base::failure_of;

using time_point = std::chrono::steady_clock::time_point;

/// Who waits for a reply. Exactly one of the three is called, once, unless the request was abandoned. The
/// arguments live only during the call, which must not start or end other requests of the table.
class reply_sink {
  public:
    /// Both return errc{}, or why this is no answer to the request: the conversation is out of step then, and
    /// the connection ends.
    virtual errc on_reply(const protocol::reply& reply) = 0;
    virtual errc on_binary(const wire::fetch_reply& reply) = 0;
    virtual void on_failure(const failure& why) = 0;

  protected:
    ~reply_sink() = default;
};

struct pending_request {
    std::uint64_t req_id = 0;
    protocol::action what = protocol::action::unknown;
    time_point sent_at;
    time_point deadline;
    reply_sink* sink = nullptr;  ///< null: abandoned, its reply is due all the same
    std::uint64_t binary_id =
        0;  ///< what its binary reply carries, where that is not req_id (fetch_block); else 0
    std::uint64_t payload = 0;  ///< ws::arrival::payload when it was sent, or was given more time
    std::uint64_t message =
        0;  ///< number of the message that was arriving when it fell due; 0: it was not due yet
};

/// The requests that have not been answered yet. Replies come in any order; a request that nobody waits for
/// any more stays until its reply or its deadline, since a missing reply says something about the connection.
class request_table {
  public:
    request_table() { requests_.reserve(8); }

    void add(const pending_request& request) { requests_.push_back(request); }
    std::optional<pending_request> take(std::uint64_t req_id) noexcept;
    /// The oldest request of an action: for replies without a req_id ("version" of older adapters).
    std::optional<pending_request> take_oldest(protocol::action what) noexcept;
    /// The request of fetch_raw or fetch_block whose binary reply carries this id; null when there is none.
    const pending_request* find_unmarked(std::uint64_t binary_id) const noexcept;
    /// Any one, to empty the table.
    std::optional<pending_request> take_any() noexcept;
    void abandon(const reply_sink* sink) noexcept;

    /// What a reply must bring to be in time: so many bytes of its message within the time that a request
    /// has.
    static constexpr std::uint64_t least_progress = 64 * 1024;

    std::optional<time_point> next_deadline() const noexcept;
    /// A request that is late; null when there is none. One that is due is not late while a message arrives
    /// that may be its reply, or stand before its reply: it gets `time` again and again, as long as
    /// least_progress came since the last time. Whether another message arrives when that one is whole does
    /// not matter, or a busy connection would hide a lost reply.
    const pending_request* late(time_point now, const ws::arrival& arrived,
                                std::chrono::milliseconds time) noexcept;
    /// True if a request other than a poll or a fetch is pending.
    bool has_command() const noexcept;
    bool has(protocol::action what) const noexcept;
    std::size_t size() const noexcept { return requests_.size(); }

  private:
    std::optional<pending_request> take_at(std::size_t index) noexcept;

    std::vector<pending_request> requests_;
};

}  // namespace tmq::net
