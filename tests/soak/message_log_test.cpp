#include "soak/message_log.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace tmq::soak {
namespace {

/// Two vgroups and two tables: even rows in vgroup 1, odd ones in vgroup 2.
class message_log_test : public ::testing::Test {
  protected:
    message_log_test() {
        log.add_vgroup(1);
        log.add_vgroup(2);
    }
    message_log log{2};
};

TEST_F(message_log_test, begins_a_message_where_the_one_before_ends) {
    log.append(1, 1, {0, 2});
    log.append(1, 4, {4});
    log.append(2, 7, {1});
    ASSERT_EQ(log.entries(1).size(), 2U);
    EXPECT_EQ(log.entries(1)[0].begin, 0);
    EXPECT_EQ(log.entries(1)[0].end, 1);
    EXPECT_EQ(log.entries(1)[1].begin, 1);
    EXPECT_EQ(log.entries(1)[1].end, 4);
    EXPECT_EQ(log.entries(2)[0].begin, 0);
    EXPECT_EQ(log.rows(), 4U);
}

TEST_F(message_log_test, finds_where_reading_goes_on) {
    log.append(1, 1, {0, 2});
    log.append(1, 4, {4});
    EXPECT_EQ(log.entry_at(1, 0), 0U);
    EXPECT_EQ(log.entry_at(1, 1), 1U);
    EXPECT_EQ(log.entry_at(1, 3), 1U) << "an offset in the middle of a message brings the whole of it";
    EXPECT_EQ(log.entry_at(1, 4), 2U);
    EXPECT_EQ(log.entry_at(2, 0), 0U);
}

TEST_F(message_log_test, counts_rows_from_an_entry_on) {
    log.append(1, 1, {0, 2});
    log.append(1, 2, {4});
    log.append(1, 3, {6, 8, 10});
    EXPECT_EQ(log.rows_from(1, 0), 6U);
    EXPECT_EQ(log.rows_from(1, 1), 4U);
    EXPECT_EQ(log.rows_from(1, 2), 3U);
    EXPECT_EQ(log.rows_from(1, 3), 0U);
    EXPECT_EQ(log.rows_from(2, 0), 0U);
}

TEST_F(message_log_test, refuses_what_a_feeder_must_not_write) {
    log.append(1, 5, {0, 2});
    EXPECT_THROW(log.append(1, 5, {4}), std::logic_error) << "the offset does not grow";
    EXPECT_THROW(log.append(1, 6, {}), std::logic_error) << "no rows";
    EXPECT_THROW(log.append(1, 6, {6}), std::logic_error) << "row 4 is left out";
    EXPECT_THROW(log.append(2, 6, {2}), std::logic_error) << "the table lives in vgroup 1";
    EXPECT_THROW(log.append(3, 6, {1}), std::out_of_range) << "no such vgroup";
}

}  // namespace
}  // namespace tmq::soak
