#include "embedded_server/broker/dialogue.hpp"
#include "embedded_server/broker/message_blocks.hpp"
#include "embedded_server/broker/transcript.hpp"
#include "embedded_server/encode/block_writer.hpp"
#include "embedded_server/encode/raw_head.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <string>
#include <vector>

// Inserts, and the messages that polls gather of them.

namespace tmq::test {
namespace {

using embedded::broker::encode_insert;

block_builder columns(const std::string& table) {
    block_builder block;
    return block.table(table)
        .column("ts", data_type::timestamp)
        .column("v", data_type::integer)
        .column("s", data_type::varchar, 16);
}

/// Row i is null where i % 3 says so.
void add_row(block_builder& block, int i) {
    const cell value = i % 3 == 1 ? cell() : cell(i);
    const std::string words(static_cast<std::size_t>(i % 7), 'x');
    const cell text = i % 3 == 2 ? cell() : cell(words);
    block.row(timestamp(i, time_precision::milliseconds), value, text);
}

block_builder rows(int first, int count, const std::string& table = "d0") {
    block_builder block = columns(table);
    for (int i = first; i < first + count; ++i)
        add_row(block, i);
    return block;
}

/// What a reader gets by a poll and a fetch.
struct received {
    std::int64_t announced = -1;
    std::int64_t begin = -1;
    std::int64_t end = -1;
    std::vector<std::byte> raw;
    std::vector<std::string> blocks;  ///< table and number of rows
    embedded::encode::shared_bytes stored;
};

class broker_gathering : public ::testing::Test {
  protected:
    explicit broker_gathering(const testing::server_options& options = {},
                              topic_kind kind = topic_kind::select)
        : talk(options) {
        talk.state().topics().create(topic_options("t").kind(kind));
        client = member("g");
    }

    member_id member(const std::string& group, const std::string& more = {}) {
        const member_id id = talk.connect();
        talk.ask(id, subscribe(group, "t", "earliest", more));
        return id;
    }
    embedded::broker::vgroup_log& log() { return talk.state().topics().at("t", 1); }
    void insert(const block_builder& block) {
        log().insert(encode_insert(std::span(&block, 1), talk.state().topics().at("t").kind()), block.rows());
    }
    std::optional<received> read() { return read(client); }
    std::optional<received> read(member_id id) {
        const std::string reply = talk.ask(id, poll(2, 0));
        if (reply.find("\"have_message\":true") == std::string::npos) return std::nullopt;
        const auto number = [&reply](std::string_view key) {
            return std::stoll(reply.substr(reply.find(key) + key.size()));
        };
        received got;
        got.announced = number("\"offset\":");
        const outgoing_message brought =
            talk.ask_frame(id, fetch(3, static_cast<std::uint64_t>(number("\"message_id\":"))));
        for (const char one : brought.head.substr(56))
            got.raw.push_back(static_cast<std::byte>(one));
        got.raw.insert(got.raw.end(), brought.body().begin(), brought.body().end());
        got.stored = brought.payload;
        const embedded::encode::raw_offsets offsets = embedded::encode::read_raw_offsets(got.raw);
        got.begin = offsets.request.value_or(-1);
        got.end = offsets.response.value_or(-1);
        const auto blocks = embedded::broker::split_blocks(2, got.raw);
        EXPECT_TRUE(blocks);
        if (blocks)
            for (const auto& one : *blocks)
                got.blocks.push_back(fmt::format("{}:{}", one.table, one.rows));
        return got;
    }
    /// begin..end of all messages to come; each is announced where it begins.
    std::vector<std::string> ranges(member_id id) {
        std::vector<std::string> all;
        while (const auto one = read(id)) {
            EXPECT_EQ(one->announced, one->begin);
            all.push_back(fmt::format("{}..{}", one->begin, one->end));
        }
        return all;
    }

