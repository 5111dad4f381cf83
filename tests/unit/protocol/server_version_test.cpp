#include "protocol/server_version.hpp"

#include <gtest/gtest.h>

namespace tmq::protocol {
namespace {

TEST(server_version, is_read_as_servers_report_it) {
    EXPECT_EQ(parse_server_version("3.3.5.8"), (server_version{3, 3, 5}));
    EXPECT_EQ(parse_server_version("3.4.1.6.community"), (server_version{3, 4, 1}));
    EXPECT_EQ(parse_server_version("3.3.2"), (server_version{3, 3, 2}));
    EXPECT_EQ(parse_server_version("3.3.6-alpha"), (server_version{3, 3, 6}));
    EXPECT_EQ(parse_server_version("10.20.4294967295"), (server_version{10, 20, 4'294'967'295}));
}

TEST(server_version, is_not_known_without_three_numbers) {
    for (const char* text : {"", "3", "3.3", "3.3.", "3..3", ".3.3.3", "v3.3.3", "3.3.x", "3,3,3", "-3.3.3",
                             "3.-3.3", "3.3. 3", "3.3.4294967296", "version"})
        EXPECT_EQ(parse_server_version(text), std::nullopt) << text;
}

TEST(server_version, is_ordered_by_its_numbers) {
    EXPECT_LT(parse_server_version("3.3.2.9"), parse_server_version("3.3.3.0"));
    EXPECT_LT(parse_server_version("3.9.9"), parse_server_version("3.10.0"));
    EXPECT_LT(parse_server_version("3.9.9"), parse_server_version("4.0.0"));
}

}  // namespace
}  // namespace tmq::protocol
