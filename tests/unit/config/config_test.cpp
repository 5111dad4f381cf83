#include "tmq/config.hpp"

#include "support/refusal.hpp"
#include "tmq/error.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq {
namespace {

using std::chrono::milliseconds;
using test::refusal;
using test::refusal_of;

void expect_refused(const std::function<void(config&)>& change, std::string_view why) {
    config settings;
    const refusal refused = refusal_of([&] { change(settings); });
    EXPECT_EQ(refused.code, errc::invalid_argument);
    EXPECT_TRUE(refused.says(why)) << refused.text;
}

TEST(config, takes_no_host_that_is_more_than_a_host) {
    for (const char* host : {"localhost:6041", "[::1]", "a?b", "a#c", "user@host", "a/b", "a b", ""})
        EXPECT_THROW(config().host(host), error) << host;
    for (const char* host : {"localhost", "127.0.0.1", "::1", "fe80::1%lo", "db-1.example"})
        EXPECT_EQ(config().host(host).host(), host);
}

TEST(config, starts_with_the_servers_own_defaults) {
    const config settings;
    EXPECT_EQ(settings.host(), "localhost");
    EXPECT_EQ(settings.port(), 6041);
    EXPECT_EQ(settings.path(), "/rest/tmq");
    EXPECT_EQ(settings.user(), "root");
    EXPECT_EQ(settings.password(), "taosdata");
    EXPECT_EQ(settings.group_id(), "");
    EXPECT_EQ(settings.client_id(), "tmq");
    EXPECT_EQ(settings.start_at(), offset_reset::latest);
    EXPECT_EQ(settings.session_timeout(), milliseconds(0));
    EXPECT_EQ(settings.max_poll_interval(), milliseconds(0));
    EXPECT_EQ(settings.connect_timeout(), milliseconds(10'000));
    EXPECT_EQ(settings.request_timeout(), milliseconds(30'000));
    EXPECT_EQ(settings.close_timeout(), milliseconds(2'000));
    EXPECT_EQ(settings.poll_slice(), milliseconds(500));
    EXPECT_EQ(settings.max_message_size(), 256U << 20);
}

TEST(config, setters_can_be_chained) {
    const config settings =
        config().host("db").port(1).credentials("u", "p").group_id("g").client_id("c").start_at(
            offset_reset::none);
    EXPECT_EQ(settings.host(), "db");
    EXPECT_EQ(settings.port(), 1);
    EXPECT_EQ(settings.user(), "u");
    EXPECT_EQ(settings.password(), "p");
    EXPECT_EQ(settings.group_id(), "g");
    EXPECT_EQ(settings.client_id(), "c");
    EXPECT_EQ(settings.start_at(), offset_reset::none);
}

TEST(config, takes_a_host_name_or_an_address) {
    EXPECT_EQ(config().host("::1").host(), "::1");
    EXPECT_EQ(config().host("10.0.0.1").host(), "10.0.0.1");
    for (const std::string_view host : {"", "a b", "a/b", "a@b", "a\nb", "a\x7F"}) {
        expect_refused([host](config& c) { c.host(host); }, "host is not a host name or address");
    }
    expect_refused([](config& c) { c.host(std::string_view("a\0b", 3)); }, "host is not");
}

TEST(config, takes_every_port_but_zero) {
    EXPECT_EQ(config().port(1).port(), 1);
    EXPECT_EQ(config().port(65'535).port(), 65'535);
    expect_refused([](config& c) { c.port(0); }, "port must be 1 to 65535");
}

TEST(config, takes_a_group_of_1_to_192_bytes_without_colon) {
    EXPECT_EQ(config().group_id("g").group_id(), "g");
    EXPECT_EQ(config().group_id(std::string(192, 'g')).group_id().size(), 192U);
    expect_refused([](config& c) { c.group_id(""); }, "group.id must have 1 to 192 bytes");
    expect_refused([](config& c) { c.group_id(std::string(193, 'g')); }, "group.id must have 1 to 192 bytes");
    for (const std::string_view id : {":", ":g", "g:", "a:b"}) {
        expect_refused([id](config& c) { c.group_id(id); }, "group.id must not contain ':'");
    }
}

TEST(config, takes_a_client_id_of_at_most_255_bytes) {
    EXPECT_EQ(config().client_id("").client_id(), "");
    EXPECT_EQ(config().client_id(std::string(255, 'c')).client_id().size(), 255U);
    expect_refused([](config& c) { c.client_id(std::string(256, 'c')); },
                   "client.id must have at most 255 bytes");
}

TEST(config, takes_a_session_timeout_of_6_seconds_to_30_minutes_or_none) {
    for (const int ms : {0, 6'000, 12'000, 1'800'000})
        EXPECT_EQ(config().session_timeout(milliseconds(ms)).session_timeout(), milliseconds(ms));
    for (const auto timeout : {milliseconds(1), milliseconds(5'999), milliseconds(1'800'001),
                               milliseconds(-1), milliseconds::min(), milliseconds::max()})
        expect_refused([timeout](config& c) { c.session_timeout(timeout); },
                       "session.timeout.ms must be 6000 to 1800000");
}

TEST(config, takes_a_max_poll_interval_from_1_second_or_none) {
    for (const int ms : {0, 1'000, 300'000, std::numeric_limits<std::int32_t>::max()})
        EXPECT_EQ(config().max_poll_interval(milliseconds(ms)).max_poll_interval(), milliseconds(ms));
    for (const auto interval : {milliseconds(1), milliseconds(999), milliseconds(2'147'483'648),
                                milliseconds(-1), milliseconds::min(), milliseconds::max()})
        expect_refused([interval](config& c) { c.max_poll_interval(interval); },
                       "max.poll.interval.ms must be 1000 to 2147483647");
}

TEST(config, takes_timeouts_from_1_millisecond) {
    EXPECT_EQ(config().connect_timeout(milliseconds(1)).connect_timeout(), milliseconds(1));
    EXPECT_EQ(config().request_timeout(milliseconds(1)).request_timeout(), milliseconds(1));
    EXPECT_EQ(config().close_timeout(milliseconds(1)).close_timeout(), milliseconds(1));
    for (const auto timeout : {milliseconds(0), milliseconds(-1), milliseconds::min()}) {
        expect_refused([timeout](config& c) { c.connect_timeout(timeout); },
                       "connect.timeout.ms must be 1 and more");
        expect_refused([timeout](config& c) { c.request_timeout(timeout); },
                       "request.timeout.ms must be 1 and more");
        expect_refused([timeout](config& c) { c.close_timeout(timeout); },
                       "close.timeout.ms must be 1 and more");
    }
}

TEST(config, takes_a_poll_slice_of_1_millisecond_to_60_seconds) {
    EXPECT_EQ(config().poll_slice(milliseconds(1)).poll_slice(), milliseconds(1));
    EXPECT_EQ(config().poll_slice(milliseconds(60'000)).poll_slice(), milliseconds(60'000));
    for (const auto slice : {milliseconds(0), milliseconds(-1), milliseconds(60'001), milliseconds::max()})
        expect_refused([slice](config& c) { c.poll_slice(slice); }, "poll.slice.ms must be 1 to 60000");
}

TEST(config, takes_a_max_message_size_of_64_kib_to_4_gib) {
    constexpr std::uint64_t least = 65'536;
    constexpr std::uint64_t most = 4'294'967'296;
    EXPECT_EQ(config().max_message_size(least).max_message_size(), least);
    EXPECT_EQ(config().max_message_size(most).max_message_size(), most);
    for (const std::uint64_t size :
         {std::uint64_t{0}, least - 1, most + 1, std::numeric_limits<std::uint64_t>::max()})
        expect_refused([size](config& c) { c.max_message_size(size); },
                       "max.message.size must be 65536 to 4294967296");
}

TEST(config, takes_one_endpoint_or_several) {
    config settings;
    settings.endpoints({endpoint("a", 1), endpoint("b")});
    EXPECT_EQ(settings.endpoints(), (std::vector<endpoint>{endpoint("a", 1), endpoint("b", 6041)}));
    EXPECT_EQ(settings.host(), "a");
    EXPECT_EQ(settings.port(), 1);
    EXPECT_EQ(settings.port(7).endpoints(), (std::vector<endpoint>{endpoint("a", 7), endpoint("b", 7)}));
    EXPECT_EQ(settings.host("c").endpoints(), std::vector<endpoint>{endpoint("c", 7)});
    expect_refused([](config& c) { c.endpoints({}); }, "endpoints must not be empty");
    expect_refused([](config& c) { c.endpoints({endpoint("a"), endpoint("b,c")}); },
                   "host is not a host name or address");
    expect_refused([](config& c) { c.endpoints({endpoint("a"), endpoint("b", 0)}); },
                   "port must be 1 to 65535");
}

TEST(config, takes_an_idle_timeout_from_100_milliseconds_or_none) {
    for (const int ms : {0, 100, 60'000})
        EXPECT_EQ(config().idle_timeout(milliseconds(ms)).idle_timeout(), milliseconds(ms));
    for (const auto timeout : {milliseconds(1), milliseconds(99), milliseconds(-1), milliseconds::min()})
        expect_refused([timeout](config& c) { c.idle_timeout(timeout); },
                       "idle.timeout.ms must be 100 and more or 0");
}

TEST(config, counts_more_than_a_year_as_a_year) {
    const milliseconds year = std::chrono::hours(24 * 365);
    for (const auto longer : {year, year + milliseconds(1), milliseconds::max()}) {
        const config settings = config()
                                    .connect_timeout(longer)
                                    .handshake_timeout(longer)
                                    .request_timeout(longer)
                                    .write_timeout(longer)
                                    .idle_timeout(longer)
                                    .close_timeout(longer)
                                    .reconnect_interval(longer)
                                    .reconnect_max_interval(longer)
                                    .assignment_interval(longer)
                                    .auto_commit_interval(longer);
        for (const milliseconds timeout :
             {settings.connect_timeout(), settings.handshake_timeout(), settings.request_timeout(),
              settings.write_timeout(), settings.idle_timeout(), settings.close_timeout(),
              settings.reconnect_interval(), settings.reconnect_max_interval(),
              settings.assignment_interval(), settings.auto_commit_interval()})
            EXPECT_EQ(timeout, year);
    }
}

TEST(config, refuses_sizes_and_counts_beyond_any_limit) {
    expect_refused([](config& c) { c.prefetch(std::numeric_limits<std::size_t>::max()); },
                   "prefetch must be 0 to 1024");
    expect_refused([](config& c) { c.prefetch_bytes(std::numeric_limits<std::uint64_t>::max()); },
                   "prefetch.bytes must be 65536 to 4294967296");
    expect_refused([](config& c) { c.prefetch_bytes(0); }, "prefetch.bytes must be 65536 to 4294967296");
    expect_refused([](config& c) { c.min_poll_rows(std::numeric_limits<std::uint32_t>::max()); },
                   "min.poll.rows must be 0 to 2147483647");
    expect_refused([](config& c) { c.reconnect_retries(std::numeric_limits<std::uint32_t>::max()); },
                   "reconnect.retries must be 0 to 2147483647");
}

TEST(config, takes_a_factor_of_1_to_100_and_a_jitter_of_0_to_1) {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
    for (const double factor : {1.0, 1.000001, 99.9, 100.0})
        EXPECT_EQ(config().reconnect_factor(factor).reconnect_factor(), factor);
    for (const double factor : {0.999999, 100.000001, 0.0, -1.0, infinite, -infinite, no_number})
        expect_refused([factor](config& c) { c.reconnect_factor(factor); },
                       "reconnect.factor must be 1 to 100");
    for (const double jitter : {0.0, 0.000001, 0.5, 1.0})
        EXPECT_EQ(config().reconnect_jitter(jitter).reconnect_jitter(), jitter);
    for (const double jitter : {-0.000001, 1.000001, infinite, -infinite, no_number})
        expect_refused([jitter](config& c) { c.reconnect_jitter(jitter); },
                       "reconnect.jitter must be 0 to 1");
}

TEST(config, takes_an_assignment_interval_from_100_milliseconds_or_none) {
    for (const int ms : {0, 100, 60'000})
        EXPECT_EQ(config().assignment_interval(milliseconds(ms)).assignment_interval(), milliseconds(ms));
    for (const auto interval : {milliseconds(1), milliseconds(99), milliseconds(-1), milliseconds::min()})
        expect_refused([interval](config& c) { c.assignment_interval(interval); },
                       "assignment.interval.ms must be 100 and more or 0");
}

TEST(config, takes_only_what_json_and_c_strings_hold) {
    using setter = config& (config::*)(std::string_view);
    for (const setter set :
         {setter(&config::group_id), setter(&config::client_id), setter(&config::app),
          setter(&config::timezone), setter(&config::database), setter(&config::bearer_token)}) {
        EXPECT_NO_THROW((config().*set)("\xC3\xA9\xF0\x9F\x98\x80\n"));
        expect_refused([set](config& c) { (c.*set)("a\xFF"); }, " is not UTF-8");
        expect_refused([set](config& c) { (c.*set)(std::string_view("a\0b", 3)); }, " must not contain NUL");
    }
    expect_refused([](config& c) { c.credentials("u\xFF", ""); }, "td.connect.user is not UTF-8");
    expect_refused([](config& c) { c.credentials("u", "\xFF"); }, "td.connect.pass is not UTF-8");
}

TEST(config, takes_tls_settings_without_switching_tls_on) {
    const tls_options options = tls_options().ca_file("/ca").server_name("db").insecure_skip_verify(true);
    const config settings = config().tls_settings(options);
    EXPECT_EQ(settings.tls_settings(), options);
    EXPECT_FALSE(settings.tls());
    EXPECT_TRUE(config().tls(true).tls());
    expect_refused(
        [](config& c) { c.tls_settings(tls_options().server_name(std::string_view("db\0evil", 7))); },
        "tls.server.name must not contain NUL");
}

TEST(config, logs_nothing_without_a_sink_or_a_level) {
    std::string logged;
    const log_sink sink = [&logged](log_level, std::string_view line) { logged = line; };
    EXPECT_EQ(config().log_detail(), log_level::off);
    EXPECT_FALSE(config().log_target());
    EXPECT_EQ(config().log(log_level::debug, nullptr).log_detail(), log_level::off);
    EXPECT_FALSE(config().log(log_level::off, sink).log_target());
    const config settings = config().log(log_level::warning, sink);
    EXPECT_EQ(settings.log_detail(), log_level::warning);
    settings.log_target()(log_level::warning, "line");
    EXPECT_EQ(logged, "line");
}

TEST(config, is_whole_after_it_was_moved_from) {
    config settings("ws://me:mine@a:1,b:2/x?group.id=g");
    const config other = std::move(settings);
    EXPECT_EQ(other.group_id(), "g");
    EXPECT_EQ(settings.endpoints(), other.endpoints());
    EXPECT_EQ(settings.host(), "a");
}

TEST(config, takes_properties_by_the_names_of_the_documentation) {
    config settings;
    settings.set("td.connect.ip", "db")
        .set("td.connect.port", "7041")
        .set("td.connect.user", "me")
        .set("td.connect.pass", "mine");
    settings.set("group.id", "g").set("client.id", "c").set("auto.offset.reset", "earliest");
    settings.set("session.timeout.ms", "6000").set("max.poll.interval.ms", "1000");
    EXPECT_EQ(settings.host(), "db");
    EXPECT_EQ(settings.port(), 7041);
    EXPECT_EQ(settings.user(), "me");
    EXPECT_EQ(settings.password(), "mine");
    EXPECT_EQ(settings.group_id(), "g");
    EXPECT_EQ(settings.client_id(), "c");
    EXPECT_EQ(settings.start_at(), offset_reset::earliest);
    EXPECT_EQ(settings.session_timeout(), milliseconds(6'000));
    EXPECT_EQ(settings.max_poll_interval(), milliseconds(1'000));
    EXPECT_EQ(settings.set("auto.offset.reset", "latest").start_at(), offset_reset::latest);
    EXPECT_EQ(settings.set("auto.offset.reset", "none").start_at(), offset_reset::none);
}

TEST(config, changes_only_the_user_or_only_the_password_by_property) {
    config settings;
    settings.set("td.connect.user", "me");
    EXPECT_EQ(settings.password(), "taosdata");
    settings.set("td.connect.pass", "");
    EXPECT_EQ(settings.user(), "me");
    EXPECT_EQ(settings.password(), "");
}

TEST(config, refuses_properties_whose_text_is_not_their_value) {
    for (const std::string_view text :
         {"", "x", "6041x", " 6041", "6041 ", "+6041", "-1", "6041.0", "99999999999999999999"})
        expect_refused([text](config& c) { c.set("td.connect.port", text); },
                       "td.connect.port must be a number, 1 to 65535");
    for (const std::string_view text : {"0", "65536", "9223372036854775807"})
        expect_refused([text](config& c) { c.set("td.connect.port", text); },
                       "td.connect.port must be 1 to 65535");
    for (const std::string_view text :
         {"", "x", "6000x", "6000 ", "+6000", "-6000", "6000.5", "6s", "99999999999999999999"}) {
        expect_refused([text](config& c) { c.set("session.timeout.ms", text); },
                       "session.timeout.ms must be a number of milliseconds");
        expect_refused([text](config& c) { c.set("max.poll.interval.ms", text); },
                       "max.poll.interval.ms must be a number of milliseconds");
    }
    expect_refused([](config& c) { c.set("session.timeout.ms", "5999"); },
                   "session.timeout.ms must be 6000 to 1800000");
    for (const std::string_view text : {"", "first", "Earliest", "latest "})
        expect_refused([text](config& c) { c.set("auto.offset.reset", text); },
                       "auto.offset.reset must be earliest, latest or none");
    expect_refused([](config& c) { c.set("group.id", "a:b"); }, "group.id must not contain ':'");
}

TEST(config, stays_as_it_is_when_a_setter_refuses) {
    config settings;
    settings.host("db").group_id("g").session_timeout(milliseconds(6'000)).poll_slice(milliseconds(7));
    refusal_of([&] { settings.host("a b"); });
    refusal_of([&] { settings.port(0); });
    refusal_of([&] { settings.group_id("a:b"); });
    refusal_of([&] { settings.session_timeout(milliseconds(1)); });
    refusal_of([&] { settings.poll_slice(milliseconds(0)); });
    EXPECT_EQ(settings.host(), "db");
    EXPECT_EQ(settings.port(), 6041);
    EXPECT_EQ(settings.group_id(), "g");
    EXPECT_EQ(settings.session_timeout(), milliseconds(6'000));
    EXPECT_EQ(settings.poll_slice(), milliseconds(7));
}

TEST(config, takes_parts_of_itself) {
    // Longer than what a std::string keeps inside, so that a part of freed memory would be noticed.
    const std::string user(100, 'u');
    const std::string password(200, 'p');
    config settings;
    settings.credentials(user, password);
    settings.credentials(settings.password(), settings.user());
    EXPECT_EQ(settings.user(), password);
    EXPECT_EQ(settings.password(), user);
    settings.set("td.connect.user", settings.password());
    EXPECT_EQ(settings.user(), user);
    settings.set("td.connect.pass", std::string_view(settings.password()).substr(1));
    EXPECT_EQ(settings.password(), user.substr(1));

    settings.host(std::string(101, 'h')).host(std::string_view(settings.host()).substr(1));
    EXPECT_EQ(settings.host(), std::string(100, 'h'));
    settings.group_id(std::string(101, 'g')).group_id(std::string_view(settings.group_id()).substr(1));
    EXPECT_EQ(settings.group_id(), std::string(100, 'g'));
    settings.client_id(std::string(101, 'c')).client_id(std::string_view(settings.client_id()).substr(1));
    EXPECT_EQ(settings.client_id(), std::string(100, 'c'));
}

}  // namespace
}  // namespace tmq
