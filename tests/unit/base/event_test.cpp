#include "tmq/event.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string_view>
#include <vector>

namespace tmq {
namespace {

using std::chrono::milliseconds;

TEST(event_kind, has_the_name_that_it_is_written_by) {
    const std::map<event_kind, std::string_view> names = {
        {event_kind::connected, "connected"},       {event_kind::disconnected, "disconnected"},
        {event_kind::reconnecting, "reconnecting"}, {event_kind::resumed, "resumed"},
        {event_kind::assigned, "assigned"},         {event_kind::revoked, "revoked"},
        {event_kind::data_lost, "data_lost"},       {event_kind::commit_failed, "commit_failed"},
    };
    for (int value = 0; value < 256; ++value) {
        const auto kind = static_cast<event_kind>(value);
        const auto named = names.find(kind);
        EXPECT_EQ(to_string(kind), named == names.end() ? "unknown" : named->second) << value;
    }
}

TEST(event, has_nothing_but_its_kind_at_first) {
    const event fresh(event_kind::revoked);
    EXPECT_EQ(fresh.kind(), event_kind::revoked);
    EXPECT_FALSE(fresh.peer());
    EXPECT_FALSE(fresh.reason());
    EXPECT_EQ(fresh.attempt(), 0U);
    EXPECT_EQ(fresh.wait(), milliseconds(0));
    EXPECT_TRUE(fresh.vgroups().empty());
    EXPECT_EQ(fresh.lost_from(), 0);
    EXPECT_EQ(fresh.lost_until(), 0);
}

TEST(event, keeps_what_it_is_given) {
    const std::vector<partition_offset> vgroups = {partition_offset("meters", 3, 7),
                                                   partition_offset("meters", 4, -1)};
    event filled(event_kind::data_lost);
    EXPECT_EQ(&filled.peer(endpoint("db", 7))
                   .reason(error(errc::idle_timeout, "of db"))
                   .attempt(2)
                   .wait(milliseconds(5))
                   .vgroups(vgroups)
                   .lost(8, 9),
              &filled);
    const event copy = filled;
    EXPECT_EQ(copy.kind(), event_kind::data_lost);
    EXPECT_EQ(copy.peer(), endpoint("db", 7));
    ASSERT_TRUE(copy.reason());
    EXPECT_EQ(copy.reason()->code(), errc::idle_timeout);
    EXPECT_EQ(copy.attempt(), 2U);
    EXPECT_EQ(copy.wait(), milliseconds(5));
    EXPECT_EQ(copy.vgroups(), vgroups);
    EXPECT_EQ(copy.lost_from(), 8);
    EXPECT_EQ(copy.lost_until(), 9);
}

}  // namespace
}  // namespace tmq
