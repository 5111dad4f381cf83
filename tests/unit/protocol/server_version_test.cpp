#include "protocol/server_version.hpp"

#include <gtest/gtest.h>

namespace tmq::protocol {
namespace {

TEST(ServerVersion, IsReadAsServersReportIt) {
    EXPECT_EQ(parse_server_version("3.3.5.8"), (server_version{3, 3, 5}));
    EXPECT_EQ(parse_server_version("3.4.1.6.community"), (server_version{3, 4, 1}));
    EXPECT_EQ(parse_server_version("3.3.2"), (server_version{3, 3, 2}));
    EXPECT_EQ(parse_server_version("3.3.6-alpha"), (server_version{3, 3, 6}));
    EXPECT_EQ(parse_server_version("10.20.4294967295"), (server_version{10, 20, 4'294'967'295}));
}

TEST(ServerVersion, IsNotKnownWithoutThreeNumbers) {
    for (const char* text : {"", "3", "3.3", "3.3.", "3..3", ".3.3.3", "v3.3.3", "3.3.x", "3,3,3", "-3.3.3",
                             "3.-3.3", "3.3. 3", "3.3.4294967296", "version"})
        EXPECT_EQ(parse_server_version(text), std::nullopt) << text;
}

TEST(ServerVersion, IsOrderedByItsNumbers) {
    EXPECT_LT(parse_server_version("3.3.2.9"), parse_server_version("3.3.3.0"));
    EXPECT_LT(parse_server_version("3.9.9"), parse_server_version("3.10.0"));
    EXPECT_LT(parse_server_version("3.9.9"), parse_server_version("4.0.0"));
}

}  // namespace
}  // namespace tmq::protocol
