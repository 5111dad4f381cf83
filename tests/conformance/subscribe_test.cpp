#include "conformance/conformance.hpp"

#include <gmock/gmock.h>

namespace tmq::test {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class subscription : public conformance {
  protected:
    asio::awaitable<boost::system::error_code> refusal(config how, std::vector<std::string> topics) {
        consumer refused(context, how);
        const boost::system::error_code code = co_await error_of(refused.subscribe(std::move(topics)));
        co_await refused.close();
        co_return code;
    }
    asio::awaitable<boost::system::error_code> refusal(config how, std::string topic) {
        std::vector<std::string> topics(1, std::move(topic));
        co_return co_await refusal(how, std::move(topics));
    }
    /// What a subscribe by hand with these arguments gets.
    protocol_reply asked(std::string_view topic, std::string_view more) {
        protocol_client client = connect();
        return client.ask("subscribe", subscribe_arguments(topic, more));
    }
};

TEST_F(subscription, one_topic) {
    const meters made = create_meters();
    auto consumer = make_consumer();
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(made.topic);
        EXPECT_THAT(co_await consumer.fetch_subscription(), ElementsAre(made.topic));
        co_await consumer.close();
    });
}

TEST_F(subscription, several_topics_are_read_together) {
    const meters first = create_meters();
    const meters second = create_meters();
    insert(first, 0, 20);
    insert(second, 100, 20);
    auto consumer = make_consumer();
    reading got;
    run([&]() -> asio::awaitable<void> {
        std::vector<std::string> topics;
        topics.push_back(first.topic);
        topics.push_back(second.topic);
        co_await consumer.subscribe(topics);
        EXPECT_THAT(co_await consumer.fetch_subscription(), UnorderedElementsAre(first.topic, second.topic));
        co_await read(consumer, 40, got);
        co_await expect_nothing_more(consumer);
        co_await consumer.close();
    });
    for (const received_row& row : got.rows)
        EXPECT_EQ(row.topic, row.value < 100 ? first.topic : second.topic);
    std::vector<std::int32_t> both = values_from(0, 20);
    for (const std::int32_t value : values_from(100, 20))
        both.push_back(value);
    EXPECT_EQ(got.sorted(), both);
}

TEST_F(subscription, two_topics_of_one_table_bring_its_rows_twice) {
    const meters made = create_meters();
    const std::string query = create_topic("SELECT ts, v FROM " + made.database + ".m");
    insert(made, 0, 20);
    auto consumer = make_consumer();
    reading got;
    run([&]() -> asio::awaitable<void> {
        std::vector<std::string> topics;
        topics.push_back(made.topic);
        topics.push_back(query);
        co_await consumer.subscribe(topics);
        co_await read(consumer, 40, got);
        co_await expect_nothing_more(consumer);
        co_await consumer.close();
    });
    std::size_t of_the_query = 0;
    for (const received_row& row : got.rows)
        of_the_query += row.topic == query ? 1 : 0;
    EXPECT_EQ(of_the_query, 20U);
}

TEST_F(subscription, unknown_topic_is_refused) {
    run([&]() -> asio::awaitable<void> {
        EXPECT_EQ(co_await refusal(settings(), unique_name()), server_error(0x3E1));
    });
}

TEST_F(subscription, one_unknown_topic_of_two_is_refused) {
    const meters made = create_meters();
    run([&]() -> asio::awaitable<void> {
        std::vector<std::string> topics;
        topics.push_back(made.topic);
        topics.push_back(unique_name());
        EXPECT_EQ(co_await refusal(settings(), topics), server_error(0x3E1));
    });
}

TEST_F(subscription, dropped_topic_is_unknown) {
    const meters made = create_meters();
    sql("DROP TOPIC " + made.topic);
    run([&]() -> asio::awaitable<void> {
        EXPECT_EQ(co_await refusal(settings(), made.topic), server_error(0x3E1));
    });
}

