#pragma once

#include "tmq/any_duration.hpp"
#include "tmq/assigned_vgroup.hpp"
#include "tmq/config.hpp"
#include "tmq/consumer_state.hpp"
#include "tmq/credentials.hpp"
#include "tmq/error.hpp"
#include "tmq/event.hpp"
#include "tmq/message.hpp"
#include "tmq/partition_offset.hpp"
#include "tmq/receipt.hpp"
#include "tmq/stats.hpp"
#include "tmq/topic_partition.hpp"
#include "tmq/vgroup_lag.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/system/result.hpp>

#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq {

namespace detail {
struct consumer_access;
}

/// A member of a consumer group that reads topics of a TDengine server through taosAdapter. Its operations
/// are coroutines on Boost.Asio.
///
/// *Connections*: A connection that is lost while subscribed is re-established (config::reconnect). poll then
/// resumes after the last message that it has delivered: nothing is lost, and nothing is delivered twice.
/// Meanwhile poll waits within its timeout. Other requests wait for the next connection and are sent again.
/// Once the consumer gives up the connection, every call throws the reason until subscribe(). A new
/// subscription starts at the committed offsets of the group. See docs/reliability.md.
///
/// *Commits*: Auto commit (config::auto_commit) commits what the application has processed: every
/// config::auto_commit_interval, on unsubscribe and on close. It never commits more than that, whatever was
/// read ahead.
///
/// *Throws*: Every awaitable member throws tmq::error; try_poll returns it instead. Without a subscription
/// the code is errc::not_subscribed, after close errc::closed.
///
/// *Cancellation* (terminal, partial or total, through the slot of the awaiting coroutine, or by cancel()):
/// The operation fails with boost::asio::error::operation_aborted, and the connection stays open. The next
/// poll returns the message that a cancelled poll had requested. A cancelled subscribe drops the connection,
/// and so does unsubscribe after its last commits. A cancelled commit or seek may or may not have taken
/// effect, and is not sent again. Asio itself throws boost::system::system_error with the same code from
/// every await of a coroutine that was cancelled before; tmq::error derives from it, so one handler catches
/// both.
///
/// *Completion tokens*: boost::asio::co_spawn(consumer.get_executor(), consumer.poll(message, 1s), token)
/// takes any token, see docs/asio.md.
///
/// *Threads*: Distinct consumers are independent. Use one consumer from its executor only; handlers are
/// called there too. Any thread may call stats(), state(), subscription(), server_version() and
/// acknowledge(receipt). If several threads run the executor, it must be a strand. Without NDEBUG an
/// assertion fails if an operation starts outside the executor. Only one poll and one next_event() may run at
/// a time, and subscribe and unsubscribe run alone (errc::operation_in_progress). The other operations may
/// overlap these and each other.
///
/// *Lifetime*: Operations in progress keep what they need. Destroying the consumer ends them with
/// errc::closed, without waiting or committing. The execution context must outlive the consumer. A connected
/// consumer keeps its context busy: io_context::run() returns only after close() or disconnect().
class consumer {
  public:
    using executor_type = boost::asio::any_io_executor;
    /// Receives the outcome of commit_async.
    using commit_handler = std::function<void(const result<void>&)>;
    /// Vgroups, each with an offset, or std::nullopt where there is none.
    using known_offsets = std::vector<std::pair<topic_partition, std::optional<std::int64_t>>>;

    consumer(boost::asio::any_io_executor executor, const config& settings);
    template <class Context>
        requires std::derived_from<Context, boost::asio::execution_context>
    consumer(Context& context, const config& settings)
        : consumer(boost::asio::any_io_executor(context.get_executor()), settings) {}
    /// Moves the consumer. A moved-from consumer can only be assigned to and destroyed.
    consumer(consumer&& source) noexcept;
    consumer& operator=(consumer&& source) noexcept;
    ~consumer();

    /// Sets the provider of credentials, which is asked before each connection; without one those of the
    /// configuration are used. Set it before subscribe(). An empty one removes it.
    void provide_credentials(credentials_provider provider);

    /// Names offsets for vgroups that this consumer gains; a vgroup that it leaves out starts as without it.
    using start_hook = std::function<boost::asio::awaitable<std::vector<partition_offset>>(
        std::vector<topic_partition> gained)>;
    /// Sets the hook that says where vgroups start: for applications that keep their offsets themselves, as
    /// in one transaction with the rows. It is awaited before the first message of every vgroup that this
    /// consumer gains: after subscribe, when a rebalance moves it here, and after a reconnect, since another
    /// member may have read it meanwhile. After a reconnect an offset before the last delivered message is
    /// ignored: these messages are in the application's hands. An offset that is no longer in the log counts
    /// as lost rows up to the beginning of the log. Set it before subscribe(). An empty one removes it.
    /// No message is delivered before it has returned. It must not await operations of this consumer.
    /// What it throws makes subscribe fail with errc::hook_failed, a negative offset with
    /// errc::invalid_argument; later both make the consumer reconnect, and the hook is asked again. With
    /// config::snapshot subscribe throws errc::invalid_argument.
    /// *Cancellation*: it is cancelled with the subscribe that it belongs to.
    /// *Threads*: runs on the consumer's executor.
    void start_from(start_hook hook);

