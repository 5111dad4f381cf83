#include "e2e.hpp"

#include <boost/asio/thread_pool.hpp>

#include <thread>

namespace tmq::test {
namespace {

class receipts : public e2e {
  protected:
    receipts() { create_topic(); }
    config by_hand() const {
        config changed = settings();
        changed.acknowledge(acknowledge_mode::by_hand);
        return changed;
    }
    std::optional<std::int64_t> committed() const {
        return server.committed("group", topic, server.vgroups(topic)[0]);
    }
};

static_assert(sizeof(receipt) == 16);

TEST_F(receipts, acknowledge_messages_that_are_gone_in_any_order) {
    append(0, 30, 10, 1);
    run_subscribed(by_hand(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        std::vector<receipt> open;
        std::vector<std::int64_t> ends;
        message received;
        for (int i = 0; i < 3; ++i) {
            EXPECT_TRUE(co_await consumer.poll(received, 5s));
            open.push_back(received.receipt());
            ends.push_back(*received.next_offset());
        }
        consumer.acknowledge(open.at(1));
        co_await consumer.commit();
        EXPECT_EQ(committed(), std::nullopt);
        consumer.acknowledge(open.at(0));
        co_await consumer.commit();
        EXPECT_EQ(committed(), ends.at(1));
        consumer.acknowledge(open.at(2));
        consumer.acknowledge(open.at(2));
        co_await consumer.commit();
        EXPECT_EQ(committed(), ends.at(2));
    });
}

TEST_F(receipts, may_be_given_back_by_any_thread) {
    append(0, 500, 10, 1);
    run_subscribed(by_hand(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        asio::thread_pool workers(2);
        message received;
        std::uint64_t rows = 0;
        while (rows < 500) {
            const bool has_message = co_await consumer.poll(received, 5s);
            EXPECT_TRUE(has_message);
            if (!has_message) break;
            rows += received.row_count();
            asio::post(workers, [&consumer, done = received.receipt()] { consumer.acknowledge(done); });
        }
        workers.join();
        co_await tick();
        co_await consumer.commit();
        EXPECT_EQ(committed(), server.end_offset(topic, server.vgroups(topic)[0]));
    });
}

TEST_F(receipts, of_an_earlier_subscription_or_of_no_message_do_nothing) {
    append(0, 20, 10, 1);
    run_subscribed(by_hand(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        const receipt earlier = received.receipt();
        co_await consumer.unsubscribe();
        consumer.acknowledge(earlier);
        co_await consumer.subscribe(topic);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_NE(received.receipt(), earlier);
        consumer.acknowledge(earlier);
        consumer.acknowledge(receipt());
        consumer.acknowledge(message().receipt());
        co_await consumer.commit();
        EXPECT_EQ(committed(), std::nullopt);
        consumer.acknowledge(received);
        co_await consumer.commit();
        EXPECT_EQ(committed(), received.next_offset());
    });
}

TEST_F(receipts, are_refused_where_messages_are_not_acknowledged) {
    append(0, 10);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        boost::system::error_code code;
        try {
            consumer.acknowledge(received.receipt());
        } catch (const error& refused) {
            code = refused.code();
        }
        EXPECT_EQ(code, errc::invalid_argument);
    });
}

TEST_F(receipts, a_commit_notes_its_offset_when_it_is_called) {
    append(0, 30, 10, 1);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        const auto first = received.next_offset();
        auto commit_message = consumer.commit(received);
        auto commit_delivered = consumer.commit();
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        co_await std::move(commit_delivered);
        EXPECT_EQ(committed(), first);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        co_await consumer.commit(received);
        co_await std::move(commit_message);
        EXPECT_EQ(committed(), first) << "committing an older offset moves the group back, as asked";
    });
}

TEST_F(receipts, a_commit_noted_in_an_earlier_subscription_is_refused) {
    append(0, 10);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        auto late = consumer.commit(received);
        co_await consumer.unsubscribe();
        co_await consumer.subscribe(topic);
        EXPECT_EQ(co_await error_of(std::move(late)), errc::not_subscribed);
        EXPECT_EQ(committed(), std::nullopt);
        co_await consumer.commit(received);
        EXPECT_EQ(committed(), received.next_offset()) << "by its topic and vgroup";
    });
}

TEST_F(receipts, a_message_of_another_member_is_committed_by_its_topic_and_vgroup) {
    append(0, 10);
    message received;
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
    });
    run_subscribed(
        [&](tmq::consumer& consumer) -> asio::awaitable<void> { co_await consumer.commit(received); });
    EXPECT_EQ(committed(), received.next_offset());
}

}  // namespace
}  // namespace tmq::test
