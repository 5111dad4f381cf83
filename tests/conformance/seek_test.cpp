#include "conformance/conformance.hpp"

#include <algorithm>

namespace tmq::test {
namespace {

class seek : public conformance {
  protected:
    asio::awaitable<void> seek_to(consumer& of, std::string_view topic, std::int32_t vgroup,
                                  std::int64_t offset) {
        partition_offset target(topic, vgroup, offset);
        co_await of.seek(target);
    }
};

TEST_F(seek, to_the_beginning_brings_everything_again) {
    const meters made = create_meters(3, 9);
    insert(made, 0, 180);
    reading once;
    reading again;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 180, once);
        co_await consumer.seek_to_beginning(made.topic);
        co_await read(consumer, 180, again);
        co_await expect_nothing_more(consumer);
    });
    EXPECT_EQ(again.sorted(), values_from(0, 180));
    again.expect_order_within_tables();
}

TEST_F(seek, to_the_end_leaves_out_what_there_is) {
    const meters made = create_meters(3, 9);
    insert(made, 0, 90);
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const std::vector<assigned_vgroup> vgroups = co_await assigned(consumer, made.topic, 3);
        co_await consumer.seek_to_end(made.topic);
        const consumer::known_offsets positions = co_await consumer.position(partitions(vgroups));
        for (std::size_t i = 0; i < vgroups.size(); ++i)
            EXPECT_GE(positions[i].second, vgroups[i].log_end());
        insert(made, 90, 90);
        co_await read(consumer, 90, got);
        co_await expect_nothing_more(consumer);
    });
    EXPECT_EQ(got.sorted(), values_from(90, 90));
}

TEST_F(seek, to_the_middle_goes_on_there) {
    const meters made = create_meters();
    reading first;
    reading second;
    reading again;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        insert(made, 0, 10);
        co_await read(consumer, 10, first);
        const auto [log, middle] = *first.next.begin();
        insert(made, 10, 10);
        co_await read(consumer, 10, second);
        co_await seek_to(consumer, log.first, log.second, middle);
        co_await read(consumer, 10, again);
        co_await expect_nothing_more(consumer);
    });
    EXPECT_EQ(again.sorted(), values_from(10, 10));
}

TEST_F(seek, into_a_message_of_many_inserts_goes_on_there) {
    const meters made = create_meters();
    auto later = make_consumer("reader");
    std::int64_t middle = 0;
    reading first;
    reading got;
    run_subscribed(settings("writer"), made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        insert(made, 0, 50);
        co_await read(consumer, 50, first);
        const auto [log, offset] = *first.next.begin();
        middle = offset;
        insert(made, 50, 50);
        // To this one all inserts would come together.
        co_await later.subscribe(made.topic);
        (void)co_await assigned(later, made.topic, 1);
        co_await seek_to(later, log.first, log.second, middle);
        co_await read(later, 50, got);
        co_await expect_nothing_more(later);
        co_await later.close();
    });
    EXPECT_EQ(got.sorted(), values_from(50, 50));
}

TEST_F(seek, to_where_a_message_starts_brings_it_again) {
    const meters made = create_meters();
    insert(made, 0, 10);
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        co_await until([&]() -> asio::awaitable<bool> { co_return co_await consumer.poll(received, 500ms); });
        const std::int64_t behind = received.next_offset().value();
        const std::uint64_t rows = received.row_count();
        co_await seek_to(consumer, made.topic, received.vgroup(), received.offset());
        co_await until([&]() -> asio::awaitable<bool> { co_return co_await consumer.poll(received, 500ms); });
        EXPECT_EQ(received.row_count(), rows);
        EXPECT_GE(received.next_offset(), behind);
    });
}