    /// Connects if there is no connection, and joins the group for these topics. A real server takes 0.5 s to
    /// 2.5 s.
    /// A first connection that cannot be established (unknown name, refused port, TLS, login) fails at once,
    /// after one round over all endpoints, unless config::reconnect_at_start is set. A connection that breaks
    /// after the transport was open and before the group is joined is retried according to config::reconnect.
    /// *Throws* errc::invalid_argument (no group, no topic, or a bad topic), errc::already_subscribed,
    /// errc::operation_in_progress, transport errors, the server's refusal.
    /// *Cancellation* drops the connection.
    boost::asio::awaitable<void> subscribe(std::string_view topic);
    boost::asio::awaitable<void> subscribe(std::vector<std::string> topics);
    /// Deleted, since g++ 12 destroys a braced list in a co_await expression twice: pass a named vector.
    boost::asio::awaitable<void> subscribe(std::initializer_list<std::string_view> topics) = delete;

    /// Leaves the group; its other members take over at the committed offsets. The connection stays open, and
    /// subscribe() may follow.
    /// Before that it sends the commits that commit_async has queued and, with auto commit, commits what is
    /// processed. The message delivered last counts as processed, unless messages are acknowledged
    /// explicitly. These commits take at most config::close_timeout. A message that was not taken yet is
    /// dropped.
    /// Without a connection there is no group to leave. After an error this consumer is no member either.
    /// *Cancellation* during the last commits leaves the subscription as it is; after them it drops the
    /// connection.
    boost::asio::awaitable<void> unsubscribe();

    /// Delivers the next message into `out` and returns true, or returns false if none came within `timeout`.
    /// Range of `timeout`: 0 and more; above a year counts as a year.
    /// False does not mean that the log has ended, see lag(), nor that the connection is up: it may be
    /// reconnecting, see state(). The message delivered before counts as processed with this call, unless
    /// messages are acknowledged explicitly. A malformed message is not skipped: the next poll tries it
    /// again.
    /// *Throws* errc::data_lost, once, if the server removed rows before they were read; the next poll
    /// resumes after them. A reply that breaks the protocol is thrown once, although the connection is
    /// re-established. On error `out` is unchanged.
    /// *Cancellation* loses nothing: the next poll returns the message that this one had requested.
    boost::asio::awaitable<bool> poll(message& out, any_duration timeout);
    /// Does the same, and waits for as long as it takes. Returns false once the consumer is closed, so
    /// `while (co_await consumer.poll(message))` is a loop over all messages.
    boost::asio::awaitable<bool> poll(message& out);
    /// Does the same as poll with a timeout, and returns the error instead of throwing it.
    /// *Throws* nothing but std::bad_alloc. Asio itself throws if the coroutine was cancelled before.
    boost::asio::awaitable<result<bool>> try_poll(message& out, any_duration timeout);

