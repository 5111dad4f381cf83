#include "e2e.hpp"

#include <boost/asio/co_spawn.hpp>

namespace tmq::test {
namespace {

class cancel : public e2e {
  protected:
    struct outcome {
        bool is_done = false;
        boost::system::error_code code;
    };
    template <class T>
    void start(asio::awaitable<T> operation, outcome& result) {
        asio::co_spawn(context, error_of(std::move(operation)),
                       [&result](std::exception_ptr, boost::system::error_code code) {
                           result.is_done = true;
                           result.code = code;
                       });
    }
};

TEST_F(cancel, ends_a_waiting_poll_and_keeps_connection_and_message) {
    create_topic();
    std::vector<int> seen(1);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        outcome polled;
        start(consumer.poll(received), polled);
        co_await until_polls_wait(1);
        consumer.cancel();
        co_await until([&] { return polled.is_done; });
        EXPECT_EQ(polled.code, asio::error::operation_aborted);

        append(0, 1);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        check_rows(received, meters, seen);
        EXPECT_EQ(server.accepted_count(), 1U);
    });
    EXPECT_EQ(count(seen), (delivery{1, 0, 0}));
}

TEST_F(cancel, ends_requests_that_wait_for_a_reply_and_those_that_retry) {
    create_topic();
    append(0, 10);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        server.inject(fault::delay(200ms).on("commit_offset"));
        server.inject(fault::error_reply(0x4001, "mismatch").on("committed").times(1000));
        outcome committed;
        outcome asked;
        start(consumer.commit(received), committed);
        std::vector<topic_partition> partitions;
        partitions.push_back(received.partition());
        start(consumer.committed(partitions), asked);
        co_await until([&] { return server.request_count("committed") > 1; });
        consumer.cancel();
        co_await until([&] { return committed.is_done && asked.is_done; });
        EXPECT_EQ(committed.code, asio::error::operation_aborted);
        EXPECT_EQ(asked.code, asio::error::operation_aborted);
        server.clear_faults();
        EXPECT_EQ((co_await consumer.committed(partitions)).at(0).second, received.next_offset());
        EXPECT_EQ(server.accepted_count(), 1U);
    });
}

TEST_F(cancel, ends_a_seek_that_waits_for_a_poll_to_end) {
    create_topic();
    append(0, 10);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        outcome polled;
        outcome sought;
        server.inject(fault::delay(300ms).on("poll"));
        start(consumer.poll(received), polled);
        co_await until([&] { return server.request_count("poll") > 1; });
        start(consumer.seek(partition_offset(topic, received.vgroup(), 0)), sought);
        co_await tick();
        consumer.cancel();
        co_await until([&] { return polled.is_done && sought.is_done; });
        EXPECT_EQ(sought.code, asio::error::operation_aborted);
        EXPECT_EQ(polled.code, asio::error::operation_aborted);
        co_await consumer.seek(partition_offset(topic, received.vgroup(), 0));
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.offset(), 0);
    });
}

TEST_F(cancel, ends_a_subscribe_in_progress_like_its_coroutine) {
    create_topic();
    server.inject(fault::delay(10s).on("subscribe"));
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer = make_consumer();
        outcome subscribed;
        start(consumer.subscribe(topic), subscribed);
        co_await until([&] { return server.request_count("subscribe") == 1; });
        consumer.cancel();
        co_await until([&] { return subscribed.is_done; });
        EXPECT_EQ(subscribed.code, asio::error::operation_aborted);
        co_await consumer.subscribe(topic);
        EXPECT_EQ(server.accepted_count(), 2U) << "the half-made subscription went with its connection";
        co_await consumer.close();
    });
}

TEST_F(cancel, leaves_background_commits_alone) {
    create_topic();
    append(0, 10);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        std::optional<boost::system::error_code> code;
        consumer.commit_async(received, [&](const result<void>& done) { code = code_of(done); });
        consumer.cancel();
        co_await until([&] { return code.has_value(); });
        EXPECT_FALSE(*code);
        EXPECT_EQ(server.committed("group", topic, received.vgroup()), received.next_offset());
    });
}

TEST_F(cancel, does_nothing_without_an_operation_and_later_ones_succeed) {
    create_topic();
    append(0, 10);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        consumer.cancel();
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        consumer.cancel();
        co_await consumer.commit(received);
        EXPECT_EQ(server.committed("group", topic, received.vgroup()), received.next_offset());
    });
}

TEST_F(cancel, makes_unsubscribe_leave_the_subscription_as_it_is_while_it_commits) {
    create_topic();
    append(0, 10);
    config with_auto_commit = settings();
    with_auto_commit.auto_commit(true).auto_commit_interval(1h);
    run_subscribed(with_auto_commit, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        server.inject(fault::delay(500ms).on("commit_offset"));
        outcome left;
        start(consumer.unsubscribe(), left);
        co_await until([&] { return server.request_count("commit_offset") == 1; });
        consumer.cancel();
        co_await until([&] { return left.is_done; });
        EXPECT_EQ(left.code, asio::error::operation_aborted);
        append(10, 10);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(server.request_count("unsubscribe"), 0U);
    });
}

}  // namespace
}  // namespace tmq::test
