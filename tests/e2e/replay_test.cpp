#include "e2e.hpp"

#include <boost/asio/co_spawn.hpp>

namespace tmq::test {
namespace {

struct recording {
    const char* file;
    const char* topic;
    std::uint64_t rows;
};
std::ostream& operator<<(std::ostream& out, const recording& r) { return out << r.file; }

class replay : public ::testing::TestWithParam<recording> {};

TEST_P(replay, every_recorded_row_is_consumed_and_the_position_reaches_the_end) {
    testing::server server;
    ASSERT_GT(server.load(transcript::from_file(std::string(TMQ_TEST_DATA "/") + GetParam().file)), 0U);
    asio::io_context context(1);
    config settings = on_request_only(config(server.url()));
    settings.group_id("replay").start_at(offset_reset::earliest);
    tmq::consumer consumer(context, settings);
    std::uint64_t rows = 0;
    auto drain = [&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(GetParam().topic);
        message received;
        while (rows < GetParam().rows) {
            if (!co_await consumer.poll(received, 5s)) break;
            rows += received.row_count();
        }
        EXPECT_FALSE(co_await consumer.poll(received, 50ms));
        std::vector<topic_partition> partitions;
        const auto assigned = co_await consumer.assignment();
        for (const assigned_vgroup& vgroup : assigned)
            partitions.push_back(vgroup.partition());
        const consumer::known_offsets positions = co_await consumer.position(partitions);
        for (std::size_t i = 0; i < assigned.size(); ++i)
            EXPECT_EQ(positions[i].second, assigned[i].log_end());
        co_await consumer.close();
    };
    std::exception_ptr failure;
    asio::co_spawn(context, drain(), [&](std::exception_ptr thrown) { failure = thrown; });
    context.run_for(30s);
    if (failure) std::rethrow_exception(failure);
    EXPECT_EQ(rows, GetParam().rows);
}

INSTANTIATE_TEST_SUITE_P(recordings, replay,
                         ::testing::Values(recording{"v3.3.5/meters_select.jsonl", "gold_meters", 300},
                                           recording{"v3.3.5/types_ms_stable.jsonl", "gold_ms_stb", 123},
                                           recording{"v3.3.5/types_ns_stable.jsonl", "gold_ns_stb", 123},
                                           recording{"v3.3.5/types_ms_database.jsonl", "gold_ms_all", 123},
                                           recording{"v3.4.1/meters_select.jsonl", "gold_meters", 300}));

/// What a topic `WITH META` has to say, message by message.
struct changes {
    std::size_t messages = 0;
    std::size_t created = 0;
    std::size_t altered = 0;
    std::size_t dropped = 0;
    std::size_t deletions = 0;
    std::size_t unknown = 0;
    std::uint64_t rows = 0;
    friend bool operator==(const changes&, const changes&) = default;
};
std::ostream& operator<<(std::ostream& out, const changes& c) {
    return out << c.messages << " messages, " << c.created << " created, " << c.altered << " altered, "
               << c.dropped << " dropped, " << c.deletions << " deletions, " << c.unknown << " unknown, "
               << c.rows << " rows";
}

changes consume_changes(const std::string& file, const std::string& from) {
    testing::server server;
    server.load(transcript::from_file(std::string(TMQ_TEST_DATA "/") + file));
    asio::io_context context(1);
    config settings = on_request_only(config(server.url()));
    settings.group_id("replay").start_at(offset_reset::earliest);
    tmq::consumer consumer(context, settings);
    changes result;
    auto drain = [&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(from);
        message received;
        while (co_await consumer.poll(received, 300ms)) {
            ++result.messages;
            result.rows += received.row_count();
            EXPECT_EQ(received.metas().empty(), received.kind() == message_kind::data);
            for (const meta& change : received.metas()) {
                if (std::holds_alternative<create_table>(change)) ++result.created;
                if (std::holds_alternative<alter_table>(change)) ++result.altered;
                if (std::holds_alternative<drop_table>(change)) ++result.dropped;
                if (std::holds_alternative<delete_data>(change)) ++result.deletions;
                if (std::holds_alternative<unknown_meta>(change)) ++result.unknown;
            }
            co_await consumer.commit(received);
            EXPECT_EQ(server.committed("replay", from, received.vgroup()), received.next_offset().value());
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
    return result;
}

class metadata_replay : public ::testing::TestWithParam<const char*> {};

TEST_P(metadata_replay, single_and_batch_form_tell_the_same_changes) {
    const std::string version = GetParam();
    const changes single = consume_changes(version + "/database_meta.jsonl", "gold_meta");
    const changes batch = consume_changes(version + "/database_meta_batch.jsonl", "gold_meta");
    EXPECT_EQ(single.messages, 12U);
    EXPECT_EQ(batch.messages, 8U);
    EXPECT_GT(single.created, 0U);
    EXPECT_GT(single.altered, 0U);
    EXPECT_GT(single.dropped, 0U);
    EXPECT_GT(single.deletions, 0U);
    EXPECT_EQ(single.unknown, 0U);
    changes same = single;
    same.messages = batch.messages;
    EXPECT_EQ(batch, same);
}

INSTANTIATE_TEST_SUITE_P(versions, metadata_replay, ::testing::Values("v3.3.5", "v3.4.1"),
                         [](const auto& tested) {
                             return std::string(tested.param) == "v3.3.5" ? "v335" : "v341";
                         });

TEST(raw_data_replay, every_message_is_passed_through) {
    testing::server server(testing::server_options().version("3.4.1.6.community"));
    const std::size_t messages = server.load(transcript::from_file(TMQ_TEST_DATA "/v3.4.1/rawdata.jsonl"));
    EXPECT_GT(messages, 0U);
    asio::io_context context(1);
    config settings = on_request_only(config(server.url()));
    settings.group_id("replay").start_at(offset_reset::earliest);
    tmq::consumer consumer(context, settings);
    std::size_t got = 0;
    auto drain = [&]() -> asio::awaitable<void> {
        co_await consumer.subscribe("gold_ms_all");
        message received;
        while (co_await consumer.poll(received, 300ms)) {
            ++got;
            EXPECT_EQ(received.kind(), message_kind::raw_data);
            EXPECT_EQ(received.raw_type(), 6);
            EXPECT_FALSE(received.raw().empty());
            EXPECT_GT(received.next_offset(), received.offset());
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
    EXPECT_EQ(got, messages);
}

}  // namespace
}  // namespace tmq::test
