#pragma once

#include "tmq/config.hpp"
#include "tmq/error.hpp"
#include "tmq/message.hpp"
#include "tmq/topic_partition.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tmq {

namespace asio = boost::asio;

/// A member of a consumer group that reads topics of a TDengine server through taosAdapter, as coroutines on Boost.Asio.
///
/// Errors: every awaitable member throws tmq::error; try_poll returns the error_code instead. After a transport error or a missed
/// deadline the connection is gone and every call says so until subscribe() makes a new one; the group then resumes at its committed
/// offsets.
///
/// Cancellation (terminal, partial or total, through the awaiting coroutine's slot): the waiter leaves with errc::cancelled, the
/// connection stays. A message that a cancelled poll had asked for is the result of the next poll. A cancelled subscribe drops the
/// connection; a cancelled commit may or may not have taken effect.
///
/// Threads: distinct consumers are independent. One consumer is used from its executor only; with several threads that must be a
/// strand. One poll at a time, and subscribe or unsubscribe alone (errc::operation_in_progress); the other operations may overlap
/// these and each other.
///
/// Lifetime: operations under way keep what they need; destroying the consumer ends them with errc::closed without waiting. The
/// execution context must outlive the consumer. While connected the consumer keeps its context busy: io_context::run() returns after
/// close() or cancel(), not before.
class consumer {
  public:
    using milliseconds = std::chrono::milliseconds;

    consumer(asio::any_io_executor executor, const config& settings);
    template <class Context>
        requires std::derived_from<Context, asio::execution_context>
    consumer(Context& context, const config& settings) : consumer(asio::any_io_executor(context.get_executor()), settings) {}
    consumer(consumer&&) noexcept = default;
    consumer& operator=(consumer&& other) noexcept;
    ~consumer();

    /// Connects when there is no connection, and joins the group for these topics. Takes 0.5 s to 2.5 s on a real server.
    /// Errors: errc::invalid_argument (no group, no or bad topic), errc::already_subscribed, transport errors, the server's refusal.
    asio::awaitable<void> subscribe(std::string_view topic);
    asio::awaitable<void> subscribe(std::vector<std::string> topics);
    /// A braced list does not survive in a co_await expression of g++ 12: name a vector.
    asio::awaitable<void> subscribe(std::initializer_list<std::string_view> topics) = delete;

    /// Leaves the group; its other members take over at the committed offsets. A message that was not taken yet is dropped.
    /// The connection stays, subscribe() may follow.
    asio::awaitable<void> unsubscribe();

    /// The next message, or false when none came within `timeout`. false says nothing about the end of the log: compare position()
    /// with assignment(). On error `out` is unchanged. A message that cannot be read is not skipped: the next poll tries it again.
    asio::awaitable<bool> poll(message& out, milliseconds timeout);
    /// As poll, without exceptions.
    asio::awaitable<boost::system::result<bool>> try_poll(message& out, milliseconds timeout);

    /// Commits the offset behind this message for the group: a new consumer resumes exactly there. The message must stay as it is
    /// until the awaitable is started. errc::no_exact_offset for a snapshot message; the server's error when the vgroup has moved on.
    asio::awaitable<void> commit(const message& processed);

    /// The vgroups of a topic that this consumer reads now, with the bounds of their logs. Just after a join the server may answer
    /// 0x4001 (retriable) or say -1 for all offsets.
    asio::awaitable<std::vector<assigned_vgroup>> assignment(std::string_view topic);
    /// The same partitions with the offset from which poll will deliver next: a message that is on its way counts as not read.
    asio::awaitable<std::vector<topic_partition>> position(std::vector<topic_partition> partitions);

    /// Unsubscribes, closes the WebSocket and waits for both, at most config::close_timeout. Never fails; the consumer is then closed
    /// for good. Uncommitted messages come again to the group.
    asio::awaitable<void> close();
    /// Ends every operation with errc::cancelled and drops the connection, without waiting. subscribe() may follow at once; a poll only
    /// when the cancelled one has returned.
    void cancel();

    /// Version of the server's adapter, as it reports it ("3.3.5.8"); empty before the first subscribe.
    const std::string& server_version() const noexcept;
    asio::any_io_executor get_executor() const noexcept;

  private:
    class impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace tmq
