#include "embedded_server/broker/dialogue.hpp"
#include "embedded_server/broker/message_blocks.hpp"
#include "embedded_server/encode/block_writer.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

// What a group gets that reads the tables before the log (experimental.snapshot.enable).

namespace tmq::test {
namespace {

block_builder rows(const std::string& table, int first, int count) {
    block_builder block;
    block.table(table).column("v", data_type::integer);
    for (int i = 0; i < count; ++i)
        block.row(first + i);
    return block;
}

class broker_snapshot : public ::testing::Test {
  protected:
    explicit broker_snapshot(const testing::server_options& options = {}) : talk(options) {
        talk.state().topics().create(topic_options("t").kind(topic_kind::stable));
    }

    member_id member(const std::string& group = "g", const std::string& reset = "earliest") {
        const member_id id = talk.connect();
        talk.ask(id, subscribe(group, "t", reset, R"(,"snapshot_enable":"true")"));
        return id;
    }
    embedded::broker::vgroup_log& log() { return talk.state().topics().at("t", 1); }
    void insert(const block_builder& block) {
        log().insert(embedded::broker::encode_insert(std::span(&block, 1), topic_kind::stable), block.rows());
    }
    /// A poll and a fetch: what is announced, and the table and rows of each block.
    std::string read(member_id id) {
        const std::string reply = talk.ask(id, poll(2, 0));
        if (reply.find("\"have_message\":true") == std::string::npos) return "nothing";
        const auto number = [&reply](std::string_view key) {
            return std::stoll(reply.substr(reply.find(key) + key.size()));
        };
        const outgoing_message brought =
            talk.ask_frame(id, fetch(3, static_cast<std::uint64_t>(number("\"message_id\":"))));
        raw.clear();
        for (const char one : brought.head.substr(56))
            raw.push_back(static_cast<std::byte>(one));
        raw.insert(raw.end(), brought.body().begin(), brought.body().end());
        std::string got = fmt::format("{}", number("\"offset\":"));
        const auto blocks = embedded::broker::split_blocks(2, raw);
        EXPECT_TRUE(blocks);
        if (blocks)
            for (const auto& one : *blocks)
                got += fmt::format(" {}:{}", one.table, one.rows);
        return got;
    }
    std::string answer(member_id id, const std::string& request) {
        const std::string reply = talk.ask(id, request);
        return reply.substr(8, reply.find(',', reply.find(',') + 1) - 8);
    }
    static constexpr const char* refused = R"(16390,"message":"Can not operate in snapshot mode")";
    static constexpr const char* done = R"(0,"message":"")";

