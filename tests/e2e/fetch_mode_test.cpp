#include "e2e.hpp"

#include <boost/asio/detached.hpp>

namespace tmq::test {
namespace {

/// A server that has fetch_block, but not fetch_raw_data yet.
class old_server : public e2e {
  protected:
    old_server() : old(embedded_server_options().version("3.3.2.0")) {
        old.create_topic(topic_options(std::string(topic)).database("power").kind(topic_kind::stable));
    }

    void append(std::uint64_t first, std::uint64_t rows, std::size_t rows_per_block = 100, std::size_t blocks_per_message = 2) {
        append_meters(old, topic, meters, first, rows, rows_per_block, blocks_per_message);
    }
    config old_settings() const {
        config result(old.url());
        result.group_id("group").start_at(offset_reset::earliest);
        return result;
    }
    std::int32_t vgroup() const { return old.vgroups(topic)[0]; }

    embedded_server old;
};

TEST_F(old_server, delivers_every_row_once_block_by_block) {
    append(0, 2'000, 50, 5);
    std::vector<int> seen(2'000);
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, old_settings());
        co_await consumer.subscribe(topic);
        EXPECT_EQ(consumer.server_version(), "3.3.2.0");
        message received;
        std::int64_t next = 0;
        std::uint64_t blocks = 0;
        for (std::uint64_t rows = 0; rows < seen.size(); rows += received.row_count()) {
            const bool got = co_await consumer.poll(received, 5s);
            EXPECT_TRUE(got);
            if (!got) break;
            check_rows(received, meters, seen);
            EXPECT_EQ(received.offset(), next);
            next = received.next_offset();
            blocks += received.blocks().size();
        }
        EXPECT_EQ(next, old.end_offset(topic, vgroup()));
        EXPECT_EQ(old.request_count("fetch_block"), blocks);
        EXPECT_EQ(old.request_count("fetch_raw_data"), 0U);
        EXPECT_EQ(old.accepted_count(), 1U);
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{2'000, 0, 0}));
}

TEST_F(old_server, commits_exactly_behind_a_message_that_came_in_blocks) {
    append(0, 40, 10, 2);
    std::vector<int> seen(40);
    run([&]() -> asio::awaitable<void> {
        message received;
        {
            tmq::consumer first(context, old_settings());
            co_await first.subscribe(topic);
            EXPECT_TRUE(co_await first.poll(received, 5s));
            check_rows(received, meters, seen);
            co_await first.commit(received);
            EXPECT_EQ(old.committed("group", topic, vgroup()), received.next_offset());
            // Polled, never taken.
            message dropped;
            co_await first.poll(dropped, 5s);
            co_await first.close();
        }
        tmq::consumer second(context, old_settings());
        co_await second.subscribe(topic);
        while (co_await second.poll(received, 100ms)) check_rows(received, meters, seen);
        co_await second.close();
    });
    EXPECT_EQ(count(seen), (delivery{40, 0, 0}));
}

TEST_F(old_server, gives_metadata_from_json) {
    old.append_meta(topic, vgroup(), R"({"type":"drop","tableNameList":["a2"]})", {}, 519);
    append(0, 10);
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, old_settings());
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.kind(), message_kind::metadata);
        EXPECT_EQ(received.metas().size(), 1U);
        EXPECT_EQ(std::get<drop_table>(received.metas()[0]).names, std::vector<std::string>{"a2"});
        const std::int64_t behind = received.next_offset();
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.kind(), message_kind::data);
        EXPECT_EQ(received.offset(), behind);
        co_await consumer.close();
    });
}

TEST_F(old_server, seek_drops_a_message_of_which_some_blocks_have_come) {
    append(0, 100, 10, 2);
    old.inject(fault::delay(100ms).on("fetch_block").skip(1));
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, old_settings());
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 50ms));
        co_await consumer.seek(topic_partition(topic, vgroup(), 3));
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.offset(), 3);
        EXPECT_EQ(old.accepted_count(), 1U);
        co_await consumer.close();
    });
}

TEST_F(old_server, a_message_without_a_position_is_delivered_and_committed_with_all_others_only) {
    append(0, 1);
    old.inject(fault::error_reply(0x4006, "Can not operate in snapshot mode").on("position"));
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, old_settings());
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.row_count(), 1U);
        EXPECT_EQ(co_await error_of(consumer.commit(received)), errc::no_exact_offset);
        co_await consumer.commit();
        EXPECT_EQ(old.committed("group", topic, vgroup()), old.end_offset(topic, vgroup()));
        co_await consumer.close();
    });
}

TEST_F(old_server, a_block_that_contradicts_its_fetch_is_an_error_with_its_place_and_is_asked_for_again) {
    append(0, 20, 10, 2);
    old.inject(fault::error_reply(0xFFFF, "no fetch data").on("fetch_block"));
    std::vector<int> seen(20);
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, old_settings());
        co_await consumer.subscribe(topic);
        message received;
        try {
            co_await consumer.poll(received, 5s);
            ADD_FAILURE() << "accepted";
        } catch (const error& why) {
            EXPECT_EQ(why.server_message(), "no fetch data");
            EXPECT_EQ(why.action(), "fetch_block");
            EXPECT_NE(std::string_view(why.what()).find("topic topic_meters, vgroup 1, offset 0"), std::string_view::npos) << why.what();
        }
        while (co_await consumer.poll(received, 200ms)) check_rows(received, meters, seen);
        EXPECT_EQ(old.accepted_count(), 1U);
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{20, 0, 0}));
}

}  // namespace
}  // namespace tmq::test
