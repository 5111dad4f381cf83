#include "tmq/stats.hpp"

#include "base/latency.hpp"
#include "tmq/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <sstream>
#include <string>
#include <vector>

namespace tmq {
namespace {

using namespace std::chrono_literals;

latency_summary times(std::initializer_list<latency_bucket> buckets, std::chrono::nanoseconds total) {
    latency_summary result;
    result.buckets = buckets;
    result.total = total;
    result.min = buckets.begin()->upper;
    result.max = (buckets.end() - 1)->upper;
    base::fill_in_quantiles(result);
    return result;
}

vgroup_stats vgroup(std::int32_t number, std::uint64_t messages) {
    vgroup_stats result;
    result.topic = "meters";
    result.vgroup = number;
    result.messages = messages;
    result.rows = 10 * messages;
    result.bytes = 100 * messages;
    result.position = static_cast<std::int64_t>(messages);
    return result;
}

/// Figures in which every member differs from every other.
stats figures(std::uint64_t step) {
    stats result;
    std::uint64_t next = 0;
    for (std::uint64_t stats::* member :
         {&stats::messages, &stats::blocks, &stats::rows, &stats::bytes_received, &stats::bytes_sent,
          &stats::bytes_inflated, &stats::polls, &stats::empty_polls, &stats::commits, &stats::connections,
          &stats::reconnects, &stats::late_replies, &stats::read_ahead})
        result.*member = step * ++next;
    result.server_time = std::chrono::nanoseconds(step * 100);
    result.ready_time = std::chrono::nanoseconds(step * 200);
    return result;
}

TEST(stats_difference, subtracts_counters_and_keeps_what_is_none) {
    stats earlier = figures(1);
    stats later = figures(3);
    earlier.vgroups = {vgroup(2, 5)};
    later.vgroups = {vgroup(1, 4), vgroup(2, 7)};
    const stats between = difference(later, earlier);
    stats expected = figures(2);
    expected.read_ahead = later.read_ahead;
    expected.vgroups = {vgroup(1, 4), vgroup(2, 2)};
    expected.vgroups[1].position = 7;
    EXPECT_EQ(between, expected);
    EXPECT_EQ(difference(later, stats()), later);
}

TEST(stats_difference, is_never_negative) {
    EXPECT_EQ(difference(stats(), figures(1)).messages, 0U) << "of two consumers, or in the wrong order";
}

TEST(stats_difference, has_the_quantiles_of_the_time_between) {
    stats earlier;
    stats later;
    earlier.round_trip = times({{10ns, 90}, {1'000ns, 10}}, 10'900ns);
    later.round_trip = times({{10ns, 90}, {500ns, 98}, {1'000ns, 12}}, 61'900ns);
    const latency_summary between = difference(later, earlier).round_trip;
    EXPECT_EQ(between.buckets, (std::vector<latency_bucket>{{500ns, 98}, {1'000ns, 2}}));
    EXPECT_EQ(between.count, 100U);
    EXPECT_EQ(between.total, 51'000ns);
    EXPECT_EQ(between.mean, 510ns);
    EXPECT_EQ(between.min, 500ns);
    EXPECT_EQ(between.p50, 500ns);
    EXPECT_EQ(between.p99, 1'000ns);
    EXPECT_EQ(between.max, 1'000ns);
    EXPECT_EQ(difference(later, later).round_trip, latency_summary());
}

TEST(stats_json, has_every_figure) {
    stats some = figures(1);
    some.poll_wait = times({{10ns, 1}, {20ns, 2}}, 44ns);
    some.vgroups = {vgroup(2, 5)};
    some.vgroups[0].topic = "a\"b";
    some.vgroups[0].age = -5ns;
    const std::string none = R"({"count":0,"min":0,"mean":0,"p50":0,"p99":0,"max":0,"total":0,"buckets":[]})";
    EXPECT_EQ(to_json(some),
              R"({"messages":1,"blocks":2,"rows":3,"bytes_received":4,"bytes_sent":5,"bytes_inflated":6,)"
              R"("polls":7,"empty_polls":8,"commits":9,"connections":10,"reconnects":11,"late_replies":12,)"
              R"("round_trip":)" +
                  none +
                  R"(,"poll_wait":{"count":3,"min":10,"mean":14,"p50":20,"p99":20,"max":20,"total":44,)"
                  R"("buckets":[[10,1],[20,2]]},"commit_round_trip":)" +
                  none +
                  R"(,"server_time":100,"read_ahead":13,"ready_time":200,)"
                  R"("vgroups":[{"topic":"a\"b","vgroup":2,"messages":5,"rows":50,"bytes":500,"position":5,)"
                  R"("committed":null,"lag":null,"age":-5}]})");
}

std::vector<std::string> lines_with(const std::string& text, std::string_view part) {
    std::vector<std::string> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.find(part) != std::string::npos) found.push_back(line);
    return found;
}

TEST(prometheus_text, describes_a_metric_and_gives_its_value) {
    const std::string text = to_prometheus(figures(1));
    EXPECT_EQ(lines_with(text, "tmq_messages_total"),
              (std::vector<std::string>{"# HELP tmq_messages_total Messages delivered by poll.",
                                        "# TYPE tmq_messages_total counter", "tmq_messages_total 1"}));
    EXPECT_EQ(lines_with(text, "tmq_read_ahead_messages").back(), "tmq_read_ahead_messages 13");
    EXPECT_EQ(lines_with(text, "tmq_server_seconds_total").back(), "tmq_server_seconds_total 1e-07");
    EXPECT_EQ(text.back(), '\n');
}

TEST(prometheus_text, has_labels_of_the_caller_and_of_vgroups) {
    stats some;
    some.vgroups = {vgroup(2, 5)};
    some.vgroups[0].lag = 3;
    some.vgroups[0].age = 1'500ms;
    const std::string text = to_prometheus(some, {{"group", "a\"b\\c\nd"}, {"instance", "1"}});
    const std::string labels = R"(group="a\"b\\c\nd",instance="1")";
    EXPECT_EQ(lines_with(text, "tmq_polls_total").back(), "tmq_polls_total{" + labels + "} 0");
    const std::string more = "{" + labels + R"(,topic="meters",vgroup="2"} )";
    EXPECT_EQ(lines_with(text, "tmq_vgroup_rows_total").back(), "tmq_vgroup_rows_total" + more + "50");
    EXPECT_EQ(lines_with(text, "tmq_vgroup_position").back(), "tmq_vgroup_position" + more + "5");
    EXPECT_EQ(lines_with(text, "tmq_vgroup_lag_entries").back(), "tmq_vgroup_lag_entries" + more + "3");
    EXPECT_EQ(lines_with(text, "tmq_vgroup_age_seconds").back(), "tmq_vgroup_age_seconds" + more + "1.5");
    EXPECT_EQ(lines_with(text, "tmq_vgroup_committed_offset").size(), 2U) << "unknown: no sample";
}

TEST(prometheus_text, has_histograms_whose_buckets_add_up) {
    stats some;
    some.round_trip = times({{1'023ns, 2}, {1'151ns, 3}, {std::chrono::hours(1), 1}}, 2'500ms);
    const std::vector<std::string> lines = lines_with(to_prometheus(some), "tmq_round_trip_seconds");
    ASSERT_EQ(lines.size(), 2U + 27U + 3U);
    EXPECT_EQ(lines[1], "# TYPE tmq_round_trip_seconds histogram");
    EXPECT_EQ(lines[2], R"(tmq_round_trip_seconds_bucket{le="1.024e-06"} 2)");
    EXPECT_EQ(lines[3], R"(tmq_round_trip_seconds_bucket{le="2.048e-06"} 5)");
    EXPECT_EQ(lines[28], R"(tmq_round_trip_seconds_bucket{le="68.719476736"} 5)");
    EXPECT_EQ(lines[29], R"(tmq_round_trip_seconds_bucket{le="+Inf"} 6)");
    EXPECT_EQ(lines[30], "tmq_round_trip_seconds_sum 2.5");
    EXPECT_EQ(lines[31], "tmq_round_trip_seconds_count 6");
}

TEST(prometheus_text, describes_each_metric_of_several_consumers_once) {
    const std::vector<labelled_stats> consumers = {{figures(1), {{"member", "1"}}},
                                                   {figures(2), {{"member", "2"}}}};
    const std::string text = to_prometheus(consumers);
    EXPECT_EQ(lines_with(text, "tmq_rows_total"),
              (std::vector<std::string>{"# HELP tmq_rows_total Rows in the delivered messages.",
                                        "# TYPE tmq_rows_total counter", R"(tmq_rows_total{member="1"} 3)",
                                        R"(tmq_rows_total{member="2"} 6)"}));
}

TEST(prometheus_text, refuses_labels_that_the_format_does_not_know) {
    for (const char* name : {"", "1a", "a-b", "a b", "__a", "le", "topic", "vgroup", "\xC3\xA9"})
        EXPECT_THROW(to_prometheus(stats(), {{name, "x"}}), error) << name;
    EXPECT_NO_THROW(to_prometheus(stats(), {{"_a1", ""}}));
}

}  // namespace
}  // namespace tmq