    dialogue talk;
    std::vector<std::byte> raw;  ///< of the last message
};

TEST_F(broker_snapshot, brings_the_rows_that_are_there_table_by_table_and_then_the_log) {
    insert(rows("a", 0, 2));
    insert(rows("b", 2, 1));
    log().advance(3);
    insert(rows("a", 3, 4));
    const member_id a = member();
    EXPECT_EQ(read(a), "-2147467258 a:6 b:1");
    insert(rows("b", 7, 1));
    EXPECT_EQ(read(a), "6 b:1") << "announced in the log, where the snapshot was taken";
    EXPECT_EQ(read(a), "nothing");
    EXPECT_EQ(read(member("h")), "-2147467258 a:6 b:2") << "a snapshot of its own";
}

TEST_F(broker_snapshot, has_the_head_of_a_recorded_one) {
    for (int i = 0; i < 20; ++i)
        insert(rows("a", i, 1));
    EXPECT_EQ(read(member()), "-2147467258 a:20");
    std::ifstream in(std::string(TMQ_TEST_DATA) + "/v3.3.5/types_ms_snapshot.jsonl");
    std::string line;
    while (std::getline(in, line) && line.find("\"hex\"") == std::string::npos) {
    }
    const std::size_t raw_at =
        line.find("\"hex\"") + line.substr(line.find("\"hex\"") + 5).find('"') + 6 + 2 * 56;
    std::string head;
    for (std::size_t i = 0; i < 40; ++i)
        head += fmt::format("{:02x}", std::to_integer<int>(raw.at(i)));
    EXPECT_EQ(head, line.substr(raw_at, 80)) << "from the begin of a snapshot to offset 20";
}

TEST_F(broker_snapshot, has_no_offsets_while_it_is_read) {
    insert(rows("a", 0, 2));
    const member_id a = member();
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(answer(a, assignment(4, "t")), refused);
        EXPECT_EQ(answer(a, offset_of("position", 4, "t", 1)), refused);
        EXPECT_EQ(answer(a, with_offset("seek", 4, "t", 1, 0)), refused);
        EXPECT_EQ(answer(a, with_offset("commit_offset", 4, "t", 1, 0)), refused);
        read(a);
    }
    insert(rows("a", 2, 1));
    EXPECT_EQ(read(a), "1 a:1");
    EXPECT_EQ(answer(a, assignment(4, "t")), done);
    EXPECT_EQ(answer(a, offset_of("position", 4, "t", 1)), done);
    EXPECT_EQ(answer(a, with_offset("seek", 4, "t", 1, 0)), done);
}

TEST_F(broker_snapshot, that_was_read_is_committed_as_the_place_behind_it) {
    insert(rows("a", 0, 2));
    insert(rows("a", 2, 2));
    const member_id a = member();
    read(a);
    EXPECT_EQ(answer(a, plain("commit", 4)), done);
    EXPECT_EQ(talk.state().committed("g", "t", 1), 2);
    talk.disconnect(a);
    insert(rows("a", 4, 1));
    EXPECT_EQ(read(member()), "2 a:1") << "no snapshot for a group that has begun";
}

TEST_F(broker_snapshot, is_nothing_for_latest) {
    insert(rows("a", 0, 2));
    const member_id a = member("g", "latest");
    EXPECT_EQ(answer(a, assignment(4, "t")), done);
    EXPECT_EQ(read(a), "nothing");
}

TEST_F(broker_snapshot, of_nothing_is_the_log) {
    const member_id a = member();
    EXPECT_EQ(read(a), "nothing");
    insert(rows("a", 0, 2));
    EXPECT_EQ(read(a), "0 a:2");
}

TEST_F(broker_snapshot, leaves_out_metadata_and_brings_messages_as_they_were_built) {
    log().append(519, std::vector<std::byte>(8));
    const block_builder both[] = {rows("a", 0, 2), rows("b", 2, 3)};
    log().append(2, embedded::encode::encode_data_message(both, topic_kind::stable, 0, 2), nullptr,
                 embedded::broker::log_entry_kind::message);
    EXPECT_EQ(read(member()), "-2147467258 a:2 b:3");
}

TEST_F(broker_snapshot, is_not_made_of_bytes_that_may_be_anything) {
    insert(rows("a", 0, 2));
    talk.append_row("t", 1);
    EXPECT_EQ(read(member()), "0 a:2");
}

class broker_snapshot_parts : public broker_snapshot {
  protected:
    broker_snapshot_parts() : broker_snapshot(testing::server_options().rows_per_poll(5)) {}
};

TEST_F(broker_snapshot_parts, has_messages_of_enough_rows) {
    for (int i = 0; i < 6; ++i)
        insert(rows("a", 2 * i, 2));
    insert(rows("b", 12, 3));
    insert(rows("c", 15, 3));
    insert(rows("d", 18, 1));
    const member_id a = member();
    EXPECT_EQ(read(a), "-2147467258 a:6");
    EXPECT_EQ(answer(a, plain("commit", 4)), done);
    EXPECT_EQ(talk.state().committed("g", "t", 1), std::nullopt) << "it is not over";
    insert(rows("e", 19, 1));
    EXPECT_EQ(read(a), "-2147467258 a:6");
    EXPECT_EQ(read(a), "-2147467258 b:3 c:3");
    EXPECT_EQ(read(a), "-2147467258 d:1");
    EXPECT_EQ(answer(a, plain("commit", 4)), done);
    EXPECT_EQ(talk.state().committed("g", "t", 1), 9);
    EXPECT_EQ(read(a), "9 e:1");
}

}  // namespace
}  // namespace tmq::test
