#include "conformance/conformance.hpp"

#include <algorithm>
#include <set>

namespace tmq::test {
namespace {

/// The values of several readings, in ascending order.
std::vector<std::int32_t> together(std::initializer_list<const reading*> readings) {
    std::vector<std::int32_t> all;
    for (const reading* const one : readings)
        for (const received_row& row : one->rows)
            all.push_back(row.value);
    std::sort(all.begin(), all.end());
    return all;
}

class groups : public conformance {
  protected:
    struct member {
        member(asio::io_context& context, const config& how) : consumer(context, how) {}
        tmq::consumer consumer;
        reading got;
        std::set<std::int32_t> vgroups;
    };
    member make_member(std::string_view group_name = "g") { return member(context, settings(group_name)); }

    /// Polls all members, which bring their rows, until they have so many vgroups each, and every vgroup one
    /// of them.
    asio::awaitable<void> until_shared(std::string_view topic, std::vector<member*> members,
                                       std::multiset<std::size_t> shares, std::size_t vgroups) {
        co_await until([&]() -> asio::awaitable<bool> {
            std::multiset<std::size_t> found;
            std::set<std::int32_t> all;
            for (member* const one : members) {
                co_await glance_at(one->consumer, one->got);
                one->vgroups.clear();
                for (const assigned_vgroup& vgroup : co_await assigned_now(one->consumer, topic))
                    one->vgroups.insert(vgroup.vgroup());
                found.insert(one->vgroups.size());
                all.insert(one->vgroups.begin(), one->vgroups.end());
            }
            co_return found == shares&& all.size() == vgroups;
        });
    }
    /// Polls all members until they have so many rows together.
    asio::awaitable<void> read_together(std::vector<member*> members, std::size_t rows) {
        co_await until([&]() -> asio::awaitable<bool> {
            std::size_t sum = 0;
            for (member* const one : members) {
                co_await glance_at(one->consumer, one->got);
                sum += one->got.rows.size();
            }
            co_return sum >= rows;
        });
        for (member* const one : members)
            co_await expect_nothing_more(one->consumer);
    }
    static void expect_own_vgroups(const member& one) {
        for (const received_row& row : one.got.rows)
            EXPECT_TRUE(one.vgroups.contains(row.vgroup)) << row.vgroup;
    }
};

TEST_F(groups, two_members_share_the_vgroups) {
    const meters made = create_meters(4, 32);
    member first = make_member();
    member second = make_member();
    run([&]() -> asio::awaitable<void> {
        std::vector<member*> members = {&first, &second};
        co_await first.consumer.subscribe(made.topic);
        co_await second.consumer.subscribe(made.topic);
        std::multiset<std::size_t> shares = {2, 2};
        co_await until_shared(made.topic, members, shares, 4);
        insert(made, 0, 640, 20);
        co_await read_together(members, 640);
        co_await first.consumer.close();
        co_await second.consumer.close();
    });
    expect_own_vgroups(first);
    expect_own_vgroups(second);
    EXPECT_EQ(together({&first.got, &second.got}), values_from(0, 640));
}

TEST_F(groups, three_members_share_the_vgroups) {
    const meters made = create_meters(6, 32);
    member first = make_member();
    member second = make_member();
    member third = make_member();
    run([&]() -> asio::awaitable<void> {
        std::vector<member*> members = {&first, &second, &third};
        for (member* const one : members)
            co_await one->consumer.subscribe(made.topic);
        std::multiset<std::size_t> shares = {2, 2, 2};
        co_await until_shared(made.topic, members, shares, 6);
        insert(made, 0, 640, 20);
        co_await read_together(members, 640);
        for (member* const one : members)
            co_await one->consumer.close();
    });
    for (const member* const one : {&first, &second, &third})
        expect_own_vgroups(*one);
    EXPECT_EQ(together({&first.got, &second.got, &third.got}), values_from(0, 640));
}

TEST_F(groups, member_that_joins_takes_vgroups_over_where_the_group_has_committed) {
    const meters made = create_meters(2, 16);
    insert(made, 0, 160);
    member first = make_member();
    member second = make_member();
    run([&]() -> asio::awaitable<void> {
        std::vector<member*> members = {&first, &second};
        co_await first.consumer.subscribe(made.topic);
        co_await read(first.consumer, 160, first.got);
        co_await first.consumer.commit();
        co_await second.consumer.subscribe(made.topic);
        std::multiset<std::size_t> shares = {1, 1};
        co_await until_shared(made.topic, members, shares, 2);
        insert(made, 160, 160);
        co_await read_together(members, 320);
        co_await first.consumer.close();
        co_await second.consumer.close();
    });
    expect_own_vgroups(second);
    for (const received_row& row : second.got.rows)
        EXPECT_GE(row.value, 160);
    EXPECT_EQ(together({&first.got, &second.got}), values_from(0, 320));
}

TEST_F(groups, member_that_leaves_gives_its_vgroups_back) {
    const meters made = create_meters(4, 16);
    member first = make_member();
    member second = make_member();
    run([&]() -> asio::awaitable<void> {
        std::vector<member*> members = {&first, &second};
        co_await first.consumer.subscribe(made.topic);
        co_await second.consumer.subscribe(made.topic);
        std::multiset<std::size_t> shares = {2, 2};
        co_await until_shared(made.topic, members, shares, 4);
        insert(made, 0, 160);
        co_await read_together(members, 160);
        co_await first.consumer.commit();
        co_await second.consumer.commit();
        co_await second.consumer.unsubscribe();
        (void)co_await assigned(first.consumer, made.topic, 4, first.got);
        insert(made, 160, 160);
        const std::size_t due = 320 - second.got.rows.size() - first.got.rows.size();
        co_await read(first.consumer, due, first.got);
        co_await expect_nothing_more(first.consumer);
        co_await first.consumer.close();
        co_await second.consumer.close();
    });
    EXPECT_EQ(together({&first.got, &second.got}), values_from(0, 320));
}

TEST_F(groups, what_a_member_that_dies_has_not_committed_comes_to_the_others) {
    const meters made = create_meters(2, 16);
    member survivor = make_member();
    member dying = make_member();
    run([&]() -> asio::awaitable<void> {
        std::vector<member*> members = {&survivor, &dying};
        co_await survivor.consumer.subscribe(made.topic);
        co_await dying.consumer.subscribe(made.topic);
        std::multiset<std::size_t> shares = {1, 1};
        co_await until_shared(made.topic, members, shares, 2);
        insert(made, 0, 160);
        co_await read_together(members, 160);
        co_await survivor.consumer.commit();
        dying.consumer.disconnect();
        (void)co_await assigned(survivor.consumer, made.topic, 2, survivor.got);
        const std::size_t due = 160 - survivor.got.rows.size();
        co_await read(survivor.consumer, due, survivor.got);
        co_await expect_nothing_more(survivor.consumer);
        co_await survivor.consumer.close();
    });
    EXPECT_EQ(survivor.got.sorted(), values_from(0, 160));
}

TEST_F(groups, what_a_member_that_dies_has_committed_does_not_come_again) {
    const meters made = create_meters(2, 16);
    member survivor = make_member();
    member dying = make_member();
    run([&]() -> asio::awaitable<void> {
        std::vector<member*> members = {&survivor, &dying};
        co_await survivor.consumer.subscribe(made.topic);
        co_await dying.consumer.subscribe(made.topic);
        std::multiset<std::size_t> shares = {1, 1};
        co_await until_shared(made.topic, members, shares, 2);
        insert(made, 0, 160);
        co_await read_together(members, 160);
        co_await survivor.consumer.commit();
        co_await dying.consumer.commit();
        dying.consumer.disconnect();
        (void)co_await assigned(survivor.consumer, made.topic, 2, survivor.got);
        co_await expect_nothing_more(survivor.consumer);
        co_await survivor.consumer.close();
    });
    EXPECT_EQ(together({&survivor.got, &dying.got}), values_from(0, 160));
}

TEST_F(groups, committed_offsets_are_seen_by_the_next_member) {
    const meters made = create_meters();
    insert(made, 0, 10);
    member first = make_member();
    member second = make_member();
    run([&]() -> asio::awaitable<void> {
        co_await first.consumer.subscribe(made.topic);
        co_await read(first.consumer, 10, first.got);
        co_await first.consumer.commit();
        const std::int64_t behind = first.got.next.begin()->second;
        co_await first.consumer.close();
        co_await second.consumer.subscribe(made.topic);
        const std::vector<topic_partition> where =
            partitions(co_await assigned(second.consumer, made.topic, 1));
        EXPECT_EQ((co_await second.consumer.committed(where))[0].second, behind);
        co_await expect_nothing_more(second.consumer);
        co_await second.consumer.close();
    });
}

TEST_F(groups, that_are_independent_get_everything_each) {
    const meters made = create_meters(2, 8);
    insert(made, 0, 160);
    member first = make_member("first");
    member second = make_member("second");
    run([&]() -> asio::awaitable<void> {
        co_await first.consumer.subscribe(made.topic);
        co_await second.consumer.subscribe(made.topic);
        co_await read(first.consumer, 160, first.got);
        co_await read(second.consumer, 160, second.got);
        co_await expect_nothing_more(first.consumer);
        co_await expect_nothing_more(second.consumer);
        co_await first.consumer.close();
        co_await second.consumer.close();
    });
    EXPECT_EQ(first.got.sorted(), values_from(0, 160));
    EXPECT_EQ(second.got.sorted(), values_from(0, 160));
}

TEST_F(groups, vgroup_of_another_member_cannot_be_sought_or_committed) {
    const meters made = create_meters(2, 2);
    member first = make_member();
    member second = make_member();
    run([&]() -> asio::awaitable<void> {
        std::vector<member*> members = {&first, &second};
        co_await first.consumer.subscribe(made.topic);
        co_await second.consumer.subscribe(made.topic);
        std::multiset<std::size_t> shares = {1, 1};
        co_await until_shared(made.topic, members, shares, 2);
        const partition_offset foreign(made.topic, *second.vgroups.begin(), 0);
        EXPECT_EQ(co_await error_of(first.consumer.seek(foreign)), server_error(0x4008));
        EXPECT_EQ(co_await error_of(first.consumer.commit(foreign)), server_error(0x4008));
        co_await first.consumer.close();
        co_await second.consumer.close();
    });
}

TEST_F(groups, members_of_other_topics_do_not_share) {
    const meters one = create_meters(2, 4);
    const meters other = create_meters(2, 4);
    insert(one, 0, 40);
    insert(other, 100, 40);
    member first = make_member();
    member second = make_member();
    run([&]() -> asio::awaitable<void> {
        co_await first.consumer.subscribe(one.topic);
        co_await second.consumer.subscribe(other.topic);
        (void)co_await assigned(first.consumer, one.topic, 2, first.got);
        (void)co_await assigned(second.consumer, other.topic, 2, second.got);
        co_await read(first.consumer, 40 - first.got.rows.size(), first.got);
        co_await read(second.consumer, 40 - second.got.rows.size(), second.got);
        co_await first.consumer.close();
        co_await second.consumer.close();
    });
    EXPECT_EQ(first.got.sorted(), values_from(0, 40));
    EXPECT_EQ(second.got.sorted(), values_from(100, 40));
}

class overdue_members : public groups {
  protected:
    /// Long enough for a subscribe, short enough to be waited for.
    std::string max_poll_interval() const {
        return server.is_embedded() ? R"(,"max_poll_interval_ms":"1000")"
                                    : R"(,"max_poll_interval_ms":"5000")";
    }
    /// Polls until it is told that it is out of its group. Some servers say so at once, others bring nothing
    /// for a moment.
    void expect_out(protocol_client& idle) const {
        const auto deadline = std::chrono::steady_clock::now() + server.patience();
        std::int64_t code = 0;
        while (code == 0 && std::chrono::steady_clock::now() < deadline)
            code = idle.ask("poll", R"("blocking_time":10)").code();
        EXPECT_EQ(code, server.at_least(3, 4) ? 0x03E6 : 0x4001);
    }
};

TEST_F(overdue_members, are_put_out_of_their_group) {
    const meters made = create_meters(2, 2);
    protocol_client idle = connect();
    ASSERT_EQ(idle.ask("subscribe", subscribe_arguments(made.topic, max_poll_interval(), "g")).code(), 0);
    ASSERT_EQ(idle.ask("poll", R"("blocking_time":10)").code(), 0);
    auto other = make_consumer("g");
    reading got;
    run([&]() -> asio::awaitable<void> {
        co_await other.subscribe(made.topic);
        // It gets all vgroups when the idle one has none any more.
        (void)co_await assigned(other, made.topic, 2, got);
        expect_out(idle);
        expect_out(idle);
        co_await other.close();
    });
}

TEST_F(overdue_members, come_back_with_a_new_connection) {
    const meters made = create_meters();
    protocol_client idle = connect();
    const std::string arguments = subscribe_arguments(made.topic, max_poll_interval(), "g");
    ASSERT_EQ(idle.ask("subscribe", arguments).code(), 0);
    auto other = make_consumer("g");
    reading got;
    run([&]() -> asio::awaitable<void> {
        co_await other.subscribe(made.topic);
        (void)co_await assigned(other, made.topic, 1, got);
        co_await other.close();
    });
    expect_out(idle);
    // With the connection that it has some servers never take it back.
    protocol_client again = connect();
    EXPECT_EQ(again.ask("subscribe", arguments).code(), 0);
    insert(made, 0, 10);
    EXPECT_EQ(poll_message(again).text("topic"), made.topic);
    EXPECT_EQ(again.ask("unsubscribe").code(), 0);
}

TEST_F(overdue_members, of_the_library_come_back_by_themselves) {
    const meters made = create_meters();
    insert(made, 0, 10);
    config how = settings();
    how.set("max.poll.interval.ms", server.is_embedded() ? "1000" : "5000");
    how.reconnect(true);
    consumer idle(context, how);
    reading got;
    run([&]() -> asio::awaitable<void> {
        co_await idle.subscribe(made.topic);
        co_await read(idle, 10, got);
        co_await idle.commit();
        // What is inserted after it was put out comes to it all the same.
        asio::steady_timer pause(context, server.is_embedded() ? 1500ms : 12'000ms);
        co_await pause.async_wait(asio::use_awaitable);
        insert(made, 10, 10);
        co_await read(idle, 10, got);
        co_await idle.close();
    });
    EXPECT_EQ(got.sorted(), values_from(0, 20));
}

}  // namespace
}  // namespace tmq::test
