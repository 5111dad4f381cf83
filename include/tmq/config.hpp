#pragma once

#include "tmq/endpoint.hpp"
#include "tmq/event.hpp"
#include "tmq/fetch_mode.hpp"
#include "tmq/log.hpp"
#include "tmq/tls_options.hpp"
#include "tmq/traffic.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq {

/// Where a consumer group starts in a vgroup for which it has committed nothing.
enum class offset_reset : std::uint8_t {
    latest,    ///< only rows that arrive after the subscription: the server's default
    earliest,  ///< everything that is still in the log
    none,      ///< an error from poll
};

/// When a message counts as finished, so that auto commit may commit it.
enum class acknowledge_mode : std::uint8_t {
    by_poll,  ///< a message counts as finished when the application polls again (default)
    by_hand,  ///< only when consumer::acknowledge says so, in any order
};

/// Settings of a consumer. Setters validate at once and throw tmq::error (errc::invalid_argument,
/// errc::invalid_url), so a consumer never sends what the server would refuse or hang on; a refused call
/// changes nothing. No error text shows a password, token or key. Every setting also has a name for set():
/// docs/configuration.md has them all. A plain value; the consumer keeps its own copy.
///
/// Durations without another range: from 1 ms; more than a year counts as a year.
class config {
  public:
    using milliseconds = std::chrono::milliseconds;

    config();
    /// `ws://[user:password@]host[:port][,host[:port]...][/path][?key=value&...]`, for example
    /// "ws://root:taosdata@localhost:6041?group.id=meters"; wss:// for TLS. The port is 6041 and the path
    /// /rest/tmq unless given; keys are those of set(), in any order. Percent-escapes are decoded. The
    /// connectors' taos+ws://, tmq+ws:// and taosws:// (and wss) mean the same; a path in them is the
    /// database.
    explicit config(std::string_view url);
    static config from_url(std::string_view url) { return config(url); }
    /// From pairs of key and value, as set() takes them: a std::map, or any range of pairs of strings. Their
    /// order does not matter: a whole address (ws.url, bootstrap.servers) comes before its parts
    /// (td.connect.ip, td.connect.port), which win. A setting under two of its names is refused.
    template <class Properties = std::map<std::string, std::string>>
    static config from_properties(const Properties& properties) {
        property_list list;
        for (const auto& [key, value] : properties)
            list.emplace_back(key, value);
        config settings;
        settings.apply(list, source::properties);
        return settings;
    }
    // Copied, never moved from: what is left is always a usable configuration.
    config(const config&) = default;
    config& operator=(const config&) = default;
    ~config() = default;

    /// The whole address, in the form the constructor takes: hosts, port, path and TLS go back to their
    /// defaults unless given.
    config& url(std::string_view url);
    /// One taosAdapter, at the port set before.
    config& host(std::string_view host);
    /// Port of every endpoint.
    config& port(std::uint16_t port);
    /// One or more taosAdapters of one cluster: a connection is made to the first that answers. The first
    /// connection starts at a random one of them, later ones at the next in turn.
    config& endpoints(std::vector<endpoint> endpoints);
    /// Default root / taosdata, as the server has after installation.
    config& credentials(std::string_view user, std::string_view password);
    /// Token of TDengine Cloud, sent as `?token=` with the upgrade.
    config& cloud_token(std::string_view token);
    /// Bearer token instead of the password; servers from 3.4, Enterprise edition.
    config& bearer_token(std::string_view token);
    /// Database to connect to. Topics do not need one.
    config& database(std::string_view name);

    /// Whether the connection is made over TLS; as wss:// does. Default false.
    config& tls(bool on);
    /// How TLS is done where it is on; does not switch it on.
    config& tls_settings(tls_options settings);
    /// Asks the server to compress (permessage-deflate). Default false.
    config& compression(bool on);

    /// Required. 1 to 192 bytes, without ':' (older servers never answer a subscribe with one).
    config& group_id(std::string_view id);
    /// Name of this consumer in the server's views. At most 255 bytes; default "tmq".
    config& client_id(std::string_view id);
    /// Name of the application in the server's views. At most 23 bytes; default the name of the program, cut
    /// to them.
    config& app(std::string_view name);
    /// Time zone of the connection, for example "Europe/Berlin". Default the server's.
    config& timezone(std::string_view name);
    /// Default latest, as the server's own.
    config& start_at(offset_reset reset);
    /// How long the server keeps a silent consumer in its group: 6 s to 30 min; 0 = the server's default (12
    /// s).
    config& session_timeout(milliseconds timeout);
    /// How often libtaos in the adapter reports to the server: 1 s to less than the session timeout; 0 = the
    /// server's default (3 s).
    config& heartbeat_interval(milliseconds interval);
    /// How long the server waits for the next poll before it evicts the consumer: 1 s and more; 0 = the
    /// server's default (5 min).
    config& max_poll_interval(milliseconds interval);
    /// Commits every auto_commit_interval, and on close and unsubscribe, what the application has finished
    /// with: a message counts as finished when the application polls again, commits it, or closes. Done by
    /// the client: the server is always told not to. Default true.
    config& auto_commit(bool on);
    /// Default 5 s.
    config& auto_commit_interval(milliseconds interval);
    /// When a message counts as finished. Default by_poll.
    config& acknowledge(acknowledge_mode mode);
    /// How often it is checked which vgroups are read by this consumer: from 100 ms, 0 = only when something
    /// hints at a change; default 5 s.
    config& assignment_interval(milliseconds interval);

