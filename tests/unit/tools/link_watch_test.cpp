#include "tools/link_watch.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <initializer_list>
#include <string>
#include <vector>

namespace tmq::test {
namespace {

using namespace std::chrono_literals;
using tools::link_watch;

const endpoint server("db");

std::vector<partition_offset> vgroups(std::initializer_list<std::int32_t> ids) {
    std::vector<partition_offset> result;
    for (const std::int32_t id : ids)
        result.emplace_back("meters", id, 5);
    return result;
}

TEST(link_watch, misses_vgroups_from_the_loss_until_they_are_back_or_gone) {
    link_watch watch;
    watch.on_event(events::connected(server));
    watch.on_event(events::assigned(vgroups({1, 2, 3})));
    EXPECT_FALSE(watch.is_down());
    EXPECT_FALSE(watch.is_missing_vgroups());
    watch.on_event(events::disconnected(error(errc::connection_lost)));
    EXPECT_TRUE(watch.is_down());
    watch.on_event(events::connected(server));
    watch.on_event(events::resumed(vgroups({1})));
    EXPECT_FALSE(watch.is_down());
    EXPECT_TRUE(watch.is_missing_vgroups());
    watch.on_event(events::resumed(vgroups({3})));
    EXPECT_TRUE(watch.is_missing_vgroups());
    watch.on_event(events::revoked(vgroups({2})));
    EXPECT_FALSE(watch.is_missing_vgroups());
    // What is another member's is not missed by the next loss.
    watch.on_event(events::disconnected(error(errc::connection_lost)));
    watch.on_event(events::resumed(vgroups({1, 3})));
    EXPECT_FALSE(watch.is_missing_vgroups());
    EXPECT_FALSE(watch.has_lost_rows());
}

TEST(link_watch, tells_what_a_user_should_know) {
    link_watch watch;
    EXPECT_EQ(watch.on_event(events::connected(server)), "") << "the first connection";
    EXPECT_EQ(watch.on_event(events::disconnected(error(errc::connection_lost, "why"))), "");
    EXPECT_NE(watch.on_event(events::reconnecting(1, 0ms)).find("why"), std::string::npos);
    EXPECT_EQ(watch.on_event(events::reconnecting(2, 1'500ms)), "attempt 2 to connect, in 1.5 s");
    EXPECT_EQ(watch.on_event(events::connected(server)), "reconnected");
    EXPECT_NE(watch.on_event(events::data_lost(topic_partition("meters", 4), 10, 0)).find("up to offset 10"),
              std::string::npos);
    EXPECT_TRUE(watch.has_lost_rows());
    const std::string refused = watch.on_event(
        events::commit_failed(partition_offset("meters", 4, 5), error(make_server_error(0x4007))));
    EXPECT_EQ(refused.rfind("not committed: topic meters, vgroup 4, offset 5: ", 0), 0U) << refused;
}

}  // namespace
}  // namespace tmq::test
