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

using base::failure;

/// How one message gets from the server to the application: poll -> fetch -> message. A state machine without
/// clock or socket; its owner sends what next() asks for, as soon as the server may be asked, and reports
/// what came back.
///
/// What the fetch consists of depends on the mode: one request for the whole message; or, block by block,
/// fetch_json_meta when the message has metadata, then fetch and fetch_block by turns until fetch says that
/// there are no more. Blocks do not tell where the message ends in the log; the server's position does, as
/// long as the next poll has not moved it.
///
/// The server keeps one message per connection, and a poll that finds the next one frees it. So there is
/// never more than one of these requests under way, and a message that was announced is fetched before
/// anything else, whether or not anybody still waits for it.
class message_fetcher {
  public:
    enum class step : std::uint8_t {
        poll,   ///< ask for the next message, when somebody wants one
        fetch,  ///< fetch the announced message, or what it lacks, at once: see fetch_action()
        wait,   ///< a reply is due
        prove,  ///< position() is known, as verify() asked: the message is from after the seek (proceed) or
                ///< from before it (discard)
        take,   ///< a message is ready: nothing to send before it is taken
        stuck,  ///< the announced message cannot be had, see obstacle(); polling on would lose it
    };

    step next() const noexcept { return step_; }
    /// What to send when next() is fetch: an action that fetches, or position, for the announced message.
    protocol::action fetch_action() const noexcept { return action_; }
    /// For fetch_block: the id that its binary reply carries, which is that of the fetch before. 0: the id is
    /// its own.
    std::uint64_t binary_id() const noexcept {
        return action_ == protocol::action::fetch_block ? schema_id_ : 0;
    }
    /// Id of the last message the server announced on this connection: the one to fetch, and to name in the
    /// next poll. 0 before the first.
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
    /// Binary reply to what fetch_action() said. `take_payload` hands the memory of a whole message's frame
    /// over, once, before it is parsed. After a failure the next step is to send the same again, since the
    /// server still has the message; stuck when that would do harm.
    failure on_fetch_reply(const wire::fetch_reply& reply,
                           const std::function<void(detail::byte_buffer&)>& take_payload);
    /// Text reply to it, also in the place of a binary one.
    failure on_fetch_text(const protocol::reply& reply);
    /// The server's position may not be the end of the announced message any more: the message then goes
    /// without.
    void distrust_position() noexcept { ask_position_ = false; }

    /// Asks for the server's position of the announced message's vgroup before the message is fetched.
    void verify() noexcept {
        is_verifying_ = true;
        fetch_next(protocol::action::position);
    }
    /// What the server said; nothing when it did not.
    std::optional<std::int64_t> position() const noexcept { return position_; }
    void proceed() noexcept { fetch_next(first_fetch()); }

    const failure& obstacle() const noexcept { return obstacle_; }

    /// Swaps the ready message with `out`, whose memory serves for the next one. The step must be take.
    void take(message& out) noexcept;
    /// The next message comes into this memory, unless one is under way. Gives other memory for it.
    void reuse(detail::byte_buffer& bytes) noexcept {
        detail::message_content* const content = detail::message_access::existing_content(message_);
        if (!is_announced_ && content != nullptr) swap(content->bytes, bytes);
    }

    /// For a new connection: ids start again; pending requests and a ready message are dropped. A message
    /// that comes block by block may have `max_message_size` bytes; automatic is taken for raw_data.
    void reset(fetch_mode mode = fetch_mode::raw_data,
               std::uint64_t max_message_size = std::uint64_t{256} << 20) noexcept;
    /// For a new subscription on the same connection: as reset(), but ids continue.
    void discard() noexcept {
        step_ = sent_ = step::poll;
        is_announced_ = is_verifying_ = false;
    }
    /// The message that the server has announced and nobody has taken; null when there is none. Only topic,
    /// vgroup and offset are sure.
    const message* announced() const noexcept { return is_announced_ ? &message_ : nullptr; }

  private:
    failure with_place(failure why) const;
    failure stuck(errc why, std::string_view what);
    failure fetch_failed(failure why);
    failure misfit(errc why, std::string_view what, const protocol::reply& reply);
    protocol::action first_fetch() const noexcept;
    void fetch_next(protocol::action what) noexcept;
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
    message_kind announced_kind_ = message_kind::data;  ///< what the poll said, whatever the fetch brings
    std::int32_t announced_type_ = 0;                   ///< the same as the server's number
    failure obstacle_;
};

}  // namespace tmq::subscription
