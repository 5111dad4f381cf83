#pragma once

#include "tmq/meta.hpp"
#include "tmq/testing/announced_message.hpp"
#include "tmq/testing/block_builder.hpp"
#include "tmq/testing/fault.hpp"
#include "tmq/testing/server_options.hpp"
#include "tmq/testing/topic_options.hpp"
#include "tmq/testing/transcript.hpp"
#include "tmq/types.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::testing {

/// A stand-in for taosd and taosAdapter inside this process, for demos, tests and benchmarks. It answers the
/// TMQ protocol at ws:// or wss://127.0.0.1:PORT/rest/tmq, with topics, vgroups, consumer groups and offsets,
/// and misbehaves on demand. It keeps everything in memory. Every poll answered after a call sees what the
/// call appended.
/// *Threads*: all members may be called from any thread.
class server {
  public:
    /// Listens and serves in a thread of its own.
    /// *Throws* boost::system::system_error if the port is not available; std::invalid_argument if an option
    /// is out of its range, or the certificate or the key cannot be used.
    explicit server(server_options options = {});
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// Returns the port in use; it stays the same over stop() and start().
    std::uint16_t port() const noexcept;
    /// Returns "ws://127.0.0.1:PORT", with TLS "wss://127.0.0.1:PORT".
    std::string url() const;

    /// Drops every connection without notice and stops listening, as a server that dies. Topics, offsets and
    /// ghosts stay.
    void stop();
    /// Listens again after stop(), on the same port.
    /// *Throws* as the constructor does.
    void start();

    /// Creates a topic and returns its vgroup ids.
    /// *Throws* std::invalid_argument if the topic exists or the options are not valid.
    std::vector<std::int32_t> create_topic(const topic_options& options);
    /// Returns the vgroup ids of a topic, in order.
    /// *Throws* std::invalid_argument if there is no such topic.
    std::vector<std::int32_t> vgroups(std::string_view topic) const;
    time_precision precision(std::string_view topic) const;

    /// Appends one message with these blocks to a vgroup's log, and returns the offset after it: the one to
    /// commit. The message's head names the position of its reader. Blocks without rows are left out, as a
    /// real server does.
    /// *Throws* std::invalid_argument for an unknown topic or vgroup.
    std::int64_t append(std::string_view topic, std::int32_t vgroup, std::span<const block_builder> blocks);
    std::int64_t append(std::string_view topic, std::int32_t vgroup, const block_builder& block);
    /// Writes one entry to a vgroup's log, as an SQL INSERT into these tables does, and returns the offset
    /// after it. A poll gathers consecutive entries into one message until it has rows_per_poll rows. The
    /// message has one block for each of these blocks; since 3.4 a topic of kind select has one block of all
    /// rows of the same columns. Readers ignore an entry without rows.
    /// *Throws* as append() does.
    std::int64_t insert(std::string_view topic, std::int32_t vgroup, std::span<const block_builder> blocks);
    std::int64_t insert(std::string_view topic, std::int32_t vgroup, const block_builder& block);
    /// Appends one message with a table change, in the two forms that a server has for it: bytes, and JSON as
    /// the version in use writes it. Consumers get an equal value, as far as their form can express it (see
    /// tmq/meta.hpp). Fields that the change leaves open get a server's choice: the compression of columns, 0
    /// days to live. A deletion is defined by its range. The bytes cannot express set_tags_where: a consumer
    /// that reads them gets an unknown_meta.
    /// *Throws* std::invalid_argument for an unknown topic or vgroup, and for changes that no server sends:
    /// values that are not exact or not of their type, tags that are NULL in a new table (they are left out),
    /// tables of several kinds in one change, missing fields of the type of change.
    std::int64_t append(std::string_view topic, std::int32_t vgroup, const meta& change);
    /// Appends several changes in one message, as a server sends them if enable_batch_meta was requested.
    std::int64_t append(std::string_view topic, std::int32_t vgroup, std::span<const meta> changes);
    /// Appends one message with rows and the tables that inserting them has created: children, or one normal
    /// table.
    std::int64_t append(std::string_view topic, std::int32_t vgroup, const create_table& created,
                        std::span<const block_builder> blocks);
    std::int64_t append(std::string_view topic, std::int32_t vgroup, const create_table& created,
                        const block_builder& block);
    /// Appends a message of any bytes. `raw_type`: 2 data, 4 meta + data, 5 batch meta, 6 raw data, 515 to
    /// 579 a table's meta; the poll's message_type follows from it. Nothing in `raw` is checked or changed;
    /// its head may contradict the log.
    std::int64_t append_message(std::string_view topic, std::int32_t vgroup, std::vector<std::byte> raw,
                                std::uint16_t raw_type = 2);
    /// Appends metadata of any bytes (raw types 4, 5, 515 to 579), with the JSON that fetch_json_meta
    /// answers; without it that is null.
    /// *Throws* std::invalid_argument for text that is not JSON.
    std::int64_t append_meta(std::string_view topic, std::int32_t vgroup, std::string_view json,
                             std::vector<std::byte> raw, std::uint16_t raw_type);
    /// Lets a log grow by `count` offsets without a message, as a real one does when consumers come and go.
    void advance_log(std::string_view topic, std::int32_t vgroup, std::int64_t count);
    /// Removes the entries before `offset` from a vgroup's log, as the retention of a real one does; nothing
    /// if the log begins there or later already. A reader before it resumes with the remaining entries. A
    /// message that has been announced can still be fetched.
    /// *Throws* std::invalid_argument for an unknown topic or vgroup, and for an offset after the end.
    void truncate_log(std::string_view topic, std::int32_t vgroup, std::int64_t offset);

