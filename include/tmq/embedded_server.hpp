#pragma once

#include "tmq/decimal.hpp"
#include "tmq/meta.hpp"
#include "tmq/types.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq {

/// Kinds of topics; the kind decides the form of the data messages.
enum class topic_kind {
    select,   ///< a query: blocks never carry a table name
    stable,   ///< a super table: blocks carry the child table's name
    database  ///< a whole database: as stable, and tables may mix
};

/// Options of a topic. Every setter returns the object itself.
class topic_options {
  public:
    explicit topic_options(std::string name) : name_(std::move(name)) {}

    /// Sets the name of the database. Default: "test".
    topic_options& database(std::string value) { return database_ = std::move(value), *this; }
    /// Sets the kind. Default: topic_kind::select.
    topic_options& kind(topic_kind value) { return kind_ = value, *this; }
    /// Sets the number of vgroups. Range: 1 to 1024. Default: 1.
    topic_options& vgroups(std::int32_t count) { return vgroups_ = count, *this; }
    /// Sets the id of the first vgroup; the others follow. Default: the first id above all in use on this
    /// server, 1 on a fresh one.
    topic_options& first_vgroup_id(std::int32_t id) { return first_vgroup_id_ = id, *this; }
    /// Sets the unit of the timestamps that append_meters() writes. Default: milliseconds.
    topic_options& precision(time_precision value) { return precision_ = value, *this; }
    /// Delivers table changes. If false, they only let the log grow, as other entries do that no consumer
    /// sees, and of a message with rows only the rows are sent. Default: true.
    topic_options& with_meta(bool value = true) { return with_meta_ = value, *this; }
    /// Sets the number of offsets that each vgroup keeps: append(), insert() and advance_log() remove older
    /// entries as truncate_log() does. Range: at least 1. Default: all.
    topic_options& retention(std::int64_t entries) { return retention_ = entries, *this; }

    const std::string& name() const noexcept { return name_; }
    const std::string& database() const noexcept { return database_; }
    topic_kind kind() const noexcept { return kind_; }
    std::int32_t vgroups() const noexcept { return vgroups_; }
    std::optional<std::int32_t> first_vgroup_id() const noexcept { return first_vgroup_id_; }
    time_precision precision() const noexcept { return precision_; }
    bool with_meta() const noexcept { return with_meta_; }
    std::optional<std::int64_t> retention() const noexcept { return retention_; }

  private:
    std::string name_;
    std::string database_ = "test";
    topic_kind kind_ = topic_kind::select;
    std::int32_t vgroups_ = 1;
    std::optional<std::int32_t> first_vgroup_id_;
    time_precision precision_ = time_precision::milliseconds;
    bool with_meta_ = true;
    std::optional<std::int64_t> retention_;
};

enum class tls_version { v1_0, v1_1, v1_2, v1_3 };

/// Options of the server. Every setter returns the object itself.
class embedded_server_options {
  public:
    embedded_server_options() = default;

