#include "config/endpoint_list.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tmq::settings {
namespace {

TEST(parse_endpoint, takes_a_host_and_its_port) {
    struct address {
        std::string text;
        endpoint becomes;
    };
    const std::string longest(255, 'h');
    for (const address& one : {address{"vm:6441", endpoint("vm", 6441)},
                               {"db-1.example:1", endpoint("db-1.example", 1)},
                               {"10.0.0.1:65535", endpoint("10.0.0.1", 65'535)},
                               {"[::1]:6041", endpoint("::1", 6041)},
                               {"[fe80::1%eth0]:7", endpoint("fe80::1%eth0", 7)},
                               {"db", endpoint("db", 6041)},
                               {"[::1]", endpoint("::1", 6041)},
                               {longest + ":1", endpoint(longest, 1)}})
        EXPECT_EQ(parse_endpoint(one.text), one.becomes) << one.text;
}

TEST(parse_endpoint, takes_nothing_else) {
    for (const std::string_view text :
         {"",         ":",        ":6041",     "db:0",   "db:65536", "db:-1",     "db:+1", "db: 1", "db:1 ",
          "db:6041x", "db:0x10",  "db:1.0",    "db:1:2", "::1",      "::1:6041",  "[::1",  "[]:1",  "[::1]1",
          "[::1]x:1", "[db:1]:2", "[[::1]]:1", "]db:1",  "ws://db",  "ws://db:1", "a,b:1", "a@b:1", "a/b:1",
          "a?b:1",    "a#b:1",    " db:1",     "d b:1",  "db\r\n:1", "db\x7F:1"})
        EXPECT_EQ(parse_endpoint(text), std::nullopt) << text;
    EXPECT_EQ(parse_endpoint(std::string_view("d\0b:1", 5)), std::nullopt);
    for (const std::string_view control : {"\u009B", "\u202E", "\u2028", "\x9B", "\xFF"})
        EXPECT_EQ(parse_endpoint("db" + std::string(control) + ":1"), std::nullopt);
    EXPECT_EQ(parse_endpoint("b\u00FCro:1"), endpoint("b\u00FCro", 1));
    EXPECT_EQ(parse_endpoint(std::string_view("db:1\0", 5)), std::nullopt);
    EXPECT_EQ(parse_endpoint(std::string(256, 'h') + ":1"), std::nullopt);
    EXPECT_EQ(parse_endpoint("db:" + std::string(1'000'000, '1')), std::nullopt);
}

TEST(parse_endpoint, is_of_nothing_or_of_a_shorter_address_where_one_is_cut) {
    const std::string_view whole = "[2001:db8::1]:6041";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::string_view cut = whole.substr(0, size);
        const auto address = parse_endpoint(cut);
        EXPECT_EQ(address.has_value(), size > whole.find(']')) << cut;
        if (address) {
            EXPECT_EQ(address->host(), "2001:db8::1") << cut;
        }
    }
}

TEST(parse_endpoints, refuses_a_port_outside_its_range) {
    for (const std::string_view text : {"db:0", "db:00", "[::1]:0", "a:1,db:0", "db:0,a:1", "db:65536"}) {
        const endpoint_list list = parse_endpoints(text);
        EXPECT_EQ(list.problem, "the port is not a number from 1 to 65535") << text;
    }
    EXPECT_EQ(parse_endpoints("db:1").problem, "");
    EXPECT_EQ(parse_endpoints("db:65535").problem, "");
}

}  // namespace
}  // namespace tmq::settings
