#include "soak/group_model.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <vector>

namespace tmq::soak {

static bool operator==(const group_model::counts& a, const group_model::counts& b) {
    return a.delivered == b.delivered && a.again == b.again && a.lost == b.lost && a.repeated == b.repeated &&
           a.foreign == b.foreign && a.moves == b.moves;
}
static void PrintTo(const group_model::counts& c, std::ostream* out) {
    *out << "delivered " << c.delivered << ", again " << c.again << ", lost " << c.lost << ", repeated "
         << c.repeated << ", foreign " << c.foreign << ", moves " << c.moves;
}

namespace {

/// Vgroup 1 has messages of 1, 2, 3 and 4 rows at the offsets 0 to 4.
class group_model_test : public ::testing::Test {
  protected:
    group_model_test() : log(make_log()), model(log) {}
    static message_log make_log() {
        message_log log(1);
        log.add_vgroup(1);
        for (std::uint64_t size = 1, row = 0; size <= 4; ++size) {
            std::vector<std::uint64_t> rows;
            for (std::uint64_t i = 0; i < size; ++i)
                rows.push_back(row++);
            log.append(1, static_cast<std::int64_t>(size), rows);
        }
        return log;
    }
    /// Message number i, with i + 1 rows.
    void deliver(std::size_t member, std::size_t i) {
        const message_log::entry& one = log.entries(1)[i];
        model.deliver(member, 1, one.begin, one.end, one.rows);
    }

    /// This member joins when so much is committed.
    void change(std::int64_t committed, std::size_t joining) {
        model.before_change(1, committed);
        model.joins(joining);
    }

    message_log log;
    group_model model;
};

TEST_F(group_model_test, one_member_reads_everything) {
    for (const std::size_t i : {0U, 1U, 2U})
        deliver(0, i);
    EXPECT_FALSE(model.complete());
    EXPECT_EQ(model.count(), (group_model::counts{.delivered = 6, .lost = 4, .moves = 1}));
    deliver(0, 3);
    EXPECT_TRUE(model.complete());
    EXPECT_EQ(model.count(), (group_model::counts{.delivered = 10, .moves = 1}));
    EXPECT_EQ(model.count().faults(), 0U);
}

TEST_F(group_model_test, another_member_goes_on_where_the_group_has_committed) {
    deliver(0, 0);
    deliver(0, 1);
    change(2, 1);
    deliver(1, 2);
    deliver(1, 3);
    EXPECT_EQ(model.count(), (group_model::counts{.delivered = 10, .moves = 2}));
}

TEST_F(group_model_test, what_was_not_committed_comes_again) {
    deliver(0, 0);
    deliver(0, 1);
    deliver(0, 2);
    change(1, 1);
    deliver(1, 1);
    deliver(1, 2);
    deliver(1, 3);
    EXPECT_EQ(model.count(), (group_model::counts{.delivered = 10, .again = 5, .moves = 2}));
}

TEST_F(group_model_test, a_commit_may_come_between_the_change_and_the_move) {
    deliver(0, 0);
    deliver(0, 1);
    change(0, 1);
    deliver(1, 1);
    EXPECT_EQ(model.count(), (group_model::counts{.delivered = 3, .again = 2, .lost = 7, .moves = 2}));
}

TEST_F(group_model_test, what_was_committed_must_not_come_again) {
    deliver(0, 0);
    deliver(0, 1);
    change(2, 1);
    deliver(1, 1);
    EXPECT_EQ(model.count(), (group_model::counts{.delivered = 3, .lost = 7, .repeated = 2, .moves = 1}));
    EXPECT_EQ(model.first_fault(), "repeated: member 1 got vgroup 1 from offset 1 when 2 was due");
}

TEST_F(group_model_test, a_member_must_not_get_a_message_twice) {
    change(1, 0);
    deliver(0, 1);
    deliver(0, 2);
    deliver(0, 2);
    EXPECT_EQ(model.count(), (group_model::counts{.delivered = 5, .lost = 5, .repeated = 3, .moves = 1}));
    EXPECT_EQ(model.first_fault(), "repeated: member 0 got vgroup 1 from offset 2 when 3 was due");
}

TEST_F(group_model_test, the_old_owner_may_still_bring_what_it_had_read_ahead) {
    deliver(0, 0);
    change(0, 1);
    for (const std::size_t i : {0U, 1U, 2U, 3U})
        deliver(1, i);
    deliver(0, 1);
    EXPECT_EQ(model.count(), (group_model::counts{.delivered = 10, .again = 3, .moves = 2}))
        << "read before the vgroup moved";
}

TEST_F(group_model_test, a_vgroup_that_comes_back_goes_on_where_it_was_committed_when_it_came) {
    deliver(0, 0);
    deliver(0, 1);
    deliver(0, 2);
    change(1, 1);               // the vgroup goes to member 1, which gets nothing
    model.before_change(1, 1);  // and comes back when member 1 leaves
    model.before_change(1, 3);  // meanwhile member 0 commits what it has
    deliver(0, 1);
    EXPECT_EQ(model.count(), (group_model::counts{.delivered = 6, .again = 2, .lost = 4, .moves = 2}));
    deliver(0, 0);
    EXPECT_EQ(model.count(),
              (group_model::counts{.delivered = 6, .again = 2, .lost = 4, .repeated = 1, .moves = 2}));
}

TEST_F(group_model_test, a_vgroup_may_have_moved_before_what_was_read_ahead_is_delivered) {
    const auto play = [this](group_model& judge) {
        const auto give = [&](std::size_t member, std::size_t i) {
            const message_log::entry& entry = log.entries(1)[i];
            judge.deliver(member, 1, entry.begin, entry.end, entry.rows);
        };
        give(0, 0);
        // Member 1 comes, reads, commits and leaves, while member 0 still has a message that it has read
        // ahead.
        judge.before_change(1, 1);
        for (const std::size_t i : {1U, 2U, 3U})
            give(1, i);
        judge.before_change(1, 3);
        give(0, 1);
        give(0, 3);
        return judge.count().repeated;
    };
    group_model strict(log);
    EXPECT_GT(play(strict), 0U);
    group_model ahead(log, 1);
    EXPECT_EQ(play(ahead), 0U);
}

TEST_F(group_model_test, rows_that_nobody_gets_are_lost) {
    deliver(0, 0);
    deliver(0, 3);
    EXPECT_EQ(model.count(), (group_model::counts{.delivered = 5, .lost = 5, .moves = 1}));
}

TEST_F(group_model_test, a_member_that_left_and_joins_again_does_not_go_on) {
    deliver(0, 0);
    deliver(0, 1);
    model.before_change(1, 2);
    change(2, 0);
    deliver(0, 1);
    EXPECT_EQ(model.count(), (group_model::counts{.delivered = 3, .lost = 7, .repeated = 2, .moves = 1}));
}

TEST_F(group_model_test, a_message_must_be_as_it_was_written) {
    const std::vector<std::uint64_t> rows = log.entries(1)[1].rows;
    model.deliver(0, 1, 0, 2, rows);
    model.deliver(0, 1, 1, 3, rows);
    model.deliver(0, 1, 1, 9, rows);
    model.deliver(0, 7, 1, 2, rows);
    model.deliver(0, 1, 1, 2, std::vector{rows[1], rows[0]});
    EXPECT_EQ(model.count(), (group_model::counts{.lost = 10, .foreign = 10}));
}

}  // namespace
}  // namespace tmq::soak
