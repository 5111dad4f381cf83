#pragma once

#include "conformance/names.hpp"
#include "conformance/protocol_client.hpp"
#include "conformance/server.hpp"
#include "support/coroutine_fixture.hpp"
#include "tmq/tmq.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::test {

/// The code of an error of the server, as docs/errors.md names them.
inline boost::system::error_code server_error(std::uint32_t code) { return make_server_error(code); }

/// A row of the table that most tests use, and where it came from.
struct received_row {
    std::string topic;
    std::int32_t vgroup = 0;
    std::string table;
    std::int32_t value = 0;
};

/// What a consumer has been given.
struct reading {
    std::vector<received_row> rows;
    std::size_t messages = 0;
    /// Behind the last message of each vgroup.
    std::map<std::pair<std::string, std::int32_t>, std::int64_t> next;

    /// Adds the rows of a message: TIMESTAMP, then the INT column v. Fails the test when a vgroup's messages
    /// are out of order.
    void add(const message& received);
    /// The values of the rows, in ascending order.
    std::vector<std::int32_t> sorted() const;
    /// Fails the test unless the values of each table came in ascending order.
    void expect_order_within_tables() const;
};

/// first, first + 1, ... : `count` values.
std::vector<std::int32_t> values_from(std::int32_t first, std::size_t count);

/// A database and topics of the test's own on the server under test, and consumers of them.
class conformance : public coroutine_fixture {
  protected:
    conformance();

    void SetUp() override;
    void TearDown() override;

    server_under_test& server = server_under_test::get();

    /// Runs a statement; fails the test when the server refuses.
    void sql(const std::string& statement);
    /// The code with which the server refuses a statement, 0 when it does not.
    std::int64_t sql_code(const std::string& statement) { return server.sql(statement).code; }

    /// Creates a database, which goes with the test. Returns its name.
    std::string create_database(int vgroups = 1, std::string_view precision = "ms");
    /// Creates a topic, which goes with the test. `as`: what follows AS; `with`: "WITH META ". Returns its
    /// name.
    std::string create_topic(const std::string& as, std::string_view with = {});

    /// Meters: a super table m (ts TIMESTAMP, v INT) TAGS (g INT) with tables t0, t1, ... in a database of
    /// its own, and a topic of the super table.
    struct meters {
        std::string database;
        std::string topic;
        int tables = 1;
    };
    meters create_meters(int vgroups = 1, int tables = 1);
    /// Another topic of the same meters, a query: servers before 3.4 hold its polls that find nothing. Its
    /// rows come without the names of tables.
    std::string create_query(const meters& of) {
        return create_topic("SELECT ts, v FROM " + of.database + ".m");
    }
    /// Inserts rows with the values first, first + 1, ... into one table, in one statement.
    void insert(const std::string& database, int table, std::int32_t first, std::size_t count);
    /// The time of the row with this value.
    static timestamp time_of(std::int32_t value);
    /// The same, `rows_per_insert` at a time in turn into all tables.
    void insert(const meters& into, std::int32_t first, std::size_t count, std::size_t rows_per_insert = 10);

    /// The name of a group that only this test has.
    std::string group(std::string_view name = "g") const { return name_ + "_" + std::string(name); }
    /// Reads from the beginning, does nothing by itself, and ends with its connection.
    config settings(std::string_view name = "g") const;
    consumer make_consumer(std::string_view name = "g") { return consumer(context, settings(name)); }

    using coroutine_fixture::run_subscribed;
    /// Runs `work` with a consumer that is subscribed to `topic`, and closes the consumer after it.
    void run_subscribed(std::string_view topic, const consumer_coroutine& work) {
        run_subscribed(settings(), topic, work);
    }

    /// Polls until so many rows have come or patience is at an end, which fails the test.
    asio::awaitable<void> read(consumer& from, std::size_t rows, reading& into);
    /// The next message; fails the test when there is none.
    asio::awaitable<void> next(consumer& from, message& into);
    /// Looks whether anything more comes, which fails the test.
    asio::awaitable<void> expect_nothing_more(consumer& from);
    /// The vgroups of a topic, once there are so many and the server knows their offsets. Fails the test when
    /// that takes too long.
    asio::awaitable<std::vector<assigned_vgroup>> assigned(consumer& of, std::string_view topic,
                                                           std::size_t vgroups);
    /// The same while the group is rebalanced. Polls meanwhile: a real server tells a member of its vgroups
    /// when it polls.
    asio::awaitable<std::vector<assigned_vgroup>> assigned(consumer& of, std::string_view topic,
                                                           std::size_t vgroups, reading& into);
    /// The vgroups of a topic now; none while the group is rebalanced.
    asio::awaitable<std::vector<assigned_vgroup>> assigned_now(consumer& of, std::string_view topic);
    /// Polls once, for a moment.
    asio::awaitable<void> glance_at(consumer& from, reading& into);
    /// Entries of all vgroups together; -1 while the server does not know.
    asio::awaitable<std::int64_t> total_lag(consumer& of);
    /// Polls until lag() is 0. No message may come.
    asio::awaitable<void> until_nothing_is_left(consumer& from);
    /// All vgroups of an assignment, as partitions.
    static std::vector<topic_partition> partitions(const std::vector<assigned_vgroup>& vgroups);

    /// A connection without a consumer.
    protocol_client connect(std::string_view extensions = {}) const {
        return protocol_client(server.host(), server.port(), extensions);
    }
    /// The arguments of a subscribe by hand. `more`: further fields, with a comma before them.
    std::string subscribe_arguments(std::string_view topic, std::string_view more = {},
                                    std::string_view name = "raw") const;
    /// Polls by hand until there is a message; fails the test when patience is at an end.
    protocol_reply poll_message(protocol_client& client, std::string_view more = {}) const;

  private:
    std::string name_ = unique_name();
    std::vector<std::string> databases_;
    std::vector<std::string> topics_;
};

/// Skips the test on servers older than `a.b.c.d`, which have no `what`.
#define TMQ_NEEDS_VERSION(what, ...)                                                                        \
    do {                                                                                                    \
        if (!server.at_least(__VA_ARGS__)) GTEST_SKIP() << what << ": not in version " << server.version(); \
    } while (false)

}  // namespace tmq::test
