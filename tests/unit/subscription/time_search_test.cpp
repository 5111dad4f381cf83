#include "subscription/time_search.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace tmq::subscription {
namespace {

timestamp at(std::int64_t ms) { return timestamp(ms, time_precision::milliseconds); }

/// A log: the time of the one row of each entry; nothing for an entry without rows.
using log = std::vector<std::optional<std::int64_t>>;

struct outcome {
    std::int64_t offset = 0;
    int probes = 0;
};

/// Searches a log whose messages gather up to `size` entries with rows.
outcome search(const log& entries, std::int64_t wanted, std::size_t size = 1, std::int64_t begin = 0) {
    time_search running(at(wanted), begin, begin + static_cast<std::int64_t>(entries.size()));
    outcome result;
    while (!running.is_done()) {
        ++result.probes;
        std::size_t first = static_cast<std::size_t>(running.probe() - begin);
        while (first < entries.size() && !entries[first])
            ++first;
        std::size_t end = first;
        std::int64_t newest = std::numeric_limits<std::int64_t>::min();
        for (std::size_t rows = 0; end < entries.size() && rows < size; ++end)
            if (entries[end]) {
                newest = std::max(newest, *entries[end]);
                ++rows;
            }
        if (first == entries.size())
            running.found_nothing();
        else
            running.found(begin + static_cast<std::int64_t>(first), begin + static_cast<std::int64_t>(end),
                          at(newest));
        if (result.probes > 100) break;
    }
    result.offset = running.result();
    return result;
}

TEST(time_search, finds_the_first_entry_of_that_time_or_later) {
    const log entries{10, 20, 30, 40, 50};
    EXPECT_EQ(search(entries, 30).offset, 2);
    EXPECT_EQ(search(entries, 31).offset, 3);
    EXPECT_EQ(search(entries, 1).offset, 0);
    EXPECT_EQ(search(entries, 50).offset, 4);
    EXPECT_EQ(search(entries, 51).offset, 5) << "the end of the log";
    EXPECT_EQ(search({}, 5).offset, 0);
    EXPECT_EQ(search(entries, 30, 1, 1000).offset, 1002);
}

TEST(time_search, passes_over_entries_without_rows) {
    const log entries{std::nullopt, 10, std::nullopt, std::nullopt, 20, 30, std::nullopt, std::nullopt};
    EXPECT_EQ(search(entries, 10).offset, 1);
    EXPECT_EQ(search(entries, 15).offset, 4);
    EXPECT_EQ(search(entries, 30).offset, 5);
    EXPECT_EQ(search(entries, 31).offset, 8);
    EXPECT_EQ(search({std::nullopt, std::nullopt}, 1).offset, 2);
}

TEST(time_search, takes_messages_of_any_size_and_never_starts_after_the_time) {
    log entries;
    for (std::int64_t i = 0; i < 200; ++i)
        entries.push_back(i % 3 == 0 ? std::nullopt : std::optional(i * 10));
    for (const std::size_t size : {1, 7, 50, 500})
        for (std::int64_t wanted = -5; wanted < 2'100; wanted += 5) {
            const std::int64_t offset = search(entries, wanted, size).offset;
            for (std::int64_t i = 0; i < offset; ++i) {
                const std::optional<std::int64_t> time = entries[static_cast<std::size_t>(i)];
                ASSERT_TRUE(!time || *time < wanted) << "missed, with messages of " << size;
            }
        }
}

TEST(time_search, needs_few_messages) {
    log entries;
    for (std::int64_t i = 0; i < 1'000'000; ++i)
        entries.push_back(i);
    EXPECT_LE(search(entries, 123'456).probes, 21);
    EXPECT_EQ(search(entries, 123'456).offset, 123'456);
}

TEST(time_search, misses_only_rows_within_the_lateness_of_the_time) {
    // Every tenth row is written 50 later than its time says.
    log entries;
    for (std::int64_t i = 0; i < 500; ++i)
        entries.push_back(i % 10 == 0 ? i * 10 - 50 : i * 10);
    for (std::int64_t wanted = 0; wanted < 5'000; wanted += 10) {
        const std::int64_t offset = search(entries, wanted).offset;
        for (std::int64_t i = 0; i < offset; ++i)
            ASSERT_LT(*entries[static_cast<std::size_t>(i)], wanted + 50);
    }
}

TEST(time_search, ends_even_if_the_server_contradicts_itself) {
    time_search running(at(5), 0, 1'000);
    int probes = 0;
    while (!running.is_done() && ++probes < 2'000)
        running.found(0, 0, at(1));
    EXPECT_LE(probes, 11);
    EXPECT_EQ(running.result(), 1'000);
}

TEST(time_search, compares_times_of_different_precisions) {
    time_search running(timestamp(1'500'000, time_precision::nanoseconds), 0, 1);
    running.found(0, 1, at(1));
    EXPECT_TRUE(running.is_done());
    EXPECT_EQ(running.result(), 1) << "1 ms is before 1.5 ms";
}

}  // namespace
}  // namespace tmq::subscription