    /// Sets the TCP port on 127.0.0.1; 0 takes a free one. Default: 0.
    embedded_server_options& port(std::uint16_t value) { return port_ = value, *this; }
    /// Sets the version to report, whose behaviour the server also has if versions differ. Default:
    /// "3.3.5.8".
    embedded_server_options& version(std::string value) { return version_ = std::move(value), *this; }
    /// Sets the adapters ("host:port") that subscribe lists if it asks for list_instances; servers do so from
    /// 3.4 on. Default: this server alone.
    embedded_server_options& instances(std::vector<std::string> value) {
        return instances_ = std::move(value), *this;
    }
    /// Sets the duration of a subscribe. Default: 0; a real server needs 0.5 to 2.5 s.
    embedded_server_options& subscribe_time(std::chrono::milliseconds value) {
        return subscribe_time_ = value, *this;
    }
    /// Sets the duration of a rebalance. For that long after members got vgroups (including a subscribe that
    /// gets some), assignment answers 0x4001 to all members of the group, and their polls return nothing.
    /// Default: 0; a real server needs about 1 s.
    embedded_server_options& rebalance_time(std::chrono::milliseconds value) {
        return rebalance_time_ = value, *this;
    }
    /// Sets the time after a subscribe in which assignment knows no offsets: offset, begin and end are -1.
    /// Default: 0.
    embedded_server_options& settle_time(std::chrono::milliseconds value) {
        return settle_time_ = value, *this;
    }
    /// Sets how long a member stays in its group after its connection is lost without an unsubscribe, also by
    /// stop(). This is the behaviour of an adapter that dies, when session.timeout.ms has to pass. A
    /// rebalance leaves the member its share of the vgroups, and a joining member gets no more than its own.
    /// Default: 0, it leaves at once, as when an adapter sees the socket close.
    embedded_server_options& keep_dead_members(std::chrono::milliseconds value) {
        return keep_dead_members_ = value, *this;
    }
    /// Sets how many rows are enough for a message that a poll gathers from the entries of insert(). Since
    /// 3.3.6 a subscriber's min.poll.rows wins. Range: at least 1. Default: 4096, as in a real server.
    embedded_server_options& rows_per_poll(std::size_t count) { return rows_per_poll_ = count, *this; }
    /// Sets how many entries without rows each subscribe of a new consumer writes to every vgroup of its
    /// topics. Default: 0; a real server writes some.
    embedded_server_options& log_growth(std::int64_t entries) { return log_growth_ = entries, *this; }
    /// Sets how many entries without rows a commit writes to the vgroup's log, unless the offset is committed
    /// already. Default: 0; a real server writes one.
    embedded_server_options& commit_growth(std::int64_t entries) { return commit_growth_ = entries, *this; }
    /// Makes the members of a server that dies (stop()) keep their vgroups for their own session.timeout.ms,
    /// regardless of keep_dead_members, as when a real adapter dies. A member whose connection is lost while
    /// the server lives is not affected. Default: false.
    embedded_server_options& keep_dead_members_by_session_timeout(bool value) {
        return keep_dead_by_session_timeout_ = value, *this;
    }
    /// Sets the interval of pings, counted from the opening of the connection; 0 = never. Default: 54 s, as a
    /// real server.
    embedded_server_options& ping_interval(std::chrono::milliseconds value) {
        return ping_interval_ = value, *this;
    }
    /// Sets the silence after which a connection is dropped without a close frame: no message and no pong;
    /// pings do not count. Its member then leaves its group. 0 = never. Default: 114 s, as a real server.
    embedded_server_options& idle_timeout(std::chrono::milliseconds value) {
        return idle_timeout_ = value, *this;
    }
    /// Gives polls the pace of a real server (10 ms): libtaos does not ask a vgroup again for that long after
    /// it had nothing. From 3.4 on a waiting poll asks it again then; before 3.4 only the next poll does, or
    /// a timer once a second. A query topic's poll that 3.3.5 holds is answered at once in any case. Default:
    /// 0, a waiting poll sees new entries at once.
    embedded_server_options& poll_pace(std::chrono::milliseconds value) { return poll_pace_ = value, *this; }
    /// Before 3.4: every `count`-th `assignment` that asks the vnodes kills the adapter, as a real adapter
    /// dies when it counts the answers too early. All connections break; new ones can be opened. Default: 0,
    /// never.
    embedded_server_options& assignment_crash(std::uint64_t count) {
        return assignment_crash_ = count, *this;
    }
    /// Sets user and password. Default: "root", "taosdata".
    embedded_server_options& credentials(std::string user, std::string password) {
        user_ = std::move(user);
        password_ = std::move(password);
        return *this;
    }
    /// Accepts permessage-deflate if a client offers it. Messages are then sent compressed, in fragments of
    /// at most 4 KiB. Default: true.
    embedded_server_options& compression(bool value) { return compression_ = value, *this; }
    /// Serves wss:// instead of ws://. Both texts are PEM: the server's own certificate first, then those
    /// that link it to the CA; the key without a password. Default: no TLS.
    embedded_server_options& tls(std::string certificate_chain, std::string private_key) {
        certificate_chain_ = std::move(certificate_chain);
        private_key_ = std::move(private_key);
        return *this;
    }
    /// Requires a certificate from every client, issued by one of these CAs (PEM). Default: none.
    embedded_server_options& client_ca(std::string pem) { return client_ca_ = std::move(pem), *this; }
    /// Sets the TLS versions. Below 1.2 the server also accepts the weak ciphers and signatures of those
    /// versions. Default: 1.2 to 1.3.
    embedded_server_options& tls_versions(tls_version lowest, tls_version highest) {
        lowest_tls_ = lowest;
        highest_tls_ = highest;
        return *this;
    }

