#include "conformance/conformance.hpp"

#include <boost/asio/co_spawn.hpp>

#include <string>

// A reader that has everything has a lag of 0, whatever the server writes to the logs, and whenever.

namespace tmq::test {
namespace {

enum class form { query, stable, database };

class lag : public conformance, public ::testing::WithParamInterface<form> {
  protected:
    std::string create_topic_of(const meters& made) {
        switch (GetParam()) {
            case form::query: return create_query(made);
            case form::stable: return made.topic;
            default: return create_topic("DATABASE " + made.database);
        }
    }
    /// Commits a message while a poll of the same consumer waits.
    asio::awaitable<void> commit_behind_a_poll(consumer& of, const message& received) {
        bool ended = false;
        message more;
        const auto waits = [&]() -> asio::awaitable<void> {
            const bool came = co_await of.poll(more, server.is_embedded() ? 300ms : 3000ms);
            EXPECT_FALSE(came);
        };
        asio::co_spawn(context, waits, [&ended](std::exception_ptr thrown) {
            EXPECT_FALSE(thrown);
            ended = true;
        });
        co_await tick();
        co_await of.commit(received);
        co_await until([&] { return ended; });
    }
};

TEST_P(lag, is_none_when_a_commit_is_written_behind_a_poll_that_waits) {
    const meters made = create_meters(3);
    const std::string topic = create_topic_of(made);
    insert(made, 0, 10);
    run_subscribed(topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        co_await next(consumer, received);
        EXPECT_EQ(received.row_count(), 10U);
        co_await commit_behind_a_poll(consumer, received);
        co_await until_nothing_is_left(consumer);
    });
}

TEST_P(lag, grows_again_when_rows_come_and_ends_again) {
    constexpr std::size_t rows = 5'000;  // more than one message has
    const meters made = create_meters(3);
    const std::string topic = create_topic_of(made);
    insert(made, 0, 10);
    reading got;
    run_subscribed(topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        co_await next(consumer, received);
        co_await commit_behind_a_poll(consumer, received);
        co_await until_nothing_is_left(consumer);
        for (int i = 0; i < 3; ++i)
            insert(made.database, 0, 10 + i * static_cast<int>(rows), rows);
        while (got.rows.size() < 3 * rows) {
            const std::size_t before = got.rows.size();
            co_await next(consumer, received);
            got.add(received);
            co_await consumer.commit(received);
            const std::int64_t left = co_await total_lag(consumer);
            // A poll that is held sees no more than the insert that wakes it.
            if (before != 0 && got.rows.size() < 3 * rows) {
                EXPECT_NE(left, 0) << "behind " << before << " rows";
            }
        }
        co_await until_nothing_is_left(consumer);
    });
    EXPECT_EQ(got.sorted(), values_from(10, 3 * rows));
}

TEST_P(lag, is_none_behind_rows_that_are_not_of_the_topic) {
    const meters made = create_meters(3);
    const std::string topic = create_topic_of(made);
    sql("CREATE STABLE " + made.database + ".other (ts TIMESTAMP, v INT) TAGS (g INT)");
    // 3.4.1.6 counts a table that comes later among those of every stable topic (seen).
    sql("CREATE TABLE " + made.database + ".x USING " + made.database + ".other TAGS (1)");
    insert(made, 0, 10);
    run_subscribed(topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        co_await next(consumer, received);
        EXPECT_EQ(received.row_count(), 10U);
        // Of a database topic they are.
        if (GetParam() != form::database) sql("INSERT INTO " + made.database + ".x VALUES (NOW, 1)");
        co_await until_nothing_is_left(consumer);
    });
}

std::string name_of(const ::testing::TestParamInfo<form>& of) {
    switch (of.param) {
        case form::query: return "query";
        case form::stable: return "stable";
        default: return "database";
    }
}
INSTANTIATE_TEST_SUITE_P(topics, lag, ::testing::Values(form::query, form::stable, form::database), name_of);

}  // namespace
}  // namespace tmq::test