    /// Commits the offset after `processed` for the group: a new consumer resumes exactly there.
    /// If the vgroup has not come back since the connection was lost, commit waits until it has. A refusal
    /// that passes by itself, as during a rebalance, is retried for at most config::request_timeout. If the
    /// vgroup belonged to another member in between, this commit may take that member's commit back.
    /// *Throws* errc::no_exact_offset for a snapshot message; server_errc::foreign_vgroup if another
    /// member reads the vgroup now.
    /// *Cancellation*: the commit may or may not have taken effect, and is not sent again.
    /// *Lifetime*: the offset is noted by the call, so `processed` may change before the awaitable is
    /// started.
    boost::asio::awaitable<void> commit(const message& processed);
    /// Commits everything that poll has delivered between the last commit or seek and this call, with one
    /// request for each vgroup concerned. With acknowledge_mode::by_hand it commits only as far as everything
    /// is acknowledged. All vgroups are tried, and the first error is thrown. A vgroup that another member
    /// reads by now is refused once and then left out. Messages without a log offset (snapshots) are
    /// committed as a whole.
    /// *Throws* errc::no_exact_offset for messages without a log offset while a message waits to be polled,
    /// since that message would be committed too.
    boost::asio::awaitable<void> commit();
    /// Commits these offsets; a new consumer resumes at each of them. All are tried, and the first error is
    /// thrown. message::next() gives the offset after a message.
    /// *Throws* errc::invalid_argument for a negative offset, before anything is sent;
    /// server_errc::offset_out_of_range for an offset outside the log.
    boost::asio::awaitable<void> commit(partition_offset offset);
    boost::asio::awaitable<void> commit(std::vector<partition_offset> offsets);
    /// Deleted like subscribe({...}): pass a named vector.
    boost::asio::awaitable<void> commit(std::initializer_list<partition_offset> offsets) = delete;
    /// Commits the offset after `processed` in the background. The message may change as soon as this
    /// returns.
    /// One request commits the furthest offset of several waiting commits of one vgroup. If another member
    /// has committed more, nothing is sent, and the outcome is success. `done` is called once on the
    /// consumer's executor, never inside this call, at the latest when the subscription ends, with the
    /// reason. If `done` is empty, a failure becomes the event commit_failed.
    /// *Throws* errc::no_exact_offset; the class's errors if there is no subscription.
    void commit_async(const message& processed, commit_handler done = {});
    /// Marks this message as processed, whichever messages before it are not. Needs
    /// acknowledge_mode::by_hand.
    /// Auto commit and commit() go as far as everything is processed; acknowledge itself sends nothing. It
    /// does nothing if a seek has passed over the message, if the message was acknowledged already, or if its
    /// vgroup belongs to another member by now. Messages from before a lost connection can be acknowledged.
    /// *Throws* errc::invalid_argument without acknowledge_mode::by_hand; errc::no_exact_offset; the class's
    /// errors if there is no subscription.
    void acknowledge(const message& processed);
    /// Does the same for the message that this receipt is of, see message::receipt(). Without a subscription,
    /// or for a message of an earlier one, it does nothing.
    /// *Throws* errc::invalid_argument without acknowledge_mode::by_hand; errc::no_exact_offset.
    /// *Threads*: any thread may call it while the consumer exists and is not moved.
    void acknowledge(const receipt& processed);
    /// Returns the offset that the group has committed in each of these vgroups, in their order; std::nullopt
    /// where it has committed nothing.
    boost::asio::awaitable<known_offsets> committed(std::vector<topic_partition> partitions);
    /// Deleted like subscribe({...}): pass a named vector.
    boost::asio::awaitable<known_offsets> committed(std::initializer_list<topic_partition> partitions) =
        delete;

    /// Returns the vgroups of all topics that this consumer reads now, with the bounds of their logs as of
    /// the last poll that the server answered there. During a rebalance it waits until the server knows them,
    /// at most config::request_timeout. After that, offsets that the server does not know are std::nullopt.
    boost::asio::awaitable<std::vector<assigned_vgroup>> assignment();
    /// Returns the offset from which poll will deliver next in each of these vgroups, in their order;
    /// std::nullopt where neither the server nor this consumer knows it. Messages that were read ahead or are
    /// being fetched count as not read.
    boost::asio::awaitable<known_offsets> position(std::vector<topic_partition> partitions);
    /// Deleted like subscribe({...}): pass a named vector.
    boost::asio::awaitable<known_offsets> position(std::initializer_list<topic_partition> partitions) =
        delete;
    /// Returns the distance from position() to the end of the log, for every vgroup that this consumer reads.
    /// Unit: entries of the log. The end is the one that polls have seen: without polls a lag does not grow.
    /// A lag is 0 if nothing is left for this consumer: its position is at the end, or 1.5 s of polls have
    /// delivered nothing and moved nothing. The latter is the only sign that 3.3.5 gives if a log ends in
    /// entries without rows. entries() is std::nullopt while the server does not know.
    boost::asio::awaitable<std::vector<vgroup_lag>> lag();

    /// Moves the position of a vgroup to this offset; commits nothing.
    /// A message of the vgroup that was being fetched is dropped, and a poll waits meanwhile. A seek takes
    /// until the server has answered the poll in progress, at most config::poll_slice. If it fails, nothing
    /// has changed.
    /// *Throws* errc::invalid_argument for a negative offset; server_errc::offset_out_of_range outside
    /// the log; server_errc::foreign_vgroup for a vgroup of another member.
    /// *Cancellation*: the seek may or may not have taken effect, and is not sent again.
    boost::asio::awaitable<void> seek(partition_offset target);
    /// Seeks every vgroup of `topic` that this consumer reads, or only `vgroup`, to the beginning or the end
    /// of its log as it is now. If one of several seeks fails, those before it have taken effect.
    /// *Throws* errc::bounds_unknown (retriable) if the server does not know the ends within
    /// config::request_timeout after a rebalance.
    boost::asio::awaitable<void> seek_to_beginning(std::string_view topic);
    boost::asio::awaitable<void> seek_to_beginning(std::string_view topic, std::int32_t vgroup);
    boost::asio::awaitable<void> seek_to_end(std::string_view topic);
    boost::asio::awaitable<void> seek_to_end(std::string_view topic, std::int32_t vgroup);