    std::uint16_t port() const noexcept { return port_; }
    const std::string& version() const noexcept { return version_; }
    const std::vector<std::string>& instances() const noexcept { return instances_; }
    std::chrono::milliseconds subscribe_time() const noexcept { return subscribe_time_; }
    std::chrono::milliseconds rebalance_time() const noexcept { return rebalance_time_; }
    std::chrono::milliseconds settle_time() const noexcept { return settle_time_; }
    std::chrono::milliseconds keep_dead_members() const noexcept { return keep_dead_members_; }
    std::size_t rows_per_poll() const noexcept { return rows_per_poll_; }
    std::int64_t log_growth() const noexcept { return log_growth_; }
    std::int64_t commit_growth() const noexcept { return commit_growth_; }
    bool keep_dead_members_by_session_timeout() const noexcept { return keep_dead_by_session_timeout_; }
    std::chrono::milliseconds ping_interval() const noexcept { return ping_interval_; }
    std::chrono::milliseconds idle_timeout() const noexcept { return idle_timeout_; }
    std::chrono::milliseconds poll_pace() const noexcept { return poll_pace_; }
    std::uint64_t assignment_crash() const noexcept { return assignment_crash_; }
    const std::string& user() const noexcept { return user_; }
    const std::string& password() const noexcept { return password_; }
    bool compression() const noexcept { return compression_; }
    bool uses_tls() const noexcept { return !certificate_chain_.empty(); }
    const std::string& certificate_chain() const noexcept { return certificate_chain_; }
    const std::string& private_key() const noexcept { return private_key_; }
    const std::string& client_ca() const noexcept { return client_ca_; }
    tls_version lowest_tls() const noexcept { return lowest_tls_; }
    tls_version highest_tls() const noexcept { return highest_tls_; }