    // What the server sends. Not sent unless set: the server's default holds, which is off.

    /// Whether rows come with the names of their tables.
    config& with_table_name(bool on);
    /// Reads the tables before the log. Offsets then are no places in the log.
    config& snapshot(bool on);
    /// Sends rows in the rhythm in which they were written; query topics of one vgroup.
    config& replay(bool on);
    /// Several changes of tables in one message.
    config& batch_meta(bool on);
    /// Other than 0: without rows that were written by replication (taosX).
    config& consume_excluded(std::int32_t excluded);
    /// Raw data messages, for replication: they are passed through, not read. Servers from 3.3.6.
    config& raw_data(bool on);
    /// A commit also keeps the server from removing the log behind it; one mark for all groups of a vgroup.
    /// Servers from 3.4.
    config& wal_marker(bool on);

    /// How long the server gathers rows for one message: 1 ms and more; 0 = the server's default (1 s).
    /// Servers from 3.3.6.
    config& fetch_max_wait(milliseconds wait);
    /// How many rows the server gathers for one message: 1 and more; 0 = the server's default (4096). Servers
    /// from 3.3.6.
    config& min_poll_rows(std::uint32_t rows);
    /// How messages are fetched. Default automatic.
    config& fetch_with(fetch_mode mode);
    /// How many messages are read while the application works on another: 0 to 1024; with 0 a request leaves
    /// only inside poll. Default 1. When a vgroup moves to another member, at most that many and one more are
    /// delivered although they come there too.
    config& prefetch(std::size_t messages);
    /// How many bytes are read ahead at most, beyond the first message: 64 KiB to 4 GiB, default 64 MiB.
    config& prefetch_bytes(std::uint64_t bytes);

    /// A lost connection is made again, and reading goes on behind the last message that poll delivered.
    /// Default true; with false the loss is an error, and subscribe() makes a new connection.
    config& reconnect(bool on);
    /// How many attempts are made before the loss is an error: 0 to 2147483647; 0 = none, 2147483647 (the
    /// default) = no limit. An attempt is one round over all endpoints. The first starts at once, each
    /// further one after its wait.
    config& reconnect_retries(std::uint32_t retries);
    static constexpr std::uint32_t unlimited_retries = 2'147'483'647;
    /// The time after a loss within which attempts are made, before the loss is an error: from 1 ms; 0 (the
    /// default) = no limit. The attempt that is under way then is the last one.
    config& reconnect_for(milliseconds time);
    /// The first wait, before the second attempt. Default 2 s.
    config& reconnect_interval(milliseconds interval);
    /// Each wait is that many times the one before: 1 to 100, default 2.
    config& reconnect_factor(double factor);
    /// The longest wait, unless reconnect_interval is longer. Default 30 s.
    config& reconnect_max_interval(milliseconds interval);
    /// Every wait is changed at random by at most this part of it, so that consumers do not come back all at
    /// once: 0 to 1, default 0.2.
    config& reconnect_jitter(double part);
    /// Whether subscribe() itself tries again, as often, when the first connection fails. Default false.
    config& reconnect_at_start(bool on);
    /// Whether the server is asked for the addresses of its other adapters, which are then tried as well
    /// after a loss; the login goes to them too. Default false. Servers from 3.4.
    config& list_instances(bool on);

