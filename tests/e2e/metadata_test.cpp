#include "e2e.hpp"

#include <variant>

namespace tmq::test {
namespace {

/// A consumer reads the bytes of a server that has fetch_raw_data, and the JSON of one that has not.
class metadata : public e2e, public ::testing::WithParamInterface<const char*> {
  protected:
    metadata() : e2e(testing::server_options().version(GetParam())) { create_topic(1, topic_kind::database); }

    std::int32_t vgroup() const { return server.vgroups(topic)[0]; }

    /// Calls `check(message)` for each of `count` messages.
    template <class Check>
    void consume(std::size_t count, Check check) {
        run([&]() -> asio::awaitable<void> {
            consumer reader = make_consumer();
            co_await reader.subscribe(topic);
            message received;
            for (std::size_t i = 0; i < count; ++i) {
                const bool got = co_await reader.poll(received, 5s);
                EXPECT_TRUE(got);
                if (!got) break;
                check(i, received);
                co_await reader.commit(received);
            }
            co_await reader.close();
        });
        EXPECT_EQ(server.committed("group", topic, vgroup()), server.end_offset(topic, vgroup()));
    }
};

meta_value number(std::int64_t value) {
    meta_value made;
    made.type = data_type::integer;
    made.data = value;
    return made;
}

created_table child(std::string name, std::int64_t group) {
    created_table table;
    table.kind = table_kind::child;
    table.name = std::move(name);
    table.super_table = "meters";
    table.tag_values = {{"groupid", number(group)}};
    return table;
}

/// Only bytes tell it, and they always do.
meta without_days_to_live(meta change) {
    if (auto* const created = std::get_if<create_table>(&change))
        for (created_table& table : created->tables)
            table.ttl_days.reset();
    return change;
}

block_builder one_row(const std::string& table) {
    block_builder block;
    block.table(table)
        .column("ts", data_type::timestamp)
        .column("voltage", data_type::integer)
        .row(1'700'000'000'000, 220);
    return block;
}

TEST_P(metadata, changes_come_back_as_they_were_appended) {
    const meta dropped = drop_table{table_kind::unspecified, {"d0", "d1"}};
    const alter_table renamed{table_kind::super, "meters", alterations::rename_column{"voltage", "volts"}};
    const std::vector<meta> changes = {create_table{{child("d0", 1)}}, renamed, dropped};
    EXPECT_EQ(server.append(topic, vgroup(), changes[0]), 1);
    EXPECT_EQ(server.append(topic, vgroup(), renamed), 2);
    EXPECT_EQ(server.append(topic, vgroup(), changes), 3);
    consume(3, [&](std::size_t i, const message& received) {
        EXPECT_EQ(received.kind(), message_kind::metadata);
        std::vector<meta> found;
        for (const meta& one : received.metas())
            found.push_back(without_days_to_live(one));
        EXPECT_EQ(found, i == 2 ? changes : std::vector<meta>{changes[i]});
    });
}

TEST_P(metadata, rows_come_with_the_tables_that_they_created) {
    const create_table created{{child("d0", 1), child("d1", 2)}};
    server.append(topic, vgroup(), created, one_row("d0"));
    server.append(topic, vgroup(), create_table{{child("d2", 3)}}, std::span<const block_builder>());
    consume(2, [&](std::size_t i, const message& received) {
        EXPECT_EQ(received.kind(), message_kind::metadata_and_data);
        ASSERT_EQ(received.metas().size(), 1U);
        if (i == 0) {
            EXPECT_EQ(without_days_to_live(received.metas()[0]), meta(created));
        }
        EXPECT_EQ(received.row_count(), i == 0 ? 1U : 0U);
        for (const block_view block : received.blocks())
            EXPECT_EQ(block.table_name(), "d0");
    });
}

TEST_P(metadata, a_topic_without_meta_delivers_rows_only) {
    server.create_topic(topic_options("rows_only").kind(topic_kind::database).with_meta(false));
    const std::int32_t id = server.vgroups("rows_only")[0];
    EXPECT_EQ(server.append("rows_only", id, drop_table{table_kind::unspecified, {"d9"}}), 1);
    EXPECT_EQ(server.append("rows_only", id, create_table{{child("d0", 1)}}, one_row("d0")), 2);
    run([&]() -> asio::awaitable<void> {
        consumer reader = make_consumer();
        co_await reader.subscribe("rows_only");
        message received;
        EXPECT_TRUE(co_await reader.poll(received, 5s));
        EXPECT_EQ(received.kind(), message_kind::data);
        EXPECT_EQ(received.row_count(), 1U);
        EXPECT_EQ(received.next_offset(), 2);
        EXPECT_FALSE(co_await reader.poll(received, 50ms));
        co_await reader.close();
    });
}

INSTANTIATE_TEST_SUITE_P(versions, metadata, ::testing::Values("3.3.2.0", "3.3.5.8", "3.4.1.6"),
                         [](const auto& of) { return "v" + std::to_string(of.index); });

}  // namespace
}  // namespace tmq::test
