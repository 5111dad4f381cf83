#include "e2e.hpp"

#include <algorithm>
#include <set>

namespace tmq::test {
namespace {

class group : public e2e {};

TEST_F(group, a_new_consumer_resumes_exactly_behind_the_commit) {
    constexpr std::uint64_t rows = 10'000;
    create_topic(4);
    append(0, rows, 50, 2);
    std::vector<int> seen(rows);
    std::uint64_t committed_rows = 0;
    run([&]() -> asio::awaitable<void> {
        auto first = make_consumer();
        co_await first.subscribe(topic);
        message received;
        for (int messages = 0; messages < 20; ++messages) {
            EXPECT_TRUE(co_await first.poll(received, 5s));
            check_rows(received, meters, seen);
            committed_rows += received.row_count();
            co_await first.commit(received);
            EXPECT_EQ(server.committed("group", topic, received.vgroup()), received.next_offset().value());
        }
        // Delivered but not committed: the next consumer gets it.
        EXPECT_TRUE(co_await first.poll(received, 5s));
        co_await first.close();
    });
    EXPECT_EQ(count(seen), (delivery{committed_rows, rows - committed_rows, 0}));

    run([&]() -> asio::awaitable<void> {
        auto second = make_consumer();
        co_await second.subscribe(topic);
        message received;
        for (std::uint64_t got = committed_rows; got < rows; got += received.row_count()) {
            if (!co_await second.poll(received, 5s)) break;
            check_rows(received, meters, seen);
        }
        EXPECT_FALSE(co_await second.poll(received, 50ms));
        co_await second.close();
    });
    EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
}

TEST_F(group, committing_the_same_message_twice_is_success) {
    create_topic();
    append(0, 10);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        co_await consumer.commit(received);
        co_await consumer.commit(received);
        EXPECT_EQ(server.committed("group", topic, received.vgroup()), received.next_offset().value());
    });
}

TEST_F(group, two_consumers_share_the_vgroups) {
    constexpr std::uint64_t rows = 8'000;
    create_topic(4);
    std::vector<int> seen(rows);
    run([&]() -> asio::awaitable<void> {
        auto first = make_consumer();
        auto second = make_consumer();
        co_await first.subscribe(topic);
        co_await second.subscribe(topic);
        std::set<std::int32_t> vgroups;
        for (tmq::consumer* member : {&first, &second}) {
            const auto assigned = co_await member->assignment();
            EXPECT_EQ(assigned.size(), 2U);
            for (const assigned_vgroup& vgroup : assigned)
                vgroups.insert(vgroup.vgroup());
        }
        EXPECT_EQ(vgroups.size(), 4U);

        append(0, rows, 100, 2);
        std::uint64_t got = 0;
        message received;
        for (tmq::consumer* member : {&first, &second}) {
            std::uint64_t own = 0;
            while (co_await member->poll(received, 200ms)) {
                check_rows(received, meters, seen);
                co_await member->commit(received);
                own += received.row_count();
            }
            EXPECT_EQ(own, rows / 2);
            got += own;
        }
        EXPECT_EQ(got, rows);
        co_await first.close();
        co_await second.close();
    });
    EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
}

TEST_F(group, groups_do_not_share_offsets) {
    create_topic();
    append(0, 100, 100, 1);
    run([&]() -> asio::awaitable<void> {
        for (const std::string_view name : {"one", "two"}) {
            auto consumer = make_consumer(name);
            co_await consumer.subscribe(topic);
            message received;
            EXPECT_TRUE(co_await consumer.poll(received, 5s));
            co_await consumer.commit(received);
            co_await consumer.close();
        }
    });
}

TEST_F(group, latest_delivers_only_what_arrives_after_the_subscription) {
    create_topic();
    append(0, 100, 100, 8);
    config late = settings();
    late.start_at(offset_reset::latest);
    std::vector<int> seen(200);
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, late);
        co_await consumer.subscribe(topic);
        append(100, 100, 100, 8);
        message received;
        while (co_await consumer.poll(received, 200ms))
            check_rows(received, meters, seen);
        co_await consumer.close();
    });
    EXPECT_EQ(std::count(seen.begin(), seen.begin() + 100, 0), 100);
    EXPECT_EQ(std::count(seen.begin() + 100, seen.end(), 1), 100);
}

