#include "subscription/message_fetcher.hpp"

#include "poll_reply.hpp"
#include "received_frame.hpp"
#include "support/message_builder.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace tmq::subscription {
namespace {

using namespace test;
using step = message_fetcher::step;

constexpr std::uint64_t limit = 1U << 20;

protocol::reply text_reply(protocol::action what, std::uint64_t req_id, std::uint64_t message_id) {
    protocol::reply reply;
    reply.action = what;
    reply.has_req_id = true;
    reply.req_id = req_id;
    reply.message_id = message_id;
    return reply;
}

protocol::reply refusal(protocol::action what, std::uint32_t code, std::string_view text) {
    protocol::reply reply = text_reply(what, 6, 0);
    reply.code = code;
    reply.message = text;
    return reply;
}

/// Of a block with one INT column.
protocol::reply schema(std::uint64_t req_id, std::uint64_t message_id, std::int64_t rows) {
    protocol::reply reply = text_reply(protocol::action::fetch, req_id, message_id);
    reply.has_completed = true;
    reply.table_name = "d1001";
    reply.rows = rows;
    reply.fields_count = 1;
    reply.fields_names = {"voltage"};
    reply.fields_types = {4};
    return reply;
}

protocol::reply no_more(std::uint64_t message_id) {
    protocol::reply reply = text_reply(protocol::action::fetch, 90, message_id);
    reply.has_completed = reply.completed = true;
    return reply;
}

protocol::reply position(std::int64_t offset) {
    protocol::reply reply = text_reply(protocol::action::position, 91, 0);
    reply.has_position = true;
    reply.position = {offset};
    return reply;
}

protocol::reply json_meta(std::uint64_t message_id, std::string_view data) {
    protocol::reply reply = text_reply(protocol::action::fetch_json_meta, 92, message_id);
    reply.has_data = true;
    reply.data = data;
    return reply;
}

byte_builder block(const std::vector<optional_number>& values) {
    block_spec spec;
    spec.rows = static_cast<std::uint32_t>(values.size());
    spec.columns.push_back(fixed_column("voltage", data_type::integer, 4, values));
    return build_block(spec);
}

constexpr const char* dropped_table = R"({"type":"drop","tableNameList":["a2"]})";
class block_fetch_test : public ::testing::Test {
  protected:
    block_fetch_test() { fetcher_.reset(fetch_mode::block, limit); }

    void announce(std::uint64_t message_id, std::int32_t message_type = 1, std::int64_t offset = 7) {
        ASSERT_EQ(fetcher_.next(), step::poll);
        fetcher_.sent();
        ASSERT_FALSE(fetcher_.on_poll_reply(announcement(message_id, offset, message_type)));
    }
    /// Answers what the fetcher asks for, which must be `what`.
    failure answer(protocol::action what, const protocol::reply& reply) {
        EXPECT_EQ(fetcher_.next(), step::fetch);
        EXPECT_EQ(to_string(fetcher_.fetch_action()), to_string(what));
        fetcher_.sent();
        EXPECT_EQ(fetcher_.next(), step::wait);
        return fetcher_.on_fetch_text(reply);
    }
    failure answer(received_frame frame) {
        EXPECT_EQ(fetcher_.next(), step::fetch);
        EXPECT_EQ(to_string(fetcher_.fetch_action()), "fetch_block");
        fetcher_.sent();
        return frame.give_to(fetcher_);
    }
    void receive_block(std::uint64_t fetch_id, std::uint64_t message_id,
                       const std::vector<optional_number>& values) {
        ASSERT_FALSE(answer(protocol::action::fetch,
                            schema(fetch_id, message_id, static_cast<std::int64_t>(values.size()))));
        ASSERT_EQ(fetcher_.binary_id(), fetch_id);
        ASSERT_FALSE(answer(block_frame(fetch_id, message_id, block(values))));
    }
    void finish(std::uint64_t message_id, std::int64_t next_offset) {
        ASSERT_FALSE(answer(protocol::action::fetch, no_more(message_id)));
        ASSERT_FALSE(answer(protocol::action::position, position(next_offset)));
        ASSERT_EQ(fetcher_.next(), step::take);
        fetcher_.take(out_);
    }

