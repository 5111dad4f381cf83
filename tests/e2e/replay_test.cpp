#include "e2e.hpp"

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
    embedded_server server;
    ASSERT_GT(server.load_transcript(std::string(TMQ_TEST_DATA "/") + GetParam().file), 0U);
    asio::io_context context(1);
    config settings(server.url());
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
        const auto assigned = co_await consumer.assignment(GetParam().topic);
        for (const assigned_vgroup& vgroup : assigned) partitions.emplace_back(GetParam().topic, vgroup.vgroup());
        partitions = co_await consumer.position(partitions);
        for (std::size_t i = 0; i < assigned.size(); ++i) EXPECT_EQ(partitions[i].offset(), assigned[i].end());
        co_await consumer.close();
    };
    std::exception_ptr failure;
    asio::co_spawn(context, drain(), [&](std::exception_ptr thrown) { failure = thrown; });
    context.run_for(30s);
    if (failure) std::rethrow_exception(failure);
    EXPECT_EQ(rows, GetParam().rows);
}

INSTANTIATE_TEST_SUITE_P(of, replay,
                         ::testing::Values(recording{"v3.3.5/meters_select.jsonl", "gold_meters", 300},
                                           recording{"v3.3.5/types_ms_stable.jsonl", "gold_ms_stb", 123},
                                           recording{"v3.3.5/types_ns_stable.jsonl", "gold_ns_stb", 123},
                                           recording{"v3.3.5/types_ms_database.jsonl", "gold_ms_all", 123},
                                           recording{"v3.4.1/meters_select.jsonl", "gold_meters", 300}));

}  // namespace
}  // namespace tmq::test