TEST_F(subscription, wrong_password_is_refused) {
    const meters made = create_meters();
    run([&]() -> asio::awaitable<void> {
        config wrong = settings();
        wrong.credentials(server.user(), "not the password");
        EXPECT_EQ(co_await refusal(wrong, made.topic), server_error(0xFFFF));
    });
}

TEST_F(subscription, unknown_user_is_refused) {
    const meters made = create_meters();
    run([&]() -> asio::awaitable<void> {
        config wrong = settings();
        wrong.credentials("tmqtest_nobody", server.password());
        EXPECT_EQ(co_await refusal(wrong, made.topic), server_error(0xFFFF));
    });
}

TEST_F(subscription, succeeds_on_the_connection_that_was_refused) {
    const meters made = create_meters();
    protocol_client client = connect();
    EXPECT_EQ(client.ask("subscribe", subscribe_arguments(unique_name())).code(), 0x3E1);
    EXPECT_EQ(client.ask("subscribe", subscribe_arguments(made.topic)).code(), 0);
    EXPECT_EQ(client.ask("unsubscribe").code(), 0);
}

TEST_F(subscription, empty_group_is_refused) {
    const meters made = create_meters();
    protocol_client client = connect();
    const protocol_reply reply = client.ask(
        "subscribe", R"("user":")" + server.user() + R"(","password":")" + server.password() +
                         R"(","group_id":"","auto_commit":"false","topics":[")" + made.topic + "\"]");
    EXPECT_EQ(reply.code(), 0xFFFF);
}

TEST_F(subscription, second_subscribe_is_refused_and_changes_nothing) {
    const meters made = create_meters();
    insert(made, 0, 10);
    protocol_client client = connect();
    EXPECT_EQ(client.ask("subscribe", subscribe_arguments(made.topic)).code(), 0);
    const protocol_reply refused = client.ask("subscribe", subscribe_arguments(made.topic));
    EXPECT_EQ(refused.code(), 0xFFFF);
    EXPECT_EQ(refused.text("message"), "tmq should have unsubscribed first");
    EXPECT_EQ(poll_message(client).text("topic"), made.topic);
    EXPECT_EQ(client.ask("unsubscribe").code(), 0);
}

TEST_F(subscription, values_out_of_range_are_refused) {
    const meters made = create_meters();
    EXPECT_NE(asked(made.topic, R"(,"session_timeout_ms":"1000")").code(), 0);
    EXPECT_NE(asked(made.topic, R"(,"max_poll_interval_ms":"10")").code(), 0);
    EXPECT_NE(asked(made.topic, R"(,"snapshot_enable":"sometimes")").code(), 0);
    EXPECT_EQ(asked(made.topic, R"(,"auto_commit_interval_ms":"soon")").code(), 0xFFFF);
}

TEST_F(subscription, unknown_settings_are_refused) {
    TMQ_NEEDS_VERSION("the config map of subscribe", 3, 3, 6);
    const meters made = create_meters();
    EXPECT_NE(asked(made.topic, R"(,"config":{"no.such.key":"1"})").code(), 0);
    EXPECT_NE(asked(made.topic, R"(,"config":{"min.poll.rows":"0"})").code(), 0);
}

TEST_F(subscription, refusals_name_the_setting) {
    TMQ_NEEDS_VERSION("named refusals", 3, 4);
    const meters made = create_meters();
    const protocol_reply unknown = asked(made.topic, R"(,"config":{"no.such.key":"1"})");
    EXPECT_EQ(unknown.code(), 280);
    EXPECT_EQ(unknown.text("message"), "unknown configuration key: no.such.key");
    const protocol_reply bad = asked(made.topic, R"(,"session_timeout_ms":"1000")");
    EXPECT_EQ(bad.code(), 280);
    EXPECT_EQ(bad.text("message"), "invalid value for key 'session.timeout.ms': 1000");
}

