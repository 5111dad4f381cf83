#include "net/request_table.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>

namespace tmq::net {
namespace {

using protocol::action;

struct silent_sink final : reply_sink {
    base::defect_code on_reply(const protocol::reply&) override { return {}; }
    base::defect_code on_binary(const wire::fetch_reply&) override { return {}; }
    void on_failure(const failure&) override {}
};

time_point at(int ms) { return time_point(std::chrono::milliseconds(ms)); }

pending_request request(std::uint64_t req_id, action what, int deadline_ms = 0, reply_sink* sink = nullptr) {
    pending_request made;
    made.req_id = req_id;
    made.action = what;
    made.deadline = at(deadline_ms);
    made.sink = sink;
    return made;
}

constexpr std::uint64_t kib = 1024;
constexpr ws::arrival nothing;

/// The id of the request that is late, 0 when there is none. Others get 100 ms more.
std::uint64_t late(request_table& table, int now_ms, const ws::arrival& arrived) {
    const pending_request* const found = table.late(at(now_ms), arrived, std::chrono::milliseconds(100));
    return found == nullptr ? 0 : found->req_id;
}

std::uint64_t id_of(const std::optional<pending_request>& taken) { return taken ? taken->req_id : 0; }

TEST(request_table, knows_whether_a_request_of_an_action_is_unanswered) {
    request_table table;
    EXPECT_FALSE(table.has(action::poll));
    table.add(request(1, action::poll));
    EXPECT_TRUE(table.has(action::poll));
    EXPECT_FALSE(table.has(action::fetch_raw_data));
    table.take(1);
    EXPECT_FALSE(table.has(action::poll));
}

TEST(request_table, is_empty_at_first) {
    request_table table;
    EXPECT_EQ(table.size(), 0U);
    EXPECT_FALSE(table.take(0));
    EXPECT_FALSE(table.take_oldest(action::version));
    EXPECT_FALSE(table.take_any());
    EXPECT_EQ(table.next_deadline(), std::nullopt);
    EXPECT_EQ(table.late(time_point::max(), {}, {}), nullptr);
    EXPECT_FALSE(table.has_command());
}

TEST(request_table, gives_a_request_back_as_it_was_added_and_only_once) {
    request_table table;
    silent_sink sink;
    table.add(request(7, action::commit_offset, 30, &sink));
    const auto taken = table.take(7);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->req_id, 7U);
    EXPECT_EQ(taken->action, action::commit_offset);
    EXPECT_EQ(taken->deadline, at(30));
    EXPECT_EQ(taken->sink, &sink);
    EXPECT_FALSE(table.take(7));
    EXPECT_EQ(table.size(), 0U);
}

TEST(request_table, matches_replies_that_come_in_any_order) {
    request_table table;
    for (const std::uint64_t id : {1U, 2U, 3U, 4U})
        table.add(request(id, action::poll));
    for (const std::uint64_t id : {3U, 1U, 4U, 2U}) {
        EXPECT_EQ(id_of(table.take(id)), id);
        EXPECT_FALSE(table.take(id));
    }
    EXPECT_EQ(table.size(), 0U);
}

TEST(request_table, leaves_the_others_alone_when_a_reply_has_a_foreign_id) {
    request_table table;
    table.add(request(1, action::poll));
    EXPECT_FALSE(table.take(2));
    EXPECT_FALSE(table.take(~std::uint64_t{0}));
    EXPECT_EQ(table.size(), 1U);
}

TEST(request_table, gives_the_oldest_of_an_action_for_a_reply_without_id) {
    request_table table;
    table.add(request(1, action::poll));
    table.add(request(9, action::version));
    table.add(request(4, action::version));
    EXPECT_EQ(id_of(table.take_oldest(action::version)), 9U);
    EXPECT_EQ(id_of(table.take_oldest(action::version)), 4U);
    EXPECT_FALSE(table.take_oldest(action::version));
    EXPECT_EQ(table.size(), 1U);
}

TEST(request_table, can_be_emptied_one_by_one) {
    request_table table;
    for (const std::uint64_t id : {1U, 2U, 3U})
        table.add(request(id, action::poll));
    std::uint64_t sum = 0;
    while (const auto taken = table.take_any())
        sum += taken->req_id;
    EXPECT_EQ(sum, 6U);
    EXPECT_EQ(table.size(), 0U);
}

TEST(request_table, keeps_waiting_for_the_reply_to_an_abandoned_request) {
    request_table table;
    silent_sink leaving;
    silent_sink staying;
    table.add(request(1, action::poll, 10, &leaving));
    table.add(request(2, action::commit_offset, 20, &staying));
    table.add(request(3, action::position, 30, &leaving));
    table.abandon(&leaving);
    EXPECT_EQ(table.size(), 3U);
    EXPECT_EQ(table.next_deadline(), at(10));
    EXPECT_TRUE(table.has_command());
    const auto first = table.take(1);
    const auto second = table.take(2);
    const auto third = table.take(3);
    ASSERT_TRUE(first && second && third);
    EXPECT_EQ(first->sink, nullptr);
    EXPECT_EQ(second->sink, &staying);
    EXPECT_EQ(third->sink, nullptr);
}

TEST(request_table, is_due_when_its_first_deadline_is) {
    request_table table;
    table.add(request(1, action::poll, 30));
    EXPECT_EQ(table.next_deadline(), at(30));
    table.add(request(2, action::commit_offset, 10));
    table.add(request(3, action::position, 20));
    EXPECT_EQ(table.next_deadline(), at(10));
    table.take(2);
    EXPECT_EQ(table.next_deadline(), at(20));
    table.take(3);
    EXPECT_EQ(table.next_deadline(), at(30));
    table.take(1);
    EXPECT_EQ(table.next_deadline(), std::nullopt);
}

TEST(request_table, shows_a_request_that_is_late_from_its_deadline_on) {
    request_table table;
    table.add(request(1, action::poll, 30));
    table.add(request(2, action::commit_offset, 10));
    EXPECT_EQ(late(table, 9, nothing), 0U);
    EXPECT_EQ(late(table, 10, nothing), 2U);
    EXPECT_EQ(late(table, 29, nothing), 2U);
    EXPECT_EQ(table.size(), 2U) << "a look takes nothing away";
    table.take(2);
    EXPECT_EQ(late(table, 29, nothing), 0U);
    EXPECT_EQ(late(table, 30, nothing), 1U);
}

TEST(request_table, gives_time_while_64_kib_of_the_reply_come_in_each_time) {
    request_table table;
    table.add(request(1, action::fetch_raw_data, 100));
    EXPECT_EQ(late(table, 100, {64 * kib, 0, true}), 0U);
    EXPECT_EQ(table.next_deadline(), at(200));
    EXPECT_EQ(late(table, 199, {64 * kib, 0, true}), 0U);
    // The timer was late itself: the next time begins now.
    EXPECT_EQ(late(table, 230, {128 * kib, 0, true}), 0U);
    EXPECT_EQ(table.next_deadline(), at(330));
    EXPECT_EQ(late(table, 330, {192 * kib - 1, 0, true}), 1U) << "one byte short";
}

TEST(request_table, counts_only_what_has_come_since_a_request_was_sent) {
    request_table table;
    pending_request second = request(2, action::commit_offset, 150);
    second.payload = 64 * kib;
    table.add(request(1, action::fetch_raw_data, 100));
    table.add(second);
    EXPECT_EQ(late(table, 100, {100 * kib, 0, true}), 0U);
    EXPECT_EQ(late(table, 150, {128 * kib - 1, 0, true}), 2U);
    EXPECT_EQ(late(table, 150, {128 * kib, 0, true}), 0U);
    EXPECT_EQ(table.next_deadline(), at(200)) << "each request has a time of its own";
}

TEST(request_table, waits_for_nothing_that_has_not_begun) {
    request_table table;
    table.add(request(1, action::fetch_raw_data, 100));
    EXPECT_EQ(late(table, 100, {64 * kib, 1, false}), 1U) << "a whole message was not its reply";
}

TEST(request_table, waits_for_one_message_only) {
    request_table table;
    table.add(request(1, action::commit_offset, 100));
    EXPECT_EQ(late(table, 100, {64 * kib, 5, true}), 0U);
    EXPECT_EQ(late(table, 200, {128 * kib, 5, true}), 0U);
    EXPECT_EQ(late(table, 300, {192 * kib, 6, true}), 1U)
        << "its reply was not in the message, nor behind it";
}

TEST(request_table, finds_fetches_by_the_id_of_their_binary_reply) {
    request_table table;
    table.add(request(5, action::fetch_raw));
    pending_request block = request(7, action::fetch_block);
    block.binary_id = 6;
    table.add(block);
    table.add(request(8, action::fetch_raw_data));
    ASSERT_NE(table.find_unmarked(5), nullptr);
    EXPECT_EQ(table.find_unmarked(5)->action, action::fetch_raw);
    ASSERT_NE(table.find_unmarked(6), nullptr) << "that of the fetch before";
    EXPECT_EQ(table.find_unmarked(6)->req_id, 7U);
    EXPECT_EQ(table.find_unmarked(7), nullptr);
    EXPECT_EQ(table.find_unmarked(8), nullptr) << "its replies are marked";
    EXPECT_EQ(table.size(), 3U);
}

TEST(request_table, counts_everything_but_poll_and_fetches_as_a_command) {
    for (const action what :
         {action::version, action::subscribe, action::commit, action::commit_offset, action::committed,
          action::assignment, action::position, action::seek, action::list_topics, action::unsubscribe}) {
        request_table table;
        table.add(request(1, action::poll));
        for (const action fetch : {action::fetch, action::fetch_block, action::fetch_raw,
                                   action::fetch_raw_data, action::fetch_json_meta})
            table.add(request(2, fetch));
        EXPECT_FALSE(table.has_command());
        table.add(request(3, what));
        EXPECT_TRUE(table.has_command()) << to_string(what);
        table.take(3);
        EXPECT_FALSE(table.has_command());
    }
}

TEST(request_table, holds_more_requests_than_it_has_room_for_at_first) {
    request_table table;
    for (std::uint64_t id = 1; id <= 1'000; ++id)
        table.add(request(id, action::commit_offset, static_cast<int>(id)));
    EXPECT_EQ(table.size(), 1'000U);
    for (std::uint64_t id = 1'000; id >= 1; --id)
        ASSERT_EQ(id_of(table.take(id)), id);
}

}  // namespace
}  // namespace tmq::net