    message_fetcher fetcher_;
    message out_;
};

TEST_F(block_fetch_test, gathers_the_blocks_of_a_message_until_there_are_no_more) {
    announce(1);
    receive_block(10, 1, {220, 221});
    receive_block(12, 1, {std::nullopt});
    receive_block(14, 1, {230});
    finish(1, 11);
    EXPECT_EQ(fetcher_.next(), step::poll);
    EXPECT_EQ(out_.topic(), "meters");
    EXPECT_EQ(out_.kind(), message_kind::data);
    EXPECT_EQ(out_.offset(), 7);
    EXPECT_EQ(out_.next_offset(), 11);
    EXPECT_EQ(out_.row_count(), 4U);
    ASSERT_EQ(out_.blocks().size(), 3U);
    const auto first = out_.blocks()[0].column<std::int32_t>("voltage");
    EXPECT_EQ(first[0], 220);
    EXPECT_EQ(first[1], 221);
    EXPECT_EQ(out_.blocks()[0].table_name(), "d1001");
    EXPECT_FALSE((out_.blocks()[1].column<std::optional<std::int32_t>>("voltage")[0]));
    EXPECT_EQ(out_.blocks()[2].column<std::int32_t>("voltage")[0], 230);
    EXPECT_TRUE(out_.raw().empty());
    EXPECT_EQ(out_.raw_type(), 0);
}

TEST_F(block_fetch_test, leaves_a_taken_message_alone_while_it_gathers_the_next) {
    announce(1);
    receive_block(10, 1, {220});
    finish(1, 11);
    message first = std::move(out_);
    out_ = message();
    announce(2);
    receive_block(20, 2, {230});
    finish(2, 15);
    EXPECT_EQ(first.blocks()[0].column<std::int32_t>("voltage")[0], 220);
    EXPECT_EQ(out_.blocks()[0].column<std::int32_t>("voltage")[0], 230);
    EXPECT_EQ(out_.blocks().size(), 1U);
}

TEST_F(block_fetch_test, gives_a_message_without_blocks) {
    announce(1);
    finish(1, 8);
    EXPECT_EQ(out_.row_count(), 0U);
    EXPECT_EQ(out_.next_offset(), 8);
}

TEST_F(block_fetch_test,
       goes_without_a_position_that_the_server_refuses_or_that_lies_not_behind_the_message) {
    for (const protocol::reply& reply :
         {refusal(protocol::action::position, 0x4006, "Can not operate in snapshot mode"), position(7),
          position(0), position(-1)}) {
        announce(1);
        receive_block(10, 1, {220});
        ASSERT_FALSE(answer(protocol::action::fetch, no_more(1)));
        EXPECT_FALSE(answer(protocol::action::position, reply));
        ASSERT_EQ(fetcher_.next(), step::take);
        fetcher_.take(out_);
        EXPECT_EQ(out_.next_offset(), std::nullopt);
    }
}

TEST_F(block_fetch_test, takes_the_position_of_a_message_that_leads_from_a_snapshot_into_the_log) {
    announce(1, 1, -2147467258);
    finish(1, 20);
    EXPECT_EQ(out_.next_offset(), 20);
}

TEST_F(block_fetch_test, does_not_ask_for_a_position_that_a_seek_may_have_moved) {
    announce(1);
    receive_block(10, 1, {220});
    fetcher_.distrust_position();
    ASSERT_FALSE(answer(protocol::action::fetch, no_more(1)));
    ASSERT_EQ(fetcher_.next(), step::take);
    fetcher_.take(out_);
    EXPECT_EQ(out_.next_offset(), std::nullopt);
    EXPECT_EQ(out_.row_count(), 1U);
    announce(2);
    finish(2, 11);
    EXPECT_EQ(out_.next_offset(), 11) << "that was for one message";
}

TEST_F(block_fetch_test, refuses_a_position_reply_without_one_position) {
    announce(1);
    ASSERT_FALSE(answer(protocol::action::fetch, no_more(1)));
    protocol::reply two = position(8);
    two.position.push_back(9);
    protocol::reply none = position(8);
    none.has_position = false;
    none.position.clear();
    for (const protocol::reply& reply : {two, none}) {
        EXPECT_EQ(answer(protocol::action::position, reply).defect, base::defect_code::reply_malformed);
        EXPECT_EQ(fetcher_.next(), step::fetch);
    }
}

TEST_F(block_fetch_test, reads_metadata_from_json_and_knows_where_it_ends_from_the_poll) {
    announce(1, 2, 9);
    ASSERT_FALSE(answer(protocol::action::fetch_json_meta, json_meta(1, dropped_table)));
    ASSERT_EQ(fetcher_.next(), step::take);
    fetcher_.take(out_);
    EXPECT_EQ(out_.kind(), message_kind::metadata);
    EXPECT_EQ(out_.next_offset(), 9);
    ASSERT_EQ(out_.metas().size(), 1U);
    EXPECT_EQ(std::get<drop_table>(out_.metas()[0]).names, std::vector<std::string>{"a2"});
}

TEST_F(block_fetch_test, reads_the_created_tables_before_the_rows) {
    announce(1, 3);
    ASSERT_FALSE(answer(protocol::action::fetch_json_meta, json_meta(1, dropped_table)));
    receive_block(10, 1, {220});
    finish(1, 11);
    EXPECT_EQ(out_.kind(), message_kind::metadata_and_data);
    EXPECT_EQ(out_.metas().size(), 1U);
    EXPECT_EQ(out_.row_count(), 1U);
    EXPECT_EQ(out_.next_offset(), 11);
}

TEST_F(block_fetch_test, does_not_hide_a_change_that_the_server_cannot_put_into_json) {
    announce(1, 2);
    ASSERT_FALSE(answer(protocol::action::fetch_json_meta, json_meta(1, "null")));
    ASSERT_EQ(fetcher_.next(), step::take);
    fetcher_.take(out_);
    ASSERT_EQ(out_.metas().size(), 1U);
    EXPECT_TRUE(std::holds_alternative<unknown_meta>(out_.metas()[0]));
}

TEST_F(block_fetch_test, asks_for_metadata_again_that_was_refused_or_is_malformed) {
    announce(1, 2);
    const failure refused = answer(protocol::action::fetch_json_meta,
                                   refusal(protocol::action::fetch_json_meta, 0x0118, "Invalid parameters"));
    EXPECT_EQ(refused.code, make_server_error(0x0118));
    EXPECT_EQ(refused.context, place);
    EXPECT_EQ(refused.action, "fetch_json_meta");
    EXPECT_EQ(answer(protocol::action::fetch_json_meta, json_meta(1, R"({"type":"drop"})")).defect,
              base::defect_code::meta_json_malformed);
    EXPECT_EQ(answer(protocol::action::fetch_json_meta, json_meta(1, R"({"type":)")).defect,
              base::defect_code::meta_json_malformed);
    EXPECT_EQ(answer(protocol::action::fetch_json_meta, json_meta(2, dropped_table)).defect,
              base::defect_code::reply_message_id);
    EXPECT_EQ(answer(protocol::action::fetch_json_meta, text_reply(protocol::action::fetch_json_meta, 92, 1))
                  .defect,
              base::defect_code::reply_malformed);
    EXPECT_FALSE(answer(protocol::action::fetch_json_meta, json_meta(1, dropped_table)));
    EXPECT_EQ(fetcher_.next(), step::take);
}

TEST_F(block_fetch_test, fetches_raw_data_whole_and_only_once) {
    announce(1, 4);
    EXPECT_EQ(fetcher_.fetch_action(), protocol::action::fetch_raw_data);
    fetcher_.sent();
    EXPECT_TRUE(fetcher_.on_fetch_text(refusal(protocol::action::fetch_raw_data, 0xFFFF, "busy")));
    EXPECT_EQ(fetcher_.next(), step::stuck);
}

TEST_F(block_fetch_test, repeats_what_the_adapter_refused_before_it_touched_the_message) {
    announce(1);
    receive_block(10, 1, {220});
    const failure why =
        answer(protocol::action::fetch, refusal(protocol::action::fetch, 0xFFFF, "message is nil"));
    EXPECT_EQ(why.code, make_server_error(0xFFFF));
    EXPECT_EQ(why.server_message, "message is nil");
    EXPECT_EQ(why.context, place);
    receive_block(12, 1, {221});
    finish(1, 11);
    EXPECT_EQ(out_.row_count(), 2U);
}

TEST_F(block_fetch_test, never_repeats_a_fetch_that_may_have_reached_its_block) {
    announce(1);
    receive_block(10, 1, {220});
    EXPECT_EQ(
        answer(protocol::action::fetch, refusal(protocol::action::fetch, 0x0118, "Invalid parameters")).code,
        make_server_error(0x0118));
    EXPECT_EQ(fetcher_.next(), step::stuck);
    EXPECT_EQ(fetcher_.obstacle().code, make_server_error(0x0118));

    fetcher_.discard();
    announce(2);
    fetcher_.sent();
    fetcher_.on_no_reply();
    EXPECT_EQ(fetcher_.next(), step::stuck);
    EXPECT_EQ(fetcher_.obstacle().defect, base::defect_code::block_unanswered);
}

TEST_F(block_fetch_test, gets_stuck_at_a_fetch_reply_that_contradicts_itself) {
    protocol::reply without_end = schema(10, 1, 1);
    without_end.has_completed = false;
    protocol::reply of_another = schema(10, 2, 1);
    protocol::reply end_of_another = no_more(2);
    protocol::reply fewer_types = schema(10, 1, 1);
    fewer_types.fields_types.clear();
    protocol::reply more_fields = schema(10, 1, 1);
    more_fields.fields_count = 2;
    for (const auto& [reply, why] : {std::pair{without_end, base::defect_code::reply_malformed},
                                     std::pair{of_another, base::defect_code::reply_message_id},
                                     std::pair{end_of_another, base::defect_code::reply_message_id},
                                     std::pair{fewer_types, base::defect_code::reply_malformed},
                                     std::pair{more_fields, base::defect_code::reply_malformed}}) {
        announce(1);
        EXPECT_EQ(answer(protocol::action::fetch, reply).defect, why);
        EXPECT_EQ(fetcher_.next(), step::stuck);
        fetcher_.discard();
    }
}

TEST_F(block_fetch_test, asks_for_the_same_block_again_when_its_reply_is_not_that_block) {
    announce(1);
    ASSERT_FALSE(answer(protocol::action::fetch, schema(10, 1, 1)));
    EXPECT_EQ(answer(block_frame(8, 1, block({220}))).defect, base::defect_code::reply_unexpected)
        << "a block of the past";
    EXPECT_EQ(answer(block_frame(10, 2, block({220}))).defect, base::defect_code::reply_message_id);
    EXPECT_EQ(
        answer(protocol::action::fetch_block, refusal(protocol::action::fetch_block, 0xFFFF, "no fetch data"))
            .server_message,
        "no fetch data");
    EXPECT_EQ(answer(protocol::action::fetch_block, text_reply(protocol::action::fetch_block, 11, 1)).defect,
              base::defect_code::reply_unexpected);
    EXPECT_EQ(answer(block_frame(10, 1, block({220, 221}))).defect, base::defect_code::block_header_rows)
        << "not what fetch announced";
    fetcher_.sent();
    fetcher_.on_no_reply();
    EXPECT_FALSE(answer(block_frame(10, 1, block({220}))));
    finish(1, 11);
    EXPECT_EQ(out_.row_count(), 1U);
    EXPECT_EQ(out_.blocks().size(), 1U);
}

TEST_F(block_fetch_test, refuses_a_binary_message_instead_of_text) {
    announce(1);
    fetcher_.sent();
    wire::fetch_reply reply;
    reply.message_id = 1;
    reply.raw_type = 2;
    bool handed_over = false;
    const failure why = fetcher_.on_fetch_reply(reply, [&](detail::byte_buffer&) { handed_over = true; });
    EXPECT_EQ(why.defect, base::defect_code::reply_unexpected);
    EXPECT_FALSE(handed_over);
    EXPECT_EQ(fetcher_.next(), step::stuck);
}

TEST_F(block_fetch_test, takes_no_more_than_its_limit) {
    // What is kept of a block: its bytes, its names, and where its columns lie.
    const std::size_t size = block({220}).size() + std::string("d1001").size() +
                             std::string("voltage").size() + sizeof(detail::column_layout) +
                             sizeof(detail::block_layout);
    fetcher_.reset(fetch_mode::block, 3 * size);
    announce(1);
    receive_block(10, 1, {220});
    receive_block(11, 1, {220});
    receive_block(12, 1, {220});
    ASSERT_FALSE(answer(protocol::action::fetch, schema(13, 1, 1)));
    const failure why = answer(block_frame(13, 1, block({220})));
    EXPECT_EQ(why.code, errc::message_too_big);
    EXPECT_EQ(why.context,
              std::string(place) + ": more than " + std::to_string(3 * size) + " bytes in blocks");
    EXPECT_EQ(fetcher_.next(), step::stuck);

    fetcher_.discard();
    announce(2);
    receive_block(20, 2, {220});
    finish(2, 11);
}

TEST_F(block_fetch_test, forgets_the_blocks_of_a_discarded_message) {
    announce(1);
    receive_block(10, 1, {220});
    ASSERT_FALSE(answer(protocol::action::fetch, schema(11, 1, 1)));
    fetcher_.discard();
    EXPECT_EQ(fetcher_.next(), step::poll);
    EXPECT_EQ(fetcher_.message_id(), 1U);
    EXPECT_EQ(fetcher_.announced(), nullptr);
    announce(2);
    EXPECT_EQ(fetcher_.binary_id(), 0U);
    receive_block(20, 2, {230});
    finish(2, 11);
    EXPECT_EQ(out_.row_count(), 1U);
}

/// fetch_raw: as fetch_raw_data, in the old frame.
class raw_fetch : public ::testing::Test {
  protected:
    raw_fetch() { fetcher_.reset(fetch_mode::raw, limit); }

