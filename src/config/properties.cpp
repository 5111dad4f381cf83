#include "config/endpoint_list.hpp"
#include "config/property.hpp"
#include "text/similar.hpp"
#include "tmq/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tmq::settings {
namespace {

using value = given_value;

constexpr std::string_view schemes[] = {"ws", "wss"};
constexpr std::string_view resets[] = {"latest", "earliest", "none"};
constexpr std::string_view acknowledgements[] = {"poll", "hand"};
constexpr std::string_view modes[] = {"automatic", "raw_data", "raw", "block"};

/// Changes one of the TLS options and keeps the others.
template <class Member>
void set_tls_option(config& c, Member member, std::string_view text) {
    tls_options changed = c.tls_settings();
    (changed.*member)(text);
    c.tls_settings(std::move(changed));
}
using tls_text = tls_options& (tls_options::*)(std::string_view);

void set_servers(config& c, const value& v) {
    endpoint_list list = parse_endpoints(v.text());
    if (!list.problem.empty()) v.refuse(fmt::format("is not a list of addresses: {}", list.problem));
    c.endpoints(std::move(list.endpoints));
}

constexpr std::string_view unknown = "Unknown keys";
constexpr std::string_view address = "Address and login";
constexpr std::string_view security = "TLS";
constexpr std::string_view group = "Consumer and group";
constexpr std::string_view content = "What the server sends";
constexpr std::string_view reading = "Reading";
constexpr std::string_view connection = "Connection";

constexpr bool secret = true;
constexpr bool shown = false;

// clang-format off
constexpr property table[] = {
    {unknown, "allow.unknown.keys", {}, form::boolean, nullptr, "", "false", "", shown,
     "Passes keys that are not in these tables on to the server; otherwise they are errors. Servers from 3.3.6 refuse keys that they do not know, older ones ignore them.",
     [](config& c, const value& v) { c.allow_unknown_keys(v.boolean()); }},

    {address, "ws.url", {"WS_URL"}, form::text, nullptr, "URL", "ws://localhost:6041", "", secret,
     "Complete address. Its query may hold any other key: `ws://root:taosdata@host:6041?group.id=g`. Use `wss://` for TLS, and commas between several hosts.",
     [](config& c, const value& v) { c.url(v.text()); }},
    {address, "bootstrap.servers", {}, form::text, nullptr, "host:port,...", "localhost:6041", "", shown,
     "One or more taosAdapters of one cluster. The default port is 6041.", set_servers},
    {address, "td.connect.ip", {}, form::text, nullptr, "name or address", "localhost", "", shown,
     "The only taosAdapter to connect to.", [](config& c, const value& v) { c.host(v.text()); }},
    {address, "td.connect.port", {}, form::number, &port, "", "6041", "", shown,
     "Port of every taosAdapter.", [](config& c, const value& v) { c.port(static_cast<std::uint16_t>(v.number())); }},
    {address, "td.connect.user", {}, form::text, nullptr, "", "root", "user", shown,
     "User name.", [](config& c, const value& v) { c.credentials(v.text(), c.password()); }},
    {address, "td.connect.pass", {}, form::text, nullptr, "", "taosdata", "password", secret,
     "Password.", [](config& c, const value& v) { c.credentials(c.user(), v.text()); }},
    {address, "token", {}, form::text, nullptr, "", "", "", secret,
     "Token of TDengine Cloud, sent as `?token=` with the upgrade.", [](config& c, const value& v) { c.cloud_token(v.text()); }},
    {address, "td.connect.token", {}, form::text, nullptr, "", "", "config", secret,
     "Bearer token to log in with instead of the password. Servers from 3.4, Enterprise edition.", [](config& c, const value& v) { c.bearer_token(v.text()); }},
    {address, "td.connect.db", {}, form::text, nullptr, "", "", "db", shown,
     "Database to connect to. Topics do not need one.", [](config& c, const value& v) { c.database(v.text()); }},

    {security, "tls", {"useSSL"}, form::boolean, nullptr, "", "false", "", shown,
     "Connects over TLS, as `wss://` does.", [](config& c, const value& v) { c.tls(v.boolean()); }},
    {security, "td.connect.websocket.scheme", {}, form::choice, nullptr, "ws or wss", "ws", "", shown,
     "Connects over TLS if `wss`. Overrides `tls`.", [](config& c, const value& v) { c.tls(v.choice(schemes) == 1); }},
    {security, "tls.ca.file", {}, form::text, nullptr, "path", "", "", shown,
     "File with the certificate authorities to trust (PEM), instead of those of the system.",
     [](config& c, const value& v) { set_tls_option(c, static_cast<tls_text>(&tls_options::ca_file), v.text()); }},
    {security, "tls.ca.pem", {}, form::text, nullptr, "PEM", "", "", shown,
     "The same as `tls.ca.file`, as text.", [](config& c, const value& v) { set_tls_option(c, static_cast<tls_text>(&tls_options::ca_pem), v.text()); }},
    {security, "tls.certificate.file", {}, form::text, nullptr, "path", "", "", shown,
     "File with the client's certificate and its chain (PEM). Requires a private key.",
     [](config& c, const value& v) { set_tls_option(c, static_cast<tls_text>(&tls_options::certificate_file), v.text()); }},
    {security, "tls.certificate.pem", {}, form::text, nullptr, "PEM", "", "", shown,
     "The same as `tls.certificate.file`, as text.", [](config& c, const value& v) { set_tls_option(c, static_cast<tls_text>(&tls_options::certificate_pem), v.text()); }},
    {security, "tls.private.key.file", {}, form::text, nullptr, "path", "", "", shown,
     "File with the client's private key (PEM).",
     [](config& c, const value& v) { set_tls_option(c, static_cast<tls_text>(&tls_options::private_key_file), v.text()); }},
    {security, "tls.private.key.pem", {}, form::text, nullptr, "PEM", "", "", secret,
     "The same as `tls.private.key.file`, as text.", [](config& c, const value& v) { set_tls_option(c, static_cast<tls_text>(&tls_options::private_key_pem), v.text()); }},
    {security, "tls.private.key.password", {}, form::text, nullptr, "", "", "", secret,
     "Password of an encrypted private key.",
     [](config& c, const value& v) { set_tls_option(c, static_cast<tls_text>(&tls_options::private_key_password), v.text()); }},
    {security, "tls.server.name", {}, form::text, nullptr, "", "", "", shown,
     "Name to request (SNI) and to expect in the server's certificate, instead of the host.",
     [](config& c, const value& v) { set_tls_option(c, static_cast<tls_text>(&tls_options::server_name), v.text()); }},
    {security, "tls.insecure.skip.verify", {}, form::boolean, nullptr, "", "false", "", shown,
     "Accepts every certificate, so anybody can pose as the server. For tests only.",
     [](config& c, const value& v) {
         tls_options changed = c.tls_settings();
         c.tls_settings(changed.insecure_skip_verify(v.boolean()));
     }},

    {group, "group.id", {}, form::text, nullptr, "1 to 192 bytes without ':'", "", "group_id", shown,
     "Consumer group. Required.", [](config& c, const value& v) { c.group_id(v.text()); }},
    {group, "client.id", {}, form::text, nullptr, "at most 255 bytes", "tmq", "client_id", shown,
     "Name of this consumer in the server's views.", [](config& c, const value& v) { c.client_id(v.text()); }},
    {group, "app", {}, form::text, nullptr, "at most 23 bytes", "<the program's name>", "app", shown,
     "Name of the application in the server's views.", [](config& c, const value& v) { c.app(v.text()); }},
    {group, "timezone", {}, form::text, nullptr, "", "", "tz", shown,
     "Time zone of the connection, for example `Europe/Berlin`. If empty, the server's.", [](config& c, const value& v) { c.timezone(v.text()); }},
    {group, "auto.offset.reset", {}, form::choice, nullptr, "earliest, latest or none", "latest", "offset_reset", shown,
     "Position at which a group starts that has committed nothing. With `none`, `poll` fails in that case.",
     [](config& c, const value& v) { c.start_at(static_cast<offset_reset>(v.choice(resets))); }},
    {group, "enable.auto.commit", {}, form::boolean, nullptr, "", "true", "", shown,
     "Commits what the application has processed: at an interval, on close and on unsubscribe. The client commits, never the server.",
     [](config& c, const value& v) { c.auto_commit(v.boolean()); }},
    {group, "auto.commit.interval.ms", {}, form::milliseconds, &any_time, "", "5000", "", shown,
     "Interval of automatic commits.", [](config& c, const value& v) { c.auto_commit_interval(v.milliseconds()); }},
    {group, "acknowledge", {}, form::choice, nullptr, "poll or hand", "poll", "", shown,
     "Condition under which a message counts as processed. `poll`: the application polls again, commits the message, or closes. `hand`: the application acknowledges the message with `consumer::acknowledge`, in any order.",
     [](config& c, const value& v) { c.acknowledge(static_cast<acknowledge_mode>(v.choice(acknowledgements))); }},
    {group, "session.timeout.ms", {}, form::milliseconds, &session_timeout, "", "0", "session_timeout_ms", shown,
     "Time for which the server keeps a silent consumer in its group. 0: the server's default, 12000.",
     [](config& c, const value& v) { c.session_timeout(v.milliseconds()); }},
    {group, "heartbeat.interval.ms", {}, form::milliseconds, &heartbeat_interval, "", "0", "config", shown,
     "Interval at which taosAdapter reports to the server. Must be less than `session.timeout.ms`. 0: the server's default, 3000.",
     [](config& c, const value& v) { c.heartbeat_interval(v.milliseconds()); }},
    {group, "max.poll.interval.ms", {}, form::milliseconds, &max_poll_interval, "", "0", "max_poll_interval_ms", shown,
     "Time for which the server waits for the next poll before it evicts the consumer. Must be more than `poll.slice.ms`. 0: the server's default, 300000.",
     [](config& c, const value& v) { c.max_poll_interval(v.milliseconds()); }},
    {group, "assignment.interval.ms", {}, form::milliseconds, &assignment_interval, "", "5000", "", shown,
     "Interval at which the consumer checks its assignment. 0: only when something hints at a change.",
     [](config& c, const value& v) { c.assignment_interval(v.milliseconds()); }},

    {content, "msg.with.table.name", {}, form::boolean, nullptr, "", "", "with_table_name", shown,
     "Asks for the table name with the rows.", [](config& c, const value& v) { c.with_table_name(v.boolean()); }},
    {content, "experimental.snapshot.enable", {}, form::boolean, nullptr, "", "", "snapshot_enable", shown,
     "Reads the tables before the log. Offsets of snapshot messages are not positions in the log.", [](config& c, const value& v) { c.snapshot(v.boolean()); }},
    {content, "enable.replay", {}, form::boolean, nullptr, "", "", "config", shown,
     "Sends rows in the rhythm in which they were written. Only for query topics of one vgroup.", [](config& c, const value& v) { c.replay(v.boolean()); }},
    {content, "msg.enable.batchmeta", {"enable_batch_meta"}, form::boolean, nullptr, "", "", "enable_batch_meta", shown,
     "Allows several table changes in one message.", [](config& c, const value& v) { c.batch_meta(v.boolean()); }},
    {content, "msg.consume.excluded", {}, form::number, &consume_excluded, "", "", "msg_consume_excluded", shown,
     "Excludes rows that were written by replication (taosX) if other than 0.",
     [](config& c, const value& v) { c.consume_excluded(static_cast<std::int32_t>(v.number())); }},
    {content, "msg.consume.rawdata", {}, form::boolean, nullptr, "", "", "msg_consume_rawdata", shown,
     "Asks for raw data messages, for replication: they are passed through, not read. Servers from 3.3.6.", [](config& c, const value& v) { c.raw_data(v.boolean()); }},
    {content, "enable.wal.marker", {}, form::boolean, nullptr, "", "", "config", shown,
     "A commit also keeps the server from removing the log after it. There is one mark for all groups of a vgroup. Servers from 3.4.", [](config& c, const value& v) { c.wal_marker(v.boolean()); }},
    {content, "fetch.max.wait.ms", {}, form::milliseconds, &fetch_max_wait, "", "0", "config", shown,
     "Time for which the server gathers rows for one message. 0: the server's default, 1000. Servers from 3.3.6.",
     [](config& c, const value& v) { c.fetch_max_wait(v.milliseconds()); }},
    {content, "min.poll.rows", {}, form::number, &min_poll_rows, "", "0", "config", shown,
     "Number of rows that the server gathers for one message. 0: the server's default, 4096. Servers from 3.3.6.",
     [](config& c, const value& v) { c.min_poll_rows(static_cast<std::uint32_t>(v.number())); }},

    {reading, "fetch.mode", {}, form::choice, nullptr, "automatic, raw_data, raw or block", "automatic", "", shown,
     "Request that fetches the messages. `automatic`: `raw_data`, or `block` if the server is older than 3.3.3.",
     [](config& c, const value& v) { c.fetch_with(static_cast<fetch_mode>(v.choice(modes))); }},
    {reading, "prefetch", {"ws.message.channelLen"}, form::number, &prefetch, "", "1", "", shown,
     "Number of messages that are read ahead while the application processes another. With 0 a request is sent only inside `poll`.",
     [](config& c, const value& v) { c.prefetch(static_cast<std::size_t>(v.number())); }},
    {reading, "prefetch.bytes", {}, form::bytes, &buffer_size, "", "67108864", "", shown,
     "Largest number of bytes that are read ahead, beyond the first message.",
     [](config& c, const value& v) { c.prefetch_bytes(static_cast<std::uint64_t>(v.number())); }},
    {reading, "poll.slice.ms", {}, form::milliseconds, &poll_slice, "", "500", "", shown,
     "Longest time for which one request asks the server to wait for data. A longer poll is cut into several requests, so that a commit can be sent in between.",
     [](config& c, const value& v) { c.poll_slice(v.milliseconds()); }},
    {reading, "max.message.size", {}, form::bytes, &buffer_size, "", "268435456", "", shown,
     "Largest size of a message. A larger one ends the connection before memory is allocated for it.",
     [](config& c, const value& v) { c.max_message_size(static_cast<std::uint64_t>(v.number())); }},

    {connection, "compression", {"ws.message.enableCompression", "enableCompression"}, form::boolean, nullptr, "", "false", "", shown,
     "Asks the server to compress (permessage-deflate).", [](config& c, const value& v) { c.compression(v.boolean()); }},
    {connection, "reconnect", {"ws.autoReconnect"}, form::boolean, nullptr, "", "true", "", shown,
     "Re-establishes a lost connection. Reading resumes after the last message that `poll` delivered.",
     [](config& c, const value& v) { c.reconnect(v.boolean()); }},
    {connection, "reconnect.retries", {"ws.reconnectRetryCount", "ws.reconnect.retry.count"}, form::number, &reconnect_retries, "", "2147483647", "", shown,
     "Number of attempts before the loss is an error. 0: none; 2147483647: no limit. An attempt is one round over all endpoints. The first starts at once, each further one after its wait.",
     [](config& c, const value& v) { c.reconnect_retries(static_cast<std::uint32_t>(v.number())); }},
    {connection, "reconnect.for.ms", {}, form::milliseconds, &reconnect_for, "", "0", "", shown,
     "Time after a loss within which attempts are made, before the loss is an error. 0: no limit.",
     [](config& c, const value& v) { c.reconnect_for(v.milliseconds()); }},
    {connection, "reconnect.interval.ms", {"ws.reconnectIntervalMs", "ws.reconnect.interval.ms"}, form::milliseconds, &any_time, "", "2000", "", shown,
     "First wait, before the second attempt.", [](config& c, const value& v) { c.reconnect_interval(v.milliseconds()); }},
    {connection, "reconnect.factor", {}, form::decimal, &reconnect_factor, "", "2", "", shown,
     "Factor by which each wait is longer than the previous one.", [](config& c, const value& v) { c.reconnect_factor(v.decimal()); }},
    {connection, "reconnect.max.interval.ms", {"reconnect.backoff.max.ms"}, form::milliseconds, &any_time, "", "30000", "", shown,
     "Longest wait, unless the first is longer.", [](config& c, const value& v) { c.reconnect_max_interval(v.milliseconds()); }},
    {connection, "reconnect.jitter", {}, form::decimal, &reconnect_jitter, "", "0.2", "", shown,
     "Largest part of a wait by which it is changed at random.", [](config& c, const value& v) { c.reconnect_jitter(v.decimal()); }},
    {connection, "reconnect.at.start", {}, form::boolean, nullptr, "", "false", "", shown,
     "`subscribe` retries, as often as after a loss, if the first connection fails.", [](config& c, const value& v) { c.reconnect_at_start(v.boolean()); }},
    {connection, "list.instances", {}, form::boolean, nullptr, "", "false", "list_instances", shown,
     "Asks the server for the addresses of its other adapters, which are then tried as well after a loss. Servers from 3.4.",
     [](config& c, const value& v) { c.list_instances(v.boolean()); }},
    {connection, "connect.timeout.ms", {}, form::milliseconds, &any_time, "", "10000", "", shown,
     "Limit for name resolution, and again for the TCP connection to each address.", [](config& c, const value& v) { c.connect_timeout(v.milliseconds()); }},
    {connection, "handshake.timeout.ms", {}, form::milliseconds, &any_time, "", "10000", "", shown,
     "Limit for the TLS handshake, and again for the WebSocket upgrade.", [](config& c, const value& v) { c.handshake_timeout(v.milliseconds()); }},
    {connection, "request.timeout.ms", {"ws.message.timeout"}, form::duration, &any_time, "", "30000", "", shown,
     "Limit for the reply to one request, beyond the time that the server was asked to wait.", [](config& c, const value& v) { c.request_timeout(v.milliseconds()); }},
    {connection, "write.timeout.ms", {"ws.message.writeWait"}, form::duration, &any_time, "", "10000", "", shown,
     "Limit for the sending of a request.", [](config& c, const value& v) { c.write_timeout(v.milliseconds()); }},
    {connection, "idle.timeout.ms", {}, form::milliseconds, &idle_timeout, "", "60000", "", shown,
     "Longest silence of the server. A ping is sent after half of it. 0: no limit.", [](config& c, const value& v) { c.idle_timeout(v.milliseconds()); }},
    {connection, "close.timeout.ms", {}, form::milliseconds, &any_time, "", "2000", "", shown,
     "Limit for `close`, including its last commit, and for the last commit of `unsubscribe`.", [](config& c, const value& v) { c.close_timeout(v.milliseconds()); }},
};
// clang-format on

}  // namespace

