#include "support/refusal.hpp"
#include "tmq/config.hpp"
#include "tmq/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tmq {
namespace {

using test::refusal_of;

using pairs = std::vector<std::pair<std::string, std::string>>;

/// The configuration that the properties make in every order, which must be one and the same.
template <class Check>
void in_every_order(pairs properties, const Check& check) {
    std::sort(properties.begin(), properties.end());
    do {
        std::string order;
        for (const auto& [key, value] : properties)
            order += key + " ";
        SCOPED_TRACE(order);
        check(config::from_properties(properties));
    } while (std::next_permutation(properties.begin(), properties.end()));
}

TEST(from_properties, takes_maps_and_ranges_of_pairs) {
    const std::map<std::string, std::string> map = {{"group.id", "g"}, {"td.connect.ip", "db"}};
    const std::unordered_map<std::string, std::string> unordered(map.begin(), map.end());
    const std::vector<std::pair<std::string_view, const char*>> list = {{"td.connect.ip", "db"},
                                                                        {"group.id", "g"}};
    const std::pair<const char*, const char*> array[] = {{"td.connect.ip", "db"}, {"group.id", "g"}};
    for (const config& settings : {config::from_properties(map), config::from_properties(unordered),
                                   config::from_properties(list), config::from_properties(array),
                                   config::from_properties({{"group.id", "g"}, {"td.connect.ip", "db"}})}) {
        EXPECT_EQ(settings.group_id(), "g");
        EXPECT_EQ(settings.host(), "db");
    }
    EXPECT_EQ(config::from_properties(pairs()).host(), "localhost");
}

TEST(from_properties, lets_single_keys_win_over_the_address) {
    in_every_order({{"ws.url", "wss://me:mine@a:1/x?group.id=g&client.id=c"},
                    {"td.connect.port", "7"},
                    {"td.connect.pass", "other"},
                    {"client.id", "d"},
                    {"useSSL", "false"}},
                   [](const config& settings) {
                       EXPECT_EQ(settings.endpoints(), std::vector<endpoint>{endpoint("a", 7)});
                       EXPECT_EQ(settings.path(), "/x");
                       EXPECT_EQ(settings.user(), "me");
                       EXPECT_EQ(settings.password(), "other");
                       EXPECT_EQ(settings.group_id(), "g");
                       EXPECT_EQ(settings.client_id(), "d");
                       EXPECT_FALSE(settings.tls());
                   });
}

TEST(from_properties, lets_the_list_of_servers_win_over_the_url) {
    in_every_order(
        {{"ws.url", "ws://a:1?group.id=g"}, {"bootstrap.servers", "b:2,c"}}, [](const config& settings) {
            EXPECT_EQ(settings.endpoints(), (std::vector<endpoint>{endpoint("b", 2), endpoint("c", 6041)}));
            EXPECT_EQ(settings.group_id(), "g");
        });
    in_every_order({{"bootstrap.servers", "b:2,c"}, {"td.connect.ip", "d"}}, [](const config& settings) {
        EXPECT_EQ(settings.endpoints(), std::vector<endpoint>{endpoint("d", 2)});
    });
    in_every_order({{"bootstrap.servers", "b:2,c"}, {"td.connect.port", "7"}}, [](const config& settings) {
        EXPECT_EQ(settings.endpoints(), (std::vector<endpoint>{endpoint("b", 7), endpoint("c", 7)}));
    });
}

TEST(from_properties, lets_the_scheme_win_over_the_switch) {
    in_every_order({{"useSSL", "false"}, {"td.connect.websocket.scheme", "wss"}},
                   [](const config& settings) { EXPECT_TRUE(settings.tls()); });
    in_every_order({{"ws.url", "wss://a"}, {"td.connect.websocket.scheme", "ws"}},
                   [](const config& settings) { EXPECT_FALSE(settings.tls()); });
}

TEST(from_properties, allows_unknown_keys_wherever_that_is_said) {
    in_every_order(
        {{"a.key", "1"}, {"ws.url", "ws://a?z.key=2"}, {"allow.unknown.keys", "true"}, {"group.id", "g"}},
        [](const config& settings) {
            EXPECT_EQ(settings.extra_properties(),
                      (std::map<std::string, std::string, std::less<>>{{"a.key", "1"}, {"z.key", "2"}}));
        });
}

TEST(from_properties, refuses_one_setting_under_two_names) {
    for (const pairs& properties :
         {pairs{{"reconnect.retries", "1"}, {"ws.reconnectRetryCount", "1"}},
          pairs{{"ws.reconnectRetryCount", "1"}, {"group.id", "g"}, {"ws.reconnect.retry.count", "2"}},
          pairs{{"WS_URL", "ws://a"}, {"ws.url", "ws://a"}}}) {
        const auto refused = refusal_of([&] { config::from_properties(properties); });
        EXPECT_EQ(refused.code, errc::invalid_argument);
        EXPECT_TRUE(refused.says("'" + properties.front().first + "' and '" + properties.back().first +
                                 "' are names of the same setting"))
            << refused.text;
    }
}

TEST(from_properties, takes_the_last_of_one_key_given_twice) {
    EXPECT_EQ(
        config::from_properties(pairs{{"client.id", "a"}, {"group.id", "g"}, {"client.id", "b"}}).client_id(),
        "b");
}

TEST(from_properties, refuses_as_set_does) {
    EXPECT_TRUE(refusal_of([] {
                    config::from_properties({{"group_id", "g"}});
                }).says("property 'group_id' is not known; did you mean 'group.id'?"));
    EXPECT_TRUE(refusal_of([] {
                    config::from_properties({{"poll.slice.ms", "0"}});
                }).says("poll.slice.ms must be 1 to 60000"));
    EXPECT_EQ(refusal_of([] { config::from_properties({{"ws.url", "http://a"}}); }).code, errc::invalid_url);
}

}  // namespace
}  // namespace tmq
