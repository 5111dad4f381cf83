#include "tools/end_watch.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <limits>
#include <optional>
#include <vector>

namespace tmq::test {
namespace {

using namespace std::chrono_literals;
using tools::end_watch;
using tools::link_watch;

struct left {
    std::int32_t vgroup;
    std::optional<std::int64_t> entries;
};

/// A consumer that joined at 0 ms, seen through its events.
class end_watch_test : public ::testing::Test {
  protected:
    static constexpr auto settle_time = 2'500ms;

    end_watch_test() {
        hear(events::connected(endpoint("db")), 0ms);
        end.on_joined(at(0ms));
    }

    static end_watch::time_point at(std::chrono::milliseconds time) {
        return end_watch::time_point(1'000s + time);
    }
    void hear(const event& what, std::chrono::milliseconds time) {
        link.on_event(what);
        end.on_event(what, at(time));
    }
    template <class Kind>
    void hear(std::initializer_list<std::int32_t> vgroups, std::chrono::milliseconds time) {
        hear(Kind(of_topic(vgroups)), time);
    }
    static std::vector<partition_offset> of_topic(std::initializer_list<std::int32_t> vgroups) {
        std::vector<partition_offset> places;
        for (const std::int32_t vgroup : vgroups)
            places.emplace_back("t", vgroup, 0);
        return places;
    }
    bool is_end(const std::vector<left>& vgroups, std::chrono::milliseconds time) {
        std::vector<vgroup_lag> lags;
        for (const left& one : vgroups)
            lags.emplace_back(topic_partition("t", one.vgroup), one.entries);
        return end.is_end(lags, at(time));
    }

    link_watch link;
    end_watch end{link, settle_time};
};

TEST_F(end_watch_test, needs_an_empty_poll_no_lag_and_vgroups_that_stay) {
    hear<events::assigned>({1, 2}, 0ms);
    EXPECT_FALSE(end.needs_lag()) << "no poll yet";
    end.on_message("t", 1, at(100ms));
    EXPECT_FALSE(end.needs_lag()) << "a poll brought a message";
    end.on_empty_poll();
    EXPECT_FALSE(end.is_settled(at(2'499ms)));
    EXPECT_TRUE(end.is_settled(at(2'500ms)));
    EXPECT_FALSE(is_end({{1, 0}, {2, 1}}, 2'500ms));
    EXPECT_FALSE(is_end({{1, 0}, {2, std::nullopt}}, 2'600ms));
    EXPECT_TRUE(is_end({{1, 0}, {2, 0}}, 2'700ms));
    EXPECT_EQ(end.vgroup_count(), 2U);
    end.on_message("t", 2, at(2'800ms));
    EXPECT_FALSE(is_end({{1, 0}, {2, 0}}, 2'900ms)) << "a row came since";
}

TEST_F(end_watch_test, begins_to_wait_anew_with_every_change_of_the_vgroups) {
    hear<events::assigned>({1, 2}, 0ms);
    end.on_empty_poll();
    const std::vector<event> changes = {events::assigned(of_topic({3})), events::revoked(of_topic({2})),
                                        events::resumed(of_topic({1})), events::connected(endpoint("db"))};
    auto now = 10'000ms;
    for (const event& change : changes) {
        EXPECT_TRUE(end.is_settled(at(now)));
        hear(change, now);
        EXPECT_FALSE(end.is_settled(at(now + 2'499ms))) << change;
        EXPECT_TRUE(end.is_settled(at(now + 2'500ms))) << change;
        now += 10'000ms;
    }
    EXPECT_TRUE(is_end({{1, 0}, {3, 0}}, now));
    hear(events::data_lost(topic_partition("t", 1), 0, 1), now);
    EXPECT_TRUE(is_end({{1, 0}, {3, 0}}, now)) << "lost rows change no assignment";
}

TEST_F(end_watch_test, does_not_believe_at_once_that_a_vgroup_is_gone_or_new) {
    hear<events::assigned>({1, 2}, 0ms);
    end.on_empty_poll();
    EXPECT_FALSE(is_end({{1, 0}}, 5'000ms)) << "an answer that leaves a vgroup out";
    EXPECT_FALSE(is_end({{1, 0}}, 7'499ms));
    EXPECT_FALSE(is_end({{1, 0}, {2, 7}}, 7'500ms)) << "there it is again";
    EXPECT_FALSE(is_end({{1, 0}, {2, 0}, {3, 0}}, 10'100ms)) << "a vgroup that no event has told of";
    EXPECT_FALSE(is_end({{1, 0}, {2, 0}, {3, 0}}, 12'599ms));
    EXPECT_TRUE(is_end({{1, 0}, {2, 0}, {3, 0}}, 12'600ms));
}

TEST_F(end_watch_test, learns_of_a_vgroup_from_its_first_message) {
    hear<events::assigned>({1}, 0ms);
    end.on_message("t", 2, at(5'000ms));
    end.on_empty_poll();
    EXPECT_FALSE(end.is_settled(at(7'499ms)));
    EXPECT_TRUE(is_end({{1, 0}, {2, 0}}, 7'500ms));
    end.on_message("t", 2, at(8'000ms));
    end.on_empty_poll();
    EXPECT_TRUE(is_end({{1, 0}, {2, 0}}, 8'000ms)) << "known already";
    end.on_message("u", 2, at(9'000ms));
    EXPECT_EQ(end.vgroup_count(), 3U) << "of another topic";
}

TEST_F(end_watch_test, finds_the_vgroups_without_any_event) {
    end.on_empty_poll();
    EXPECT_TRUE(end.needs_lag()) << "to learn what there is";
    EXPECT_FALSE(is_end({{1, 0}}, 200ms));
    EXPECT_FALSE(end.is_settled(at(2'600ms)));
    EXPECT_TRUE(is_end({{1, 0}}, 2'700ms));
}

TEST_F(end_watch_test, waits_twice_as_long_for_a_first_vgroup) {
    end.on_empty_poll();
    EXPECT_FALSE(is_end({}, 4'999ms));
    EXPECT_TRUE(is_end({}, 5'000ms));
    EXPECT_EQ(end.vgroup_count(), 0U);
}

TEST_F(end_watch_test, is_not_reached_while_the_connection_or_a_vgroup_is_missing) {
    hear<events::assigned>({1, 2}, 0ms);
    end.on_empty_poll();
    hear(events::disconnected(error(errc::connection_lost)), 3'000ms);
    EXPECT_FALSE(end.needs_lag());
    EXPECT_FALSE(is_end({{1, 0}, {2, 0}}, 9'000ms));
    hear(events::connected(endpoint("db")), 10'000ms);
    hear<events::resumed>({1}, 10'000ms);
    EXPECT_FALSE(end.is_settled(at(20'000ms)));
    EXPECT_FALSE(is_end({{1, 0}, {2, 0}}, 20'000ms)) << "vgroup 2 is not back";
    hear<events::revoked>({2}, 20'000ms);
    EXPECT_FALSE(is_end({{1, 0}}, 22'499ms));
    EXPECT_TRUE(is_end({{1, 0}}, 22'500ms));
    EXPECT_EQ(end.vgroup_count(), 1U);
}

TEST(total_lag, is_the_sum_or_unknown_and_never_overflows) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    using lags = std::vector<vgroup_lag>;
    const auto lag_of = [](std::int32_t vgroup, std::optional<std::int64_t> entries) {
        return vgroup_lag(topic_partition("t", vgroup), entries);
    };
    EXPECT_EQ(tools::total_lag(lags{}), 0);
    EXPECT_EQ(tools::total_lag(lags{lag_of(1, 2), lag_of(2, 3)}), 5);
    EXPECT_EQ(tools::total_lag(lags{lag_of(1, 2), lag_of(2, std::nullopt)}), std::nullopt);
    EXPECT_EQ(tools::total_lag(lags{lag_of(1, most), lag_of(2, most), lag_of(3, 1)}), most);
}

}  // namespace
}  // namespace tmq::test
