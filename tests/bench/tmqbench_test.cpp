#include "bench/bench_programs.hpp"
#include "tmq/testing/meters.hpp"
#include "tmq/tmq.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tmq::test {

namespace asio = boost::asio;

using namespace testing;

namespace {

using namespace std::chrono_literals;

output tmqbench(std::vector<std::string> arguments) { return run_program("tmqbench", std::move(arguments)); }

class tmqbench_consume : public ::testing::TestWithParam<const char*> {};

TEST_P(tmqbench_consume, sums_values_of_every_type_and_leaves_nulls_out) {
    testing::server server;
    server.create_topic(topic_options("types"));
    block_builder block(time_precision::microseconds);
    block.column("ts", data_type::timestamp)
        .column("b", data_type::boolean)
        .column("i1", data_type::tinyint)
        .column("i2", data_type::smallint);
    block.column("i4", data_type::integer)
        .column("i8", data_type::bigint)
        .column("u1", data_type::unsigned_tinyint);
    block.column("u2", data_type::unsigned_smallint)
        .column("u4", data_type::unsigned_integer)
        .column("u8", data_type::unsigned_bigint);
    block.column("f4", data_type::real)
        .column("f8", data_type::double_precision)
        .column("v", data_type::varchar)
        .column("n", data_type::nchar);
    block.column("bytes", data_type::varbinary);
    const std::vector<std::byte> bytes(3);
    const auto ts = [](std::int64_t us) { return timestamp(us, time_precision::microseconds); };
    for (int row = 0; row < 20; ++row) {
        block.row(ts(5'999), true, -1, -2, -4, -8, 1, 2, 4, ~std::uint64_t{0}, 0.5F, 0.25, "four", "grün",
                  bytes);
        block.row(ts(-1), nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
                  nullptr, nullptr, nullptr, nullptr, nullptr);
    }
    server.append("types", server.vgroups("types")[0], block);

    const result sums(tmqbench(
        {"consume", "--url", server.url(), "--topic", "types", "--rows", "40", "--mode", GetParam()}));
    EXPECT_EQ(sums.text("peer"), "tmq");
    EXPECT_EQ(sums.text("mode"), GetParam());
    EXPECT_EQ(sums.integer("rows"), 40);
    EXPECT_EQ(sums.integer("msgs"), 1);
    EXPECT_EQ(sums.integer("blocks"), 1);
    EXPECT_EQ(sums.integer("cells"), 40 * 15);
    EXPECT_EQ(sums.integer("typed_cells"), GetParam() == std::string("dynamic") ? 0 : 40 * 15);
    EXPECT_EQ(sums.integer("nulls"), 20 * 14);
    EXPECT_EQ(sums.integer("bytes"), 20 * (8 + 1 + 15 + 15 + 12 + 4 + 5 + 3) + 20 * 8);
    // 5.999 ms are 5, -0.001 ms are -1: towards the past. The largest unsigned integer counts as -1.
    EXPECT_EQ(sums.integer("isum"), 20 * (5 - 1 + 1 - 1 - 2 - 4 - 8 + 1 + 2 + 4 - 1));
    EXPECT_EQ(sums.number("fsum"), 20 * 0.75);
    EXPECT_GT(sums.number("first_s"), 0);
    EXPECT_GE(sums.number("seconds"), sums.number("first_s"));
    EXPECT_GT(sums.integer("rows_per_s"), 0);
    EXPECT_GT(sums.number("cpu_s"), 0);
    EXPECT_GT(sums.integer("rss_kb"), 0);
}

TEST_P(tmqbench_consume, reads_columns_of_the_types_of_the_load_with_nulls_where_that_has_none) {
    testing::server server;
    server.create_topic(topic_options("meters"));
    block_builder block;
    block.column("ts", data_type::timestamp)
        .column("current", data_type::real)
        .column("voltage", data_type::integer);
    block.column("phase", data_type::real)
        .column("groupid", data_type::integer)
        .column("location", data_type::varchar);
    block.column("sequence", data_type::bigint);
    for (int row = 0; row < 10; ++row)
        block.row(timestamp(1, time_precision::milliseconds), 0.5F, nullptr, 0.25F, 3, "here", 4);
    server.append("meters", server.vgroups("meters")[0], block);

    const result sums(tmqbench(
        {"consume", "--url", server.url(), "--topic", "meters", "--rows", "10", "--mode", GetParam()}));
    EXPECT_EQ(sums.integer("nulls"), 10);
    EXPECT_EQ(sums.integer("bytes"), 10 * (8 + 4 + 4 + 4 + 4 + 8));
    EXPECT_EQ(sums.integer("isum"), 10 * (1 + 3 + 4));
    EXPECT_EQ(sums.number("fsum"), 10 * 0.75);
}

TEST_P(tmqbench_consume, reads_the_load_alike_in_every_mode) {
    bench_server server({"--rows", "20000", "--rows-per-block", "100", "--blocks-per-message", "5"});
    for (const std::vector<std::string>& how : std::vector<std::vector<std::string>>{{},
                                                                                     {"--prefetch", "0"},
                                                                                     {"--prefetch", "8"},
                                                                                     {"--compress"},
                                                                                     {"--commit"},
                                                                                     {"--work-us", "10"}}) {
        std::vector<std::string> line = {"consume", "--url", server.url, "--topic", "bench",
                                         "--rows",  "20000", "--mode",   GetParam()};
        line.insert(line.end(), how.begin(), how.end());
        const result sums(tmqbench(line));
        EXPECT_EQ(sums.integer("rows"), 20000);
        EXPECT_EQ(sums.integer("msgs"), 40);
        EXPECT_EQ(sums.integer("blocks"), 200);
        EXPECT_EQ(sums.integer("cells"), 7 * 20000);
        EXPECT_EQ(sums.integer("nulls"), 400);
        EXPECT_EQ(sums.integer("bytes"), 1'068'700);
        EXPECT_EQ(sums.integer("isum"), 34'000'000'404'451'316);
        EXPECT_NEAR(sums.number("fsum"), 201503.4710, 0.001);
    }
    EXPECT_EQ(server.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(modes, tmqbench_consume, ::testing::Values("rows", "columns", "dynamic"),
                         [](const auto& mode) { return mode.param; });

TEST(tmqbench_consumers, share_the_vgroups_of_their_group) {
    bench_server server({"--rows", "20000", "--rows-per-block", "100", "--vgroups", "4"});
    const result sums(tmqbench({"consume", "--url", server.url, "--topic", "bench", "--rows", "20000",
                                "--consumers", "3", "--threads", "2"}));
    EXPECT_EQ(sums.integer("rows"), 20000);
    EXPECT_EQ(sums.integer("msgs"), 40);
}

TEST(tmqbench_consumers, read_everything_each_when_they_are_in_groups_of_their_own) {
    bench_server server({"--rows", "2000", "--rows-per-block", "100"});
    const result sums(tmqbench({"consume", "--url", server.url, "--topic", "bench", "--rows", "6000",
                                "--consumers", "3", "--own-groups"}));
    EXPECT_EQ(sums.integer("rows"), 6000);
    EXPECT_EQ(sums.integer("nulls"), 3 * 40);
    EXPECT_LE(sums.number("read_cpu_s"), sums.number("cpu_s"));
}

TEST(tmqbench_commits, every_message_when_it_is_told_to_and_nothing_otherwise) {
    testing::server server;
    server.create_topic(topic_options("meters"));
    append_meters(server, "meters", meter_source(), 0, 100, 10);
    for (const bool commits : {false, true}) {
        std::vector<std::string> line = {"consume", "--url", server.url(), "--topic", "meters",
                                         "--rows",  "100",   "--group",    "g"};
        if (commits) line.emplace_back("--commit");
        EXPECT_EQ(result(tmqbench(line)).integer("rows"), 100);
        EXPECT_EQ(server.request_count("commit_offset"), commits ? 12U : 0U);
        EXPECT_EQ(server.committed("g", "meters", server.vgroups("meters")[0]).value_or(0), commits ? 12 : 0);
    }
    EXPECT_EQ(server.request_count("commit"), 0U);
}

/// Rows by table name, and messages, of a whole topic.
struct topic_content {
    std::map<std::string, std::uint64_t> rows;
    std::uint64_t messages = 0;
    std::int64_t sequence = 0;  ///< sum of the column
};

topic_content read_topic(const std::string& url, std::uint64_t rows) {
    topic_content content;
    asio::io_context context(1);
    config settings(url);
    settings.group_id("g").start_at(offset_reset::earliest);
    consumer reader(context, settings);
    const auto read = [&]() -> asio::awaitable<void> {
        co_await reader.subscribe("bench");
        message received;
        while (rows > 0) {
            const bool got = co_await reader.poll(received, 10s);
            if (!got) break;
            ++content.messages;
            for (const block_view block : received.blocks()) {
                content.rows[std::string(block.table_name())] += block.row_count();
                for (const std::int64_t value : block.column<std::int64_t>("sequence"))
                    content.sequence += value;
                rows -= block.row_count();
            }
        }
        co_await reader.close();
    };
    asio::co_spawn(context, read(), [](std::exception_ptr failure) { EXPECT_EQ(failure, nullptr); });
    context.run();
    return content;
}

TEST(tmqbench_serve, has_no_table_names_unless_it_is_told_to_and_eight_tables_then) {
    const std::vector<std::string> size = {"--rows", "4321", "--rows-per-block", "10", "--blocks-per-message",
                                           "2"};
    bench_server select(size);
    const topic_content selected = read_topic(select.url, 4321);
    EXPECT_EQ(selected.rows, (std::map<std::string, std::uint64_t>{{"", 4321}}));
    EXPECT_EQ(selected.sequence, 4320LL * 4321 / 2);

    std::vector<std::string> with_tables = size;
    with_tables.emplace_back("--stable");
    bench_server stable(with_tables);
    const topic_content named = read_topic(stable.url, 4321);
    ASSERT_EQ(named.rows.size(), 8U);
    for (const auto& [table, rows] : named.rows)
        EXPECT_EQ(rows, table == "d0" ? 541U : 540U) << table;
    EXPECT_EQ(named.messages, selected.messages);
    EXPECT_EQ(named.sequence, selected.sequence);
}

TEST(tmqbench_serve, serves_small_messages) {
    bench_server server({"--rows", "50", "--rows-per-block", "1", "--blocks-per-message", "1"});
    EXPECT_EQ(read_topic(server.url, 50).messages, 50U);
    EXPECT_EQ(server.stop(), 0);
}

TEST(tmqbench_tool, refuses_a_bad_command_line) {
    const std::vector<std::vector<std::string>> lines = {
        {"no_command"},
        {"consume"},
        {"consume", "--url", "ws://127.0.0.1:1", "--topic", "t"},
        {"consume", "--url", "ws://127.0.0.1:1", "--topic", "t", "--rows", "none"},
        {"consume", "--url", "ws://127.0.0.1:1", "--topic", "t", "--rows", "1", "--mode", "cells"},
        {"consume", "--url", "ws://127.0.0.1:1", "--topic", "t", "--rows"},
        {"serve", "--rows", "0"},
        {"serve", "--tls-key", "/dev/null"},
        {"serve", "--no-such-option"},
    };
    for (const std::vector<std::string>& line : lines) {
        const output refused = tmqbench(line);
        EXPECT_EQ(refused.status, 1) << line.back();
        EXPECT_NE(refused.errors.find("Usage: tmqbench"), std::string::npos) << line.back();
    }
    EXPECT_EQ(tmqbench({"--help"}).status, 0);
}

TEST(tmqbench_tool, a_server_that_cannot_be_reached_is_an_exit_status) {
    const output refused = tmqbench({"consume", "--url", "ws://127.0.0.1:1", "--topic", "t", "--rows", "1"});
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.errors.find("127.0.0.1:1"), std::string::npos) << refused.errors;
    EXPECT_EQ(refused.line, "");
}

}  // namespace
}  // namespace tmq::test