    /// For name resolution, and again for the TCP connection to each address. Default 10 s.
    config& connect_timeout(milliseconds timeout);
    /// For the TLS handshake, and again for the WebSocket upgrade. Default 10 s.
    config& handshake_timeout(milliseconds timeout);
    /// For the reply to one request, beyond the time the server was asked to wait. A missed one ends the
    /// connection. A reply that is arriving is waited for as long as the payload of its message grows by 64
    /// KiB in each such time, in whatever pieces; pings, frame headers and empty fragments do not count.
    /// Default 30 s.
    config& request_timeout(milliseconds timeout);
    /// For a request to leave: a server that stops reading for so long loses the connection. Default 10 s.
    config& write_timeout(milliseconds timeout);
    /// The longest silence of the server; a ping goes out after half of it. From 100 ms, 0 = any silence;
    /// default 60 s.
    config& idle_timeout(milliseconds timeout);
    /// For close(), its last commit included; and for the last commit of unsubscribe(). Default 2 s.
    config& close_timeout(milliseconds timeout);
    /// The longest the server is asked to wait for data in one request. A longer poll is made of several, so
    /// that a commit gets in between: a waiting poll blocks every other request of the connection. 1 ms to 60
    /// s, default 500 ms.
    config& poll_slice(milliseconds slice);
    /// Larger messages end the connection with errc::message_too_big before memory is taken. 64 KiB to 4 GiB,
    /// default 256 MiB.
    config& max_message_size(std::uint64_t bytes);

    /// Where the log goes, and how much of it. Without this call, with log_level::off or without a sink there
    /// is none.
    config& log(log_level most_detailed, log_sink sink);

    /// Called for what happens without being asked for: connections, assignments, losses. Without this call,
    /// or with an empty handler, nothing is.
    config& on_event(event_handler handler);

    /// Called for every message of the conversation with the server, secrets included (see traffic.hpp).
    /// Without this call, or with an empty handler, nothing is.
    config& on_traffic(traffic_handler handler);

    /// Whether set(), from_properties() and the URL keep keys they do not know, and the subscription passes
    /// them on to the server, which refuses what it does not know either. Servers from 3.3.6; older ones
    /// ignore them. Default false: an unknown key is an error.
    config& allow_unknown_keys(bool allow);

    /// Sets a property by the name that TDengine's documentation or one of its connectors uses, written
    /// exactly as there: "group.id", "ws.url", "useSSL". Numbers are decimal digits, bools true, false, 1 or
    /// 0 in any case of letters. Throws errc::invalid_argument for a key that is not known, with the nearest
    /// that is. docs/configuration.md lists them.
    config& set(std::string_view key, std::string_view value);

    /// Checks what setters cannot, since it lies between settings: a group is set, the heartbeat is shorter
    /// than the session timeout, a client certificate has its key, the longest wait is not below the first.
    /// Throws tmq::error (errc::invalid_argument). The consumer calls it before it connects.
    void validate() const;

    const std::vector<endpoint>& endpoints() const noexcept { return endpoints_; }
    /// Of the first endpoint.
    const std::string& host() const noexcept { return endpoints_.front().host(); }
    std::uint16_t port() const noexcept { return endpoints_.front().port(); }
    const std::string& path() const noexcept { return path_; }
    const std::string& user() const noexcept { return user_; }
    const std::string& password() const noexcept { return password_; }
    const std::string& cloud_token() const noexcept { return cloud_token_; }
    const std::string& bearer_token() const noexcept { return bearer_token_; }
    const std::string& database() const noexcept { return database_; }
    bool tls() const noexcept { return tls_; }
    const tls_options& tls_settings() const noexcept { return tls_settings_; }
    bool compression() const noexcept { return compression_; }
    const std::string& group_id() const noexcept { return group_id_; }
    const std::string& client_id() const noexcept { return client_id_; }
    const std::string& app() const noexcept { return app_; }
    const std::string& timezone() const noexcept { return timezone_; }
    offset_reset start_at() const noexcept { return start_at_; }
    milliseconds session_timeout() const noexcept { return session_timeout_; }
    milliseconds heartbeat_interval() const noexcept { return heartbeat_interval_; }
    milliseconds max_poll_interval() const noexcept { return max_poll_interval_; }
    bool auto_commit() const noexcept { return auto_commit_; }
    milliseconds auto_commit_interval() const noexcept { return auto_commit_interval_; }
    acknowledge_mode acknowledge() const noexcept { return acknowledge_; }
    milliseconds assignment_interval() const noexcept { return assignment_interval_; }
    // Nothing where the setting was not made: `snapshot().value_or(false)` is whether it is on.
    std::optional<bool> with_table_name() const noexcept { return with_table_name_; }
    std::optional<bool> snapshot() const noexcept { return snapshot_; }
    std::optional<bool> replay() const noexcept { return replay_; }
    std::optional<bool> batch_meta() const noexcept { return batch_meta_; }
    std::optional<std::int32_t> consume_excluded() const noexcept { return consume_excluded_; }
    std::optional<bool> raw_data() const noexcept { return raw_data_; }
    std::optional<bool> wal_marker() const noexcept { return wal_marker_; }
    milliseconds fetch_max_wait() const noexcept { return fetch_max_wait_; }
    std::uint32_t min_poll_rows() const noexcept { return min_poll_rows_; }
    fetch_mode fetch_with() const noexcept { return fetch_with_; }
    std::size_t prefetch() const noexcept { return prefetch_; }
    std::uint64_t prefetch_bytes() const noexcept { return prefetch_bytes_; }
    bool reconnect() const noexcept { return reconnect_; }
    std::uint32_t reconnect_retries() const noexcept { return reconnect_retries_; }
    milliseconds reconnect_for() const noexcept { return reconnect_for_; }
    milliseconds reconnect_interval() const noexcept { return reconnect_interval_; }
    double reconnect_factor() const noexcept { return reconnect_factor_; }
    milliseconds reconnect_max_interval() const noexcept { return reconnect_max_interval_; }
    double reconnect_jitter() const noexcept { return reconnect_jitter_; }
    bool reconnect_at_start() const noexcept { return reconnect_at_start_; }
    bool list_instances() const noexcept { return list_instances_; }
    milliseconds connect_timeout() const noexcept { return connect_timeout_; }
    milliseconds handshake_timeout() const noexcept { return handshake_timeout_; }
    milliseconds request_timeout() const noexcept { return request_timeout_; }
    milliseconds write_timeout() const noexcept { return write_timeout_; }
    milliseconds idle_timeout() const noexcept { return idle_timeout_; }
    milliseconds close_timeout() const noexcept { return close_timeout_; }
    milliseconds poll_slice() const noexcept { return poll_slice_; }
    std::uint64_t max_message_size() const noexcept { return max_message_size_; }
    log_level log_detail() const noexcept { return log_detail_; }
    /// Empty when nothing is logged.
    const log_sink& log_target() const noexcept { return log_target_; }
    /// Empty when nothing is told.
    const event_handler& event_target() const noexcept { return event_target_; }
    /// Empty when nobody listens.
    const traffic_handler& traffic_target() const noexcept { return traffic_target_; }
    bool allow_unknown_keys() const noexcept { return allow_unknown_keys_; }
    /// The unknown keys that were allowed.
    const std::map<std::string, std::string, std::less<>>& extra_properties() const noexcept {
        return extra_properties_;
    }

