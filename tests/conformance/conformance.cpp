#include "conformance/conformance.hpp"

#include <algorithm>
#include <numeric>
#include <thread>

namespace tmq::test {

namespace {

/// Of row 0; one millisecond per value.
constexpr std::int64_t first_time = 1'700'000'000'000;

fixture_waits waits_for(const server_under_test& server) {
    const std::chrono::milliseconds patience = server.patience();
    return {server.is_embedded() ? 2ms : 100ms, patience, 5 * patience};
}

}  // namespace

void reading::add(const message& received) {
    ++messages;
    const std::pair<std::string, std::int32_t> log(received.topic(), received.vgroup());
    if (next.contains(log)) {
        EXPECT_GE(received.offset(), next[log]);
    }
    EXPECT_GT(received.next_offset(), received.offset());
    next[log] = received.next_offset().value();
    for (const block_view block : received.blocks())
        for (const auto& [ts, value] : block.rows<timestamp, std::int32_t>("ts", "v")) {
            EXPECT_EQ(ts.ticks(), first_time + value);
            rows.push_back({log.first, log.second, std::string(block.table_name()), value});
        }
}

std::vector<std::int32_t> reading::sorted() const {
    std::vector<std::int32_t> values;
    for (const received_row& row : rows)
        values.push_back(row.value);
    std::sort(values.begin(), values.end());
    return values;
}

void reading::expect_order_within_tables() const {
    std::map<std::string, std::int32_t> last;
    for (const received_row& row : rows) {
        const auto [at, is_first] = last.try_emplace(row.table, row.value);
        EXPECT_TRUE(is_first || row.value > at->second)
            << row.table << " has " << row.value << " behind " << at->second;
        at->second = row.value;
    }
}

std::vector<std::int32_t> values_from(std::int32_t first, std::size_t count) {
    std::vector<std::int32_t> values(count);
    std::iota(values.begin(), values.end(), first);
    return values;
}

conformance::conformance() : coroutine_fixture(waits_for(server_under_test::get())) {}

void conformance::SetUp() {
    if (server.is_twice_named())
        GTEST_SKIP() << "TMQ_TEST_URL names the server, and that has but one version";
}

void conformance::TearDown() {
    // A group that has just lost its members keeps the topic for a moment.
    const auto deadline = std::chrono::steady_clock::now() + server.patience();
    for (const std::string& topic : topics_) {
        sql_result result = server.sql("DROP TOPIC IF EXISTS " + topic);
        while (result.code != 0 && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(20ms);
            result = server.sql("DROP TOPIC IF EXISTS " + topic);
        }
        EXPECT_EQ(result.code, 0) << "DROP TOPIC: " << result.text;
    }
    for (const std::string& database : databases_) {
        const sql_result result = server.sql("DROP DATABASE IF EXISTS " + database);
        EXPECT_EQ(result.code, 0) << "DROP DATABASE: " << result.text;
    }
}

void conformance::sql(const std::string& statement) {
    const sql_result result = server.sql(statement);
    ASSERT_EQ(result.code, 0) << statement.substr(0, 300) << "\nHTTP " << result.http_status << ": "
                              << result.text;
}

std::string conformance::create_database(int vgroups, std::string_view precision) {
    std::string name = unique_name();
    databases_.push_back(name);
    sql("CREATE DATABASE " + name + " VGROUPS " + std::to_string(vgroups) + " PRECISION '" +
        std::string(precision) + "' WAL_RETENTION_PERIOD 3600");
    return name;
}

std::string conformance::create_topic(const std::string& as, std::string_view with) {
    std::string name = unique_name();
    topics_.push_back(name);
    sql("CREATE TOPIC " + name + " " + std::string(with) + "AS " + as);
    return name;
}

conformance::meters conformance::create_meters(int vgroups, int tables) {
    meters made;
    made.tables = tables;
    made.database = create_database(vgroups);
    sql("CREATE STABLE " + made.database + ".m (ts TIMESTAMP, v INT) TAGS (g INT)");
    for (int table = 0; table < tables; ++table) {
        const std::string number = std::to_string(table);
        sql("CREATE TABLE " + made.database + ".t" + number + " USING " + made.database + ".m TAGS (" +
            number + ")");
    }
    made.topic = create_topic("STABLE " + made.database + ".m");
    return made;
}

void conformance::insert(const std::string& database, int table, std::int32_t first, std::size_t count) {
    std::string statement = "INSERT INTO " + database + ".t" + std::to_string(table) + " VALUES";
    for (const std::int32_t value : values_from(first, count))
        statement += " (" + std::to_string(first_time + value) + ", " + std::to_string(value) + ")";
    sql(statement);
}

timestamp conformance::time_of(std::int32_t value) {
    return timestamp(first_time + value, time_precision::milliseconds);
}

void conformance::insert(const meters& into, std::int32_t first, std::size_t count,
                         std::size_t rows_per_insert) {
    const std::int32_t end = first + static_cast<std::int32_t>(count);
    for (int table = 0; first < end; table = (table + 1) % into.tables) {
        const std::size_t rows = std::min(rows_per_insert, static_cast<std::size_t>(end - first));
        insert(into.database, table, first, rows);
        first += static_cast<std::int32_t>(rows);
    }
}

config conformance::settings(std::string_view name) const {
    return on_request_only(server.settings())
        .group_id(group(name))
        .start_at(offset_reset::earliest)
        .close_timeout(10s);
}

asio::awaitable<void> conformance::read(consumer& from, std::size_t rows, reading& into) {
    const auto deadline = std::chrono::steady_clock::now() + server.patience();
    const std::size_t due = into.rows.size() + rows;
    message received;
    while (into.rows.size() < due && !HasFatalFailure() && std::chrono::steady_clock::now() < deadline) {
        const bool came = co_await from.poll(received, 500ms);
        if (came) into.add(received);
    }
    EXPECT_EQ(into.rows.size(), due);
}

asio::awaitable<void> conformance::next(consumer& from, message& into) {
    co_await until([&]() -> asio::awaitable<bool> { co_return co_await from.poll(into, 500ms); });
}

asio::awaitable<std::int64_t> conformance::total_lag(consumer& of) {
    std::int64_t total = 0;
    const std::vector<vgroup_lag> each = co_await of.lag();
    for (const vgroup_lag& one : each) {
        if (!one.entries()) co_return -1;
        EXPECT_GE(*one.entries(), 0);
        total += *one.entries();
    }
    co_return total;
}

asio::awaitable<void> conformance::until_nothing_is_left(consumer& from) {
    reading got;
    co_await until([&]() -> asio::awaitable<bool> {
        co_await glance_at(from, got);
        co_return co_await total_lag(from) == 0;
    });
    EXPECT_EQ(got.messages, 0U);
}

asio::awaitable<void> conformance::expect_nothing_more(consumer& from) {
    message received;
    const bool came = co_await from.poll(received, server.glance());
    EXPECT_FALSE(came) << "a message of " << received.row_count() << " rows at offset " << received.offset();
}

asio::awaitable<std::vector<assigned_vgroup>> conformance::assigned_now(consumer& of,
                                                                        std::string_view topic) {
    std::vector<assigned_vgroup> found;
    try {
        found = co_await of.assignment();
    } catch (const error& refused) {
        // While the group is rebalanced.
        if (refused.code() != server_error(0x4001)) throw;
    }
    std::erase_if(found, [topic](const assigned_vgroup& vgroup) { return vgroup.topic() != topic; });
    for (const assigned_vgroup& vgroup : found)
        if (!vgroup.log_end()) co_return std::vector<assigned_vgroup>();
    co_return found;
}

asio::awaitable<std::vector<assigned_vgroup>> conformance::assigned(consumer& of, std::string_view topic,
                                                                    std::size_t vgroups) {
    std::vector<assigned_vgroup> found;
    co_await until([&]() -> asio::awaitable<bool> {
        found = co_await assigned_now(of, topic);
        co_return found.size() == vgroups;
    });
    co_return found;
}

asio::awaitable<std::vector<assigned_vgroup>> conformance::assigned(consumer& of, std::string_view topic,
                                                                    std::size_t vgroups, reading& into) {
    std::vector<assigned_vgroup> found;
    co_await until([&]() -> asio::awaitable<bool> {
        co_await glance_at(of, into);
        found = co_await assigned_now(of, topic);
        co_return found.size() == vgroups;
    });
    co_return found;
}

asio::awaitable<void> conformance::glance_at(consumer& from, reading& into) {
    message received;
    const bool came = co_await from.poll(received, server.is_embedded() ? 5ms : 300ms);
    if (came) into.add(received);
}

std::vector<topic_partition> conformance::partitions(const std::vector<assigned_vgroup>& vgroups) {
    std::vector<topic_partition> all;
    for (const assigned_vgroup& vgroup : vgroups)
        all.push_back(vgroup.partition());
    return all;
}

std::string conformance::subscribe_arguments(std::string_view topic, std::string_view more,
                                             std::string_view name) const {
    std::string text =
        R"("user":")" + server.user() + R"(","password":")" + server.password() + R"(","group_id":")" +
        group(name) +
        R"(","client_id":"conformance","offset_rest":"earliest","offset_reset":"earliest","auto_commit":"false","topics":[")";
    return text.append(topic).append("\"]").append(more);
}

protocol_reply conformance::poll_message(protocol_client& client, std::string_view more) const {
    const auto deadline = std::chrono::steady_clock::now() + server.patience();
    protocol_reply reply;
    do {
        reply = client.ask("poll", std::string(R"("blocking_time":500)").append(more));
        EXPECT_EQ(reply.code(), 0) << reply.bytes();
    } while (reply.code() == 0 && reply.number("have_message") != 1 &&
             std::chrono::steady_clock::now() < deadline);
    EXPECT_EQ(reply.number("have_message"), 1);
    return reply;
}

}  // namespace tmq::test
