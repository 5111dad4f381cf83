#include "tools/tmqcat_options.hpp"

#include <gtest/gtest.h>

#include <getopt.h>

#include <string>
#include <vector>

namespace tmq::test {
namespace {

using namespace std::chrono_literals;
using tools::parsed_options;

/// Parses a command line that is complete without `more`.
parsed_options parse(const std::vector<std::string>& more, const std::string& url = "ws://localhost") {
    std::vector<std::string> words = {"tmqcat", "-b", url, "-t", "t", "-G", "g"};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    optind = 0;  // GNU getopt starts over
    return tools::parse_tmqcat_options(static_cast<int>(words.size()), arguments.data());
}

config settings_of(const std::vector<std::string>& more, const std::string& url = "ws://localhost") {
    const parsed_options parsed = parse(more, url);
    return parsed.options.value().settings;
}

TEST(tmqcat_options, give_up_connecting_after_a_minute_unless_told_otherwise) {
    EXPECT_EQ(settings_of({}).reconnect_for(), 60s);
    EXPECT_EQ(settings_of({}).reconnect_retries(), config::unlimited_retries);
    EXPECT_EQ(settings_of({"-X", "reconnect.for.ms=5000"}).reconnect_for(), 5s);
    EXPECT_EQ(settings_of({"-X", "reconnect.for.ms=0"}).reconnect_for(), 0s) << "no limit";
    EXPECT_EQ(settings_of({}, "ws://localhost?reconnect.for.ms=7000").reconnect_for(), 7s);
    EXPECT_EQ(settings_of({"-X", "reconnect.retries=9"}).reconnect_for(), 0s)
        << "the number of attempts counts";
    EXPECT_EQ(settings_of({"-X", "reconnect.retries=9"}).reconnect_retries(), 9U);
    const config both = settings_of({"-X", "reconnect.retries=9", "-X", "reconnect.for.ms=5000"});
    EXPECT_EQ(both.reconnect_for(), 5s);
    EXPECT_EQ(both.reconnect_retries(), 9U);
}

TEST(tmqcat_options, want_vgroups_to_be_the_same_for_some_time) {
    EXPECT_EQ(parse({}).options.value().settle_time, 2'000ms);
    EXPECT_EQ(parse({"--settle", "15"}).options.value().settle_time, 15s);
    for (const char* bad : {"", "0", "-1", "x", "1s", "nan"}) {
        const parsed_options refused = parse({"--settle", bad});
        EXPECT_FALSE(refused.options.has_value()) << bad;
        EXPECT_EQ(refused.exit_code, 1) << bad;
    }
}

TEST(tmqcat_options, of_a_property_win_over_the_url_wherever_they_stand) {
    EXPECT_EQ(settings_of({"-X", "poll.slice.ms=7"}, "ws://localhost?poll.slice.ms=8").poll_slice(), 7ms);
    EXPECT_FALSE(settings_of({}).auto_commit());
    EXPECT_FALSE(settings_of({"--commit", "-X", "enable.auto.commit=true"}).auto_commit());
    EXPECT_TRUE(settings_of({"-X", "enable.auto.commit=true"}).auto_commit());
}

}  // namespace
}  // namespace tmq::test
