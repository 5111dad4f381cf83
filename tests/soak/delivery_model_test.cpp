#include "soak/delivery_model.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <vector>

namespace tmq::soak {

static bool operator==(const delivery_model::counts& a, const delivery_model::counts& b) {
    return a.delivered == b.delivered && a.asked_again == b.asked_again && a.lost == b.lost &&
           a.repeated == b.repeated && a.out_of_order == b.out_of_order && a.foreign == b.foreign;
}
static void PrintTo(const delivery_model::counts& c, std::ostream* out) {
    *out << "delivered " << c.delivered << ", asked again " << c.asked_again << ", lost " << c.lost
         << ", repeated " << c.repeated << ", out of order " << c.out_of_order << ", foreign " << c.foreign;
}

namespace {

/// One table in each of two vgroups. Vgroup 1 has messages of 1, 2, 3, 4 and 5 rows at the offsets 0 to 5,
/// vgroup 2 one of 10 rows.
class delivery_model_test : public ::testing::Test {
  protected:
    delivery_model_test() {
        log.add_vgroup(1);
        log.add_vgroup(2);
        for (std::uint64_t size = 1, row = 0; size <= 5; ++size) {
            std::vector<std::uint64_t> rows;
            for (std::uint64_t i = 0; i < size; ++i, row += 2)
                rows.push_back(row);
            log.append(1, static_cast<std::int64_t>(size), rows);
        }
        log.append(2, 3, {1, 3, 5, 7, 9, 11, 13, 15, 17, 19});
        model.read_from(1, 0);
        model.read_from(2, 0);
    }
    /// Message number i of vgroup 1, which has i + 1 rows.
    void deliver(std::size_t i) {
        const message_log::entry& one = log.entries(1)[i];
        model.deliver(1, one.begin, one.end, one.rows);
    }
    void deliver_all_of_vgroup_2() { model.deliver(2, 0, 3, log.entries(2)[0].rows); }

    message_log log{2};
    delivery_model model{log};
};

TEST_F(delivery_model_test, finds_nothing_wrong_with_every_row_once_and_in_order) {
    EXPECT_EQ(model.pending(), 25U);
    deliver(0);
    deliver(1);
    deliver_all_of_vgroup_2();
    EXPECT_EQ(model.pending(), 12U);
    for (const std::size_t i : {2U, 3U, 4U})
        deliver(i);
    EXPECT_EQ(model.pending(), 0U);
    EXPECT_EQ(model.position(1), 5);
    EXPECT_EQ(model.position(2), 3);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 25}));
    EXPECT_EQ(model.count().faults(), 0U);
    EXPECT_EQ(model.first_fault(), "");
}

TEST_F(delivery_model_test, offsets_without_rows_may_have_been_passed_over) {
    log.append(2, 9, {21});
    for (const int position : {0, 1, 2})
        EXPECT_TRUE(model.may_be_at(2, position)) << position;
    EXPECT_FALSE(model.may_be_at(2, 3)) << "a message lies between";
    model.deliver(2, 2, 3, log.entries(2)[0].rows);
    EXPECT_FALSE(model.may_be_at(2, 2));
    EXPECT_FALSE(model.may_be_committed(2, 3));
    model.finish();
    EXPECT_TRUE(model.may_be_committed(2, 2));
    for (const int position : {3, 4, 8}) {
        EXPECT_TRUE(model.may_be_at(2, position)) << position;
        EXPECT_TRUE(model.may_be_committed(2, position)) << position;
    }
    EXPECT_FALSE(model.may_be_committed(2, 9));
    model.deliver(2, 8, 9, log.entries(2)[1].rows);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 11}));
    model.deliver(2, 9, 9, log.entries(2)[1].rows);
    model.deliver(2, 2, 9, log.entries(2)[1].rows);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 11, .foreign = 2}))
        << "no message begins at its end, or before the one before ends";
}

TEST_F(delivery_model_test, rows_that_were_passed_over_are_lost) {
    deliver(0);
    deliver(3);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 5, .lost = 5}));
    EXPECT_EQ(model.first_fault(), "lost: vgroup 1 brought offsets 3 to 4 when 1 was due");
    deliver(4);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 10, .lost = 5}));
    EXPECT_EQ(model.pending(), 10U) << "of vgroup 2";
}

TEST_F(delivery_model_test, the_first_message_can_be_lost_too) {
    deliver(1);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 2, .lost = 1}));
}

TEST_F(delivery_model_test, rows_that_come_twice_are_repeated) {
    deliver(0);
    deliver(1);
    deliver(1);
    deliver(0);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 3, .repeated = 3}));
    EXPECT_EQ(model.position(1), 2) << "the next one is due all the same";
    deliver(2);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 6, .repeated = 3}));
    EXPECT_EQ(model.first_fault(), "repeated: vgroup 1 brought offsets 1 to 2 when 2 was due");
}

TEST_F(delivery_model_test, rows_that_come_late_are_out_of_order_and_not_lost) {
    deliver(0);
    deliver(2);
    deliver(1);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 4, .out_of_order = 2}));
    deliver(1);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 4, .repeated = 2, .out_of_order = 2}))
        << "only once";
}

