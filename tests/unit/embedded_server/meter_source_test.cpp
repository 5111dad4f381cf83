#include "tmq/testing/meters.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

namespace tmq {
namespace {

bool same(const testing::meter_row& a, const testing::meter_row& b) {
    return a.ts == b.ts && a.current == b.current && a.voltage == b.voltage && a.phase == b.phase &&
           a.groupid == b.groupid && a.location == b.location;
}

TEST(meter_source, gives_the_same_rows_for_the_same_seed_and_others_for_another) {
    const testing::meter_source a(7, 5), b(7, 5), c(8, 5);
    int different = 0;
    for (std::uint64_t i = 0; i < 100; ++i) {
        EXPECT_TRUE(same(a.row(i), b.row(i)));
        if (!same(a.row(i), c.row(i))) ++different;
    }
    EXPECT_GT(different, 90);
}

TEST(meter_source, gives_every_row_a_time_that_tells_its_index) {
    const testing::meter_source source;
    for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{12345678901}}) {
        const timestamp ts = source.row(index).ts;
        EXPECT_EQ(testing::meter_source::index_of(ts), index);
        EXPECT_EQ(testing::meter_source::index_of(timestamp(ts.ticks() * 1000, time_precision::microseconds)),
                  index);
        EXPECT_LT(ts, source.row(index + 1).ts);
    }
}

TEST(meter_source, spreads_the_rows_over_its_tables) {
    const testing::meter_source source(1, 3);
    for (std::uint64_t i = 0; i < 9; ++i) {
        EXPECT_EQ(source.table_of(i), i % 3);
        EXPECT_EQ(source.row(i).groupid, static_cast<std::int32_t>(i % 3));
    }
    EXPECT_EQ(testing::meter_source::table_name(2), "d2");
}

TEST(meter_source, leaves_the_location_out_as_often_as_it_is_told) {
    const testing::meter_source never(1, 4), every_third(1, 4, 3);
    for (std::uint64_t i = 0; i < 30; ++i) {
        EXPECT_TRUE(never.row(i).location.has_value());
        EXPECT_EQ(every_third.row(i).location.has_value(), i % 3 != 0);
    }
}

TEST(meter_source, refuses_to_have_no_table) {
    EXPECT_THROW(testing::meter_source(1, 0), std::invalid_argument);
}

}  // namespace
}  // namespace tmq
