#include "conformance/conformance.hpp"

#include <boost/asio/co_spawn.hpp>

#include <string>
#include <vector>

// What a server refuses for a moment, because a consumer has just come or its group is rebalanced, reaches no
// caller.

namespace tmq::test {
namespace {

/// What is called at once after a subscribe.
struct operation {
    const char* name;
    asio::awaitable<void> (*call)(consumer& of, const std::string& topic,
                                  const std::vector<std::int32_t>& vgroups);
};

std::vector<partition_offset> start_of(const std::string& topic, const std::vector<std::int32_t>& vgroups) {
    std::vector<partition_offset> all;
    for (const std::int32_t vgroup : vgroups)
        all.emplace_back(topic, vgroup, 0);
    return all;
}

std::vector<topic_partition> partitions_of(const std::string& topic,
                                           const std::vector<std::int32_t>& vgroups) {
    std::vector<topic_partition> all;
    for (const std::int32_t vgroup : vgroups)
        all.emplace_back(topic, vgroup);
    return all;
}

asio::awaitable<void> call_commit(consumer& of, const std::string&, const std::vector<std::int32_t>&) {
    co_await of.commit();
}
asio::awaitable<void> call_commit_of_offsets(consumer& of, const std::string& topic,
                                             const std::vector<std::int32_t>& vgroups) {
    co_await of.commit(start_of(topic, vgroups));
}
asio::awaitable<void> call_committed(consumer& of, const std::string& topic,
                                     const std::vector<std::int32_t>& vgroups) {
    const auto offsets = co_await of.committed(partitions_of(topic, vgroups));
    EXPECT_EQ(offsets.size(), vgroups.size());
}
asio::awaitable<void> call_assignment(consumer& of, const std::string& topic,
                                      const std::vector<std::int32_t>& vgroups) {
    const std::vector<assigned_vgroup> found = co_await of.assignment();
    EXPECT_EQ(found.size(), vgroups.size());
    for (const assigned_vgroup& one : found) {
        EXPECT_EQ(one.topic(), topic);
        EXPECT_GE(one.log_begin(), 0);
    }
}
asio::awaitable<void> call_position(consumer& of, const std::string& topic,
                                    const std::vector<std::int32_t>& vgroups) {
    const consumer::known_offsets found = co_await of.position(partitions_of(topic, vgroups));
    EXPECT_EQ(offsets_of(found), std::vector<std::optional<std::int64_t>>(vgroups.size(), 0));
}
asio::awaitable<void> call_lag(consumer& of, const std::string&, const std::vector<std::int32_t>&) {
    const std::vector<vgroup_lag> found = co_await of.lag();
    for (const vgroup_lag& one : found)
        EXPECT_NE(one.entries(), 0) << "nothing was read";
}
asio::awaitable<void> call_seek(consumer& of, const std::string& topic,
                                const std::vector<std::int32_t>& vgroups) {
    for (const partition_offset& one : start_of(topic, vgroups))
        co_await of.seek(one);
}
asio::awaitable<void> call_seek_to_beginning(consumer& of, const std::string& topic,
                                             const std::vector<std::int32_t>&) {
    co_await of.seek_to_beginning(topic);
}
asio::awaitable<void> call_seek_to_end(consumer& of, const std::string& topic,
                                       const std::vector<std::int32_t>&) {
    co_await of.seek_to_end(topic);
}

constexpr operation operations[] = {
    {"commit", call_commit},
    {"commit_of_offsets", call_commit_of_offsets},
    {"committed", call_committed},
    {"assignment", call_assignment},
    {"position", call_position},
    {"lag", call_lag},
    {"seek", call_seek},
    {"seek_to_beginning", call_seek_to_beginning},
    {"seek_to_end", call_seek_to_end},
};

class early_operation : public conformance, public ::testing::WithParamInterface<operation> {};

TEST_P(early_operation, works_right_after_subscribe) {
    constexpr int times = 50;
    const meters made = create_meters(2, 8);
    const std::string topic = create_query(made);
    insert(made, 0, 80);
    std::vector<std::int32_t> vgroups;
    run([&]() -> asio::awaitable<void> {
        auto looks = make_consumer("looks");
        co_await looks.subscribe(topic);
        const std::vector<assigned_vgroup> found = co_await assigned(looks, topic, 2);
        for (const assigned_vgroup& one : found)
            vgroups.push_back(one.vgroup());
        co_await looks.close();
    });
    for (int i = 0; i < times && !HasFailure(); ++i)
        run([&]() -> asio::awaitable<void> {
            // a group of its own: nothing is committed
            auto consumer = make_consumer("g" + std::to_string(i));
            co_await consumer.subscribe(topic);
            co_await GetParam().call(consumer, topic, vgroups);
            co_await consumer.close();
        });
}

INSTANTIATE_TEST_SUITE_P(operations, early_operation, ::testing::ValuesIn(operations),
                         [](const auto& one) { return std::string(one.param.name); });

class member_join : public conformance {
  protected:
    /// The vgroup may be another member's by now; everything else that is refused is not to be heard of.
    static void expect_done(const boost::system::error_code& code) {
        if (code != server_error(0x4008)) {
            EXPECT_FALSE(code) << code.message();
        }
    }
    /// Goes on to read until it is told to stop.
    asio::awaitable<void> read_beside(consumer& by, std::string topic, reading& into, const bool& stop) {
        co_await by.subscribe(topic);
        while (!stop)
            co_await glance_at(by, into);
    }
};

TEST_F(member_join, disturbs_no_commit_and_no_question_of_those_who_are_there) {
    constexpr int tables = 16;
    const meters made = create_meters(4, tables);
    const std::string topic = create_query(made);
    auto first = make_consumer();
    auto second = make_consumer();
    reading of_first;
    reading of_second;
    bool stop = false;
    bool ended = false;
    std::int32_t written = 0;
    run([&]() -> asio::awaitable<void> {
        co_await first.subscribe(topic);
        insert(made, written, 160);
        written += 160;
        co_await read(first, 160, of_first);
        co_await first.commit();
        asio::co_spawn(context, read_beside(second, topic, of_second, stop),
                       [&ended](std::exception_ptr thrown) {
                           EXPECT_FALSE(thrown);
                           ended = true;
                       });
        message received;
        const auto enough = [&] { return of_second.messages >= 3 || ended; };
        const auto deadline = std::chrono::steady_clock::now() + server.patience();
        // No message comes for some time before the other member does, so that polls are held when it comes.
        for (int round = 0; !enough() && std::chrono::steady_clock::now() < deadline; ++round) {
            if (round % 4 == 3) {
                insert(made, written, tables, 1);
                written += tables;
            }
            const bool came = co_await first.poll(received, server.is_embedded() ? 5ms : 100ms);
            if (came) of_first.add(received);
            if (received.row_count() != 0) expect_done(co_await error_of(first.commit(received)));
            expect_done(co_await error_of(first.lag()));
            expect_done(co_await error_of(first.assignment()));
        }
        EXPECT_TRUE(enough());
        stop = true;
        co_await until([&] { return ended; });
        co_await first.close();
        co_await second.close();
    });
}

}  // namespace
}  // namespace tmq::test
