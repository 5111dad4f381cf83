#include "conformance/conformance.hpp"

#include <map>

namespace tmq::test {
namespace {

class start_from : public conformance {
  protected:
    /// Starts where `store` says, which has what was read so far.
    void prepare(consumer& of) {
        of.start_from(
            [this](std::vector<topic_partition> gained) -> asio::awaitable<std::vector<partition_offset>> {
                std::vector<partition_offset> named;
                for (const topic_partition& vgroup : gained)
                    if (store.contains(vgroup)) named.emplace_back(vgroup, store.at(vgroup));
                co_return named;
            });
    }
    asio::awaitable<void> read_into_store(consumer& from, std::size_t rows, reading& into) {
        message received;
        while (into.rows.size() < rows) {
            co_await next(from, received);
            into.add(received);
            store.insert_or_assign(received.partition(), received.next().offset());
        }
    }

    std::map<topic_partition, std::int64_t> store;
};

TEST_F(start_from, resumes_at_the_offsets_of_the_application_without_a_commit) {
    const meters made = create_meters(3, 9);
    insert(made, 0, 90);
    reading all;
    for (const std::size_t rows : {90U, 180U}) {
        run([&]() -> asio::awaitable<void> {
            tmq::consumer consumer = make_consumer();
            prepare(consumer);
            co_await consumer.subscribe(made.topic);
            co_await read_into_store(consumer, rows, all);
            co_await consumer.close();
        });
        if (rows == 90) insert(made, 90, 90);
    }
    EXPECT_EQ(all.sorted(), values_from(0, 180));
}

TEST_F(start_from, goes_back_where_the_application_says_so) {
    const meters made = create_meters();
    reading once;
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer = make_consumer();
        co_await consumer.subscribe(made.topic);
        insert(made, 0, 10);
        co_await read_into_store(consumer, 10, once);
        insert(made, 10, 10);
        co_await read(consumer, 10, once);
        co_await consumer.commit();
        co_await consumer.close();
    });
    reading again;
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer = make_consumer();
        prepare(consumer);
        co_await consumer.subscribe(made.topic);
        co_await read(consumer, 10, again);
        co_await expect_nothing_more(consumer);
        co_await consumer.close();
    });
    EXPECT_EQ(again.sorted(), values_from(10, 10)) << "the group had committed all";
}

}  // namespace
}  // namespace tmq::test
