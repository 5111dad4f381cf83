#include "support/refusal.hpp"
#include "tmq/config.hpp"
#include "tmq/error.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace tmq {
namespace {

using std::chrono::milliseconds;
using test::refusal;
using test::refusal_of;

struct refused_url {
    const char* url;
    errc code;
    const char* why;
};

const refused_url refused_urls[] = {
    {"", errc::invalid_url, "the scheme must be ws:// or wss://"},
    {"localhost", errc::invalid_url, "the scheme must be ws:// or wss://"},
    {"http://localhost", errc::invalid_url, "the scheme must be ws:// or wss://"},
    {"https://localhost", errc::invalid_url, "the scheme must be ws:// or wss://"},
    {"taos://localhost", errc::invalid_url, "the scheme must be ws:// or wss://"},
    {"tmq+http://localhost", errc::invalid_url, "the scheme must be ws:// or wss://"},
    {"WS://localhost", errc::invalid_url, "the scheme must be ws:// or wss://"},
    {"ws://a,", errc::invalid_url, "the host is missing"},
    {"ws://,a", errc::invalid_url, "the host is missing"},
    {"ws://a:1,:2", errc::invalid_url, "the host is missing"},
    {"ws://a:1,b:x", errc::invalid_url, "the port is not a number"},
    {"ws://a,b:0", errc::invalid_url, "the port is not a number from 1 to 65535"},
    {"ws://a,b c", errc::invalid_argument, "host is not a host name or address"},
    {"ws://a%2Cb", errc::invalid_argument, "host is not a host name or address"},
    {"ws://a?ws.url=ws://b", errc::invalid_argument, "ws.url is not allowed in a query"},
    {"ws://a?WS_URL=ws://b", errc::invalid_argument, "WS_URL is not allowed in a query"},
    {"ws:/localhost", errc::invalid_url, "the scheme must be ws:// or wss://"},
    {"ws://", errc::invalid_url, "the host is missing"},
    {"ws://:6041", errc::invalid_url, "the host is missing"},
    {"ws:///rest/tmq", errc::invalid_url, "the host is missing"},
    {"ws://?group.id=g", errc::invalid_url, "the host is missing"},
    {"ws://root:taosdata@", errc::invalid_url, "the host is missing"},
    {"ws://root:taosdata@:6041", errc::invalid_url, "the host is missing"},
    {"ws://[]:6041", errc::invalid_url, "the host is missing"},
    {"ws://localhost:x", errc::invalid_url, "the port is not a number"},
    {"ws://localhost:6041x", errc::invalid_url, "the port is not a number"},
    {"ws://localhost:-1", errc::invalid_url, "the port is not a number"},
    {"ws://localhost:+1", errc::invalid_url, "the port is not a number"},
    {"ws://localhost:65536", errc::invalid_url, "the port is not a number"},
    {"ws://[::1]:65536", errc::invalid_url, "the port is not a number"},
    {"ws://localhost:0", errc::invalid_url, "the port is not a number from 1 to 65535"},
    {"ws://[::1]:0", errc::invalid_url, "the port is not a number from 1 to 65535"},
    {"ws://[::1", errc::invalid_url, "'[' without ']'"},
    {"ws://[::1]6041", errc::invalid_url, "unexpected text between ']' and the port"},
    {"ws://::1", errc::invalid_url, "brackets"},
    {"ws://fe80::1", errc::invalid_url, "brackets"},
    {"ws://fe80::1:6041", errc::invalid_url, "brackets"},
    {"ws://local%host", errc::invalid_url, "'%' without two hexadecimal digits"},
    {"ws://localhost%", errc::invalid_url, "'%' without two hexadecimal digits"},
    {"ws://localhost%4", errc::invalid_url, "'%' without two hexadecimal digits"},
    {"ws://root%:taosdata@localhost", errc::invalid_url, "'%' without two hexadecimal digits"},
    {"ws://root:%GGtaosdata@localhost", errc::invalid_url, "'%' without two hexadecimal digits"},
    {"ws://localhost?group.id=%4", errc::invalid_url, "'%' without two hexadecimal digits"},
    {"ws://local host", errc::invalid_argument, "host is not a host name or address"},
    {"ws://local%2Fhost", errc::invalid_argument, "host is not a host name or address"},
    {"ws://local%00host", errc::invalid_argument, "host is not a host name or address"},
    {"ws://localhost/a b", errc::invalid_url, "the path has characters that must be escaped"},
    {"ws://localhost/a\r\nb", errc::invalid_url, "the path has characters that must be escaped"},
    {"ws://localhost?group.id", errc::invalid_argument, "group.id must have 1 to 192 bytes"},
    {"ws://localhost?group.id=a:b", errc::invalid_argument, "group.id must not contain ':'"},
    {"ws://localhost?group.id=a%3Ab", errc::invalid_argument, "group.id must not contain ':'"},
    {"ws://localhost?session.timeout.ms=1", errc::invalid_argument,
     "session.timeout.ms must be 6000 to 1800000"},
    {"ws://localhost?nothing=1", errc::invalid_argument, "key 1 of the query is not known"},
    {"ws://localhost?group.id=g&nothing=1", errc::invalid_argument, "key 2 of the query is not known"},
    {"ws://localhost?group_id=1", errc::invalid_argument,
     "key 1 of the query is not known; did you mean 'group.id'?"},
    {"ws://localhost?useSSL=1&tls=1", errc::invalid_argument,
     "'useSSL' and 'tls' are names of the same setting"},
};

TEST(config_url, names_the_host_and_leaves_the_rest_as_it_was) {
    const config settings("ws://db.example.org");
    EXPECT_EQ(settings.host(), "db.example.org");
    EXPECT_EQ(settings.port(), 6041);
    EXPECT_EQ(settings.path(), "/rest/tmq");
    EXPECT_EQ(settings.user(), "root");
    EXPECT_EQ(settings.password(), "taosdata");
    EXPECT_EQ(settings.group_id(), "");
}

TEST(config_url, may_name_everything) {
    const config settings = config::from_url(
        "ws://me:mine@db:7041/proxy/"
        "tmq?group.id=g&client.id=c&auto.offset.reset=none&session.timeout.ms=6000&max.poll.interval.ms="
        "1000");
    EXPECT_EQ(settings.host(), "db");
    EXPECT_EQ(settings.port(), 7041);
    EXPECT_EQ(settings.path(), "/proxy/tmq");
    EXPECT_EQ(settings.user(), "me");
    EXPECT_EQ(settings.password(), "mine");
    EXPECT_EQ(settings.group_id(), "g");
    EXPECT_EQ(settings.client_id(), "c");
    EXPECT_EQ(settings.start_at(), offset_reset::none);
    EXPECT_EQ(settings.session_timeout(), milliseconds(6'000));
    EXPECT_EQ(settings.max_poll_interval(), milliseconds(1'000));
}

TEST(config_url, may_leave_out_any_part) {
    EXPECT_EQ(config("ws://db:1").port(), 1);
    EXPECT_EQ(config("ws://db:65535/").port(), 65'535);
    EXPECT_EQ(config("ws://db/").path(), "/rest/tmq");
    EXPECT_EQ(config("ws://db/x").path(), "/x");
    EXPECT_EQ(config("ws://db/x?").path(), "/x");
    EXPECT_EQ(config("ws://db/x?group.id=g").path(), "/x");
    EXPECT_EQ(config("ws://db?group.id=g").group_id(), "g");
    EXPECT_EQ(config("ws://db?&group.id=g&&").group_id(), "g");
    EXPECT_EQ(config("ws://u:p@db?group.id=g").host(), "db");
}

TEST(config_url, switches_tls_on_or_off) {
    for (const std::string_view url :
         {"ws://db", "taos+ws://db", "tmq+ws://db", "taosws://db", "taosws+ws://db"}) {
        EXPECT_FALSE(config(url).tls()) << url;
        EXPECT_FALSE(config().tls(true).url(url).tls()) << url;
    }
    for (const std::string_view url : {"wss://db", "taos+wss://db", "tmq+wss://db", "taosws+wss://db"}) {
        EXPECT_TRUE(config(url).tls()) << url;
        EXPECT_EQ(config(url).port(), 6041) << url;
    }
    EXPECT_TRUE(config("ws://db?useSSL=true").tls()) << "a key is more specific";
}

TEST(config_url, may_name_several_endpoints) {
    const config settings("ws://me:mine@a:1,b,[::1]:3,[::2]/x?group.id=g");
    EXPECT_EQ(settings.endpoints(), (std::vector<endpoint>{endpoint("a", 1), endpoint("b", 6041),
                                                           endpoint("::1", 3), endpoint("::2", 6041)}));
    EXPECT_EQ(settings.host(), "a");
    EXPECT_EQ(settings.port(), 1);
    EXPECT_EQ(settings.user(), "me");
    EXPECT_EQ(settings.path(), "/x");
    EXPECT_EQ(settings.group_id(), "g");
}

TEST(config_url, of_the_other_connectors_has_the_database_in_its_path) {
    for (const std::string_view driver : {"taos+ws", "taos+wss", "tmq+ws", "tmq+wss", "taosws"}) {
        const config settings(std::string(driver) + "://me:mine@db:7041/power%20plant?group.id=g");
        EXPECT_EQ(settings.database(), "power plant") << driver;
        EXPECT_EQ(settings.path(), "/rest/tmq") << driver;
        EXPECT_EQ(settings.group_id(), "g") << driver;
    }
    EXPECT_EQ(config("tmq+ws://db/").database(), "");
    EXPECT_EQ(config("ws://db/x").database(), "");
}

TEST(config_url, takes_its_keys_in_any_order) {
    for (const std::string_view url :
         {"ws://a?td.connect.port=7&bootstrap.servers=b,c", "ws://a?bootstrap.servers=b,c&td.connect.port=7"})
        EXPECT_EQ(config(url).endpoints(), (std::vector<endpoint>{endpoint("b", 7), endpoint("c", 7)}))
            << url;
}

TEST(config_url, keeps_unknown_keys_where_they_are_allowed) {
    for (const std::string_view url :
         {"ws://a?new.key=1&allow.unknown.keys=true", "ws://a?allow.unknown.keys=true&new.key=1"}) {
        const config settings(url);
        ASSERT_EQ(settings.extra_properties().size(), 1U) << url;
        EXPECT_EQ(settings.extra_properties().at("new.key"), "1") << url;
    }
}

TEST(config_url, puts_ipv6_addresses_in_brackets) {
    EXPECT_EQ(config("ws://[::1]").host(), "::1");
    EXPECT_EQ(config("ws://[::1]").port(), 6041);
    const config settings("ws://me:mine@[2001:db8::1]:7041/x?group.id=g");
    EXPECT_EQ(settings.host(), "2001:db8::1");
    EXPECT_EQ(settings.port(), 7041);
    EXPECT_EQ(settings.path(), "/x");
    EXPECT_EQ(config("ws://[fe80::1%25eth0]").host(), "fe80::1%eth0");
}

TEST(config_url, has_percent_escapes_in_user_password_host_and_query) {
    const config settings("ws://m%65:%40%3a%2F%3f%23%25@d%42/a%20b?group%2Eid=%26%3D%C3%A9&client.id=a+b");
    EXPECT_EQ(settings.user(), "me");
    EXPECT_EQ(settings.password(), "@:/?#%");
    EXPECT_EQ(settings.host(), "dB");
    EXPECT_EQ(settings.path(), "/a%20b") << "the path is sent as it stands";
    EXPECT_EQ(settings.group_id(), "&=\xC3\xA9");
    EXPECT_EQ(settings.client_id(), "a+b") << "'+' is no space";
}

TEST(config_url, ends_the_user_at_the_first_colon_and_the_password_at_the_last_at) {
    const config settings("ws://me:a:b@c@db");
    EXPECT_EQ(settings.user(), "me");
    EXPECT_EQ(settings.password(), "a:b@c");
    EXPECT_EQ(settings.host(), "db");
}

TEST(config_url, ends_a_key_at_the_first_equals_sign) {
    EXPECT_EQ(config("ws://db?client.id=a=b").client_id(), "a=b");
}

TEST(config_url, lets_the_query_and_its_last_key_win) {
    const config settings("ws://me:mine@db?td.connect.pass=other&client.id=a&client.id=b");
    EXPECT_EQ(settings.user(), "me");
    EXPECT_EQ(settings.password(), "other");
    EXPECT_EQ(settings.client_id(), "b");
}

TEST(config_url, leaves_earlier_settings_that_it_does_not_name) {
    config settings;
    settings.credentials("me", "mine").group_id("g").url("ws://db");
    EXPECT_EQ(settings.user(), "me");
    EXPECT_EQ(settings.password(), "mine");
    EXPECT_EQ(settings.group_id(), "g");
}

TEST(config_url, is_refused_with_the_reason) {
    for (const refused_url& refused : refused_urls) {
        const refusal why = refusal_of([&] { config settings(refused.url); });
        EXPECT_EQ(why.code, refused.code) << refused.url << ": " << why.text;
        EXPECT_TRUE(why.says(refused.why)) << refused.url << ": " << why.text;
    }
}

TEST(config_url, changes_nothing_when_it_is_refused) {
    config settings("ws://me:mine@db:7041/x?group.id=g&client.id=c");
    for (const std::string_view url : {"ws://you:yours@other:x", "ws://you:yours@other:1/a b",
                                       "ws://you:yours@other:1/y?group.id=h&client.id=d&nothing=1"}) {
        refusal_of([&] { settings.url(url); });
        EXPECT_EQ(settings.user(), "me") << url;
        EXPECT_EQ(settings.password(), "mine") << url;
        EXPECT_EQ(settings.host(), "db") << url;
        EXPECT_EQ(settings.port(), 7041) << url;
        EXPECT_EQ(settings.path(), "/x") << url;
        EXPECT_EQ(settings.group_id(), "g") << url;
        EXPECT_EQ(settings.client_id(), "c") << url;
    }
}

TEST(config_url, may_be_a_part_of_the_object_it_changes) {
    config settings;
    settings.client_id("ws://" + std::string(40, 'u') + ":p@db:7041/x?client.id=" + std::string(150, 'c') +
                       "&group.id=g");
    settings.url(settings.client_id());
    EXPECT_EQ(settings.client_id(), std::string(150, 'c'));
    EXPECT_EQ(settings.group_id(), "g");

    settings.credentials("ws://" + std::string(40, 'u') + ":p@db:7042/y?group.id=h", "");
    settings.url(settings.user());
    EXPECT_EQ(settings.user(), std::string(40, 'u'));
    EXPECT_EQ(settings.port(), 7042);
    EXPECT_EQ(settings.path(), "/y");
    EXPECT_EQ(settings.group_id(), "h");
}

TEST(config_url, never_shows_a_password_in_its_refusal) {
    const std::vector<std::string> urls = {
        "http://root:s3cr3t@localhost",
        "ws://root:s3cr3t@",
        "ws://root:s3cr3t%@localhost",
        "ws://root:%zzs3cr3t@localhost",
        "ws://root:s3cr3t@localhost:x",
        "ws://root:s3cr3t@localhost:0",
        "ws://root:s3cr3t@[::1",
        "ws://root:s3cr3t@local host",
        "ws://root:s3cr3t@localhost/a b",
        "ws://root:s3cr3t@localhost?nothing=1",
        "ws://root:s3cr3t@localhost?group.id=",
        "ws://localhost?td.connect.pass=s3cr3t&nothing=1",
        "ws://localhost?td.connect.pass=s3cr3t%",
        // Characters that should have been escaped, so that the password is taken for something else.
        "ws://root:s3cr3t/@localhost",
        "ws://root:/s3cr3t@localhost:x",
        "ws://root:12?s3cr3t@localhost",
        "ws://localhost?td.connect.pass=a&s3cr3t",
        "ws://localhost?td.connect.pass=s3cr3t%ff",
        "ws://localhost?token=s3cr3t%00",
        "ws://localhost?tls.private.key.password=s3cr3t%00",
        "ws://root:s3cr3t@a,",
    };
    for (const std::string& url : urls) {
        EXPECT_FALSE(refusal_of([&] { config settings(url); }).says("s3cr3t")) << url;
    }
}

}  // namespace
}  // namespace tmq