    /// Seeks every vgroup of `topic` that this consumer reads to the first message with a row of `time` or
    /// later, by the first TIMESTAMP column; to the end of the log if there is none. Commits nothing. The
    /// server has no index of times, so this reads a message here and there: about 20 for each vgroup, and
    /// 1.5 s more for a log that ends in entries without rows. Meanwhile polls fail with
    /// errc::operation_in_progress.
    /// Error: none if the rows of a vgroup were written in the order of their times. If some were written up
    /// to L later than their time says, rows of `time` to `time` + L may be missed: seek to `time` - L. The
    /// first message may begin with older rows, since a message cannot be entered in its middle. If it fails,
    /// nothing has changed, except that vgroups before the failing one may have been sought.
    /// *Throws* errc::no_such_column if the rows have no timestamp; errc::bounds_unknown as
    /// seek_to_beginning; errc::operation_in_progress during a poll; errc::invalid_argument for a snapshot.
    /// *Cancellation* restores the positions.
    boost::asio::awaitable<void> seek_to_time(std::string_view topic, timestamp time);

    /// Stops reading until resume(): poll returns false when its timeout is over, even if messages are ready.
    /// These messages are kept.
    /// Positions, commits and the connection are not affected. max_poll_interval still applies: the server
    /// evicts a consumer that pauses longer. A new subscription is not paused.
    void pause();
    /// Ends pause(). A waiting poll resumes at once.
    void resume();

    /// Asks the server for the topics of the subscription.
    boost::asio::awaitable<std::vector<std::string>> fetch_subscription();
    /// Asks the server for its version. Needs a connection, not a subscription.
    /// *Throws* errc::not_subscribed without a connection.
    boost::asio::awaitable<std::string> fetch_server_version();

    /// Waits for the next event: connections, assignments, losses. Needs no subscription.
    /// The consumer keeps the last 64 events that no call has returned yet, from its construction on, so that
    /// the first call returns the first event. If more come, the oldest are dropped, and the next call
    /// returns events::missed with their number. cancel() ends a waiting call. disconnect()
    /// does not: the call returns that event.
    /// *Throws* errc::operation_in_progress if another call waits; errc::closed after close() or the
    /// consumer's destruction, once the events from before it are returned.
    /// *Cancellation* loses no event.
    boost::asio::awaitable<event> next_event();
    /// Sets the handler of the events that happen from now on; an empty one receives nothing. Default: none.
    /// It gets this consumer, even if it has been moved, and every event, whether or not next_event() returns
    /// it too. It may use the consumer, replace the handler, and destroy the consumer. An exception from it
    /// is logged and dropped. Nothing is delivered after close().
    /// *Threads*: It is called on the consumer's executor, one event at a time and in order, never inside a
    /// call of the consumer.
    void on_event(event_handler handler);

    /// Commits as unsubscribe() does, leaves the group, closes the WebSocket, and waits for all of it, at
    /// most config::close_timeout. It never fails. The consumer is then closed for good. Uncommitted messages
    /// are delivered to the group again.
    boost::asio::awaitable<void> close();
    /// Ends every operation in progress with boost::asio::error::operation_aborted; connection and
    /// subscription stay, and so do the commits of commit_async. A subscribe in progress ends as if its
    /// coroutine were cancelled. A close in progress no longer waits for the server.
    void cancel();
    /// Ends every operation except next_event() with boost::asio::error::operation_aborted, ends the
    /// subscription, and drops the connection, without waiting or committing. subscribe() may follow at once,
    /// poll only after the cancelled poll has returned.
    void disconnect();

    /// Returns the figures of this consumer so far. Sends no request.
    /// *Threads*: any thread. The figures of one message may be counted in part then; on the consumer's
    /// executor they are exact.
    tmq::stats stats() const;
    /// Returns what a health check needs: connection, membership, last error, last sign of the server. Sends
    /// no request.
    /// *Threads*: any thread.
    consumer_state state() const;
    /// Returns the topics of the subscription; empty without one. Sends no request.
    /// *Threads*: any thread.
    std::vector<std::string> subscription() const;
    /// Returns the version that the server's adapter has reported ("3.3.5.8"); empty before the first
    /// subscribe. Sends no request.
    /// *Threads*: any thread.
    std::string server_version() const;
    boost::asio::any_io_executor get_executor() const noexcept;

  private:
    friend struct detail::consumer_access;
    class impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace tmq