    dialogue talk;
    member_id client = 0;
};

using texts = std::vector<std::string>;

TEST_F(broker_gathering, makes_one_message_of_inserts_that_follow_each_other_a_block_for_each) {
    for (int i = 0; i < 3; ++i)
        insert(rows(25 * i, 25));
    const auto got = read();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->announced, 0);
    EXPECT_EQ(got->begin, 0);
    EXPECT_EQ(got->end, 3);
    EXPECT_EQ(got->blocks, (texts{":25", ":25", ":25"})) << "a query has no table names";
    const block_builder all[] = {rows(0, 25), rows(25, 25), rows(50, 25)};
    EXPECT_EQ(got->raw, embedded::encode::encode_data_message(all, topic_kind::select, 0, 3));
    EXPECT_FALSE(read());
    EXPECT_EQ(talk.ask(client, offset_of("position", 9, "t", 1)),
              R"({"code":0,"message":"","action":"position","req_id":9,"timing":0,"position":[3]})");
}

TEST_F(broker_gathering, is_content_with_4096_rows) {
    for (int i = 0; i < 10; ++i)
        insert(rows(0, 1000));
    EXPECT_EQ(ranges(client), (texts{"0..5", "5..10"}));
}

TEST_F(broker_gathering, brings_what_is_there_when_it_is_not_enough) {
    insert(rows(0, 1));
    EXPECT_EQ(ranges(client), texts{"0..1"});
    insert(rows(1, 1));
    insert(rows(2, 1));
    EXPECT_EQ(ranges(client), texts{"1..3"});
}

TEST_F(broker_gathering, of_too_few_rows_reaches_over_entries_without_rows) {
    log().advance(4);
    insert(rows(0, 1));
    log().advance(1);
    insert(rows(1, 1));
    log().advance(2);
    EXPECT_EQ(ranges(client), texts{"0..9"});
}

TEST_F(broker_gathering, ends_before_a_message_of_another_kind) {
    insert(rows(0, 1));
    log().advance(2);
    log().append(515, std::vector<std::byte>(8));
    insert(rows(1, 1));
    const auto before = read();
    ASSERT_TRUE(before);
    EXPECT_EQ(before->end, 3);
    EXPECT_NE(talk.ask(client, poll(2, 0)).find(R"("message_type":2,"message_id":2,"offset":4)"),
              std::string::npos);
    EXPECT_EQ(ranges(client), texts{"4..5"});
}

TEST_F(broker_gathering, does_not_mix_with_messages_as_they_were_built) {
    insert(rows(0, 1));
    const block_builder one = rows(1, 1);
    log().append(2, embedded::encode::encode_data_message(std::span(&one, 1), topic_kind::select, 1, 2),
                 nullptr, embedded::broker::log_entry_kind::message);
    insert(rows(2, 1));
    EXPECT_EQ(ranges(client), (texts{"0..1", "1..2", "2..3"}));
}

TEST_F(broker_gathering, begins_in_the_middle_of_what_another_reader_got_at_once) {
    for (int i = 0; i < 4; ++i)
        insert(rows(i, 1));
    EXPECT_EQ(ranges(client), texts{"0..4"});
    talk.ask(client, with_offset("seek", 3, "t", 1, 2));
    EXPECT_FALSE(read()) << "the held poll comes back first";
    const auto rest = read();
    ASSERT_TRUE(rest);
    const block_builder two[] = {rows(2, 1), rows(3, 1)};
    EXPECT_EQ(rest->raw, embedded::encode::encode_data_message(two, topic_kind::select, 2, 4));
}

TEST_F(broker_gathering, begins_where_a_truncated_log_begins) {
    for (int i = 0; i < 4; ++i)
        insert(rows(i, 1));
    log().truncate(3);
    EXPECT_EQ(ranges(client), texts{"3..4"});
}

TEST_F(broker_gathering, makes_the_same_message_once_for_all_who_read_it) {
    for (int i = 0; i < 4; ++i)
        insert(rows(i, 1));
    const auto first = read();
    const member_id other = member("h");
    const auto second = read(other);
    talk.ask(client, with_offset("seek", 3, "t", 1, 0));
    const auto again = read();
    ASSERT_TRUE(first && second && again);
    EXPECT_EQ(first->stored, second->stored);
    EXPECT_EQ(first->stored, again->stored);
    EXPECT_EQ(first->raw, second->raw);
}

TEST_F(broker_gathering, makes_the_same_message_once_for_those_who_stand_at_different_entries_without_rows) {
    log().advance(4);
    insert(rows(0, 1));
    const auto first = read();
    talk.ask(client, with_offset("seek", 3, "t", 1, 2));
    const auto second = read();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->stored, second->stored);
    EXPECT_EQ(first->begin, 0);
    EXPECT_EQ(second->begin, 2);
    EXPECT_EQ(second->announced, 2);
}