    void announce(std::int32_t message_type) {
        fetcher_.sent();
        ASSERT_FALSE(fetcher_.on_poll_reply(announcement(1, 7, message_type)));
        ASSERT_EQ(fetcher_.next(), step::fetch);
        ASSERT_EQ(to_string(fetcher_.fetch_action()), "fetch_raw");
        ASSERT_EQ(fetcher_.binary_id(), 0U);
        fetcher_.sent();
    }
    static byte_builder one_row() {
        message_spec spec;
        spec.blocks.resize(1);
        spec.blocks[0].rows = 1;
        spec.blocks[0].table = "d1001";
        spec.blocks[0].columns.push_back(fixed_column("voltage", data_type::integer, 4, {220}));
        return build_message(spec);
    }

    message_fetcher fetcher_;
};

TEST_F(raw_fetch, gives_the_message_of_an_old_frame) {
    announce(1);
    received_frame frame = raw_frame(1, one_row());
    EXPECT_FALSE(frame.give_to(fetcher_));
    EXPECT_EQ(frame.times_handed_over(), 1U);
    ASSERT_EQ(fetcher_.next(), step::take);
    message out;
    fetcher_.take(out);
    EXPECT_EQ(out.blocks()[0].column<std::int32_t>("voltage")[0], 220);
    EXPECT_EQ(out.next_offset(), 11);
    EXPECT_EQ(out.raw_type(), 2);
    EXPECT_FALSE(out.raw().empty());
}

TEST_F(raw_fetch, fetches_again_after_a_refusal_in_text_and_a_foreign_message) {
    announce(1);
    const failure refused =
        fetcher_.on_fetch_text(refusal(protocol::action::fetch_raw, 0xFFFF, "message ID is not equal"));
    EXPECT_EQ(refused.server_message, "message ID is not equal");
    EXPECT_EQ(refused.action, "fetch_raw");
    EXPECT_EQ(fetcher_.next(), step::fetch);
    fetcher_.sent();
    EXPECT_EQ(raw_frame(2, one_row()).give_to(fetcher_).defect, base::defect_code::reply_message_id);
    EXPECT_EQ(fetcher_.next(), step::fetch);
}

TEST_F(raw_fetch, never_fetches_raw_data_twice) {
    announce(4);
    EXPECT_TRUE(fetcher_.on_fetch_text(refusal(protocol::action::fetch_raw, 0xFFFF, "busy")));
    EXPECT_EQ(fetcher_.next(), step::stuck);
}

}  // namespace
}  // namespace tmq::subscription
