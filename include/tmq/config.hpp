#pragma once

#include "tmq/any_duration.hpp"
#include "tmq/endpoint.hpp"
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

/// Position at which a consumer group starts in a vgroup for which it has committed nothing.
enum class offset_reset : std::uint8_t {
    latest,    ///< only rows that arrive after the subscription: the server's default
    earliest,  ///< everything that is still in the log
    none,      ///< no position: poll fails
};

/// Condition under which a message counts as processed, so that auto commit may commit it.
enum class acknowledge_mode : std::uint8_t {
    by_poll,  ///< the application polls again (default)
    by_hand,  ///< the application calls consumer::acknowledge, in any order
};

/// Settings of a consumer. A plain value; the consumer keeps its own copy.
/// Setters validate at once, so a consumer never sends a value that the server would refuse or hang on. A
/// refused call changes nothing. Every setting also has a name for set(), listed in docs/configuration.md.
/// *Throws* (every setter) tmq::error with errc::invalid_argument or errc::invalid_url. No error text shows a
/// password, token or key.
/// Durations are any of std::chrono, rounded up to milliseconds. Without another range: from 1 ms; above a
/// year counts as a year.
class config {
  public:
    using milliseconds = std::chrono::milliseconds;

    config();
    /// Creates the settings from `ws://[user:password@]host[:port][,host[:port]...][/path][?key=value&...]`,
    /// for example "ws://root:taosdata@localhost:6041?group.id=meters". wss:// is TLS.
    /// Keys are those of set(), in any order. Percent-escapes are decoded. The connectors' taos+ws://,
    /// tmq+ws:// and taosws:// (and wss) mean the same; a path in them is the database.
    /// Default: port 6041, path /rest/tmq.
    explicit config(std::string_view url);
    static config from_url(std::string_view url) { return config(url); }
    /// Creates the settings from pairs of key and value, as set() takes them: a std::map, or any range of
    /// pairs of strings. Their order does not matter: a whole address (ws.url, bootstrap.servers) is applied
    /// before its parts (td.connect.ip, td.connect.port), so the parts win.
    /// *Throws* errc::invalid_argument for a setting under two of its names, and what set() throws.
    template <class Properties = std::map<std::string, std::string>>
    static config from_properties(const Properties& properties) {
        property_list list;
        for (const auto& [key, value] : properties)
            list.emplace_back(key, value);
        config settings;
        settings.apply(list, source::properties);
        return settings;
    }
    // Copied, never moved from: the source is always a usable configuration.
    config(const config&) = default;
    config& operator=(const config&) = default;
    ~config() = default;

    /// Sets the whole address, in the form that the constructor takes. Hosts, port, path and TLS return to
    /// their defaults unless given.
    config& url(std::string_view url);
    /// Sets one taosAdapter, at the port set before.
    config& host(std::string_view host);
    /// Sets the port of every endpoint. Range: 1 to 65535. Default: 6041.
    config& port(std::uint16_t port);
    /// Sets one or more taosAdapters of one cluster. The consumer connects to the first that answers. The
    /// first connection starts at a random one of them, later connections at the next in turn.
    config& endpoints(std::vector<endpoint> endpoints);
    /// Sets user and password. Default: root and taosdata, as the server has after installation.
    config& credentials(std::string_view user, std::string_view password);
    /// Sets the token of TDengine Cloud, sent as `?token=` with the upgrade.
    config& cloud_token(std::string_view token);
    /// Sets the bearer token to log in with instead of the password. Servers from 3.4, Enterprise edition.
    config& bearer_token(std::string_view token);
    /// Sets the database to connect to. Topics do not need one.
    config& database(std::string_view name);

    /// Connects over TLS, as wss:// does. Default: false.
    config& tls(bool enabled);
    /// Sets the certificates and checks of TLS; does not switch TLS on.
    config& tls_settings(tls_options settings);
    /// Asks the server to compress (permessage-deflate). Default: false.
    config& compression(bool enabled);

