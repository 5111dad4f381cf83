#pragma once

#include "protocol/reply.hpp"
#include "session/failure.hpp"
#include "tmq/message.hpp"
#include "wire/envelope.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace tmq {

/// How one message gets from the server to the application: poll -> fetch -> message. A state machine without clock or socket; its owner
/// sends what next() asks for, as soon as the server may be asked, and reports what came back.
///
/// The server keeps one message per connection, and a poll that finds the next one frees it. So there is never more than one of these
/// requests under way, and a message that was announced is fetched before anything else, whether or not anybody still waits for it.
class message_fetcher {
  public:
    enum class step : std::uint8_t {
        poll,   ///< ask for the next message, when somebody wants one
        fetch,  ///< fetch the announced message, at once
        wait,   ///< a reply is due
        take,   ///< a message is ready: nothing to send before it is taken
        stuck,  ///< the announced message cannot be had, see obstacle(); polling on would lose it
    };

    step next() const noexcept { return step_; }
    /// Id of the last message the server announced on this connection: the one to fetch, and to name in the next poll. 0 before the first.
    std::uint64_t message_id() const noexcept { return last_message_id_; }

    /// What next() asked for was sent.
    void sent() noexcept {
        sent_ = step_;
        step_ = step::wait;
    }
    /// The reply will not come, or was no reply at all: the same request is next again.
    void on_no_reply();

    /// Reply to poll: with a message the next step is fetch, without one it is poll.
    failure on_poll_reply(const protocol::reply& reply);
    /// Binary reply to fetch_raw_data. `take_payload` hands the memory of the frame over, once, before it is parsed. After a failure the
    /// next step is to fetch the same message again, since the server still has it.
    failure on_fetch_reply(const wire::fetch_reply& reply, const std::function<void(detail::byte_buffer&)>& take_payload);
    /// Text in the place of the binary reply.
    failure on_fetch_text(const protocol::reply& reply);

    const failure& obstacle() const noexcept { return obstacle_; }

    /// Swaps the ready message with `out`, whose memory serves for the next one. The step must be take.
    void take(message& out) noexcept;

    /// For a new connection: ids start again, what was under way is forgotten, a ready message too.
    void reset() noexcept;
    /// For a new subscription on the same connection: as reset(), but ids go on.
    void discard() noexcept {
        step_ = sent_ = step::poll;
        is_announced_ = false;
    }
    /// The message that the server has announced and nobody has taken; null when there is none. Only topic, vgroup and offset are sure.
    const message* announced() const noexcept { return is_announced_ ? &message_ : nullptr; }

  private:
    failure with_place(failure why) const;
    failure stuck(errc why, std::string_view what);
    failure fetch_failed(failure why);

    step step_ = step::poll;
    step sent_ = step::poll;
    bool is_announced_ = false;
    std::uint64_t last_message_id_ = 0;
    message message_;
    failure obstacle_;
};

}  // namespace tmq
