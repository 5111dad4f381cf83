#pragma once

#include "tmq/config.hpp"
#include "tmq/error.hpp"
#include "tmq/message.hpp"
#include "tmq/stats.hpp"
#include "tmq/topic_partition.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq {

namespace asio = boost::asio;

/// A member of a consumer group that reads topics of a TDengine server through taosAdapter, as coroutines on
/// Boost.Asio.
///
/// Connections: one that is lost while subscribed is made again (config::reconnect), and reading goes on
/// behind the last message that poll has delivered, with nothing lost and nothing delivered twice. Meanwhile
/// poll waits within its timeout, and other requests wait for the next connection and are sent again. When
/// that is given up every call throws the reason until subscribe(), which starts at the committed offsets of
/// the group. docs/reliability.md has the details.
///
/// Commits: what the application has finished with is committed every config::auto_commit_interval and on
/// unsubscribe and close, unless config::auto_commit is off; never more than that, whatever was read ahead.
///
/// Errors: every awaitable member throws tmq::error; try_poll returns the error_code instead. Without a
/// subscription they throw errc::not_subscribed, after close errc::closed.
///
/// Cancellation (terminal, partial or total, through the awaiting coroutine's slot): the waiter leaves with
/// errc::cancelled, the connection stays. A message that a cancelled poll had asked for is the result of the
/// next poll. A cancelled subscribe or unsubscribe drops the connection; a cancelled commit or seek may or
/// may not have taken effect, and is not sent again.
///
/// Threads: distinct consumers are independent. One consumer is used from its executor only, where handlers
/// are called too; with several threads that must be a strand. One poll at a time, and subscribe or
/// unsubscribe alone (errc::operation_in_progress); the other operations may overlap these and each other.
///
/// Lifetime: operations under way keep what they need; destroying the consumer ends them with errc::closed
/// without waiting or committing. The execution context must outlive the consumer. While connected the
/// consumer keeps its context busy: io_context::run() returns after close() or cancel(), not before.
class consumer {
  public:
    using milliseconds = std::chrono::milliseconds;
    /// Told what came of commit_async; success is an empty code.
    using commit_handler = std::function<void(const boost::system::error_code&)>;

    consumer(asio::any_io_executor executor, const config& settings);
    template <class Context>
        requires std::derived_from<Context, asio::execution_context>
    consumer(Context& context, const config& settings)
        : consumer(asio::any_io_executor(context.get_executor()), settings) {}
    /// A consumer that was moved from can be assigned to and destroyed, nothing else.
    consumer(consumer&&) noexcept = default;
    consumer& operator=(consumer&& other) noexcept;
    ~consumer();

    /// Connects when there is no connection, and joins the group for these topics. Takes 0.5 s to 2.5 s on a
    /// real server. A first connection that cannot be made fails at once, after one round over all endpoints,
    /// unless config::reconnect_at_start says otherwise: a name that is unknown, a port that refuses, TLS, a
    /// login. One that breaks after the transport stood, until the group is joined, is tried again as
    /// config::reconnect says. Errors: errc::invalid_argument (no group, no or bad topic),
    /// errc::already_subscribed, transport errors, the server's refusal.
    asio::awaitable<void> subscribe(std::string_view topic);
    asio::awaitable<void> subscribe(std::vector<std::string> topics);
    /// A braced list does not survive in a co_await expression of g++ 12: name a vector.
    asio::awaitable<void> subscribe(std::initializer_list<std::string_view> topics) = delete;

    /// With auto commit commits what is finished, the message delivered last included unless it is to be
    /// acknowledged, and sends what commit_async has waiting: for at most config::close_timeout. Then leaves
    /// the group; its other members take over at the committed offsets. A message that was not taken yet is
    /// dropped. The connection stays, subscribe() may follow. Without a connection there is nothing to leave.
    /// After an error this consumer is no member either.
    asio::awaitable<void> unsubscribe();

    /// The next message, or false when none came within `timeout`: 0 and more, above a year counts as a year.
    /// false says nothing about the end of the log, see lag(), nor about the connection, which may just be
    /// made again: see config::on_event. The message delivered before counts as finished with this call,
    /// unless it is to be acknowledged. On error `out` is unchanged. A message that cannot be read is not
    /// skipped: the next poll tries it again. errc::data_lost when the server removed rows before they were
    /// read, once; the next poll goes on behind them. A reply that breaks the protocol is thrown once,
    /// although the connection is made again.
    asio::awaitable<bool> poll(message& out, milliseconds timeout);
    /// As poll, without exceptions.
    asio::awaitable<boost::system::result<bool>> try_poll(message& out, milliseconds timeout);

