#include "subscription/message_fetcher.hpp"

#include "poll_reply.hpp"
#include "received_frame.hpp"
#include "support/allocation_counter.hpp"
#include "support/message_builder.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tmq::subscription {
namespace {

using namespace test;
using step = message_fetcher::step;

protocol::reply text_instead(std::uint32_t code, std::string_view text) {
    protocol::reply reply;
    reply.action = protocol::action::fetch_raw_data;
    reply.req_id = 6;
    reply.code = code;
    reply.message = text;
    return reply;
}

/// One row that holds `value`.
byte_builder raw_message(std::uint64_t value) {
    message_spec spec;
    spec.blocks.resize(1);
    spec.blocks[0].rows = 1;
    spec.blocks[0].table = "d1001";
    spec.blocks[0].columns.push_back(fixed_column("voltage", data_type::integer, 4, {value}));
    spec.blocks[0].columns.push_back(nchar_column("place", {U"here"}));
    return build_message(spec);
}

std::int32_t voltage_in(const message& polled) {
    return polled.blocks()[0].column<std::int32_t>("voltage")[0];
}

class message_fetcher_test : public ::testing::Test {
  protected:
    void announce(std::uint64_t message_id) {
        ASSERT_EQ(fetcher_.next(), step::poll);
        fetcher_.sent();
        ASSERT_FALSE(fetcher_.on_poll_reply(announcement(message_id)));
        ASSERT_EQ(fetcher_.next(), step::fetch);
    }
    void receive(std::uint64_t message_id, std::uint64_t value) {
        announce(message_id);
        fetcher_.sent();
        received_frame frame = success_frame(message_id, raw_message(value));
        ASSERT_FALSE(frame.give_to(fetcher_));
        ASSERT_EQ(fetcher_.next(), step::take);
    }
    /// A fetch under way is answered with this.
    failure answer_fetch(received_frame frame) {
        fetcher_.sent();
        const failure why = frame.give_to(fetcher_);
        handed_over_ = frame.times_handed_over();
        return why;
    }

