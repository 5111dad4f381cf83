#include "e2e.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace tmq::test {
namespace {

/// A server that has fetch_block, but not fetch_raw_data yet.
class old_server : public e2e {
  protected:
    old_server() : old(testing::server_options().version("3.3.2.0")) {
        old.create_topic(topic_options(std::string(topic)).database("power").kind(topic_kind::stable));
    }

    void append(std::uint64_t first, std::uint64_t rows, std::size_t rows_per_block = 100,
                std::size_t blocks_per_message = 2) {
        append_meters(old, topic, meters, first, rows, rows_per_block, blocks_per_message);
    }
    config old_settings() const {
        config result = on_request_only(config(old.url()));
        result.group_id("group").start_at(offset_reset::earliest);
        return result;
    }
    std::int32_t vgroup() const { return old.vgroups(topic)[0]; }

    testing::server old;
};

TEST_F(old_server, delivers_every_row_once_block_by_block) {
    append(0, 2'000, 50, 5);
    std::vector<int> seen(2'000);
    run_subscribed(old_settings(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
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
            next = received.next_offset().value();
            blocks += received.blocks().size();
        }
        EXPECT_EQ(next, old.end_offset(topic, vgroup()));
        EXPECT_EQ(old.request_count("fetch_block"), blocks);
        EXPECT_EQ(old.request_count("fetch_raw_data"), 0U);
        EXPECT_EQ(old.accepted_count(), 1U);
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
            EXPECT_EQ(old.committed("group", topic, vgroup()), received.next_offset().value());
            // Polled, never taken.
            message dropped;
            co_await first.poll(dropped, 5s);
            co_await first.close();
        }
        tmq::consumer second(context, old_settings());
        co_await second.subscribe(topic);
        while (co_await second.poll(received, 100ms))
            check_rows(received, meters, seen);
        co_await second.close();
    });
    EXPECT_EQ(count(seen), (delivery{40, 0, 0}));
}

TEST_F(old_server, gives_metadata_from_json) {
    old.append_meta(topic, vgroup(), R"({"type":"drop","tableNameList":["a2"]})", {}, 519);
    append(0, 10);
    run_subscribed(old_settings(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.kind(), message_kind::metadata);
        EXPECT_EQ(received.metas().size(), 1U);
        EXPECT_EQ(std::get<drop_table>(received.metas()[0]).names, std::vector<std::string>{"a2"});
        const std::int64_t behind = received.next_offset().value();
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.kind(), message_kind::data);
        EXPECT_EQ(received.offset(), behind);
    });
}

TEST_F(old_server, seek_drops_a_message_of_which_some_blocks_have_come) {
    append(0, 100, 10, 2);
    old.inject(fault::delay(100ms).on("fetch_block").skip(1));
    run_subscribed(old_settings(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_FALSE(co_await consumer.poll(received, 50ms));
        co_await consumer.seek(partition_offset(topic, vgroup(), 3));
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.offset(), 3);
        EXPECT_EQ(old.accepted_count(), 1U);
    });
}

TEST_F(old_server, a_message_without_a_position_is_delivered_and_committed_with_all_others_only) {
    append(0, 1);
    run_subscribed(old_settings(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        old.inject(fault::error_reply(0x4006, "Can not operate in snapshot mode").on("position"));
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_EQ(received.row_count(), 1U);
        EXPECT_EQ(co_await error_of(consumer.commit(received)), errc::no_exact_offset);
        co_await consumer.commit();
        EXPECT_EQ(old.committed("group", topic, vgroup()), old.end_offset(topic, vgroup()));
    });
}

