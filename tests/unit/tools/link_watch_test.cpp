#include "tools/link_watch.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <initializer_list>
#include <string>
#include <vector>

namespace tmq::test {
namespace {

using namespace std::chrono_literals;
using enum event_kind;
using tools::link_watch;

std::vector<partition_offset> vgroups(std::initializer_list<std::int32_t> ids) {
    std::vector<partition_offset> result;
    for (const std::int32_t id : ids)
        result.emplace_back("meters", id, 5);
    return result;
}

TEST(link_watch, misses_vgroups_from_the_loss_until_they_are_back_or_gone) {
    link_watch watch;
    watch.on_event(event(connected));
    watch.on_event(event(assigned).vgroups(vgroups({1, 2, 3})));
    EXPECT_FALSE(watch.is_down());
    EXPECT_FALSE(watch.is_missing_vgroups());
    watch.on_event(event(disconnected).reason(error(errc::connection_lost)));
    EXPECT_TRUE(watch.is_down());
    watch.on_event(event(connected));
    watch.on_event(event(resumed).vgroups(vgroups({1})));
    EXPECT_FALSE(watch.is_down());
    EXPECT_TRUE(watch.is_missing_vgroups());
    watch.on_event(event(resumed).vgroups(vgroups({3})));
    EXPECT_TRUE(watch.is_missing_vgroups());
    watch.on_event(event(revoked).vgroups(vgroups({2})));
    EXPECT_FALSE(watch.is_missing_vgroups());
    // What is another member's is not missed by the next loss.
    watch.on_event(event(disconnected).reason(error(errc::connection_lost)));
    watch.on_event(event(resumed).vgroups(vgroups({1, 3})));
    EXPECT_FALSE(watch.is_missing_vgroups());
    EXPECT_FALSE(watch.has_lost_rows());
}

TEST(link_watch, tells_what_a_user_should_know) {
    link_watch watch;
    EXPECT_EQ(watch.on_event(event(connected)), "") << "the first connection";
    EXPECT_EQ(watch.on_event(event(disconnected).reason(error(errc::connection_lost, "why"))), "");
    EXPECT_NE(watch.on_event(event(reconnecting).attempt(1)).find("why"), std::string::npos);
    EXPECT_EQ(watch.on_event(event(reconnecting).attempt(2).wait(1'500ms)), "attempt 2 to connect, in 1.5 s");
    EXPECT_EQ(watch.on_event(event(connected)), "reconnected");
    EXPECT_NE(watch.on_event(event(data_lost).vgroups(vgroups({4})).lost(10, 0)).find("up to offset 10"),
              std::string::npos);
    EXPECT_TRUE(watch.has_lost_rows());
    const std::string refused =
        watch.on_event(event(commit_failed).vgroups(vgroups({4})).reason(error(make_server_error(0x4007))));
    EXPECT_EQ(refused.rfind("not committed: topic meters, vgroup 4, offset 5: ", 0), 0U) << refused;
}

}  // namespace
}  // namespace tmq::test