TEST_F(subscription, unsubscribed_consumer_has_no_topics) {
    const meters made = create_meters();
    protocol_client client = connect();
    EXPECT_EQ(client.ask("subscribe", subscribe_arguments(made.topic)).code(), 0);
    EXPECT_THAT(client.ask("list_topics").texts("topics"), ElementsAre(made.topic));
    EXPECT_EQ(client.ask("unsubscribe").code(), 0);
    const protocol_reply topics = client.ask("list_topics");
    EXPECT_EQ(topics.code(), 0);
    EXPECT_THAT(topics.texts("topics"), ElementsAre());
    const protocol_reply nothing = client.ask("poll", R"("blocking_time":50)");
    EXPECT_EQ(nothing.code(), 0);
    EXPECT_EQ(nothing.number("have_message"), 0);
}

TEST_F(subscription, goes_on_at_what_was_committed_when_it_comes_after_unsubscribe) {
    const meters made = create_meters();
    insert(made, 0, 10);
    auto consumer = make_consumer();
    reading before;
    reading after;
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(made.topic);
        co_await read(consumer, 10, before);
        co_await consumer.commit();
        co_await consumer.unsubscribe();
        EXPECT_EQ(co_await error_of(consumer.fetch_subscription()), errc::not_subscribed);
        insert(made, 10, 10);
        co_await consumer.subscribe(made.topic);
        co_await read(consumer, 10, after);
        co_await expect_nothing_more(consumer);
        co_await consumer.close();
    });
    EXPECT_EQ(after.sorted(), values_from(10, 10));
}

TEST_F(subscription, another_topic_after_unsubscribe) {
    const meters first = create_meters();
    const meters second = create_meters();
    insert(first, 0, 10);
    insert(second, 100, 10);
    auto consumer = make_consumer();
    reading got;
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(first.topic);
        co_await consumer.unsubscribe();
        co_await consumer.subscribe(second.topic);
        EXPECT_THAT(co_await consumer.fetch_subscription(), ElementsAre(second.topic));
        co_await read(consumer, 10, got);
        co_await expect_nothing_more(consumer);
        co_await consumer.close();
    });
    EXPECT_EQ(got.sorted(), values_from(100, 10));
}

TEST_F(subscription, topic_in_use_cannot_be_dropped) {
    const meters made = create_meters();
    auto consumer = make_consumer();
    reading got;
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(made.topic);
        (void)co_await assigned(consumer, made.topic, 1);
        EXPECT_EQ(sql_code("DROP TOPIC " + made.topic), 0x3EB);
        insert(made, 0, 10);
        co_await read(consumer, 10, got);
        co_await consumer.close();
    });
    EXPECT_EQ(got.sorted(), values_from(0, 10));
    run([&]() -> asio::awaitable<void> {
        co_await until(
            [&]() -> asio::awaitable<bool> { co_return sql_code("DROP TOPIC " + made.topic) == 0; });
    });
}

TEST_F(subscription, tells_the_version) {
    const meters made = create_meters();
    auto consumer = make_consumer();
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(made.topic);
        EXPECT_EQ(co_await consumer.fetch_server_version(), server.version());
        EXPECT_EQ(consumer.server_version(), server.version());
        co_await consumer.close();
    });
    EXPECT_THAT(server.version(), ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+.*"));
}

TEST_F(subscription, reply_has_the_version_and_the_adapters) {
    TMQ_NEEDS_VERSION("a version in the reply to subscribe", 3, 4);
    const meters made = create_meters();
    const protocol_reply reply = asked(made.topic, R"(,"list_instances":true)");
    EXPECT_EQ(reply.code(), 0);
    EXPECT_EQ(reply.text("version"), server.version());
    const std::vector<std::string> instances = reply.texts("list_instances");
    EXPECT_FALSE(instances.empty());
    for (const std::string& one : instances)
        EXPECT_THAT(one, ::testing::MatchesRegex(".+:[0-9]+"));
}

}  // namespace
}  // namespace tmq::test
