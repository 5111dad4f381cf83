#include "reconnecting.hpp"

#include <boost/asio/co_spawn.hpp>

namespace tmq::test {
namespace {

class rebalance : public reconnecting_e2e {
  protected:
    explicit rebalance(testing::server_options options = {}) : reconnecting_e2e(std::move(options)) {}

    void SetUp() override {
        create_topic(4);
        append(0, rows, 1, 1);
    }
    static constexpr std::uint64_t rows = 400;
    std::vector<int> seen = std::vector<int>(rows);

    config looking() { return reconnecting().assignment_interval(100ms); }
    template <class Kind>
    asio::awaitable<void> poll_until(tmq::consumer& consumer, std::size_t times = 1) {
        message received;
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (said.count<Kind>() < times && std::chrono::steady_clock::now() < deadline) {
            const bool got = co_await consumer.poll(received, 10ms);
            if (got) take(received, seen);
        }
        EXPECT_EQ(said.count<Kind>(), times) << Kind::name;
    }
    template <class Kind>
    std::vector<std::int32_t> vgroups_of() const {
        std::vector<std::int32_t> result;
        for (const partition_offset& one : said.last<Kind>()->vgroups)
            result.push_back(one.vgroup());
        std::sort(result.begin(), result.end());
        return result;
    }
};

TEST_F(rebalance, is_told_when_vgroups_go_and_come_back) {
    run_subscribed(looking(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await poll_until<events::assigned>(consumer);
        EXPECT_EQ(vgroups_of<events::assigned>(), server.vgroups(topic));
        const std::uint64_t ghost = server.ghost_member("group", topic);
        co_await poll_until<events::revoked>(consumer);
        const std::vector<std::int32_t> gone = vgroups_of<events::revoked>();
        EXPECT_EQ(gone.size(), 2U);
        for (const partition_offset& one : said.last<events::revoked>()->vgroups)
            EXPECT_EQ(one.offset(), next[one.vgroup()]) << "how far this consumer had got";
        server.remove_member(ghost);
        for (const std::int32_t vgroup : gone)
            next.erase(vgroup);
        co_await poll_until<events::assigned>(consumer, 2);
        EXPECT_EQ(vgroups_of<events::assigned>(), gone);
    });
    EXPECT_EQ(said.count<events::disconnected>(), 0U);
}

TEST_F(rebalance, commits_what_is_finished_before_a_vgroup_is_forgotten) {
    const config changed_settings = looking().auto_commit(true).auto_commit_interval(1h);
    run_subscribed(changed_settings, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, seen, 40);
        const std::uint64_t ghost = server.ghost_member("group", topic);
        co_await poll_until<events::revoked>(consumer);
        EXPECT_EQ(said.count<events::commit_failed>(), 2U) << "the server has given them away already";
        server.remove_member(ghost);
    });
}

TEST_F(rebalance, resumes_behind_what_the_other_member_has_committed) {
    run_subscribed(looking(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await read(consumer, seen, 40);
        const std::uint64_t ghost = server.ghost_member("group", topic);
        co_await poll_until<events::revoked>(consumer);
        std::uint64_t left = 0;
        for (const partition_offset& one : said.last<events::revoked>()->vgroups) {
            server.commit("group", topic, one.vgroup(), server.end_offset(topic, one.vgroup()) - 5);
            left += 5;
        }
        server.remove_member(ghost);
        co_await poll_until<events::assigned>(consumer, 2);
        message received;
        while (co_await consumer.poll(received, 100ms))
            take(received, seen);
        EXPECT_EQ(left, 10U);
    });
    EXPECT_EQ(count(seen).repeated, 0U);
    EXPECT_GT(count(seen).lost, 0U) << "those are the other member's";
}

TEST_F(rebalance, at_any_message_loses_nothing) {
    for (std::uint64_t at = 1; at <= 12; ++at) {
        const std::string group = "group" + std::to_string(at);
        tmq::consumer consumer(context,
                               reconnecting(group).assignment_interval(100ms).prefetch(4).auto_commit(false));
        listen(consumer);
        std::vector<int> times(rows);
        std::map<std::int32_t, std::int64_t> reached;
        std::uint64_t ghost = 0;
        server.on_message([&](const announced_message& found) {
            if (found.group != group) return;
            if (found.count == at) ghost = server.ghost_member(group, topic);
            if (found.count == at + 3) server.remove_member(ghost);
        });
        run([&]() -> asio::awaitable<void> {
            co_await consumer.subscribe(topic);
            message received;
            while (co_await consumer.poll(received, 300ms))
                check_rows(received, meters, times);
            co_await consumer.close();
        });
        server.on_message(nullptr);
        EXPECT_EQ(count(times).lost, 0U) << "at message " << at;
        // The vgroups moved before anything of them was committed: what was delivered of them may come again.
        EXPECT_LE(count(times).repeated, at + 3) << "at message " << at;
    }
}

TEST_F(rebalance, commits_wait_for_a_vgroup_that_comes_back_after_a_lost_connection) {
    run_subscribed(looking(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        take(received, seen);
        const std::uint64_t ghost = server.ghost_member("group", topic);
        server.reset_all();
        co_await until_told<events::resumed>();
        std::optional<boost::system::error_code> outcome;
        asio::co_spawn(context, error_of(consumer.commit(received)),
                       [&outcome](std::exception_ptr, boost::system::error_code code) { outcome = code; });
        server.remove_member(ghost);
        message other;
        while (!outcome)
            co_await consumer.poll(other, 10ms);
        EXPECT_EQ(outcome, boost::system::error_code());
        EXPECT_EQ(server.committed("group", topic, received.vgroup()), received.next_offset().value());
    });
}

class slow_rebalance : public rebalance {
  protected:
    slow_rebalance() : rebalance(testing::server_options().rebalance_time(150ms).settle_time(100ms)) {}
};

TEST_F(slow_rebalance, is_waited_for_when_subscribing_and_reconnecting) {
    tmq::consumer consumer(context, looking().start_at(offset_reset::latest));
    listen(consumer);
    run([&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        for (int cut = 0; cut < 3; ++cut) {
            server.reset_all();
            append(static_cast<std::uint64_t>(cut) * 20, 20, 1, 1);
            co_await read(consumer, seen, 20);
        }
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{60, rows - 60, 0}));
}

class dead_member : public rebalance {
  protected:
    dead_member() : rebalance(testing::server_options().keep_dead_members(300ms)) {}
};

TEST_F(dead_member, keeps_vgroups_that_come_back_later_and_go_on_where_they_were) {
    run_subscribed(looking(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        for (int cut = 0; cut < 3; ++cut) {
            co_await read(consumer, seen, 100);
            server.reset_all();
        }
        co_await read(consumer, seen, 100);
    });
    EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
    EXPECT_EQ(said.count<events::revoked>(), 0U);
}

}  // namespace
}  // namespace tmq::test