    message_fetcher fetcher_;
    message out_;
    std::size_t handed_over_ = 0;
};

TEST_F(message_fetcher_test, starts_with_a_poll_that_names_no_message) {
    EXPECT_EQ(fetcher_.next(), step::poll);
    EXPECT_EQ(fetcher_.message_id(), 0U);
    fetcher_.sent();
    EXPECT_EQ(fetcher_.next(), step::wait);
}

TEST_F(message_fetcher_test, polls_again_when_there_is_no_message) {
    fetcher_.sent();
    EXPECT_FALSE(fetcher_.on_poll_reply(nothing_yet()));
    EXPECT_EQ(fetcher_.next(), step::poll);
    EXPECT_EQ(fetcher_.message_id(), 0U);
}

TEST_F(message_fetcher_test, fetches_an_announced_message_and_gives_it) {
    announce(1);
    EXPECT_EQ(fetcher_.message_id(), 1U);
    fetcher_.sent();
    EXPECT_EQ(fetcher_.next(), step::wait);
    received_frame frame = success_frame(1, raw_message(220));
    EXPECT_FALSE(frame.give_to(fetcher_));
    EXPECT_EQ(frame.times_handed_over(), 1U);
    EXPECT_EQ(fetcher_.next(), step::take);

    fetcher_.take(out_);
    EXPECT_EQ(fetcher_.next(), step::poll);
    EXPECT_EQ(fetcher_.message_id(), 1U) << "the next poll names it";
    EXPECT_FALSE(out_.empty());
    EXPECT_EQ(out_.topic(), "meters");
    EXPECT_EQ(out_.database(), "power");
    EXPECT_EQ(out_.vgroup(), 4);
    EXPECT_EQ(out_.offset(), 7);
    EXPECT_EQ(out_.next_offset(), 11);
    EXPECT_EQ(out_.row_count(), 1U);
    EXPECT_EQ(voltage_in(out_), 220);
    EXPECT_EQ(out_.blocks()[0].column<std::string_view>("place")[0], "here");
}

TEST_F(message_fetcher_test, keeps_a_message_until_it_is_taken) {
    receive(1, 220);
    EXPECT_EQ(fetcher_.next(), step::take);
    EXPECT_EQ(fetcher_.next(), step::take);
    fetcher_.take(out_);
    EXPECT_EQ(voltage_in(out_), 220);
}

TEST_F(message_fetcher_test, gives_one_message_after_the_other) {
    for (std::uint64_t id = 1; id <= 10; ++id) {
        receive(id, 200 + id);
        EXPECT_EQ(fetcher_.message_id(), id);
        fetcher_.take(out_);
        EXPECT_EQ(voltage_in(out_), static_cast<std::int32_t>(200 + id));
    }
}

TEST_F(message_fetcher_test, leaves_a_taken_message_alone_while_it_fetches_the_next) {
    receive(1, 220);
    fetcher_.take(out_);
    receive(2, 230);
    EXPECT_EQ(voltage_in(out_), 220);
    EXPECT_EQ(out_.blocks()[0].table_name(), "d1001");
}

TEST_F(message_fetcher_test, swaps_memory_and_allocates_nothing_once_every_buffer_was_seen) {
    if (!counts_allocations()) GTEST_SKIP() << "allocations cannot be counted here";
    for (std::uint64_t id = 1; id <= 6; ++id) {
        received_frame frame = success_frame(id, raw_message(200 + id));
        const std::uint8_t* const received = frame.memory();
        const protocol::reply announced = announcement(id);
        const allocation_counter counter;
        fetcher_.sent();
        const bool announced_badly = static_cast<bool>(fetcher_.on_poll_reply(announced));
        fetcher_.sent();
        const bool fetched_badly = static_cast<bool>(frame.give_to(fetcher_));
        fetcher_.take(out_);
        const auto allocations = counter.count();
        EXPECT_FALSE(announced_badly || fetched_badly);
        EXPECT_EQ(voltage_in(out_), static_cast<std::int32_t>(200 + id));
        EXPECT_EQ(detail::message_access::content(out_).bytes.data(), received)
            << "the message has the memory of the frame";
        if (id <= 2) {
            EXPECT_GT(allocations, 0U) << "the counter does not count";
        } else {
            EXPECT_EQ(allocations, 0U) << "round " << id;
            EXPECT_NE(frame.memory(), nullptr) << "the connection got memory back";
        }
    }
}

TEST_F(message_fetcher_test, polls_again_after_a_poll_that_the_server_refused) {
    fetcher_.sent();
    protocol::reply refused = nothing_yet();
    refused.code = 0x4001;
    refused.message = "Consumer mismatch";
    const failure why = fetcher_.on_poll_reply(refused);
    EXPECT_EQ(why.code, make_server_error(0x4001));
    EXPECT_EQ(why.server_message, "Consumer mismatch");
    EXPECT_EQ(why.action, "poll");
    EXPECT_EQ(why.req_id, 5U);
    EXPECT_EQ(fetcher_.next(), step::poll);
}

TEST_F(message_fetcher_test, never_takes_a_refused_poll_for_a_message) {
    fetcher_.sent();
    for (const std::uint32_t code : {1U, 0x1'0000U, 0x8000'0000U}) {
        protocol::reply refused = announcement(1);
        refused.code = code;
        EXPECT_TRUE(fetcher_.on_poll_reply(refused)) << code;
        EXPECT_EQ(fetcher_.next(), step::poll);
        EXPECT_EQ(fetcher_.message_id(), 0U);
    }
}

TEST_F(message_fetcher_test, refuses_a_poll_reply_that_lacks_what_it_needs) {
    protocol::reply without_answer = announcement(1);
    without_answer.has_have_message = false;
    protocol::reply without_id = announcement(0);
    protocol::reply without_topic = announcement(1);
    without_topic.topic = "";
    for (const protocol::reply& reply :
         std::vector<protocol::reply>{without_answer, without_id, without_topic}) {
        fetcher_.sent();
        const failure why = fetcher_.on_poll_reply(reply);
        EXPECT_EQ(why.defect, base::defect_code::reply_malformed);
        EXPECT_EQ(why.action, "poll");
        EXPECT_EQ(why.req_id, 5U);
        EXPECT_EQ(fetcher_.next(), step::poll);
        EXPECT_EQ(fetcher_.message_id(), 0U);
    }
}

TEST_F(message_fetcher_test, fetches_again_when_the_reply_belongs_to_another_message) {
    announce(2);
    const failure why = answer_fetch(success_frame(1, raw_message(220)));
    EXPECT_EQ(why.defect, base::defect_code::reply_message_id);
    EXPECT_EQ(why.context, std::string(place) + ": message 1 instead of 2");
    EXPECT_EQ(handed_over_, 0U);
    EXPECT_EQ(fetcher_.next(), step::fetch);
    EXPECT_EQ(fetcher_.message_id(), 2U);
}

TEST_F(message_fetcher_test, fetches_again_after_an_error_frame) {
    announce(1);
    const failure why = answer_fetch(error_frame(6, 1, 0xFFFF, "message ID is not equal"));
    EXPECT_EQ(why.code, make_server_error(0xFFFF));
    EXPECT_EQ(why.server_message, "message ID is not equal");
    EXPECT_EQ(why.context, place);
    EXPECT_EQ(why.action, "fetch_raw_data");
    EXPECT_EQ(why.req_id, 6U);
    EXPECT_EQ(handed_over_, 0U);
    EXPECT_EQ(fetcher_.next(), step::fetch);
}

TEST_F(message_fetcher_test, never_takes_an_error_frame_for_success) {
    announce(1);
    for (const std::uint32_t code : {1U, 0x1'0000U, 0x8000'0000U}) {
        EXPECT_TRUE(answer_fetch(error_frame(6, 1, code, ""))) << code;
        EXPECT_EQ(fetcher_.next(), step::fetch);
    }
}

TEST_F(message_fetcher_test, keeps_1024_bytes_of_the_text_of_an_error_frame) {
    announce(1);
    const std::string text(2'000, 'x');
    EXPECT_EQ(answer_fetch(error_frame(6, 1, 0xFFFF, text)).server_message, text.substr(0, 1024));
}

TEST_F(message_fetcher_test, fetches_again_after_text_instead_of_a_binary_message) {
    announce(1);
    fetcher_.sent();
    const failure plain = fetcher_.on_fetch_text(text_instead(0, ""));
    EXPECT_EQ(plain.defect, base::defect_code::reply_unexpected);
    EXPECT_EQ(plain.context, std::string(place) + ": text instead of a binary message");
    EXPECT_EQ(fetcher_.next(), step::fetch);

    fetcher_.sent();
    const failure refused = fetcher_.on_fetch_text(text_instead(0xFFFF, "message has been freed"));
    EXPECT_EQ(refused.code, make_server_error(0xFFFF));
    EXPECT_EQ(refused.server_message, "message has been freed");
    EXPECT_EQ(refused.context, place);
    EXPECT_EQ(refused.action, "fetch_raw_data");
    EXPECT_EQ(refused.req_id, 6U);
    EXPECT_EQ(fetcher_.next(), step::fetch);
    EXPECT_EQ(fetcher_.message_id(), 1U);
}

TEST_F(message_fetcher_test, says_where_the_bytes_of_a_message_are_broken_and_fetches_it_again) {
    announce(1);
    byte_builder broken = raw_message(220);
    broken.patch("with_table_name", byte_builder().u8(2));
    const failure why = answer_fetch(success_frame(1, broken));
    EXPECT_EQ(why.defect, base::defect_code::flag_invalid);
    EXPECT_EQ(why.context, std::string(place) + ": at byte " + std::to_string(broken.at("with_table_name")));
    EXPECT_EQ(handed_over_, 1U);
    EXPECT_EQ(fetcher_.next(), step::fetch);

    EXPECT_FALSE(answer_fetch(success_frame(1, raw_message(230))));
    ASSERT_EQ(fetcher_.next(), step::take);
    fetcher_.take(out_);
    EXPECT_EQ(voltage_in(out_), 230);
}

TEST_F(message_fetcher_test, gets_stuck_at_a_message_of_an_unknown_type) {
    for (const std::int32_t type : {0, -1, 5, 99}) {
        message_fetcher fetcher;
        fetcher.sent();
        const failure why = fetcher.on_poll_reply(announcement(1, 7, type));
        EXPECT_EQ(why.defect, base::defect_code::message_type_unsupported);
        EXPECT_EQ(why.context, std::string(place) + ": message type " + std::to_string(type));
        EXPECT_EQ(fetcher.next(), step::stuck);
        EXPECT_EQ(fetcher.obstacle().defect, base::defect_code::message_type_unsupported);
        EXPECT_EQ(fetcher.obstacle().context, why.context);
        EXPECT_EQ(fetcher.next(), step::stuck) << "and stays so";
        EXPECT_EQ(fetcher.message_id(), 1U);
    }
}

TEST_F(message_fetcher_test, gets_stuck_at_raw_bytes_of_an_unknown_type) {
    announce(1);
    const failure why = answer_fetch(success_frame(1, raw_message(220), 1));
    EXPECT_EQ(why.defect, base::defect_code::message_type_unsupported);
    EXPECT_EQ(why.context, std::string(place) + ": raw type 1 in a message of type 1");
    EXPECT_EQ(handed_over_, 0U);
    EXPECT_EQ(fetcher_.next(), step::stuck);
    EXPECT_EQ(fetcher_.obstacle().context, why.context);
    EXPECT_EQ(fetcher_.next(), step::stuck);
}

TEST_F(message_fetcher_test, takes_no_bytes_of_another_kind_than_the_poll_announced) {
    struct kind {
        std::int32_t message_type;
        std::vector<std::uint64_t> raw_types;
    };
    const std::vector<kind> kinds = {
        {1, {2}}, {2, {5, 0x200, 515, 517, 519, 531, 533, 535, 579, 600, 0x2FF}}, {3, {4}}, {4, {6}}};
    for (const kind& announced : kinds) {
        for (const kind& sent : kinds) {
            if (sent.message_type == announced.message_type) continue;
            for (const std::uint64_t raw_type : sent.raw_types) {
                for (const fetch_mode mode : {fetch_mode::raw_data, fetch_mode::raw, fetch_mode::block}) {
                    // Blocks and JSON have no raw type; raw data are fetched whole in every mode.
                    if (mode == fetch_mode::block && announced.message_type != 4) continue;
                    message_fetcher fetcher;
                    fetcher.reset(mode);
                    fetcher.sent();
                    ASSERT_FALSE(fetcher.on_poll_reply(announcement(1, 7, announced.message_type)));
                    fetcher.sent();
                    const bool is_old_form = mode == fetch_mode::raw;
                    received_frame frame = is_old_form ? raw_frame(1, raw_message(220), raw_type)
                                                       : success_frame(1, raw_message(220), raw_type);
                    const failure why = frame.give_to(fetcher);
                    EXPECT_EQ(why.defect, base::defect_code::message_type_mismatch) << raw_type;
                    EXPECT_EQ(why.context, std::string(place) + ": raw type " + std::to_string(raw_type) +
                                               " in a message of type " +
                                               std::to_string(announced.message_type));
                    EXPECT_EQ(frame.times_handed_over(), 0U);
                    EXPECT_EQ(fetcher.next(), announced.message_type == 4 ? step::stuck : step::fetch)
                        << "a second fetch of raw data kills";
                }
            }
        }
    }
}

TEST_F(message_fetcher_test, gets_stuck_at_bytes_of_no_known_kind_whatever_was_announced) {
    for (const std::int32_t message_type : {1, 2, 3, 4}) {
        for (const std::uint64_t raw_type : {0U, 1U, 3U, 7U, 0x1FFU, 0x300U, 0xFFFFU}) {
            message_fetcher fetcher;
            fetcher.sent();
            ASSERT_FALSE(fetcher.on_poll_reply(announcement(1, 7, message_type)));
            fetcher.sent();
            received_frame frame = success_frame(1, raw_message(220), raw_type);
            const failure why = frame.give_to(fetcher);
            EXPECT_EQ(why.defect, base::defect_code::message_type_unsupported) << raw_type;
            EXPECT_EQ(why.context, std::string(place) + ": raw type " + std::to_string(raw_type) +
                                       " in a message of type " + std::to_string(message_type));
            EXPECT_EQ(fetcher.next(), step::stuck);
        }
    }
}

TEST_F(message_fetcher_test, passes_changes_on_that_are_not_known) {
    fetcher_.sent();
    EXPECT_FALSE(fetcher_.on_poll_reply(announcement(1, 7, 2)));
    EXPECT_FALSE(answer_fetch(success_frame(1, byte_builder().u64(0x0102), 600)));
    ASSERT_EQ(fetcher_.next(), step::take);
    fetcher_.take(out_);
    ASSERT_EQ(out_.metas().size(), 1U);
    EXPECT_EQ(std::get<unknown_meta>(out_.metas()[0]).raw_type, 600);
}

TEST_F(message_fetcher_test, passes_raw_data_on_with_the_offsets_it_begins_with) {
    fetcher_.sent();
    EXPECT_FALSE(fetcher_.on_poll_reply(announcement(1, 7, 4)));
    fetcher_.sent();
    const byte_builder raw = byte_builder().u8(0x11).u64(7).u8(0x11).u64(9).u8(0xAB);
    EXPECT_FALSE(answer_fetch(success_frame(1, raw, 6)));
    EXPECT_EQ(fetcher_.next(), step::take);
    fetcher_.take(out_);
    EXPECT_EQ(out_.kind(), message_kind::raw_data);
    EXPECT_EQ(out_.raw_type(), 6);
    EXPECT_EQ(out_.raw().size(), 19U);
    EXPECT_EQ(out_.raw().back(), std::byte{0xAB});
    EXPECT_EQ(out_.next_offset(), 9);
    EXPECT_TRUE(out_.blocks().empty());
    EXPECT_TRUE(out_.metas().empty());
}

TEST_F(message_fetcher_test, never_fetches_raw_data_twice) {
    const auto fetch_raw_data = [this] {
        fetcher_.reset();
        fetcher_.sent();
        EXPECT_FALSE(fetcher_.on_poll_reply(announcement(1, 7, 4)));
        fetcher_.sent();
    };
    fetch_raw_data();
    fetcher_.on_no_reply();
    EXPECT_EQ(fetcher_.next(), step::stuck);
    EXPECT_EQ(fetcher_.obstacle().defect, base::defect_code::raw_data_unanswered);

    fetch_raw_data();
    EXPECT_TRUE(answer_fetch(error_frame(3, 1, 0xFFFF, "no")));
    EXPECT_EQ(fetcher_.next(), step::stuck);

    fetch_raw_data();
    EXPECT_TRUE(answer_fetch(success_frame(1, byte_builder().u8(0x11), 6)));
    EXPECT_EQ(fetcher_.next(), step::stuck);

    fetch_raw_data();
    EXPECT_TRUE(answer_fetch(success_frame(1, byte_builder().u8(0x11), 2)));
    EXPECT_EQ(fetcher_.next(), step::stuck) << "what the frame calls itself changes nothing";
}

TEST_F(message_fetcher_test, refuses_names_longer_than_the_server_has) {
    const std::string longest(192, 't');
    protocol::reply reply = announcement(1, 7, 1);
    reply.topic = longest;
    fetcher_.sent();
    EXPECT_FALSE(fetcher_.on_poll_reply(reply));
    const std::string longer(193, 't');
    for (std::string_view protocol::reply::* const name :
         {&protocol::reply::topic, &protocol::reply::database}) {
        protocol::reply too_long = announcement(2, 7, 1);
        too_long.*name = longer;
        fetcher_.reset();
        fetcher_.sent();
        EXPECT_EQ(fetcher_.on_poll_reply(too_long).defect, base::defect_code::reply_malformed);
        EXPECT_EQ(fetcher_.announced(), nullptr);
    }
}

TEST_F(message_fetcher_test, polls_again_when_the_poll_gets_no_reply) {
    fetcher_.sent();
    fetcher_.on_no_reply();
    EXPECT_EQ(fetcher_.next(), step::poll);
}

TEST_F(message_fetcher_test, fetches_the_same_message_again_when_the_fetch_gets_no_reply) {
    announce(1);
    fetcher_.sent();
    fetcher_.on_no_reply();
    EXPECT_EQ(fetcher_.next(), step::fetch);
    EXPECT_EQ(fetcher_.message_id(), 1U);
}

TEST_F(message_fetcher_test,
       does_not_know_the_message_of_a_lost_poll_reply_so_the_server_announces_it_again) {
    receive(1, 220);
    fetcher_.take(out_);
    fetcher_.sent();
    fetcher_.on_no_reply();
    EXPECT_EQ(fetcher_.next(), step::poll);
    EXPECT_EQ(fetcher_.message_id(), 1U);
}

TEST_F(message_fetcher_test, forgets_everything_but_the_id_when_its_work_is_discarded) {
    announce(1);
    fetcher_.discard();
    EXPECT_EQ(fetcher_.next(), step::poll);
    EXPECT_EQ(fetcher_.message_id(), 1U);

    receive(2, 220);
    fetcher_.discard();
    EXPECT_EQ(fetcher_.next(), step::poll);
    EXPECT_EQ(fetcher_.message_id(), 2U);

    fetcher_.sent();
    EXPECT_TRUE(fetcher_.on_poll_reply(announcement(3, 7, 99)));
    fetcher_.discard();
    EXPECT_EQ(fetcher_.next(), step::poll) << "a new subscription may have other messages";
    EXPECT_EQ(fetcher_.message_id(), 3U);
    receive(4, 230);
    fetcher_.take(out_);
    EXPECT_EQ(voltage_in(out_), 230);
}

protocol::reply position_reply(std::int64_t offset) {
    protocol::reply reply;
    reply.action = protocol::action::position;
    reply.req_id = 6;
    reply.has_position = true;
    reply.position = {offset};
    return reply;
}

TEST_F(message_fetcher_test, asks_for_the_position_before_it_fetches_what_is_to_be_verified) {
    const struct {
        fetch_mode mode;
        std::int32_t message_type;
        protocol::action first;
    } cases[] = {
        {fetch_mode::raw_data, 1, protocol::action::fetch_raw_data},
        {fetch_mode::raw_data, 4, protocol::action::fetch_raw_data},
        {fetch_mode::automatic, 1, protocol::action::fetch_raw_data},
        {fetch_mode::raw, 1, protocol::action::fetch_raw},
        {fetch_mode::raw, 4, protocol::action::fetch_raw},
        {fetch_mode::block, 1, protocol::action::fetch},
        {fetch_mode::block, 2, protocol::action::fetch_json_meta},
        {fetch_mode::block, 3, protocol::action::fetch_json_meta},
        {fetch_mode::block, 4, protocol::action::fetch_raw_data},
    };
    for (const auto& one : cases) {
        fetcher_.reset(one.mode);
        fetcher_.sent();
        ASSERT_FALSE(fetcher_.on_poll_reply(announcement(1, 7, one.message_type)));
        EXPECT_EQ(fetcher_.fetch_action(), one.first);
        fetcher_.verify();
        EXPECT_EQ(fetcher_.next(), step::fetch);
        EXPECT_EQ(fetcher_.fetch_action(), protocol::action::position);
        EXPECT_EQ(fetcher_.binary_id(), 0U);
        fetcher_.sent();
        EXPECT_EQ(fetcher_.next(), step::wait);
        EXPECT_FALSE(fetcher_.on_fetch_text(position_reply(9)));
        EXPECT_EQ(fetcher_.next(), step::prove);
        EXPECT_EQ(fetcher_.position(), 9);
        ASSERT_NE(fetcher_.announced(), nullptr) << "it still is announced";
        EXPECT_EQ(fetcher_.announced()->offset(), 7);
        fetcher_.proceed();
        EXPECT_EQ(fetcher_.next(), step::fetch);
        EXPECT_EQ(fetcher_.fetch_action(), one.first);
        EXPECT_EQ(fetcher_.message_id(), 1U);
    }
}

TEST_F(message_fetcher_test, gives_a_message_that_was_verified) {
    announce(1);
    fetcher_.verify();
    fetcher_.sent();
    EXPECT_FALSE(fetcher_.on_fetch_text(position_reply(11)));
    fetcher_.proceed();
    EXPECT_FALSE(answer_fetch(success_frame(1, raw_message(220))));
    ASSERT_EQ(fetcher_.next(), step::take);
    fetcher_.take(out_);
    EXPECT_EQ(voltage_in(out_), 220);
    EXPECT_EQ(out_.next_offset(), 11);
    receive(2, 230);
}

TEST_F(message_fetcher_test, knows_no_position_that_the_server_does_not_say) {
    protocol::reply refused = position_reply(0);
    refused.code = 0x4010;
    refused.has_position = false;
    for (const protocol::reply& reply :
         std::vector<protocol::reply>{refused, position_reply(-1), position_reply(-2147467247)}) {
        // What it knew of another message does not count.
        announce(1);
        fetcher_.verify();
        fetcher_.sent();
        EXPECT_FALSE(fetcher_.on_fetch_text(position_reply(9)));
        fetcher_.discard();

        announce(2);
        fetcher_.verify();
        fetcher_.sent();
        EXPECT_FALSE(fetcher_.on_fetch_text(reply));
        EXPECT_EQ(fetcher_.next(), step::prove);
        EXPECT_EQ(fetcher_.position(), std::nullopt);
        fetcher_.discard();
    }
}

TEST_F(message_fetcher_test, polls_on_behind_a_message_that_is_from_before_a_seek) {
    announce(1);
    fetcher_.verify();
    fetcher_.sent();
    EXPECT_FALSE(fetcher_.on_fetch_text(position_reply(3)));
    fetcher_.discard();
    EXPECT_EQ(fetcher_.next(), step::poll);
    EXPECT_EQ(fetcher_.message_id(), 1U) << "so that the server does not announce it again";
    EXPECT_EQ(fetcher_.announced(), nullptr);
    receive(2, 230);
    fetcher_.take(out_);
    EXPECT_EQ(voltage_in(out_), 230);
}

TEST_F(message_fetcher_test, refuses_a_reply_that_is_not_one_position) {
    protocol::reply without = position_reply(9);
    without.has_position = false;
    protocol::reply none = position_reply(9);
    none.position.clear();
    protocol::reply two = position_reply(9);
    two.position.push_back(10);
    for (const protocol::reply& reply : std::vector<protocol::reply>{without, none, two}) {
        announce(1);
        fetcher_.verify();
        fetcher_.sent();
        const failure why = fetcher_.on_fetch_text(reply);
        EXPECT_EQ(why.defect, base::defect_code::reply_malformed);
        EXPECT_EQ(why.context, std::string(place) + ": one position is due");
        EXPECT_EQ(why.action, "position");
        EXPECT_EQ(why.req_id, 6U);
        EXPECT_EQ(fetcher_.next(), step::fetch);
        EXPECT_EQ(fetcher_.fetch_action(), protocol::action::position);
        fetcher_.discard();
    }
    announce(2);
    fetcher_.verify();
    EXPECT_EQ(answer_fetch(success_frame(2, raw_message(220))).defect, base::defect_code::reply_unexpected);
    EXPECT_EQ(handed_over_, 0U);
    EXPECT_EQ(fetcher_.fetch_action(), protocol::action::position);
}

TEST_F(message_fetcher_test, asks_for_the_position_again_when_it_gets_no_reply) {
    announce(1);
    fetcher_.verify();
    fetcher_.sent();
    fetcher_.on_no_reply();
    EXPECT_EQ(fetcher_.next(), step::fetch);
    EXPECT_EQ(fetcher_.fetch_action(), protocol::action::position);
    fetcher_.sent();
    EXPECT_FALSE(fetcher_.on_fetch_text(position_reply(9)));
    EXPECT_EQ(fetcher_.next(), step::prove);
}

TEST_F(message_fetcher_test, verifies_nothing_of_the_next_message) {
    announce(1);
    fetcher_.verify();
    fetcher_.discard();
    fetcher_.reset(fetch_mode::block);
    fetcher_.sent();
    ASSERT_FALSE(fetcher_.on_poll_reply(announcement(1)));
    protocol::reply no_more;
    no_more.action = protocol::action::fetch;
    no_more.has_completed = no_more.completed = true;
    no_more.message_id = 1;
    fetcher_.sent();
    EXPECT_FALSE(fetcher_.on_fetch_text(no_more));
    ASSERT_EQ(fetcher_.fetch_action(), protocol::action::position);
    fetcher_.sent();
    EXPECT_FALSE(fetcher_.on_fetch_text(position_reply(9)));
    EXPECT_EQ(fetcher_.next(), step::take) << "the position tells where the blocks end";
    fetcher_.take(out_);
    EXPECT_EQ(out_.next_offset(), 9);
}

TEST_F(message_fetcher_test, receives_the_next_message_into_memory_that_is_given_back) {
    receive(1, 220);
    fetcher_.take(out_);
    receive(2, 230);
    fetcher_.take(out_);
    detail::byte_buffer mine;
    mine.grow(64, 0);
    const std::uint8_t* const given = mine.data();
    fetcher_.reuse(mine);
    EXPECT_NE(mine.data(), given) << "other memory for it";
    fetcher_.reuse(mine);
    EXPECT_EQ(mine.data(), given);

    announce(3);
    fetcher_.reuse(mine);
    EXPECT_EQ(mine.data(), given) << "a message is under way";
}

TEST_F(message_fetcher_test, gives_no_memory_for_that_of_a_message_that_was_moved_away) {
    detail::byte_buffer mine;
    mine.grow(64, 0);
    const std::uint8_t* const given = mine.data();
    message_fetcher unused;
    unused.reuse(mine);
    EXPECT_EQ(mine.data(), given) << "it has had no message";

    receive(1, 220);
    const message moved_away = std::move(out_);
    fetcher_.take(out_);
    EXPECT_EQ(voltage_in(out_), 220);
    fetcher_.reuse(mine);
    EXPECT_EQ(mine.data(), given);
    receive(2, 230);
    fetcher_.take(out_);
    EXPECT_EQ(voltage_in(out_), 230);
}

TEST_F(message_fetcher_test, starts_anew_after_a_reset) {
    receive(3, 220);
    fetcher_.reset();
    EXPECT_EQ(fetcher_.next(), step::poll);
    EXPECT_EQ(fetcher_.message_id(), 0U);
    receive(1, 230);
    fetcher_.take(out_);
    EXPECT_EQ(voltage_in(out_), 230);
}

}  // namespace
}  // namespace tmq::subscription
