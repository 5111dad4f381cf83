#include "filled_topic.hpp"

#include <map>
#include <stdexcept>

namespace tmq::test {
namespace {

/// An application that keeps rows and offsets in one store, which outlives its consumers.
class start_from : public filled_topic {
  protected:
    start_from() : filled_topic(400) {}

    config own_offsets() const {
        config changed = settings();
        changed.auto_commit(false).assignment_interval(100ms).reconnect(true).reconnect_interval(10ms);
        return changed;
    }
    void set_hook(tmq::consumer& consumer) {
        consumer.start_from(
            [this](std::vector<topic_partition> gained) -> asio::awaitable<std::vector<partition_offset>> {
                co_await tick();
                ++questions;
                std::vector<partition_offset> named;
                for (const topic_partition& vgroup : gained)
                    if (store.contains(vgroup)) named.emplace_back(vgroup, store.at(vgroup));
                co_return named;
            });
    }
    /// One transaction: rows and offset.
    void keep(const message& received) {
        const auto [known, is_new] = store.try_emplace(received.partition(), 0);
        EXPECT_EQ(received.offset(), known->second) << known->first;
        known->second = received.next().offset();
        check_rows(received, meters, seen);
    }
    asio::awaitable<void> keep_until(tmq::consumer& consumer, std::uint64_t delivered) {
        message received;
        while (count(seen).delivered < delivered) {
            const bool has_message = co_await consumer.poll(received, 5s);
            EXPECT_TRUE(has_message);
            if (!has_message) break;
            keep(received);
        }
    }

    std::map<topic_partition, std::int64_t> store;
    std::vector<int> seen = std::vector<int>(rows);
    int questions = 0;
};

TEST_F(start_from, makes_rows_exactly_once_over_restarts_without_a_commit) {
    for (std::uint64_t delivered = 50; delivered <= rows; delivered += 50)
        run([&]() -> asio::awaitable<void> {
            tmq::consumer consumer(context, own_offsets());
            set_hook(consumer);
            co_await consumer.subscribe(topic);
            co_await keep_until(consumer, delivered);
            co_await consumer.close();
        });
    EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
    EXPECT_EQ(server.request_count("commit_offset") + server.request_count("commit"), 0U);
}

TEST_F(start_from, makes_rows_exactly_once_over_lost_connections) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, own_offsets());
        set_hook(consumer);
        co_await consumer.subscribe(topic);
        for (std::uint64_t delivered = 50; delivered <= rows; delivered += 50) {
            co_await keep_until(consumer, delivered);
            server.reset_all();
        }
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
    EXPECT_GE(questions, 7);
}

TEST_F(start_from, makes_rows_exactly_once_over_rebalances) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer first(context, own_offsets());
        tmq::consumer second(context, own_offsets());
        set_hook(first);
        set_hook(second);
        co_await first.subscribe(topic);
        co_await keep_until(first, 100);
        co_await second.subscribe(topic);
        message received;
        // Both read; a message of a vgroup that has moved is refused by the store.
        const auto keep_or_refuse = [&](tmq::consumer& from) -> asio::awaitable<void> {
            const bool has_message = co_await from.poll(received, 20ms);
            if (!has_message) co_return;
            const auto known = store.find(received.partition());
            if (known == store.end() || known->second == received.offset()) keep(received);
        };
        while (count(seen).delivered < rows) {
            co_await keep_or_refuse(first);
            co_await keep_or_refuse(second);
        }
        co_await first.close();
        co_await second.close();
    });
    EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
}

TEST_F(start_from, fails_subscribe_with_what_the_hook_throws) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, own_offsets());
        consumer.start_from(
            [](std::vector<topic_partition>) -> asio::awaitable<std::vector<partition_offset>> {
                throw std::runtime_error("store is down");
                co_return std::vector<partition_offset>();
            });
        std::string reason;
        try {
            co_await consumer.subscribe(topic);
        } catch (const error& failure) {
            reason = failure.what();
        }
        EXPECT_NE(reason.find("store is down"), std::string::npos) << reason;
        consumer.start_from({});
        co_await consumer.subscribe(topic);
        co_await consumer.close();
    });
}

TEST_F(start_from, tells_of_rows_that_the_log_has_lost) {
    const std::int32_t vgroup = server.vgroups(topic)[0];
    server.truncate_log(topic, vgroup, 3);
    store.emplace(topic_partition(topic, vgroup), 1);
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, own_offsets());
        set_hook(consumer);
        co_await consumer.subscribe(topic);
        message received;
        boost::system::error_code code;
        std::int64_t first = -1;
        for (int polls = 0; polls < 20 && first < 0; ++polls) {
            const auto got = co_await error_of(consumer.poll(received, 100ms));
            if (got) code = got;
            if (!got && !received.empty() && received.vgroup() == vgroup) first = received.offset();
        }
        EXPECT_EQ(code, errc::data_lost);
        EXPECT_EQ(first, 3);
        co_await consumer.close();
    });
}

TEST_F(start_from, is_refused_for_a_snapshot) {
    run([&]() -> asio::awaitable<void> {
        config with_snapshot = own_offsets();
        with_snapshot.snapshot(true);
        tmq::consumer consumer(context, with_snapshot);
        set_hook(consumer);
        EXPECT_EQ(co_await error_of(consumer.subscribe(topic)), errc::invalid_argument);
    });
}

}  // namespace
}  // namespace tmq::test