    /// Sets the consumer group. Required.
    /// Range: 1 to 192 bytes, without ':' (older servers never answer a subscribe with one).
    config& group_id(std::string_view id);
    /// Sets the name of this consumer in the server's views. Range: at most 255 bytes. Default: "tmq".
    config& client_id(std::string_view id);
    /// Sets the name of the application in the server's views.
    /// Range: at most 23 bytes. Default: the name of the program, cut to 23 bytes.
    config& app(std::string_view name);
    /// Sets the time zone of the connection, for example "Europe/Berlin". Default: the server's.
    config& timezone(std::string_view name);
    /// Sets the position at which a group starts that has committed nothing. Default: latest, the server's
    /// own.
    config& start_at(offset_reset reset);
    /// Sets how long the server keeps a silent consumer in its group.
    /// Range: 6 s to 30 min; 0 = the server's default (12 s). Default: 0.
    config& session_timeout(any_duration timeout);
    /// Sets the interval at which libtaos in the adapter reports to the server.
    /// Range: 1 s to less than the session timeout; 0 = the server's default (3 s). Default: 0.
    config& heartbeat_interval(any_duration interval);
    /// Sets how long the server waits for the next poll before it evicts the consumer.
    /// Range: 1 s and more, and more than poll_slice; 0 = the server's default (5 min). Default: 0.
    config& max_poll_interval(any_duration interval);
    /// Commits what the application has processed: every auto_commit_interval, on close and on unsubscribe. A
    /// message counts as processed when the application polls again, commits it, or closes. The client
    /// commits; the server is always asked not to. Default: true.
    config& auto_commit(bool enabled);
    /// Sets the interval of automatic commits. Default: 5 s.
    config& auto_commit_interval(any_duration interval);
    /// Sets the condition under which a message counts as processed. Default: by_poll.
    config& acknowledge(acknowledge_mode mode);
    /// Sets the interval at which the consumer checks its assignment.
    /// Range: from 100 ms; 0 = only when something hints at a change. Default: 5 s.
    config& assignment_interval(any_duration interval);

    // Contents of messages. A setting is sent only if it is set; otherwise the server's default holds: off.

    /// Asks for the table name with the rows.
    config& with_table_name(bool enabled);
    /// Reads the tables before the log. Offsets of snapshot messages are not positions in the log.
    config& snapshot(bool enabled);
    /// Sends rows in the rhythm in which they were written. Only for query topics of one vgroup.
    config& replay(bool enabled);
    /// Allows several table changes in one message.
    config& batch_meta(bool enabled);
    /// Excludes rows that were written by replication (taosX) if other than 0.
    config& consume_excluded(std::int32_t excluded);
    /// Asks for raw data messages, for replication: they are passed through, not read. Servers from 3.3.6.
    config& raw_data(bool enabled);
    /// Makes a commit also keep the server from removing the log after it. There is one mark for all groups
    /// of a vgroup. Servers from 3.4.
    config& wal_marker(bool enabled);

    /// Sets how long the server gathers rows for one message. Servers from 3.3.6.
    /// Range: 1 ms to 2147483647 ms; 0 = the server's default (1 s). Default: 0.
    config& fetch_max_wait(any_duration wait);
    /// Sets how many rows the server gathers for one message. Servers from 3.3.6.
    /// Range: 1 to 2147483647; 0 = the server's default (4096). Default: 0.
    config& min_poll_rows(std::uint32_t rows);
    /// Sets how messages are fetched. Default: automatic.
    config& fetch_with(fetch_mode mode);
    /// Sets how many messages are read ahead while the application processes another. With 0 a request is
    /// sent only inside poll. When a vgroup moves to another member, at most that many messages and one more
    /// are delivered here although they are delivered there too.
    /// Range: 0 to 1024. Default: 1.
    config& prefetch(std::size_t messages);
    /// Sets how many bytes are read ahead at most, beyond the first message. Range: 64 KiB to 4 GiB. Default:
    /// 64 MiB.
    config& prefetch_bytes(std::uint64_t bytes);

    /// Re-establishes a lost connection, and resumes after the last message that poll delivered. With false
    /// the loss is an error, and subscribe() opens a new connection. Default: true.
    config& reconnect(bool enabled);
    /// Sets how many attempts are made before the loss is an error. An attempt is one round over all
    /// endpoints. The first starts at once, each further one after its wait.
    /// Range: 0 (no attempt) to 2147483647 (no limit). Default: 2147483647.
    config& reconnect_retries(std::uint32_t retries);
    static constexpr std::uint32_t unlimited_retries = 2'147'483'647;
    /// Sets the time after a loss within which attempts are made, before the loss is an error. The attempt in
    /// progress at its end is the last one.
    /// Range: from 1 ms; 0 = no limit. Default: 0.
    config& reconnect_for(any_duration time);
    /// Sets the first wait, before the second attempt. Default: 2 s.
    config& reconnect_interval(any_duration interval);
    /// Sets the factor by which each wait is longer than the one before. Range: 1 to 100. Default: 2.
    config& reconnect_factor(double factor);
    /// Sets the longest wait, unless reconnect_interval is longer. Default: 30 s.
    config& reconnect_max_interval(any_duration interval);
    /// Sets the largest part of a wait by which it is changed at random, so that consumers do not all
    /// reconnect at once. Range: 0 to 1. Default: 0.2.
    config& reconnect_jitter(double part);
    /// Makes subscribe() retry, as often as after a loss, if the first connection fails. Default: false.
    config& reconnect_at_start(bool enabled);
    /// Asks the server for the addresses of its other adapters, which are then tried as well after a loss.
    /// The login is sent to them too. Servers from 3.4. Default: false.
    config& list_instances(bool enabled);