  private:
    using property_list = std::vector<std::pair<std::string, std::string>>;
    enum class source : std::uint8_t { properties, query };
    void apply(const property_list& given, source from);
    void apply_one(std::string_view key, std::string_view value, std::string_view unknown_as);

    std::vector<endpoint> endpoints_;
    std::string path_ = "/rest/tmq";
    std::string user_ = "root";
    std::string password_ = "taosdata";
    std::string cloud_token_;
    std::string bearer_token_;
    std::string database_;
    bool tls_ = false;
    tls_options tls_settings_;
    bool compression_ = false;
    std::string group_id_;
    std::string client_id_ = "tmq";
    std::string app_;
    std::string timezone_;
    offset_reset start_at_ = offset_reset::latest;
    milliseconds session_timeout_{0};
    milliseconds heartbeat_interval_{0};
    milliseconds max_poll_interval_{0};
    bool auto_commit_ = true;
    milliseconds auto_commit_interval_{5'000};
    acknowledge_mode acknowledge_ = acknowledge_mode::by_poll;
    milliseconds assignment_interval_{5'000};
    std::optional<bool> with_table_name_;
    std::optional<bool> snapshot_;
    std::optional<bool> replay_;
    std::optional<bool> batch_meta_;
    std::optional<std::int32_t> consume_excluded_;
    std::optional<bool> raw_data_;
    std::optional<bool> wal_marker_;
    milliseconds fetch_max_wait_{0};
    std::uint32_t min_poll_rows_ = 0;
    fetch_mode fetch_with_ = fetch_mode::automatic;
    std::size_t prefetch_ = 1;
    std::uint64_t prefetch_bytes_ = std::uint64_t{64} << 20;
    bool reconnect_ = true;
    std::uint32_t reconnect_retries_ = unlimited_retries;
    milliseconds reconnect_for_{0};
    milliseconds reconnect_interval_{2'000};
    double reconnect_factor_ = 2;
    milliseconds reconnect_max_interval_{30'000};
    double reconnect_jitter_ = 0.2;
    bool reconnect_at_start_ = false;
    bool list_instances_ = false;
    milliseconds connect_timeout_{10'000};
    milliseconds handshake_timeout_{10'000};
    milliseconds request_timeout_{30'000};
    milliseconds write_timeout_{10'000};
    milliseconds idle_timeout_{60'000};
    milliseconds close_timeout_{2'000};
    milliseconds poll_slice_{500};
    std::uint64_t max_message_size_ = std::uint64_t{256} << 20;
    log_level log_detail_ = log_level::off;
    log_sink log_target_;
    event_handler event_target_;
    traffic_handler traffic_target_;
    bool allow_unknown_keys_ = false;
    std::map<std::string, std::string, std::less<>> extra_properties_;
};

}  // namespace tmq
