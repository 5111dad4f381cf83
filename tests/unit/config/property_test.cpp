#include "config/property.hpp"
#include "support/refusal.hpp"
#include "tmq/config.hpp"
#include "tmq/error.hpp"
#include "unit/config/subscribe_fields.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tmq {
namespace {

using std::chrono::milliseconds;
using test::fields;
using test::refusal;
using test::refusal_of;
using test::subscribe_fields;

std::string text(const std::string& value) { return value; }
std::string text(bool value) { return value ? "true" : "false"; }
std::string text(milliseconds value) { return std::to_string(value.count()); }
std::string text(std::uint16_t value) { return std::to_string(value); }
std::string text(std::uint32_t value) { return std::to_string(value); }
std::string text(std::int32_t value) { return std::to_string(value); }
std::string text(std::uint64_t value) { return std::to_string(value); }
std::string text(double value) { return fmt::format("{}", value); }
template <class T>
std::string text(const std::optional<T>& value) {
    return value ? text(*value) : std::string();
}
std::string text(offset_reset value) {
    return value == offset_reset::latest ? "latest" : value == offset_reset::earliest ? "earliest" : "none";
}
std::string text(acknowledge_mode value) { return value == acknowledge_mode::by_poll ? "poll" : "hand"; }
std::string text(fetch_mode value) {
    switch (value) {
        case fetch_mode::automatic: return "automatic";
        case fetch_mode::raw_data: return "raw_data";
        case fetch_mode::raw: return "raw";
        case fetch_mode::block: break;
    }
    return "block";
}
std::string endpoints_of(const config& settings) {
    std::string all;
    for (const endpoint& address : settings.endpoints())
        all += (all.empty() ? "" : ",") + address.host() + ":" + text(address.port());
    return all;
}
std::string url_of(const config& settings) {
    return (settings.tls() ? "wss://" : "ws://") + endpoints_of(settings);
}

#define READ(expression) [](const config& c) { return text(c.expression); }

/// One key or alias: a value that it takes, what the getter then says, what the subscribe request then has,
/// and a value that it refuses.
struct example {
    std::string_view name;
    std::string_view accepted;
    std::string (*read)(const config&);
    std::string_view becomes;
    fields sent;
    std::string_view refused;
    std::string_view why;
};

constexpr std::string_view not_utf8 = "s\xFF";
constexpr std::string_view with_nul("s\0t", 3);
constexpr std::string_view boolean_only = " must be true, false, 1 or 0";
constexpr std::string_view any_time = " must be a number of milliseconds, 1 and more";
constexpr std::string_view any_duration =
    " must be a number of milliseconds or a time like 1m30s, 1 and more";
constexpr std::string_view buffer_size = " must be 65536 to 4294967296";

const std::vector<example>& examples() {
    static const std::vector<example> all = {
        {"allow.unknown.keys", "true", READ(allow_unknown_keys()), "true", {}, "yes", boolean_only},

        {"ws.url",
         "wss://a:1,b:2",
         url_of,
         "wss://a:1,b:2",
         {},
         "http://a",
         "the scheme must be ws:// or wss://"},
        {"WS_URL", "ws://a:1", url_of, "ws://a:1", {}, "a:1", "the scheme must be ws:// or wss://"},
        {"bootstrap.servers",
         "a:1,[::1]:2,c",
         endpoints_of,
         "a:1,::1:2,c:6041",
         {},
         "a:1,",
         " is not a list of addresses: the host is missing"},
        {"td.connect.ip",
         "10.0.0.1",
         READ(host()),
         "10.0.0.1",
         {},
         "a b",
         "host is not a host name or address"},
        {"td.connect.port", "7041", READ(port()), "7041", {}, "65536", " must be 1 to 65535"},
        {"td.connect.user", "me", READ(user()), "me", {{"user", "me"}}, not_utf8, " is not UTF-8"},
        {"td.connect.pass",
         "s3cr3t",
         READ(password()),
         "s3cr3t",
         {{"password", "s3cr3t"}},
         not_utf8,
         " is not UTF-8"},
        {"token", "s3cr3t", READ(cloud_token()), "s3cr3t", {}, "s\n", " must not contain control characters"},
        {"td.connect.token",
         "s3cr3t",
         READ(bearer_token()),
         "s3cr3t",
         {{"config.td.connect.token", "s3cr3t"}},
         with_nul,
         " must not contain NUL"},
        {"td.connect.db", "power", READ(database()), "power", {{"db", "power"}}, not_utf8, " is not UTF-8"},

        {"tls", "True", READ(tls()), "true", {}, "", boolean_only},
        {"useSSL", "1", READ(tls()), "true", {}, "on", boolean_only},
        {"td.connect.websocket.scheme",
         "wss",
         [](const config& c) { return std::string(c.tls() ? "wss" : "ws"); },
         "wss",
         {},
         "WSS",
         " must be ws or wss"},
        {"tls.ca.file", "/ca", READ(tls_settings().ca_file()), "/ca", {}, with_nul, " must not contain NUL"},
        {"tls.ca.pem",
         "-----",
         READ(tls_settings().ca_pem()),
         "-----",
         {},
         with_nul,
         " must not contain NUL"},
        {"tls.certificate.file",
         "/c",
         READ(tls_settings().certificate_file()),
         "/c",
         {},
         with_nul,
         " must not contain NUL"},
        {"tls.certificate.pem",
         "-----",
         READ(tls_settings().certificate_pem()),
         "-----",
         {},
         with_nul,
         " must not contain NUL"},
        {"tls.private.key.file",
         "/k",
         READ(tls_settings().private_key_file()),
         "/k",
         {},
         with_nul,
         " must not contain NUL"},
        {"tls.private.key.pem",
         "s3cr3t",
         READ(tls_settings().private_key_pem()),
         "s3cr3t",
         {},
         with_nul,
         " must not contain NUL"},
        {"tls.private.key.password",
         "s3cr3t",
         READ(tls_settings().private_key_password()),
         "s3cr3t",
         {},
         with_nul,
         " must not contain NUL"},
        {"tls.server.name",
         "db",
         READ(tls_settings().server_name()),
         "db",
         {},
         with_nul,
         " must not contain NUL"},
        {"tls.insecure.skip.verify",
         "true",
         READ(tls_settings().insecure_skip_verify()),
         "true",
         {},
         "2",
         boolean_only},

        {"group.id", "g", READ(group_id()), "g", {{"group_id", "g"}}, "a:b", " must not contain ':'"},
        {"client.id", "c", READ(client_id()), "c", {{"client_id", "c"}}, not_utf8, " is not UTF-8"},
        {"app",
         "meters",
         READ(app()),
         "meters",
         {{"app", "meters"}},
         "a name of 24 bytes is it",
         " must have at most 23 bytes"},
        {"timezone",
         "Europe/Berlin",
         READ(timezone()),
         "Europe/Berlin",
         {{"tz", "Europe/Berlin"}},
         with_nul,
         " must not contain NUL"},
        {"auto.offset.reset",
         "earliest",
         READ(start_at()),
         "earliest",
         {{"offset_reset", "earliest"}, {"offset_rest", "earliest"}},
         "first",
         " must be earliest, latest or none"},
        {"enable.auto.commit", "false", READ(auto_commit()), "false", {}, "off", boolean_only},
        {"auto.commit.interval.ms", "1", READ(auto_commit_interval()), "1", {}, "1s", any_time},
        {"acknowledge", "hand", READ(acknowledge()), "hand", {}, "by_hand", " must be poll or hand"},
        {"session.timeout.ms",
         "6000",
         READ(session_timeout()),
         "6000",
         {{"session_timeout_ms", "6000"}},
         "5999",
         " must be 6000 to 1800000 or 0"},
        {"heartbeat.interval.ms",
         "1799999",
         READ(heartbeat_interval()),
         "1799999",
         {{"config.heartbeat.interval.ms", "1799999"}},
         "999",
         " must be 1000 to 1799999 or 0"},
        {"max.poll.interval.ms",
         "2147483647",
         READ(max_poll_interval()),
         "2147483647",
         {{"max_poll_interval_ms", "2147483647"}},
         "2147483648",
         " must be 1000 to 2147483647 or 0"},
        {"assignment.interval.ms",
         "100",
         READ(assignment_interval()),
         "100",
         {},
         "99",
         " must be 100 and more or 0"},

        {"msg.with.table.name",
         "TRUE",
         READ(with_table_name()),
         "true",
         {{"with_table_name", "true"}},
         "t",
         boolean_only},
        {"experimental.snapshot.enable",
         "1",
         READ(snapshot()),
         "true",
         {{"snapshot_enable", "true"}},
         "t",
         boolean_only},
        {"enable.replay",
         "0",
         READ(replay()),
         "false",
         {{"config.enable.replay", "false"}},
         "t",
         boolean_only},
        {"msg.enable.batchmeta",
         "true",
         READ(batch_meta()),
         "true",
         {{"enable_batch_meta", "1"}},
         "2",
         boolean_only},
        {"enable_batch_meta",
         "0",
         READ(batch_meta()),
         "false",
         {{"enable_batch_meta", "0"}},
         "",
         boolean_only},
        {"msg.consume.excluded",
         "-2147483648",
         READ(consume_excluded()),
         "-2147483648",
         {{"msg_consume_excluded", "-2147483648"}},
         "2147483648",
         " must be -2147483648 to 2147483647"},
        {"msg.consume.rawdata",
         "false",
         READ(raw_data()),
         "false",
         {{"msg_consume_rawdata", "0"}},
         "no",
         boolean_only},
        {"enable.wal.marker",
         "true",
         READ(wal_marker()),
         "true",
         {{"config.enable.wal.marker", "true"}},
         "no",
         boolean_only},
        {"fetch.max.wait.ms",
         "1",
         READ(fetch_max_wait()),
         "1",
         {{"config.fetch.max.wait.ms", "1"}},
         "2147483648",
         " must be 1 to 2147483647 or 0"},
        {"min.poll.rows",
         "20",
         READ(min_poll_rows()),
         "20",
         {{"config.min.poll.rows", "20"}},
         "-1",
         " must be a number, 0 to 2147483647"},

        {"fetch.mode",
         "block",
         READ(fetch_with()),
         "block",
         {},
         "fetch",
         " must be automatic, raw_data, raw or block"},
        {"prefetch", "1024", READ(prefetch()), "1024", {}, "1025", " must be 0 to 1024"},
        {"ws.message.channelLen", "0", READ(prefetch()), "0", {}, "-1", " must be a number, 0 to 1024"},
        {"prefetch.bytes", "65536", READ(prefetch_bytes()), "65536", {}, "65535", buffer_size},
        {"poll.slice.ms", "60000", READ(poll_slice()), "60000", {}, "0", " must be 1 to 60000"},
        {"max.message.size",
         "4294967296",
         READ(max_message_size()),
         "4294967296",
         {},
         "4294967297",
         buffer_size},

        {"compression", "true", READ(compression()), "true", {}, "zlib", boolean_only},
        {"ws.message.enableCompression", "true", READ(compression()), "true", {}, "2", boolean_only},
        {"enableCompression", "1", READ(compression()), "true", {}, "2", boolean_only},
        {"reconnect", "false", READ(reconnect()), "false", {}, "never", boolean_only},
        {"ws.autoReconnect", "FALSE", READ(reconnect()), "false", {}, "never", boolean_only},
        {"reconnect.retries",
         "0",
         READ(reconnect_retries()),
         "0",
         {},
         "2147483648",
         " must be 0 to 2147483647"},
        {"ws.reconnectRetryCount",
         "5",
         READ(reconnect_retries()),
         "5",
         {},
         "many",
         " must be a number, 0 to 2147483647"},
        {"ws.reconnect.retry.count",
         "7",
         READ(reconnect_retries()),
         "7",
         {},
         "",
         " must be a number, 0 to 2147483647"},
        {"reconnect.for.ms",
         "60000",
         READ(reconnect_for()),
         "60000",
         {},
         "-1",
         " must be a number of milliseconds, 1 and more or 0"},
        {"reconnect.interval.ms", "100", READ(reconnect_interval()), "100", {}, "0", " must be 1 and more"},
        {"ws.reconnectIntervalMs", "100", READ(reconnect_interval()), "100", {}, "2s", any_time},
        {"ws.reconnect.interval.ms", "100", READ(reconnect_interval()), "100", {}, "1.5", any_time},
        {"reconnect.factor", "1.5", READ(reconnect_factor()), "1.5", {}, "0.99", " must be 1 to 100"},
        {"reconnect.max.interval.ms",
         "1",
         READ(reconnect_max_interval()),
         "1",
         {},
         "0",
         " must be 1 and more"},
        {"reconnect.backoff.max.ms", "10000", READ(reconnect_max_interval()), "10000", {}, "10s", any_time},
        {"reconnect.jitter", "0", READ(reconnect_jitter()), "0", {}, "1.01", " must be 0 to 1"},
        {"reconnect.at.start", "true", READ(reconnect_at_start()), "true", {}, "always", boolean_only},
        {"list.instances",
         "true",
         READ(list_instances()),
         "true",
         {{"list_instances", "true"}},
         "all",
         boolean_only},
        {"connect.timeout.ms", "1", READ(connect_timeout()), "1", {}, "-1", any_time},
        {"handshake.timeout.ms", "1", READ(handshake_timeout()), "1", {}, "0", " must be 1 and more"},
        {"request.timeout.ms", "5m", READ(request_timeout()), "300000", {}, "5 m", any_duration},
        {"ws.message.timeout", "5000", READ(request_timeout()), "5000", {}, "5d", any_duration},
        {"write.timeout.ms", "7", READ(write_timeout()), "7", {}, "0s", " must be 1 and more"},
        {"ws.message.writeWait", "1m0.25s", READ(write_timeout()), "60250", {}, "s", any_duration},
        {"idle.timeout.ms", "100", READ(idle_timeout()), "100", {}, "99", " must be 100 and more or 0"},
        {"close.timeout.ms", "1", READ(close_timeout()), "1", {}, "0", " must be 1 and more"},
    };
    return all;
}

#undef READ

const settings::property& property_of(std::string_view name) {
    const settings::property* found = settings::find_property(name);
    if (found == nullptr) throw std::runtime_error("no property " + std::string(name));
    return *found;
}

TEST(property, has_an_example_for_every_key_and_alias) {
    std::set<std::string_view> names;
    for (const settings::property& known : settings::properties()) {
        EXPECT_TRUE(names.insert(known.key).second) << known.key << " is there twice";
        for (const std::string_view alias : known.aliases) {
            if (alias.empty()) continue;
            EXPECT_TRUE(names.insert(alias).second) << alias << " is there twice";
        }
    }
    std::set<std::string_view> shown;
    for (const example& one : examples())
        EXPECT_TRUE(shown.insert(one.name).second) << one.name << " has two examples";
    EXPECT_EQ(shown, names);
}

TEST(property, sets_its_setting) {
    for (const example& one : examples()) {
        config settings;
        EXPECT_EQ(&settings.set(one.name, one.accepted), &settings);
        EXPECT_EQ(one.read(settings), one.becomes) << one.name;
        EXPECT_NE(one.read(config()), one.becomes) << one.name << ": the example is the default";
    }
}

TEST(property, tells_its_default) {
    for (const example& one : examples()) {
        const settings::property& known = property_of(one.name);
        if (known.default_value.starts_with('<')) continue;
        EXPECT_EQ(one.read(config()), known.default_value) << one.name;
    }
    EXPECT_EQ(property_of("app").default_value, "<the program's name>");
    EXPECT_EQ(config().app(), "config_test");
}

TEST(property, changes_its_field_of_the_subscribe_request_and_nothing_else) {
    const fields before = subscribe_fields(config());
    for (const example& one : examples()) {
        const std::string field(property_of(one.name).field);
        std::set<std::string> touched;
        for (const auto& [name, value] : one.sent)
            touched.insert(name);
        std::set<std::string> claimed;
        if (!field.empty())
            claimed.insert(field == "config" ? "config." + std::string(property_of(one.name).key) : field);
        if (field == "offset_reset") claimed.insert("offset_rest");
        EXPECT_EQ(touched, claimed) << one.name;

        fields after = before;
        for (const auto& [name, value] : one.sent)
            after[name] = value;
        EXPECT_EQ(subscribe_fields(config().set(one.name, one.accepted)), after) << one.name;
    }
}

TEST(property, of_a_fresh_configuration_sends_little) {
    EXPECT_EQ(subscribe_fields(config()), (fields{{"user", "root"},
                                                  {"password", "taosdata"},
                                                  {"group_id", ""},
                                                  {"client_id", "tmq"},
                                                  {"offset_reset", "latest"},
                                                  {"offset_rest", "latest"},
                                                  {"auto_commit", "false"},
                                                  {"app", "config_test"},
                                                  {"connector", "tmq " TMQ_VERSION}}));
}

TEST(property, asked_for_the_servers_default_is_not_sent) {
    const fields before = subscribe_fields(config());
    for (const std::string_view name : {"session.timeout.ms", "heartbeat.interval.ms", "max.poll.interval.ms",
                                        "fetch.max.wait.ms", "min.poll.rows"})
        EXPECT_EQ(subscribe_fields(config().set(name, "0")), before) << name;
    for (const std::string_view name : {"td.connect.db", "td.connect.token", "timezone"})
        EXPECT_EQ(subscribe_fields(config().set(name, "")), before) << name;
}

TEST(property, refuses_with_its_name_and_the_values_it_takes) {
    for (const example& one : examples()) {
        config settings;
        const refusal refused = refusal_of([&] { settings.set(one.name, one.refused); });
        const bool is_url = property_of(one.name).key == "ws.url";
        EXPECT_EQ(refused.code, is_url ? errc::invalid_url : errc::invalid_argument) << one.name;
        const std::string why =
            one.why.starts_with(' ') ? std::string(one.name) + std::string(one.why) : std::string(one.why);
        EXPECT_TRUE(refused.says(why)) << refused.text;
        EXPECT_EQ(one.read(settings), one.read(config())) << one.name;
    }
}

TEST(property, that_is_secret_is_never_shown) {
    std::size_t secrets = 0;
    for (const example& one : examples()) {
        if (!property_of(one.name).is_secret) continue;
        ++secrets;
        // The value itself is refused.
        const std::string refused =
            (property_of(one.name).key == "ws.url" ? "ws://root:s3cr3t@a:x" : "s3cr3t") +
            std::string("\0\xFF", 2);
        EXPECT_FALSE(refusal_of([&] { config().set(one.name, refused); }).says("s3cr3t")) << one.name;
        // Another one is, afterwards.
        config settings;
        settings.set(one.name, property_of(one.name).key == "ws.url" ? "ws://root:s3cr3t@a" : "s3cr3t");
        for (const example& other : examples())
            EXPECT_FALSE(refusal_of([&] { settings.set(other.name, other.refused); }).says("s3cr3t"))
                << one.name << ", " << other.name;
        EXPECT_FALSE(refusal_of([&] { settings.validate(); }).says("s3cr3t")) << one.name;
    }
    EXPECT_EQ(secrets, 7U) << "two names of the URL, password, two tokens, private key and its password";
}

TEST(property, takes_bools_in_any_case_of_letters) {
    for (const std::string_view yes : {"true", "TRUE", "True", "tRuE", "1"})
        EXPECT_TRUE(config().set("compression", yes).compression()) << yes;
    for (const std::string_view no : {"false", "FALSE", "False", "0"})
        EXPECT_FALSE(config().compression(true).set("compression", no).compression()) << no;
    for (const std::string_view neither :
         {"", "yes", "no", "on", "off", "2", "00", "t", "f", "true ", " 1", "truee"})
        EXPECT_TRUE(refusal_of([&] {
                        config().set("compression", neither);
                    }).says("compression must be true, false, 1 or 0"))
            << neither;
}

TEST(property, takes_numbers_in_decimal_digits_only) {
    EXPECT_EQ(config().set("min.poll.rows", "0010").min_poll_rows(), 10U);
    for (const std::string_view other :
         {"", " 1", "1 ", "+1", "0x10", "1e3", "1.0", "1,000", "ten", "-", "--1", "9223372036854775808"})
        EXPECT_TRUE(refusal_of([&] {
                        config().set("min.poll.rows", other);
                    }).says("min.poll.rows must be a number, 0 to 2147483647"))
            << other;
    EXPECT_TRUE(refusal_of([&] {
                    config().set("msg.consume.excluded", "x");
                }).says("must be a number, -2147483648 to 2147483647"));
    EXPECT_TRUE(refusal_of([&] {
                    config().set("prefetch.bytes", "64M");
                }).says("must be a number of bytes, 65536 to 4294967296"));
}

TEST(property, takes_numbers_with_one_point_at_most_where_they_may_have_one) {
    struct decimal {
        const char* text;
        double value;
    };
    for (const decimal one : {decimal{"1", 1},
                              {"100", 100},
                              {"1.5", 1.5},
                              {"2.", 2},
                              {"007.25", 7.25},
                              {"99.999999999999999999999999", 100}})
        EXPECT_EQ(config().set("reconnect.factor", one.text).reconnect_factor(), one.value) << one.text;
    EXPECT_EQ(config().set("reconnect.jitter", ".5").reconnect_jitter(), 0.5);
    for (const std::string_view other : {"", ".", "1..5", "1.5.5", "1,5", "+1.5", "-1.5", "1e1", "1.5e0",
                                         "0x1p3", "inf", "nan", " 1.5", "1.5 ", "2x"})
        EXPECT_TRUE(refusal_of([&] {
                        config().set("reconnect.factor", other);
                    }).says("reconnect.factor must be a decimal number, 1 to 100"))
            << other;
    for (const std::string_view outside : {"0", "0.999", "100.001", "99999999999999999999"})
        EXPECT_TRUE(refusal_of([&] {
                        config().set("reconnect.factor", outside);
                    }).says("reconnect.factor must be 1 to 100"))
            << outside;
    const std::string beyond_double(500, '9');
    EXPECT_TRUE(refusal_of([&] {
                    config().set("reconnect.factor", beyond_double);
                }).says("reconnect.factor must be a decimal number, 1 to 100"));
    EXPECT_TRUE(refusal_of([&] {
                    config().set("reconnect.factor", std::string_view("1\0", 2));
                }).says("must be a decimal number"));
}

TEST(property, takes_durations_as_go_writes_them) {
    struct duration {
        const char* text;
        std::int64_t ms;
    };
    for (const duration one : {duration{"1", 1},
                               {"1ms", 1},
                               {"1500ms", 1'500},
                               {"10s", 10'000},
                               {"5m", 300'000},
                               {"5m0s", 300'000},
                               {"1h2m3s4ms", 3'723'004},
                               {"1.5s", 1'500},
                               {".5s", 500},
                               {"2.s", 2'000},
                               {"0.0015s", 1},
                               {"1.999999999999999999s", 1'999},
                               {"0s1ms", 1}})
        EXPECT_EQ(config().set("ws.message.timeout", one.text).request_timeout(), milliseconds(one.ms))
            << one.text;
    for (const std::string_view other : {"", "s", ".", ".s", "1.5", "1x", "1us", "1ns", "1d", "-1s", "+1s",
                                         "1 s", "1s ", "1s2", "99999999999999999999", "9999999h1"})
        EXPECT_TRUE(refusal_of([&] {
                        config().set("ws.message.timeout", other);
                    }).says("ws.message.timeout must be a number of milliseconds or"))
            << other;
}

TEST(property, counts_more_than_a_year_as_a_year) {
    const milliseconds year = std::chrono::hours(24 * 365);
    for (const std::string_view longer :
         {"31536000000", "31536000001", "9223372036854775807", "9000h", "999999999999999999h",
          "99999999999999999999h99999999999999999999h.999999999999999999h"})
        EXPECT_EQ(config().set("request.timeout.ms", longer).request_timeout(), year) << longer;
    EXPECT_EQ(config().set("request.timeout.ms", "8759h").request_timeout(), year - std::chrono::hours(1));
}

}  // namespace
}  // namespace tmq