    /// Executes an SQL statement as POST /rest/sql does, in a database or in none, and returns how many rows
    /// it has inserted, deleted or found. Databases, tables, rows and topics that it creates are those of
    /// /rest/sql, and its topics can be used with all other members.
    /// *Throws* std::invalid_argument, with the server's text, if the server refuses the statement.
    std::int64_t execute(std::string_view statement, std::string_view database = {});

    /// Loads the messages of a recorded conversation, creates their topics and vgroups, and returns the
    /// number of messages added. A message that the log has already is left out. The messages are served byte
    /// for byte.
    std::size_t load(const transcript& recorded);

    /// Returns the committed offset of a group, or std::nullopt if it has committed nothing.
    std::optional<std::int64_t> committed(std::string_view group, std::string_view topic,
                                          std::int32_t vgroup) const;
    /// Returns the offset at which a vgroup's log begins: 0 until entries are removed.
    std::int64_t begin_offset(std::string_view topic, std::int32_t vgroup) const;
    /// Returns the offset at which a vgroup's log ends: that of the next entry.
    std::int64_t end_offset(std::string_view topic, std::int32_t vgroup) const;
    /// Returns the number of members of a group, including ghosts and members whose connection was lost
    /// (keep_dead_members).
    std::size_t member_count(std::string_view group) const;

    /// Evicts all members of a group at once, as max.poll.interval.ms does, and returns how many there were.
    /// Their polls answer 0x4001, from 3.4 on 0x03E6, until they open a new connection. Before 3.4 a second
    /// unsubscribe and subscribe helps too. Ghosts stay.
    std::size_t evict(std::string_view group);
    /// Adds a member without a connection to a group and returns its id. It gets vgroups as another consumer
    /// does, and never polls.
    /// *Throws* std::invalid_argument if there is no such topic.
    std::uint64_t ghost_member(std::string_view group, std::string_view topic);
    /// Removes a ghost from its group; other members get its vgroups.
    /// *Throws* std::invalid_argument if there is no such ghost.
    void remove_member(std::uint64_t id);
    /// Commits an offset for a group, as another of its members does. A member that reads the vgroup now
    /// keeps its position.
    /// *Throws* std::invalid_argument for an unknown topic or vgroup, and for an offset that is negative or
    /// after the log's end.
    void commit(std::string_view group, std::string_view topic, std::int32_t vgroup, std::int64_t offset);
    /// Calls `action` for every message that a poll has found, before the reply is sent and before any other
    /// request of a client is carried out. It replaces the previous action; an empty one ends the calls, but
    /// not a call in progress.
    /// The action must not throw. It may call every member but start() and the destructor. Members that await
    /// then wait in vain, and close_all() and reset_all() take effect after the reply.
    /// *Threads*: called in the server's thread.
    void on_message(std::function<void(const announced_message&)> action);

    /// Number of WebSocket connections that are open now, and of all that were ever opened.
    std::size_t connection_count() const;
    std::size_t accepted_count() const;
    /// Returns the number of requests of an action that have arrived, refused and faulty ones included; of
    /// every action if `action` is empty.
    std::size_t request_count(std::string_view action = {}) const;
    /// Returns the text of the last request of an action; empty if there was none.
    std::string last_request(std::string_view action) const;
    /// Returns the number of polls that wait for data now.
    std::size_t waiting_polls() const;
    /// Number of ping and pong frames that have arrived from clients.
    std::size_t ping_count() const;
    std::size_t pong_count() const;
    /// Waits until a count is at least `count`, and returns false if `timeout` passes first. Default of
    /// `timeout`: 10 s.
    bool await_requests(std::string_view action, std::size_t count,
                        std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;
    bool await_waiting_polls(std::size_t count,
                             std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;
    bool await_pongs(std::size_t count, std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;
    /// Waits until exactly `count` connections are open, and returns false if `timeout` passes first. Default
    /// of `timeout`: 10 s.
    bool await_connections(std::size_t count,
                           std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;

    /// Adds a fault to the waiting ones. A request takes the oldest fault that matches it.
    void inject(fault value);
    /// Removes the faults that have not happened yet.
    void clear_faults();
    /// Sends a ping on every connection.
    void ping_all();
    /// Discards everything that the server writes, pongs and close frames included, on the WebSockets that
    /// are open and on later ones: half-open links. Requests still arrive and are carried out. Discarded
    /// bytes are not sent after silence(false). Default state: false.
    void silence(bool value = true);
    /// Closes every connection with a close frame.
    void close_all(std::uint16_t code = 1001);
    /// Breaks every connection with RST.
    void reset_all();

  private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tmq::testing
