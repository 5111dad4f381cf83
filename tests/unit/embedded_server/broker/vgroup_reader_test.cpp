#include "embedded_server/broker/vgroup_reader.hpp"

#include "embedded_server/broker/gathered_message.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <span>
#include <utility>

// What libtaos and a vnode know of one member's reading of one vgroup.

namespace tmq::test {

using namespace testing;

namespace {

using embedded::broker::log_bounds;
using embedded::broker::poll_style;
using embedded::broker::vgroup_log;
using embedded::broker::vgroup_reader;
using embedded::protocol::offset_reset;
using std::chrono::milliseconds;

/// The first and the last offset of a message, or nothing.
using range = std::optional<std::pair<std::int64_t, std::int64_t>>;

class vgroup_reader_test : public ::testing::Test {
  protected:
    static vgroup_reader reader(offset_reset reset = offset_reset::earliest) {
        return {{"t", 1}, reset, false};
    }
    static poll_style holding() { return {{}, true}; }
    static poll_style answering() { return {{}, false}; }

    void insert() {
        block_builder block;
        block.column("v", data_type::integer).row(1);
        log.insert(embedded::broker::encode_insert(std::span(&block, 1), topic_kind::select), 1);
    }
    void ask(vgroup_reader& one, const poll_style& how) { one.ask(log, how, committed, ++arrivals); }
    bool wake(vgroup_reader& one) { return one.wake(log, holding(), ++arrivals); }
    void seek(vgroup_reader& one, std::int64_t target) { one.seek(target, log, ++arrivals); }
    range handle(vgroup_reader& one) {
        const auto got = one.handle(now);
        return got.message ? range({got.message->begin, got.message->end}) : std::nullopt;
    }
    range poll(vgroup_reader& one, const poll_style& how) {
        if (one.idle()) ask(one, how);
        return one.arrival() ? handle(one) : std::nullopt;
    }
    std::int64_t position(const vgroup_reader& one) const { return one.position(committed).value_or(-7); }