TEST_F(group, assignment_and_position_say_where_the_end_is) {
    create_topic(2);
    append(0, 1'000, 50, 1);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        std::uint64_t got = 0;
        while (got < 1'000) {
            if (!co_await consumer.poll(received, 5s)) break;
            got += received.row_count();
        }
        EXPECT_EQ(got, 1'000U);
        std::vector<topic_partition> partitions;
        for (const assigned_vgroup& vgroup : co_await consumer.assignment()) {
            EXPECT_EQ(vgroup.log_begin(), 0);
            EXPECT_EQ(vgroup.log_end(), server.end_offset(topic, vgroup.vgroup()));
            partitions.push_back(vgroup.partition());
        }
        EXPECT_EQ(partitions.size(), 2U);
        consumer::known_offsets ends;
        for (const topic_partition& partition : partitions)
            ends.emplace_back(partition, server.end_offset(topic, partition.vgroup()));
        EXPECT_EQ(co_await consumer.position(partitions), ends);
    });
}

TEST_F(group, assignment_names_the_vgroups_of_every_topic) {
    create_topic(2);
    server.create_topic(topic_options("alarms").database("power").vgroups(3));
    append(0, 100, 10, 1);
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        std::vector<std::string> topics = {std::string(topic), "alarms"};
        co_await consumer.subscribe(topics);
        std::vector<assigned_vgroup> expected;
        for (const std::string& name : topics)
            for (const std::int32_t vgroup : server.vgroups(name))
                expected.emplace_back(topic_partition(name, vgroup), 0, 0, server.end_offset(name, vgroup));
        EXPECT_EQ(expected.size(), 5U);
        EXPECT_EQ(co_await consumer.assignment(), expected);
        co_await consumer.close();
    });
}

TEST_F(group, assignment_leaves_out_a_topic_whose_vgroups_are_all_of_another_member) {
    create_topic(1);
    server.create_topic(topic_options("alarms").database("power").vgroups(2));
    const std::int32_t vgroup = server.vgroups(topic)[0];
    run([&]() -> asio::awaitable<void> {
        auto first = make_consumer();
        auto second = make_consumer();
        const std::vector<std::string> topics = {std::string(topic), "alarms"};
        co_await first.subscribe(topics);
        co_await second.subscribe(topics);
        const auto names = [](const std::vector<assigned_vgroup>& assigned) {
            std::multiset<topic_partition> all;
            for (const assigned_vgroup& one : assigned)
                all.insert(one.partition());
            return all;
        };
        const std::multiset<topic_partition> of_first = names(co_await first.assignment());
        EXPECT_EQ(of_first.size(), 2U);
        EXPECT_TRUE(of_first.contains(topic_partition(topic, vgroup)));
        const std::multiset<topic_partition> of_second = names(co_await second.assignment());
        EXPECT_EQ(of_second.size(), 1U);
        EXPECT_EQ(of_second.begin()->topic(), "alarms");
        EXPECT_FALSE(of_first.contains(*of_second.begin()));
        co_await first.close();
        co_await second.close();
    });
}

TEST_F(group, a_message_that_is_on_its_way_counts_as_not_read) {
    create_topic();
    append(0, 10, 10, 8);
    server.inject(fault::delay(200ms).on("fetch_raw_data"));
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 20ms));
        std::vector<topic_partition> partitions;
        partitions.emplace_back(topic, server.vgroups(topic)[0]);
        const auto before = co_await consumer.position(partitions);
        EXPECT_EQ(before[0].second, 0);
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        const auto after = co_await consumer.position(partitions);
        EXPECT_EQ(after[0].second, received.next_offset().value());
    });
}

}  // namespace
}  // namespace tmq::test