std::span<const property> properties() noexcept { return table; }

bool property::is_called(std::string_view name) const noexcept {
    if (name.empty()) return false;
    return name == key || std::find(aliases.begin(), aliases.end(), name) != aliases.end();
}

std::string property::values() const {
    switch (syntax) {
        case form::text: return words.empty() ? "text" : std::string(words);
        case form::boolean: return "true or false";
        case form::number: return allowed->text();
        case form::decimal: return fmt::format("decimal number, {}", allowed->text());
        case form::bytes: return fmt::format("bytes, {}", allowed->text());
        case form::milliseconds: return fmt::format("milliseconds, {}", allowed->text());
        case form::duration: return fmt::format("milliseconds or a time like 1m30s, {}", allowed->text());
        case form::choice: break;
    }
    return std::string(words);
}

const property* find_property(std::string_view name) noexcept {
    for (const property& known : table)
        if (known.is_called(name)) return &known;
    return nullptr;
}

std::string_view nearest_name(std::string_view name) {
    constexpr std::size_t longest = 64;
    if (name.size() > longest) return {};
    std::string_view nearest;
    std::size_t least = longest;
    const auto consider = [&](std::string_view candidate) {
        const std::size_t distance = text::edit_distance(name, candidate);
        if (candidate.empty() || distance >= least || distance > 1 + candidate.size() / 5) return;
        least = distance;
        nearest = candidate;
    };
    for (const property& known : table) {
        consider(known.key);
        for (const std::string_view alias : known.aliases)
            consider(alias);
    }
    return nearest;
}

}  // namespace tmq::settings
