#include "embedded_server/broker/dialogue.hpp"
#include "embedded_server/web_socket_client.hpp"
#include "support/process.hpp"
#include "tmq/testing/server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

// tmqcat -e ends when the group has everything, neither before nor never, however a real server behaves.

namespace tmq::test {
namespace {

using namespace std::chrono_literals;

struct ended {
    int status = 0;
    std::size_t rows = 0;
    std::string errors;
    std::chrono::milliseconds time{0};
};

/// Runs tmqcat -e with one JSON line for each row.
ended read_to_the_end(const testing::server& server, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {std::string(TMQ_BIN) + "/tmqcat",
                                          "-b",
                                          server.url(),
                                          "-t",
                                          "t",
                                          "-G",
                                          "g",
                                          "-o",
                                          "earliest",
                                          "-e",
                                          "-J"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto start = std::chrono::steady_clock::now();
    process child(std::move(arguments));
    ended result;
    result.rows = child.read_lines(30s).size();
    result.status = child.wait();
    result.errors = child.errors();
    result.time =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    return result;
}

void append_rows(testing::server& server, std::int32_t vgroup, int count) {
    block_builder block;
    block.column("ts", data_type::timestamp).column("v", data_type::integer);
    for (int i = 0; i < count; ++i)
        block.row(i, i);
    server.insert("t", vgroup, block);
}

/// Versions, kinds of topics.
class end_of_topic : public ::testing::TestWithParam<std::string> {};

TEST_P(end_of_topic, comes_within_three_seconds_behind_ones_own_commits) {
    testing::server server(
        testing::server_options().version(GetParam()).log_growth(1).commit_growth(1).poll_pace(10ms));
    const std::vector<std::int32_t> vgroups = server.create_topic(topic_options("t").vgroups(3));
    append_rows(server, vgroups[0], 100);
    const ended got = read_to_the_end(server, {"--commit", "--timeout", "8"});
    EXPECT_EQ(got.status, 0) << got.errors;
    EXPECT_EQ(got.rows, 100U);
    EXPECT_LT(got.time, 4s) << got.errors;
}

TEST_P(end_of_topic, does_not_come_while_dead_members_hold_vgroups_that_come_to_this_group_soon) {
    testing::server server(testing::server_options().version(GetParam()).keep_dead_members(1500ms));
    const std::vector<std::int32_t> vgroups = server.create_topic(topic_options("t").vgroups(4));
    for (const std::int32_t vgroup : vgroups)
        append_rows(server, vgroup, 25);
    {
        web_socket_client first(server.port());
        web_socket_client second(server.port());
        for (web_socket_client* const one : {&first, &second})
            one->ask(subscribe("g", "t"));
    }
    ASSERT_TRUE(server.await_connections(0));
    ASSERT_EQ(server.member_count("g"), 2U);
    const ended got = read_to_the_end(server);
    EXPECT_EQ(got.status, 0) << got.errors;
    EXPECT_EQ(got.rows, 100U) << got.errors;
}

INSTANTIATE_TEST_SUITE_P(versions, end_of_topic, ::testing::Values("3.3.5.8", "3.4.1.6.community"),
                         [](const auto& one) { return one.param.substr(0, 3) == "3.4" ? "v34" : "v335"; });

}  // namespace
}  // namespace tmq::test