TEST_F(broker_gathering, takes_an_insert_without_rows_for_an_entry_without_rows) {
    insert(columns("d0"));
    EXPECT_EQ(log().end(), 1);
    EXPECT_EQ(log().size(), 0U);
    EXPECT_FALSE(read());
}

TEST_F(broker_gathering, takes_what_one_insert_writes_to_several_tables_as_one_entry) {
    const block_builder both[] = {rows(0, 2, "d0"), columns("d1"), rows(2, 3, "d2")};
    log().insert(encode_insert(both, topic_kind::select), 5);
    insert(rows(5, 1));
    const auto got = read();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->blocks, (texts{":2", ":3", ":1"}));
    EXPECT_EQ(got->end, 2);
}

TEST_F(broker_gathering, makes_no_message_of_more_than_64_mib) {
    block_builder large;
    large.column("s", data_type::varchar, 60000);
    const std::string text(60000, 'x');
    for (int i = 0; i < 600; ++i)
        large.row(text);
    for (int i = 0; i < 2; ++i)
        insert(large);
    EXPECT_EQ(ranges(client), (texts{"0..1", "1..2"}));
}

class broker_gathering_20_rows : public broker_gathering {
  protected:
    broker_gathering_20_rows() : broker_gathering(testing::server_options().rows_per_poll(20)) {}
};

TEST_F(broker_gathering_20_rows, makes_a_message_of_each_insert_that_has_enough) {
    log().advance(4);
    for (int i = 0; i < 3; ++i)
        insert(rows(0, 25));
    log().advance(2);
    EXPECT_EQ(ranges(client), (texts{"0..5", "5..6", "6..7"})) << "it looks no further";
    EXPECT_EQ(
        talk.ask(client, assignment(9, "t")),
        R"({"code":0,"message":"","action":"assignment","req_id":9,"timing":0,"assignment":[{"vgroup_id":1,"offset":6,"begin":0,"end":9}]})");
}

TEST_F(broker_gathering_20_rows, makes_a_message_of_as_many_inserts_as_have_enough) {
    for (int i = 0; i < 5; ++i)
        insert(rows(0, 10));
    EXPECT_EQ(ranges(client), (texts{"0..2", "2..4", "4..5"}));
}

constexpr const char* two_rows = R"(,"config":{"min.poll.rows":"2"})";

TEST_F(broker_gathering, of_an_old_server_knows_no_min_poll_rows) {
    for (int i = 0; i < 4; ++i)
        insert(rows(i, 1));
    EXPECT_EQ(ranges(member("h", two_rows)), texts{"0..4"});
}

class broker_gathering_336 : public broker_gathering {
  protected:
    broker_gathering_336()
        : broker_gathering(testing::server_options().version("3.3.6.0").rows_per_poll(3)) {}
};

TEST_F(broker_gathering_336, does_as_the_subscriber_says) {
    for (int i = 0; i < 4; ++i)
        insert(rows(i, 1));
    EXPECT_EQ(ranges(member("h", two_rows)), (texts{"0..2", "2..4"}));
    EXPECT_EQ(ranges(member("i")), (texts{"0..3", "3..4"}));
}

class broker_table_gathering : public broker_gathering {
  protected:
    broker_table_gathering() : broker_gathering({}, topic_kind::stable) {}
};

TEST_F(broker_table_gathering, names_the_table_of_each_block) {
    insert(rows(0, 2, "d0"));
    insert(rows(2, 3, "d1"));
    insert(rows(5, 1, "d0"));
    const auto got = read();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->blocks, (texts{"d0:2", "d1:3", "d0:1"}));
    const block_builder all[] = {rows(0, 2, "d0"), rows(2, 3, "d1"), rows(5, 1, "d0")};
    EXPECT_EQ(got->raw, embedded::encode::encode_data_message(all, topic_kind::stable, 0, 3));
}

class broker_gathering_34 : public broker_gathering {
  protected:
    explicit broker_gathering_34(topic_kind kind = topic_kind::select)
        : broker_gathering(testing::server_options().version("3.4.1.6.community"), kind) {}
};