  private:
    std::uint16_t port_ = 0;
    std::string version_ = "3.3.5.8";
    std::vector<std::string> instances_;
    std::chrono::milliseconds subscribe_time_{0};
    std::chrono::milliseconds rebalance_time_{0};
    std::chrono::milliseconds settle_time_{0};
    std::chrono::milliseconds keep_dead_members_{0};
    std::size_t rows_per_poll_ = 4096;
    std::int64_t log_growth_ = 0;
    std::int64_t commit_growth_ = 0;
    bool keep_dead_by_session_timeout_ = false;
    std::chrono::milliseconds ping_interval_{54'000};
    std::chrono::milliseconds idle_timeout_{114'000};
    std::chrono::milliseconds poll_pace_{0};
    std::uint64_t assignment_crash_ = 0;
    std::string user_ = "root";
    std::string password_ = "taosdata";
    bool compression_ = true;
    std::string certificate_chain_;
    std::string private_key_;
    std::string client_ca_;
    tls_version lowest_tls_ = tls_version::v1_2;
    tls_version highest_tls_ = tls_version::v1_3;
};

/// One value of a row under construction.
/// *Lifetime*: a view; strings and bytes must outlive it.
class cell {
  public:
    enum class kind { null, boolean, signed_integer, unsigned_integer, floating, decimal, time, text, bytes };

    cell() noexcept = default;
    cell(std::nullptr_t) noexcept {}
    cell(std::nullopt_t) noexcept {}
    cell(bool value) noexcept : kind_(kind::boolean), integer_(value ? 1 : 0) {}
    template <std::signed_integral T>
    cell(T value) noexcept
        : kind_(kind::signed_integer),
          integer_(static_cast<std::uint64_t>(static_cast<std::int64_t>(value))) {}
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    cell(T value) noexcept : kind_(kind::unsigned_integer), integer_(value) {}
    template <std::floating_point T>
    cell(T value) noexcept : kind_(kind::floating), floating_(static_cast<double>(value)) {}
    cell(const tmq::decimal& value) noexcept : kind_(kind::decimal), decimal_(value) {}
    cell(const timestamp& value) noexcept
        : kind_(kind::time), integer_(static_cast<std::uint64_t>(value.ticks())) {}
    cell(std::string_view value) noexcept : kind_(kind::text), text_(value) {}
    cell(const std::string& value) noexcept : cell(std::string_view(value)) {}
    cell(const char* value) noexcept : cell(std::string_view(value)) {}
    cell(bytes_view value) noexcept
        : kind_(kind::bytes), text_(reinterpret_cast<const char*>(value.data()), value.size()) {}
    cell(const std::vector<std::byte>& value) noexcept : cell(bytes_view(value)) {}
    template <class T>
    cell(const std::optional<T>& value) noexcept : cell(value ? cell(*value) : cell()) {}

    kind what() const noexcept { return kind_; }
    bool is_null() const noexcept { return kind_ == kind::null; }
    std::uint64_t integer() const noexcept {
        return integer_;
    }  ///< two's complement; timestamps as their ticks
    double floating() const noexcept { return floating_; }
    const tmq::decimal& decimal() const noexcept { return decimal_; }
    std::string_view text() const noexcept { return text_; }  ///< of text and bytes

  private:
    kind kind_ = kind::null;
    std::uint64_t integer_ = 0;
    double floating_ = 0;
    tmq::decimal decimal_;
    std::string_view text_;
};

/// Builds one block of rows as the server sends them. Declare the columns first, then add rows.
/// Every type that a server sends can be built: NCHAR from UTF-8, GEOMETRY from WKB, DECIMAL from
/// tmq::decimal, integers or text ("-123.45"), JSON from the text of a value or of an object without arrays
/// and objects inside, as tags have them.
/// *Throws* std::invalid_argument for values that cannot be encoded.
class block_builder {
  public:
    explicit block_builder(time_precision precision = time_precision::milliseconds) : precision_(precision) {}

    /// Sets the name of the child table; it is not sent for topics of kind select.
    block_builder& table(std::string name);
    /// Declares a column. `length` is the declared length of variable types, in bytes, for NCHAR in
    /// characters. It is written to the schema and limits the values. JSON and BLOB (up to 4 MiB with 4 bytes
    /// of header) have none. Default: 64.
    block_builder& column(std::string name, data_type type, std::int32_t length = 64);
    /// Declares a DECIMAL column of `precision` digits, `scale` of them after the point. Up to 18 digits it
    /// is the 64-bit type. Values must fit exactly: digits that would be cut off are refused. Range of
    /// `precision`: 1 to 38.
    block_builder& decimal_column(std::string name, std::uint8_t precision, std::uint8_t scale);

    /// Adds one whole row. Integers are checked against the range of the column's type; timestamps are taken
    /// as ticks in the unit of the block.
    template <class... Cells>
    block_builder& row(const Cells&... cells) {
        const cell values[] = {cell(cells)...};
        return add_row(values);
    }
    block_builder& add_row(std::span<const cell> cells);
    /// Removes the rows and keeps table, columns and memory.
    void clear_rows() noexcept;

    std::size_t rows() const noexcept { return rows_; }
    time_precision precision() const noexcept { return precision_; }
    const std::string& table_name() const noexcept { return table_; }

    /// A column as it is sent, without the null bitmap.
    struct column_data {
        std::string name;
        data_type type = data_type::null;
        std::int32_t bytes = 0;  ///< as in the schema: width, or the longest variable value with its header
        std::uint8_t precision = 0;  ///< digits of a DECIMAL
        std::uint8_t scale = 0;      ///< digits of a DECIMAL after the point
        std::vector<std::uint8_t>
            values;  ///< fixed types: rows x width; variable types: length-prefixed values
        std::vector<std::int32_t> offsets;  ///< variable types: start of each value, -1 = null
        std::vector<bool> nulls;            ///< fixed types
    };
    const std::vector<column_data>& columns() const noexcept { return columns_; }

  private:
    column_data& add_column(std::string name, data_type type);

    time_precision precision_;
    std::string table_;
    std::vector<column_data> columns_;
    std::size_t rows_ = 0;
};

/// One row of a smart meter.
struct meter_row {
    timestamp ts;
    float current = 0;
    std::int32_t voltage = 0;
    float phase = 0;
    std::int32_t groupid = 0;
    std::optional<std::string> location;
};

/// An endless stream of smart meter rows, the same for the same seed, table count and null_every. Row i
/// belongs to child table i % tables() and has the time start + i ms. Columns: ts TIMESTAMP, current FLOAT,
/// voltage INT, phase FLOAT, groupid INT, location VARCHAR(64).
class meter_source {
  public:
    /// Creates the stream. `tables` is the number of child tables, at least 1. `null_every`: location is null
    /// in every row whose index is a multiple of it; 0 = never.
    explicit meter_source(std::uint64_t seed = 1, std::uint32_t tables = 4, std::uint64_t null_every = 0);

    /// Returns row number `index`, its time in milliseconds.
    meter_row row(std::uint64_t index) const;
    /// Returns the index of the row that has this time. Only for times of this stream.
    static std::uint64_t index_of(const timestamp& ts) noexcept;

    std::uint32_t tables() const noexcept { return tables_; }
    std::uint32_t table_of(std::uint64_t index) const noexcept {
        return static_cast<std::uint32_t>(index % tables_);
    }
    /// Returns the name of a child table: "d0", "d1", ...
    static std::string table_name(std::uint32_t table);

    /// Returns an empty block with the columns of a meter.
    block_builder make_block(std::uint32_t table,
                             time_precision precision = time_precision::milliseconds) const;
    /// Adds row `index` to a block made by make_block().
    void add_row(block_builder& block, std::uint64_t index) const;

  private:
    std::uint64_t seed_;
    std::uint32_t tables_;
    std::uint64_t null_every_;
};

/// A misbehaviour of the server. It is applied to requests of one action (default: any): the first `skip` of
/// them pass, then it strikes `times` times (default 1).
/// The faults close, reset, stall, delay, garbage_text, garbage_binary, raw_bytes and partial can also be
/// applied to on("connect"), a connection that was just accepted, before TLS, and to on("upgrade"), the HTTP
/// request that opens a WebSocket. Two more apply to on("upgrade"): error_reply answers it with its code as
/// the HTTP status, and wrong_accept with a false key. Garbage is sent without a frame there, and the stream
/// ends after it. Faults without an action affect neither.
class fault {
  public:
    enum class kind {
        close,
        reset,
        stall,
        garbage_text,
        garbage_binary,
        error_reply,
        wrong_req_id,
        delay,
        replace_binary,
        wrong_action,
        text_for_binary,
        binary_for_text,
        partial,
        raw_bytes,
        duplicate,
        withhold,
        wrong_accept,
        replace_text,
        leave_out_vgroup
    };
    /// Ways to continue after the first bytes of a reply: the end of the stream, RST, or silence forever.
    enum class ending { close, reset, stall };

    /// Closes the WebSocket with a close frame.
    static fault close(std::uint16_t code = 1001, std::string reason = {});
    /// Breaks the TCP connection with RST.
    static fault reset();
    /// Never answers.
    static fault stall();
    /// Answers with this text.
    static fault garbage_text(std::string text = "this is not JSON");
    /// Answers with these bytes.
    static fault garbage_binary(std::vector<std::byte> bytes = std::vector<std::byte>(16));
    /// Answers with an error in the form that the action has for it.
    static fault error_reply(std::uint32_t code, std::string text);
    /// Carries the request out and answers with an id one higher than that of the request.
    static fault wrong_req_id();
    /// Carries the request out and delays the reply; other replies may overtake it.
    static fault delay(std::chrono::milliseconds time);
    /// Carries the request out and sends these bytes instead of a binary reply. Replies in text stay
    /// unchanged.
    static fault replace_binary(std::vector<std::byte> bytes);
    /// Carries the request out and answers under another action's name; a fetch_raw_data reply gets the
    /// action number of a query. Replies of fetch_block and fetch_raw, which name no action, stay unchanged.
    static fault wrong_action(std::string name = "version");
    /// Carries the request out and confirms it in text instead of a binary reply. Replies in text stay
    /// unchanged.
    static fault text_for_binary();
    /// Carries the request out and, instead of a text reply, sends a fetch_raw_data reply with the request's
    /// id and no bytes of a message. Binary replies stay unchanged.
    static fault binary_for_text();
    /// Carries the request out and sends the first `bytes` bytes of the reply's frame, header included; then
    /// `next`.
    static fault partial(std::size_t bytes, ending next = ending::close);
    /// Sends these bytes without a frame around them. The connection stays open.
    static fault raw_bytes(std::vector<std::byte> bytes);
    /// Carries the request out and sends the reply twice.
    static fault duplicate();
    /// Carries the request out and holds the reply until `count` further replies have left the connection, or
    /// forever if they never do. Garbage and errors instead of a reply count as one, a reply that is sent
    /// twice as two.
    static fault withhold(std::size_t count = 1);
    /// Answers the upgrade with a false key, as if it were another upgrade.
    static fault wrong_accept();
    /// Carries the request out and replaces the first `part` of a text reply with `replacement`. Replies
    /// without it, and binary ones, stay unchanged.
    static fault replace_text(std::string part, std::string replacement);
    /// For assignment, before 3.4: carries the request out and leaves this vgroup out of the reply, as real
    /// servers do now and then. A reply that libtaos gives from its memory stays unchanged.
    static fault leave_out_vgroup(std::int32_t vgroup);

    fault& on(std::string action) { return action_ = std::move(action), *this; }
    fault& skip(std::size_t count) { return skip_ = count, *this; }
    fault& times(std::size_t count) { return times_ = count, *this; }
    /// For close, reset, stall, garbage, raw_bytes and error_reply: carries the request out although its
    /// reply is lost. Default: false.
    fault& carry_out(bool value = true) { return carried_out_ = value, *this; }

    kind what() const noexcept { return kind_; }
    const std::string& action() const noexcept { return action_; }
    std::size_t skip() const noexcept { return skip_; }
    std::size_t times() const noexcept { return times_; }
    bool carried_out() const noexcept { return carried_out_; }
    std::uint32_t code() const noexcept { return code_; }
    const std::string& text() const noexcept { return text_; }
    const std::vector<std::byte>& bytes() const noexcept { return bytes_; }
    std::chrono::milliseconds time() const noexcept { return time_; }
    std::size_t size() const noexcept { return size_; }
    ending after() const noexcept { return ending_; }
    const std::string& other_text() const noexcept { return other_text_; }
    std::int32_t vgroup() const noexcept { return vgroup_; }

  private:
    explicit fault(kind value) : kind_(value) {}

    kind kind_;
    std::string action_;
    std::size_t skip_ = 0;
    std::size_t times_ = 1;
    bool carried_out_ = false;
    std::uint32_t code_ = 0;
    std::string text_;
    std::vector<std::byte> bytes_;
    std::chrono::milliseconds time_{0};
    std::size_t size_ = 0;
    ending ending_ = ending::close;
    std::string other_text_;
    std::int32_t vgroup_ = 0;
};

/// A message that a poll has found.
struct announced_message {
    std::string group;
    std::string topic;
    std::int32_t vgroup = 0;
    std::int32_t message_type = 0;  ///< 1 data, 2 metadata, 3 both, 4 raw data
    std::int64_t offset = 0;  ///< as in the reply: the position of the reader for data, the end for metadata,
                              ///< -2147467258 for a snapshot
    std::uint64_t count = 0;  ///< of messages since on_message() was called, this one included: 1, 2, 3, ...
};

/// A stand-in for taosd and taosAdapter inside this process, for demos, tests and benchmarks. It answers the
/// TMQ protocol at ws:// or wss://127.0.0.1:PORT/rest/tmq, with topics, vgroups, consumer groups and offsets,
/// and misbehaves on demand. It keeps everything in memory. Every poll answered after a call sees what the
/// call appended.
/// *Threads*: all members may be called from any thread.
class embedded_server {
  public:
    /// Listens and serves in a thread of its own.
    /// *Throws* boost::system::system_error if the port is not available; std::invalid_argument if an option
    /// is out of its range, or the certificate or the key cannot be used.
    explicit embedded_server(embedded_server_options options = {});
    ~embedded_server();
    embedded_server(const embedded_server&) = delete;
    embedded_server& operator=(const embedded_server&) = delete;

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
    /// number of messages added. A message that the log has already is left out. The file has one JSON object
    /// per line: dir, text or hex, and connection if there were several. The messages are served byte for
    /// byte.
    /// *Throws* std::runtime_error for a file that cannot be read.
    std::size_t load_transcript(const std::string& path);

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

/// Appends rows first_index .. first_index + rows - 1 of `source`. Each table is in one vgroup of the topic.
/// A block holds up to `rows_per_block` rows of one table, a message up to `blocks_per_message` blocks of one
/// vgroup.
void append_meters(embedded_server& server, std::string_view topic, const meter_source& source,
                   std::uint64_t first_index, std::uint64_t rows, std::size_t rows_per_block = 100,
                   std::size_t blocks_per_message = 1);

}  // namespace tmq
