#include "subscription/acknowledgement_window.hpp"

#include "support/allocation_counter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>

namespace tmq::subscription {
namespace {

using test::allocation_counter;

acknowledgement_window some(std::initializer_list<std::int64_t> places) {
    acknowledgement_window messages;
    for (const std::int64_t place : places)
        messages.add(place);
    return messages;
}

TEST(acknowledgement_window_test, advances_in_order_one_by_one) {
    acknowledgement_window messages = some({10, 20, 30});
    EXPECT_EQ(messages.size(), 3U);
    EXPECT_EQ(messages.acknowledge(10), 10);
    EXPECT_EQ(messages.acknowledge(20), 20);
    EXPECT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages.acknowledge(30), 30);
    EXPECT_EQ(messages.size(), 0U);
}

TEST(acknowledgement_window_test, advances_up_to_the_first_that_is_not_in_whatever_order) {
    acknowledgement_window messages = some({10, 20, 30, 40});
    EXPECT_EQ(messages.acknowledge(30), std::nullopt);
    EXPECT_EQ(messages.acknowledge(20), std::nullopt);
    EXPECT_EQ(messages.size(), 4U);
    EXPECT_EQ(messages.acknowledge(10), 30);
    EXPECT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages.acknowledge(40), 40);
}

TEST(acknowledgement_window_test, advances_only_once) {
    acknowledgement_window messages = some({10, 20});
    EXPECT_EQ(messages.acknowledge(20), std::nullopt);
    EXPECT_EQ(messages.acknowledge(20), std::nullopt);
    EXPECT_EQ(messages.acknowledge(10), 20);
    EXPECT_EQ(messages.acknowledge(10), std::nullopt);
    EXPECT_EQ(messages.acknowledge(20), std::nullopt);
}

TEST(acknowledgement_window_test, ignores_an_unknown_message) {
    acknowledgement_window messages = some({10, 20});
    for (const std::int64_t unknown :
         {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0}, std::int64_t{9},
          std::int64_t{11}, std::int64_t{21}, std::numeric_limits<std::int64_t>::max()})
        EXPECT_EQ(messages.acknowledge(unknown), std::nullopt) << unknown;
    EXPECT_EQ(messages.size(), 2U);
    EXPECT_EQ(acknowledgement_window().acknowledge(1), std::nullopt);
}

TEST(acknowledgement_window_test, ignores_offsets_that_do_not_grow) {
    acknowledgement_window messages = some({10, 20});
    messages.add(20);
    messages.add(15);
    messages.add(std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages.acknowledge(15), std::nullopt);
    EXPECT_EQ(messages.acknowledge(10), 10);
    EXPECT_EQ(messages.acknowledge(20), 20);
    messages.add(5);
    EXPECT_EQ(messages.acknowledge(5), 5) << "nothing is left to be out of order with";
}

TEST(acknowledgement_window_test, takes_the_largest_offset) {
    acknowledgement_window messages =
        some({std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()});
    EXPECT_EQ(messages.acknowledge(std::numeric_limits<std::int64_t>::max()), std::nullopt);
    EXPECT_EQ(messages.acknowledge(std::numeric_limits<std::int64_t>::min()),
              std::numeric_limits<std::int64_t>::max());
}

TEST(acknowledgement_window_test, is_settled_up_to_an_offset) {
    acknowledgement_window messages = some({10, 20, 30});
    messages.settle(9);
    EXPECT_EQ(messages.size(), 3U);
    messages.settle(25);
    EXPECT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages.acknowledge(20), std::nullopt);
    EXPECT_EQ(messages.acknowledge(30), 30);
    messages.settle(100);
    EXPECT_EQ(messages.size(), 0U);
}

TEST(acknowledgement_window_test, stops_at_the_first_unacknowledged_after_a_settled_offset) {
    acknowledgement_window messages = some({10, 20, 30});
    EXPECT_EQ(messages.acknowledge(30), std::nullopt);
    messages.settle(10);
    EXPECT_EQ(messages.acknowledge(20), 30);
}

TEST(acknowledgement_window_test, advances_in_every_order) {
    std::array<std::int64_t, 6> order{10, 20, 30, 40, 50, 60};
    do {
        acknowledgement_window messages = some({10, 20, 30, 40, 50, 60});
        std::int64_t all_before = 0;
        std::array<bool, 7> is_finished{};
        for (const std::int64_t place : order) {
            is_finished[static_cast<std::size_t>(place / 10 - 1)] = true;
            std::int64_t reached = all_before;
            while (is_finished[static_cast<std::size_t>(reached / 10)])
                reached += 10;
            EXPECT_EQ(messages.acknowledge(place),
                      reached == all_before ? std::nullopt : std::optional(reached));
            all_before = reached;
        }
        EXPECT_EQ(all_before, 60);
        EXPECT_EQ(messages.size(), 0U);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(acknowledgement_window_test, allocates_nothing_while_no_more_are_unacknowledged_than_ever_before) {
    acknowledgement_window messages;
    for (std::int64_t place = 0; place < 8; ++place)
        messages.add(place);
    const allocation_counter counter;
    std::int64_t reached = 0;
    for (std::int64_t place = 8; place < 1'000; ++place) {
        reached += messages.acknowledge(place - 8).value_or(0);
        messages.add(place);
    }
    const auto allocations = counter.count();
    EXPECT_EQ(allocations, 0U);
    EXPECT_EQ(reached, 991 * 992 / 2);
    EXPECT_EQ(messages.size(), 8U);
}

}  // namespace
}  // namespace tmq::subscription
