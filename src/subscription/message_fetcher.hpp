#pragma once

#include "base/failure.hpp"
#include "protocol/reply.hpp"
#include "subscription/block_gatherer.hpp"
#include "tmq/fetch_mode.hpp"
#include "tmq/message.hpp"
#include "wire/envelope.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace tmq::subscription {

using base::defect_code;
using base::failure;

/// Gets one message after the other from the server: poll -> fetch -> message. A state machine without clock
/// or socket; its owner sends what next() asks for, as soon as the server may be asked, and reports the
/// reply.
///
/// The requests of a fetch depend on the mode: one request for the whole message; or, block by block,
/// fetch_json_meta if the message has metadata, then fetch and fetch_block in turn until fetch says that
/// there are no more. Blocks do not contain the message's end in the log; the server's position is that end,
/// as long as the next poll has not moved it.
///
/// The server keeps one message per connection, and a poll that finds the next one frees it. So only one of
/// these requests is ever in progress, and an announced message is fetched before anything else, even if
/// nobody waits for it any longer.
class message_fetcher {
  public:
    enum class step : std::uint8_t {
        poll,   ///< ask for the next message, if somebody wants one
        fetch,  ///< fetch the announced message, or its missing part, at once: see fetch_action()
        wait,   ///< a reply is due
        prove,  ///< position() is known, as verify() asked: call proceed() if the message is from after the
                ///< seek, discard() if not
        take,   ///< a message is ready: nothing is sent before it is taken
        stuck,  ///< the announced message cannot be fetched, see obstacle(); another poll would lose it
    };

    step next() const noexcept { return step_; }
    /// Request to send when next() is `fetch`: an action that fetches, or position, for the announced
    /// message.
    protocol::action fetch_action() const noexcept { return action_; }
    /// Request id that the binary reply will carry: for fetch_block that of the preceding fetch; 0 means the
    /// request's own.
    std::uint64_t binary_id() const noexcept {
        return action_ == protocol::action::fetch_block ? schema_id_ : 0;
    }
    /// Id of the last message that the server announced on this connection, to fetch it and to name it in the
    /// next poll. 0 before the first.
    std::uint64_t message_id() const noexcept { return last_message_id_; }

    /// Records that the request of next() was sent.
    void sent() noexcept {
        sent_ = step_;
        step_ = step::wait;
    }
    /// Handles a missing or unusable reply: the same request is next again.
    void on_no_reply();

    /// Handles the reply to a poll: with a message the next step is fetch, without one it is poll.
    failure on_poll_reply(const protocol::reply& reply);
    /// Handles the binary reply to fetch_action(). `take_payload` hands over the memory of a whole message's
    /// frame, once, before it is parsed. After a failure the same request is next, since the server still has
    /// the message; `stuck` if that would do harm.
    failure on_fetch_reply(const wire::fetch_reply& reply,
                           const std::function<void(detail::byte_buffer&)>& take_payload);
    /// Handles the text reply to fetch_action(), also in the place of a binary one.
    failure on_fetch_text(const protocol::reply& reply);
    /// The server's position may no longer be the end of the announced message: the message goes without it.
    void distrust_position() noexcept { ask_position_ = false; }

    /// Asks for the server's position of the announced message's vgroup before the message is fetched.
    void verify() noexcept {
        is_verifying_ = true;
        fetch_next(protocol::action::position);
    }
    /// The server's answer to verify(); nothing if it does not know.
    std::optional<std::int64_t> position() const noexcept { return position_; }
    void proceed() noexcept { fetch_next(first_fetch()); }

    const failure& obstacle() const noexcept { return obstacle_; }

    /// Swaps the ready message with `out`, whose memory is used for the next one. The step must be `take`.
    void take(message& out) noexcept;
    /// Swaps in memory for the next message, unless a message is being fetched.
    void reuse(detail::byte_buffer& bytes) noexcept {
        detail::message_content* const content = detail::message_access::existing_content(message_);
        if (!is_announced_ && content != nullptr) swap(content->bytes, bytes);
    }

    /// Prepares for a new connection: ids start again; pending requests and a ready message are dropped. A
    /// message fetched block by block may have `max_message_size` bytes; `automatic` means raw_data.
    void reset(fetch_mode mode = fetch_mode::raw_data,
               std::uint64_t max_message_size = std::uint64_t{256} << 20) noexcept;
    /// Prepares for a new subscription on the same connection: as reset(), but ids continue.
    void discard() noexcept {
        step_ = sent_ = step::poll;
        is_announced_ = is_verifying_ = false;
    }
    /// Returns the announced message that nobody has taken; null if there is none. Only its topic, vgroup and
    /// offset are known.
    const message* announced() const noexcept { return is_announced_ ? &message_ : nullptr; }

  private:
    failure located(failure why) const;
    failure stuck(defect_code why, std::string_view text);
    failure fetch_failed(failure why);
    failure misfit(defect_code why, std::string_view text, const protocol::reply& reply);
    protocol::action first_fetch() const noexcept;
    void fetch_next(protocol::action action) noexcept;
    failure on_schema(const protocol::reply& reply);
    failure on_json_meta(const protocol::reply& reply);
    failure on_position(const protocol::reply& reply);
    failure on_verified(const protocol::reply& reply);
    failure on_block(const wire::fetch_reply& reply);

    fetch_mode mode_ = fetch_mode::raw_data;
    std::uint64_t max_message_size_ = std::uint64_t{256} << 20;
    protocol::action action_ = protocol::action::fetch_raw_data;
    std::uint64_t schema_id_ = 0;  ///< request id of the last fetch
    bool ask_position_ = true;
    bool is_verifying_ = false;
    std::optional<std::int64_t> position_;
    block_gatherer blocks_;
    step step_ = step::poll;
    step sent_ = step::poll;
    bool is_announced_ = false;
    std::uint64_t last_message_id_ = 0;
    message message_;
    message_kind announced_kind_ = message_kind::data;  ///< according to the poll
    std::int32_t announced_type_ = 0;                   ///< announced_kind_ as the server's number
    failure obstacle_;
};

}  // namespace tmq::subscription