TEST_F(seek, of_one_vgroup_leaves_the_others_alone) {
    const meters made = create_meters(2, 12);
    insert(made, 0, 120);
    reading once;
    reading again;
    std::int32_t vgroup = 0;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, 120, once);
        vgroup = once.rows[0].vgroup;
        std::size_t due = 0;
        for (const received_row& row : once.rows)
            due += row.vgroup == vgroup ? 1 : 0;
        co_await consumer.seek_to_beginning(made.topic, vgroup);
        co_await read(consumer, due, again);
        co_await expect_nothing_more(consumer);
    });
    for (const received_row& row : again.rows)
        EXPECT_EQ(row.vgroup, vgroup);
    for (const received_row& row : again.rows)
        EXPECT_EQ(row.value / 10 % 12, std::stoi(row.table.substr(1)));
}

TEST_F(seek, commits_nothing) {
    const meters made = create_meters();
    insert(made, 0, 10);
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const std::vector<topic_partition> where = partitions(co_await assigned(consumer, made.topic, 1));
        co_await read(consumer, 10, got);
        co_await consumer.commit();
        const consumer::known_offsets before = co_await consumer.committed(where);
        co_await consumer.seek_to_beginning(made.topic);
        EXPECT_EQ(co_await consumer.committed(where), before);
    });
}

TEST_F(seek, out_of_range_is_refused_and_moves_nothing) {
    const meters made = create_meters();
    insert(made, 0, 10);
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const std::int32_t vgroup = (co_await assigned(consumer, made.topic, 1))[0].vgroup();
        EXPECT_EQ(co_await error_of(seek_to(consumer, made.topic, vgroup, 1'000'000'000)),
                  server_error(0x4007));
        co_await read(consumer, 10, got);
    });
    EXPECT_EQ(got.sorted(), values_from(0, 10));
}

TEST_F(seek, in_a_foreign_vgroup_is_refused) {
    const meters made = create_meters();
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        (void)co_await assigned(consumer, made.topic, 1);
        EXPECT_EQ(co_await error_of(seek_to(consumer, made.topic, 99'999, 0)), server_error(0x4008));
    });
}

TEST_F(seek, in_a_foreign_topic_is_refused) {
    const meters made = create_meters();
    const std::string other = create_topic("STABLE " + made.database + ".m");
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const std::int32_t vgroup = (co_await assigned(consumer, made.topic, 1))[0].vgroup();
        EXPECT_EQ(co_await error_of(seek_to(consumer, other, vgroup, 0)), server_error(0x4009));
    });
}

TEST_F(seek, between_polls_with_read_ahead_drops_what_was_on_its_way) {
    const meters made = create_meters();
    config how = settings();
    how.prefetch(4);
    reading first;
    reading again;
    run_subscribed(how, made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        insert(made, 0, 10);
        co_await read(consumer, 10, first);
        insert(made, 10, 10);
        co_await consumer.seek_to_beginning(made.topic);
        co_await read(consumer, 20, again);
        co_await expect_nothing_more(consumer);
    });
    EXPECT_EQ(again.sorted(), values_from(0, 20));
    again.expect_order_within_tables();
}

TEST_F(seek, to_a_time_brings_everything_from_there) {
    const meters made = create_meters(3, 9);
    insert(made, 0, 360);
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await assigned(consumer, made.topic, 3);
        for (const std::int32_t first : {200, 0, 355}) {
            co_await consumer.seek_to_time(made.topic, time_of(first));
            reading got;
            message received;
            while (co_await consumer.poll(received, 2s))
                got.add(received);
            const std::vector<std::int32_t> values = got.sorted();
            const auto due = std::lower_bound(values.begin(), values.end(), first);
            EXPECT_EQ(std::vector<std::int32_t>(due, values.end()),
                      values_from(first, static_cast<std::size_t>(360 - first)));
        }
    });
}

TEST_F(seek, to_a_time_after_the_last_row_brings_what_is_written_later) {
    const meters made = create_meters();
    insert(made, 0, 50);
    reading got;
    run_subscribed(made.topic, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await assigned(consumer, made.topic, 1);
        co_await consumer.seek_to_time(made.topic, time_of(1'000));
        insert(made, 50, 20);
        co_await read(consumer, 20, got);
        co_await expect_nothing_more(consumer);
    });
    EXPECT_EQ(got.sorted(), values_from(50, 20));
}

}  // namespace
}  // namespace tmq::test