TEST_F(delivery_model_test, a_seek_back_repeats_exactly_the_rows_behind_it) {
    for (const std::size_t i : {0U, 1U, 2U})
        deliver(i);
    model.read_from(1, 1);
    EXPECT_EQ(model.position(1), 1);
    EXPECT_EQ(model.pending(), 24U);
    for (const std::size_t i : {1U, 2U, 3U})
        deliver(i);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 15, .asked_again = 5}));
    deliver(2);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 15, .asked_again = 5, .repeated = 3}))
        << "asked for once, not twice";
}

TEST_F(delivery_model_test, a_seek_that_is_not_obeyed_shows) {
    for (const std::size_t i : {0U, 1U, 2U})
        deliver(i);
    model.read_from(1, 1);
    deliver(3);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 10, .lost = 5}));
}

TEST_F(delivery_model_test, a_seek_to_the_current_place_repeats_nothing) {
    deliver(0);
    deliver(1);
    model.read_from(1, 2);
    deliver(2);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 6}));
    model.read_from(1, 3);
    deliver(2);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 6, .repeated = 3}));
}

TEST_F(delivery_model_test, a_seek_forward_leaves_rows_out) {
    deliver(0);
    model.read_from(1, 4);
    EXPECT_EQ(model.pending(), 15U);
    deliver(4);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 6}));
}

TEST_F(delivery_model_test, a_seek_into_a_message_brings_the_whole_of_it) {
    model.read_from(2, 2);
    deliver_all_of_vgroup_2();
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 10}));
}

TEST_F(delivery_model_test, a_seek_back_does_not_make_up_for_a_loss) {
    deliver(0);
    deliver(2);
    model.read_from(1, 0);
    for (const std::size_t i : {0U, 1U, 2U, 3U, 4U})
        deliver(i);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 19, .asked_again = 6, .lost = 2}));
}

TEST_F(delivery_model_test, reading_from_the_middle_owes_nothing_before) {
    delivery_model latest(log);
    latest.read_from(1, 3);
    EXPECT_EQ(latest.pending(), 9U) << "vgroup 2 is not read";
    latest.deliver(1, 3, 4, log.entries(1)[3].rows);
    EXPECT_EQ(latest.count(), (delivery_model::counts{.delivered = 4}));
    latest.deliver(1, 0, 1, log.entries(1)[0].rows);
    EXPECT_EQ(latest.count(), (delivery_model::counts{.delivered = 4, .repeated = 1}))
        << "rows from before the subscription";
}

TEST_F(delivery_model_test, a_vgroup_that_is_not_read_brings_nothing) {
    delivery_model none(log);
    none.deliver(1, 0, 1, log.entries(1)[0].rows);
    none.deliver(9, 0, 1, log.entries(1)[0].rows);
    EXPECT_EQ(none.count(), (delivery_model::counts{.foreign = 2}));
}

TEST_F(delivery_model_test, a_message_must_be_as_it_was_written) {
    const std::vector<std::uint64_t> rows = log.entries(1)[2].rows;
    model.read_from(1, 2);
    model.deliver(1, 1, 3, rows);
    model.deliver(1, 2, 4, rows);
    model.deliver(1, 2, 9, rows);
    model.deliver(2, 2, 3, rows);
    model.deliver(1, 2, 3, std::vector{rows[0], rows[2], rows[1]});
    model.deliver(1, 2, 3, std::vector{rows[0], rows[1]});
    model.deliver(1, 2, 3, std::vector{rows[0], rows[1], rows[2], rows[2]});
    EXPECT_EQ(model.count(), (delivery_model::counts{.foreign = 21}));
    model.deliver(1, 2, 3, rows);
    EXPECT_EQ(model.count(), (delivery_model::counts{.delivered = 3, .foreign = 21}));
}

TEST_F(delivery_model_test, the_log_may_grow_meanwhile) {
    for (const std::size_t i : {0U, 1U, 2U, 3U, 4U})
        deliver(i);
    deliver_all_of_vgroup_2();
    EXPECT_EQ(model.pending(), 0U);
    log.append(1, 8, {30});
    EXPECT_EQ(model.pending(), 1U);
    model.deliver(1, 5, 8, log.entries(1)[5].rows);
    EXPECT_EQ(model.pending(), 0U);
    EXPECT_EQ(model.count().faults(), 0U);
}

TEST_F(delivery_model_test, only_what_the_application_is_done_with_may_be_committed) {
    EXPECT_TRUE(model.may_be_committed(1, 0));
    deliver(0);
    EXPECT_FALSE(model.may_be_committed(1, 1));
    model.finish();
    EXPECT_TRUE(model.may_be_committed(1, 1));
    EXPECT_FALSE(model.may_be_committed(1, 2));
    EXPECT_FALSE(model.may_be_committed(2, 3));
    deliver(1);
    model.finish();
    model.read_from(1, 0);
    EXPECT_TRUE(model.may_be_committed(1, 2)) << "a seek takes nothing back";
    EXPECT_FALSE(model.may_be_committed(1, 3));
}

}  // namespace
}  // namespace tmq::soak