TEST_F(broker_gathering_34, makes_one_block_of_the_rows_of_a_query) {
    // every count of rows in front, so that bits of nulls fall on every bit of a byte
    for (int first = 1; first < 20; ++first) {
        const std::int64_t begin = log().end();
        insert(rows(0, first));
        insert(rows(first, 9, "d1"));
        insert(rows(first + 9, 1, "d2"));
        const auto got = read();
        ASSERT_TRUE(got);
        const block_builder all = rows(0, first + 10);
        EXPECT_EQ(got->raw, embedded::encode::encode_data_message(std::span(&all, 1), topic_kind::select,
                                                                  begin, begin + 3))
            << first;
    }
}

TEST_F(broker_gathering_34, makes_blocks_of_their_own_of_rows_with_other_columns) {
    block_builder other;
    other.column("v", data_type::integer).row(1);
    block_builder renamed;
    renamed.column("w", data_type::integer).row(1);
    block_builder finer(time_precision::nanoseconds);
    finer.column("w", data_type::integer).row(1);
    insert(rows(0, 2));
    for (int i = 0; i < 2; ++i)
        insert(other);
    insert(renamed);
    insert(finer);
    insert(rows(0, 3));
    const auto got = read();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->blocks, (texts{":2", ":2", ":1", ":1", ":3"}));
    EXPECT_EQ(got->end, 6);
}

class broker_table_gathering_34 : public broker_gathering_34 {
  protected:
    broker_table_gathering_34() : broker_gathering_34(topic_kind::database) {}
};

TEST_F(broker_table_gathering_34, still_makes_a_block_of_each_insert) {
    insert(rows(0, 2, "d0"));
    insert(rows(2, 3, "d0"));
    const auto got = read();
    ASSERT_TRUE(got);
    EXPECT_EQ(got->blocks, (texts{"d0:2", "d0:3"}));
}

/// A message of 150 rows that a real server gathered of its log's offsets 0 to 18.
class recorded_gathering : public ::testing::Test {
  protected:
    recorded_gathering() {
        std::ifstream in(std::string(TMQ_TEST_DATA) + "/v3.3.5/offsets.jsonl");
        embedded::broker::add_recorded(topics, embedded::broker::read_transcript(in));
    }
    embedded::broker::vgroup_log& log() { return topics.at("gold_meters", 40); }
    /// What a reader gets who wants so many rows.
    std::string range(std::int64_t position, std::size_t rows) {
        const auto found = log().read(position, {rows, false, topic_kind::select});
        if (!found) return "nothing";
        const outgoing_message whole{found->raw.head, found->raw.stored, true, found->raw.skipped};
        std::vector<std::byte> raw;
        for (const char one : whole.head)
            raw.push_back(static_cast<std::byte>(one));
        raw.insert(raw.end(), whole.body().begin(), whole.body().end());
        EXPECT_EQ(raw.size(), found->raw.stored->size());
        const embedded::encode::raw_offsets offsets = embedded::encode::read_raw_offsets(raw);
        EXPECT_EQ(offsets.request, found->begin);
        EXPECT_EQ(offsets.response, found->end);
        EXPECT_EQ(found->announced_offset, found->begin);
        return fmt::format("{}..{}", found->begin, found->end);
    }

    embedded::broker::topic_catalog topics;
};

TEST_F(recorded_gathering, is_served_byte_for_byte_where_it_was_recorded) {
    EXPECT_EQ(range(0, 4096), "0..19");
    EXPECT_EQ(log().read(0, {})->raw.head, "");
}

TEST_F(recorded_gathering, is_announced_where_the_reader_stands) {
    EXPECT_EQ(range(5, 4096), "5..19");
    EXPECT_EQ(range(19, 4096), "nothing");
}

TEST_F(recorded_gathering, reaches_over_what_the_log_has_grown_by_since_unless_its_rows_are_enough) {
    log().advance(1);
    EXPECT_EQ(range(0, 4096), "0..20") << "as the real server did";
    EXPECT_EQ(range(0, 150), "0..19");
    EXPECT_EQ(range(0, 151), "0..20");
    log().append(519, std::vector<std::byte>(8));
    log().advance(3);
    EXPECT_EQ(range(0, 4096), "0..20");
}

}  // namespace
}  // namespace tmq::test