    /// Limits name resolution, and again the TCP connection to each address. Default: 10 s.
    config& connect_timeout(any_duration timeout);
    /// Limits the TLS handshake, and again the WebSocket upgrade. Default: 10 s.
    config& handshake_timeout(any_duration timeout);
    /// Limits the wait for the reply to one request, beyond the time that the server was asked to wait. A
    /// missed reply ends the connection. The wait for an arriving reply lasts as long as the payload of its
    /// message grows by 64 KiB in each such time, in whatever pieces. Pings, frame headers and empty
    /// fragments do not count.
    /// Default: 30 s.
    config& request_timeout(any_duration timeout);
    /// Limits the sending of a request: a server that stops reading for that long loses the connection.
    /// Default: 10 s.
    config& write_timeout(any_duration timeout);
    /// Limits the silence of the server; a ping is sent after half of it.
    /// Range: from 100 ms; 0 = any silence. Default: 60 s.
    config& idle_timeout(any_duration timeout);
    /// Limits close(), including its last commit, and the last commit of unsubscribe(). Default: 2 s.
    config& close_timeout(any_duration timeout);
    /// Sets the longest time for which one request asks the server to wait for data. A waiting poll blocks
    /// every other request of the connection, so a longer poll is cut into several, and a commit can be sent
    /// in between.
    /// Range: 1 ms to 60 s, and less than max_poll_interval. Default: 500 ms.
    config& poll_slice(any_duration slice);
    /// Limits the size of a message. A larger one ends the connection with errc::message_too_big before
    /// memory is allocated for it. Range: 64 KiB to 4 GiB. Default: 256 MiB.
    config& max_message_size(std::uint64_t bytes);

    /// Sets the sink of the log and its level of detail. Default: no log. log_level::off or an empty sink
    /// switches it off.
    config& log(log_level most_detailed, log_sink sink);

    /// Sets the handler of every message exchanged with the server (see traffic.hpp), and whether it gets
    /// passwords and tokens. Default: none. An empty handler receives nothing.
    config& on_traffic(traffic_handler handler, traffic_secrets secrets = traffic_secrets::hidden);

    /// Makes set(), from_properties() and the URL keep unknown keys, which the subscription passes on to the
    /// server. Servers from 3.3.6 refuse keys that they do not know; older ones ignore them. Default: false,
    /// an unknown key is an error.
    config& allow_unknown_keys(bool allow);

    /// Sets a property by the name that TDengine's documentation or one of its connectors uses, written
    /// exactly as there: "group.id", "ws.url", "useSSL". Names are listed in docs/configuration.md. Numbers
    /// are decimal digits; bools are true, false, 1 or 0 in any case of letters.
    /// *Throws* errc::invalid_argument for an unknown key; the error names the nearest known one.
    config& set(std::string_view key, std::string_view value);

    /// Checks the rules between settings: a group is set, the heartbeat is shorter than the session timeout,
    /// the poll slice is shorter than max_poll_interval, a client certificate and its key are set together,
    /// and a certificate or key is given either as a file or as text. The consumer calls it before it
    /// connects.
    /// *Throws* tmq::error (errc::invalid_argument).
    void validate() const;

    const std::vector<endpoint>& endpoints() const noexcept { return endpoints_; }
    /// Host and port of the first endpoint.
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
    // std::nullopt if the setting was not made: `snapshot().value_or(false)` is true if it is on.
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
    /// Empty if nothing is logged.
    const log_sink& log_target() const noexcept { return log_target_; }
    /// Empty if no handler is set.
    const traffic_handler& traffic_target() const noexcept { return traffic_target_; }
    bool traffic_shows_secrets() const noexcept { return traffic_secrets_ == traffic_secrets::shown; }
    bool allow_unknown_keys() const noexcept { return allow_unknown_keys_; }
    /// Returns the unknown keys that were allowed, with their values.
    const std::map<std::string, std::string, std::less<>>& extra_properties() const noexcept {
        return extra_properties_;
    }

  private:
    using property_list = std::vector<std::pair<std::string, std::string>>;
    enum class source : std::uint8_t { properties, query };
    void apply(const property_list& properties, source origin);
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
    traffic_handler traffic_target_;
    traffic_secrets traffic_secrets_ = traffic_secrets::hidden;
    bool allow_unknown_keys_ = false;
    std::map<std::string, std::string, std::less<>> extra_properties_;
};

}  // namespace tmq