    /// Commits the offset behind this message for the group: a new consumer resumes exactly there. The
    /// message must stay as it is until the awaitable is started. With a vgroup that has not come back since
    /// the connection was lost, waits until it has. When the vgroup was another member's in between, this may
    /// take that member's commit back. What passes by itself on the server, as during a rebalance, is waited
    /// for, at most config::request_timeout. errc::no_exact_offset for a snapshot message; 0x4008 when
    /// another member reads the vgroup now.
    asio::awaitable<void> commit(const message& processed);
    /// Commits everything that poll has delivered since the last commit or seek: one request for each vgroup
    /// in which something was. All are tried; the first error is thrown. A vgroup that another member reads
    /// by now is refused once and then left out. What has no log offset (snapshots) is committed as a whole,
    /// or refused with errc::no_exact_offset while a message waits to be polled, since that would be
    /// committed too. With acknowledge_mode::by_hand only as far as everything is acknowledged.
    asio::awaitable<void> commit();
    /// Commits these offsets, each the place where a new consumer is to go on. All are tried; the first error
    /// is thrown. Errors: errc::invalid_argument for a negative offset, before anything is sent; 0x4007 for
    /// one outside the log.
    asio::awaitable<void> commit(std::vector<topic_partition> offsets);
    /// Commits the offset behind this message without waiting; the message may change as soon as this
    /// returns. Of several of one vgroup that wait, one request commits the furthest; nothing is sent, and
    /// that is a success, where another member has committed more. `done` is called once on the consumer's
    /// executor, never from inside this: at the latest when the subscription ends, with the reason. It may be
    /// empty; then a failure is an event (commit_failed). Throws errc::no_exact_offset, and when there is no
    /// subscription.
    void commit_async(const message& processed, commit_handler done = {});
    /// With acknowledge_mode::by_hand: the application has finished this message, whatever it has not
    /// finished of those before. Auto commit and commit() go as far as everything is finished. Sends nothing
    /// by itself. Does nothing for a message that was sought away, was acknowledged already, or belongs to a
    /// vgroup of others by now. Good for messages from before a lost connection. Throws
    /// errc::invalid_argument without acknowledge_mode::by_hand, errc::no_exact_offset, and when there is no
    /// subscription.
    void acknowledge(const message& finished);
    /// What the group has committed in these partitions, in their order; nothing where it has not.
    asio::awaitable<std::vector<std::optional<std::int64_t>>> committed(
        std::vector<topic_partition> partitions);

    /// The vgroups of a topic that this consumer reads now, with the bounds of their logs: as they were when
    /// the server last answered a poll there. During a rebalance waits until the server knows them, at most
    /// config::request_timeout: after that, offsets that it does not know are -1.
    asio::awaitable<std::vector<assigned_vgroup>> assignment(std::string_view topic);
    /// The same partitions with the offset from which poll will deliver next: messages that were read ahead
    /// or are on their way count as not read.
    asio::awaitable<std::vector<topic_partition>> position(std::vector<topic_partition> partitions);
    /// How far the logs of all vgroups that this consumer reads go beyond position(), as far as polls have
    /// seen them: while nobody polls, a lag does not grow. 0 when nothing is left for this consumer: its
    /// position is at the end, or 1.5 s of polls have brought nothing and moved nothing, which is the only
    /// sign that 3.3.5 gives where entries without rows end a log. No entries while the server does not know.
    asio::awaitable<std::vector<vgroup_lag>> lag();

    /// Goes on at this offset; commits nothing. A message of the vgroup that was on its way is dropped, a
    /// poll meanwhile waits. Takes until the server has answered the poll under way, at most
    /// config::poll_slice. When it fails, everything stays as it was. Errors: errc::invalid_argument for a
    /// negative offset; 0x4007 outside the log; 0x4008 for a vgroup of others.
    asio::awaitable<void> seek(topic_partition target);
    /// To the ends of the logs as they are now: of all vgroups of the topic that this consumer reads, or of
    /// one. errc::bounds_unknown (retriable) when the server does not know the ends within
    /// config::request_timeout after a rebalance. When one of several fails, those before it have been moved.
    asio::awaitable<void> seek_to_beginning(std::string_view topic);
    asio::awaitable<void> seek_to_beginning(std::string_view topic, std::int32_t vgroup);
    asio::awaitable<void> seek_to_end(std::string_view topic);
    asio::awaitable<void> seek_to_end(std::string_view topic, std::int32_t vgroup);

    /// Until resume(): nothing more is read, and poll returns false when its timeout is over, though messages
    /// may be ready. They stay. Positions, commits and the connection go on, and so does max_poll_interval:
    /// the server evicts who pauses for longer. A new subscription is not paused.
    void pause();
    /// A poll that waits goes on at once.
    void resume();

    /// The topics of the subscription, as the server has them.
    asio::awaitable<std::vector<std::string>> subscription();
    /// Asks the server for its version; needs a connection, not a subscription (errc::not_subscribed without
    /// one).
    asio::awaitable<std::string> version();

    /// Commits as unsubscribe() does, unsubscribes, closes the WebSocket and waits for all of it, at most
    /// config::close_timeout. Never fails; the consumer is then closed for good. Uncommitted messages come
    /// again to the group.
    asio::awaitable<void> close();
    /// Ends every operation with errc::cancelled and drops the connection, without waiting or committing.
    /// subscribe() may follow at once; a poll only when the cancelled one has returned.
    void cancel();

    /// What this consumer has done so far. Cheap; call it from the consumer's executor.
    tmq::stats stats() const;
    /// Version of the server's adapter, as it reports it ("3.3.5.8"); empty before the first subscribe.
    const std::string& server_version() const noexcept;
    asio::any_io_executor get_executor() const noexcept;

  private:
    class impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace tmq