    vgroup_log log{1};
    std::optional<std::int64_t> committed;
    std::uint64_t arrivals = 0;
    vgroup_reader::time_point now{};
};

TEST_F(vgroup_reader_test, is_held_at_the_end_of_the_log) {
    auto one = reader();
    ask(one, holding());
    EXPECT_TRUE(one.holds_poll());
    EXPECT_FALSE(one.idle());
    EXPECT_FALSE(one.arrival());
    EXPECT_FALSE(one.bounds().known()) << "nothing was told";
}

TEST_F(vgroup_reader_test, passes_what_is_no_insert_when_no_poll_is_held) {
    log.advance(3);
    auto one = reader();
    EXPECT_EQ(poll(one, holding()), std::nullopt);
    EXPECT_EQ(position(one), 3);
    EXPECT_EQ(one.bounds().end, 3);
}

TEST_F(vgroup_reader_test, never_passes_what_is_no_insert_while_a_poll_is_held) {
    auto one = reader();
    ask(one, holding());
    log.advance(3);
    EXPECT_FALSE(wake(one));
    EXPECT_TRUE(one.holds_poll());
}

TEST_F(vgroup_reader_test, never_passes_an_insert_without_rows_that_is_last) {
    log.advance(2);
    log.insert_unselected();
    auto one = reader();
    ask(one, holding());
    EXPECT_TRUE(one.holds_poll());
    log.insert_unselected();
    EXPECT_FALSE(wake(one)) << "held again, silently";
    EXPECT_TRUE(one.holds_poll());
}

TEST_F(vgroup_reader_test, passes_an_insert_without_rows_when_something_else_is_last) {
    log.insert_unselected();
    log.advance(1);
    auto one = reader();
    EXPECT_EQ(poll(one, holding()), std::nullopt);
    EXPECT_EQ(position(one), 2);
}

TEST_F(vgroup_reader_test, is_woken_by_rows_and_passes_everything_before_them) {
    auto one = reader();
    ask(one, holding());
    log.advance(2);
    log.insert_unselected();
    insert();
    EXPECT_TRUE(wake(one));
    EXPECT_EQ(handle(one), range({0, 4}));
    EXPECT_EQ(position(one), 4);
    EXPECT_EQ(one.bounds().end, 4);
}

TEST_F(vgroup_reader_test, passes_everything_where_polls_are_always_answered) {
    auto one = reader();
    EXPECT_EQ(poll(one, answering()), std::nullopt);
    log.advance(2);
    EXPECT_EQ(poll(one, answering()), std::nullopt);
    EXPECT_EQ(position(one), 2);
    log.insert_unselected();
    EXPECT_EQ(poll(one, answering()), std::nullopt);
    EXPECT_EQ(position(one), 3);
}

TEST_F(vgroup_reader_test, moves_when_the_reply_is_handled_and_not_before) {
    insert();
    auto one = reader();
    ask(one, holding());
    EXPECT_TRUE(one.arrival());
    EXPECT_FALSE(one.bounds().known());
    insert();
    EXPECT_EQ(handle(one), range({0, 1})) << "as it was when the vnode was asked";
    EXPECT_EQ(one.bounds().end, 1);
    EXPECT_EQ(position(one), 1);
}

TEST_F(vgroup_reader_test, gets_its_held_poll_back_by_a_seek_and_needs_another_poll) {
    auto one = reader();
    insert();
    poll(one, holding());
    ask(one, holding());
    log.advance(1);
    seek(one, 1);
    EXPECT_FALSE(one.holds_poll());
    EXPECT_EQ(poll(one, holding()), std::nullopt) << "the old offset, which nobody heeds";
    EXPECT_EQ(position(one), 1);
    EXPECT_EQ(one.bounds().end, 2) << "told with the reply";
    EXPECT_EQ(poll(one, holding()), std::nullopt);
    EXPECT_EQ(position(one), 2);
}

TEST_F(vgroup_reader_test, is_held_again_after_a_seek_when_an_insert_without_rows_is_last) {
    auto one = reader();
    ask(one, holding());
    log.insert_unselected();
    one.learn({0, 1});
    seek(one, 0);
    poll(one, holding());
    ask(one, holding());
    EXPECT_TRUE(one.holds_poll());
    EXPECT_EQ(position(one), 0);
}

TEST_F(vgroup_reader_test, gets_a_message_that_waits_once_more_after_a_seek) {
    for (const poll_style& how : {holding(), answering()}) {
        insert();
        const std::int64_t begin = log.end() - 1;
        auto one = reader();
        committed = begin;
        ask(one, how);
        seek(one, begin);
        EXPECT_EQ(handle(one), range({begin, begin + 1}));
        EXPECT_EQ(position(one), begin) << "stays where the seek has put it";
        EXPECT_EQ(poll(one, how), range({begin, begin + 1}));
        EXPECT_EQ(position(one), begin + 1);
    }
}

TEST_F(vgroup_reader_test, that_is_idle_needs_no_cure_after_a_seek) {
    insert();
    insert();
    auto one = reader();
    one.learn({0, 2});
    seek(one, 1);
    EXPECT_EQ(poll(one, holding()), range({1, 2}));
    EXPECT_EQ(position(one), 2);
}

TEST_F(vgroup_reader_test, stands_where_the_group_has_committed_until_a_reply_or_a_seek) {
    for (int i = 0; i < 3; ++i)
        insert();
    auto one = reader();
    one.learn({0, 3});
    EXPECT_EQ(position(one), 0);
    committed = 2;
    EXPECT_EQ(position(one), 2);
    EXPECT_EQ(one.assigned_offset(log, committed), 2);
    EXPECT_EQ(one.committable(), std::nullopt);
    EXPECT_EQ(poll(one, holding()), range({2, 3}));
    committed = 0;
    EXPECT_EQ(position(one), 3);
    EXPECT_EQ(one.committable(), 3);
}

TEST_F(vgroup_reader_test, is_not_moved_by_a_commit_once_it_was_sought) {
    for (int i = 0; i < 3; ++i)
        insert();
    auto one = reader();
    one.learn({0, 3});
    seek(one, 0);
    committed = 2;
    EXPECT_EQ(position(one), 0);
    EXPECT_EQ(poll(one, holding()), range({0, 3}));
}

TEST_F(vgroup_reader_test, with_latest_starts_at_the_end_when_it_is_asked) {
    insert();
    auto one = reader(offset_reset::latest);
    one.learn({0, 1});
    EXPECT_EQ(one.assigned_offset(log, {}), 0) << "one before";
    EXPECT_EQ(position(one), 1);
    insert();
    EXPECT_EQ(poll(one, holding()), std::nullopt) << "answered at once, with the end of now";
    EXPECT_EQ(position(one), 2);
    EXPECT_EQ(one.assigned_offset(log, {}), 1) << "as long as there was no data and no seek";
    EXPECT_FALSE(one.is_placed());
    insert();
    EXPECT_EQ(poll(one, holding()), range({2, 3}));
    EXPECT_TRUE(one.is_placed());
}

TEST_F(vgroup_reader_test, with_none_has_nowhere_to_start_until_something_is_committed) {
    insert();
    auto one = reader(offset_reset::none);
    ask(one, holding());
    EXPECT_TRUE(one.handle(now).lacks_start);
    EXPECT_EQ(one.position({}), std::nullopt);
    EXPECT_EQ(one.position(1), std::nullopt) << "libtaos does not ask";
    committed = 0;
    EXPECT_EQ(poll(one, holding()), range({0, 1}));
    EXPECT_EQ(position(one), 1);
}

TEST_F(vgroup_reader_test, forgets_the_bounds_in_a_rebalance_and_nothing_else) {
    insert();
    auto one = reader();
    poll(one, holding());
    EXPECT_TRUE(one.bounds().known());
    one.forget_bounds();
    EXPECT_FALSE(one.bounds().known());
    EXPECT_TRUE(one.is_placed());
    EXPECT_EQ(one.committable(), 1);
    ask(one, holding());
    log.advance(1);
    EXPECT_FALSE(wake(one)) << "a held poll tells nothing";
    EXPECT_FALSE(one.bounds().known());
    insert();
    EXPECT_TRUE(wake(one));
    handle(one);
    EXPECT_EQ(one.bounds().end, 3);
}

TEST_F(vgroup_reader_test, is_placed_by_data_and_by_a_seek_but_not_by_nothing) {
    log.advance(2);
    auto one = reader();
    poll(one, answering());
    EXPECT_FALSE(one.is_placed());
    EXPECT_EQ(one.assigned_offset(log, {}), 0);
    one.learn({0, 2});
    seek(one, 2);
    EXPECT_TRUE(one.is_placed());
    EXPECT_EQ(one.assigned_offset(log, {}), 2);
    insert();
    poll(one, answering());
    insert();
    EXPECT_EQ(poll(one, answering()), range({3, 4}));
    EXPECT_EQ(one.assigned_offset(log, {}), 3) << "where the last message started";
}

TEST_F(vgroup_reader_test, has_metadata_begin_where_it_ends) {
    log.advance(1);
    log.append(515, std::vector<std::byte>(8));
    auto one = reader();
    poll(one, answering());
    EXPECT_EQ(one.assigned_offset(log, {}), 2);
}

TEST_F(vgroup_reader_test, knows_since_when_it_had_nothing) {
    auto one = reader();
    EXPECT_EQ(one.idle_since(), std::nullopt);
    now += milliseconds(5);
    poll(one, answering());
    EXPECT_EQ(one.idle_since(), now);
    insert();
    poll(one, answering());
    EXPECT_EQ(one.idle_since(), std::nullopt);
}

}  // namespace
}  // namespace tmq::test