TEST_F(old_server, a_block_that_contradicts_its_fetch_is_an_error_with_its_place_and_is_asked_for_again) {
    append(0, 20, 10, 2);
    old.inject(fault::error_reply(0xFFFF, "no fetch data").on("fetch_block"));
    std::vector<int> seen(20);
    run_subscribed(old_settings(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        try {
            co_await consumer.poll(received, 5s);
            ADD_FAILURE() << "accepted";
        } catch (const error& why) {
            EXPECT_EQ(why.server_message(), "no fetch data");
            EXPECT_EQ(why.action(), "fetch_block");
            EXPECT_NE(std::string_view(why.what()).find("topic topic_meters, vgroup 1, offset 0"),
                      std::string_view::npos)
                << why.what();
        }
        while (co_await consumer.poll(received, 200ms))
            check_rows(received, meters, seen);
        EXPECT_EQ(old.accepted_count(), 1U);
    });
    EXPECT_EQ(count(seen), (delivery{20, 0, 0}));
}

/// Every row of a recording as JSON, and every change of a table, in their order.
std::vector<std::string> everything(const std::string& file, const std::string& from, fetch_mode mode) {
    testing::server server;
    EXPECT_GT(server.load(transcript::from_file(std::string(TMQ_TEST_DATA "/") + file)), 0U);
    asio::io_context context(1);
    config settings = on_request_only(config(server.url()));
    settings.group_id("replay").start_at(offset_reset::earliest).fetch_with(mode);
    tmq::consumer consumer(context, settings);
    std::vector<std::string> out;
    auto drain = [&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(from);
        message received;
        while (true) {
            const bool got = co_await consumer.poll(received, 300ms);
            if (!got) break;
            out.push_back("offset " + std::to_string(received.next_offset().value_or(-1)));
            for (const meta& change : received.metas())
                out.push_back("change " + std::to_string(change.index()));
            for (const block_view block : received.blocks())
                for (const row_view one : block.dynamic_rows())
                    out.push_back(std::string(block.table_name()) + " " + to_json(one));
        }
        co_await consumer.close();
    };
    std::exception_ptr failure;
    asio::co_spawn(context, drain(), [&](std::exception_ptr thrown) {
        failure = thrown;
        consumer.disconnect();
    });
    context.run_for(30s);
    if (failure) std::rethrow_exception(failure);
    const auto requested = [&server](const char* action) { return server.request_count(action) != 0; };
    EXPECT_EQ(requested("fetch_raw_data"), mode == fetch_mode::raw_data);
    EXPECT_EQ(requested("fetch_raw"), mode == fetch_mode::raw);
    EXPECT_EQ(requested("fetch_block"), mode == fetch_mode::block);
    return out;
}

struct recording {
    const char* file;
    const char* topic;
};
std::ostream& operator<<(std::ostream& out, const recording& r) { return out << r.file; }

class fetch_modes : public ::testing::TestWithParam<recording> {};

TEST_P(fetch_modes, give_the_same_rows_at_the_same_offsets) {
    const std::vector<std::string> whole =
        everything(GetParam().file, GetParam().topic, fetch_mode::raw_data);
    EXPECT_GT(whole.size(), 1U);
    EXPECT_EQ(everything(GetParam().file, GetParam().topic, fetch_mode::raw), whole);
    EXPECT_EQ(everything(GetParam().file, GetParam().topic, fetch_mode::block), whole);
}

INSTANTIATE_TEST_SUITE_P(recordings, fetch_modes,
                         ::testing::Values(recording{"v3.3.5/meters_select.jsonl", "gold_meters"},
                                           recording{"v3.3.5/types_ms_stable.jsonl", "gold_ms_stb"},
                                           recording{"v3.3.5/types_ns_stable.jsonl", "gold_ns_stb"},
                                           recording{"v3.3.5/types_ms_database.jsonl", "gold_ms_all"},
                                           recording{"v3.3.5/decimal.jsonl", "gold_dec"},
                                           recording{"v3.3.5/json_tag.jsonl", "gold_json"},
                                           recording{"v3.4.1/meters_select.jsonl", "gold_meters"},
                                           recording{"v3.4.1/blob.jsonl", "gold_blob"},
                                           recording{"v3.4.1/json_tag.jsonl", "gold_json"},
                                           recording{"v3.3.5/database_meta.jsonl", "gold_meta"},
                                           recording{"v3.4.1/database_meta.jsonl", "gold_meta"}));

}  // namespace
}  // namespace tmq::test
