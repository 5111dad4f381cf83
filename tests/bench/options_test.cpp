#include "tools/tmqbench/consume_options.hpp"
#include "tools/tmqbench/latency_options.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace tmq::tools::tmqbench {
namespace {

using namespace std::chrono_literals;

consume_options consume_with(const std::string& url) {
    arguments all({"--url", url, "--topic", "t", "--rows", "1"});
    return parse_consume_options(all);
}

latency_options latency_with(std::vector<std::string> more) {
    more.insert(more.begin(), {"--url", "ws://h:1"});
    arguments all(std::move(more));
    return parse_latency_options(all);
}

TEST(tmqbench_options, give_up_a_lost_server_after_a_minute_unless_told_otherwise) {
    EXPECT_EQ(consume_with("ws://h:1").settings.reconnect_for(), 60s);
    EXPECT_EQ(consume_with("ws://h:1?reconnect.for.ms=2000").settings.reconnect_for(), 2s);
    EXPECT_EQ(consume_with("ws://h:1?reconnect.for.ms=0").settings.reconnect_for(), 0s);
    EXPECT_EQ(latency_with({}).settings.reconnect_for(), 60s);
}

TEST(tmqbench_options, of_latency_have_a_topic_of_their_own_and_bounds) {
    const latency_options plain = latency_with({});
    EXPECT_EQ(plain.topic, plain.group);
    EXPECT_EQ(plain.client, latency_client::tmq);
    EXPECT_EQ(plain.rows, 500U);
    EXPECT_EQ(plain.rate, 75);
    EXPECT_EQ(latency_with({"--topic", "mine", "--client", "drain", "--rate", "10"}).topic, "mine");
    for (const std::vector<std::string>& refused :
         std::vector<std::vector<std::string>>{{"--rows", "0"},
                                               {"--rate", "0"},
                                               {"--client", "other"},
                                               {"--topic", "a b"},
                                               {"--topic", "1a"},
                                               {"--consumers", "2"},
                                               {"--group", "\"", "--client", "drain"},
                                               {"--url", "wss://h:1"}})
        EXPECT_THROW(latency_with(refused), usage_error) << refused[1];
}

}  // namespace
}  // namespace tmq::tools::tmqbench
