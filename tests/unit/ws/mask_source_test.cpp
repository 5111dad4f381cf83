#include "ws/mask_source.hpp"

#include "support/allocation_counter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

using namespace tmq::ws;

TEST(mask_source, gives_a_fresh_key_each_time_across_pools) {
    mask_source source;
    std::set<mask_key> keys;
    for (int i = 0; i < 2000; ++i)
        keys.insert(source.next());
    // Two equal keys among 2000 are one chance in two thousand; ten are none.
    EXPECT_GT(keys.size(), 1990U);
}

TEST(mask_source, gives_different_keys_to_different_connections) {
    mask_source a;
    mask_source b;
    int equal = 0;
    for (int i = 0; i < 100; ++i)
        equal += a.next() == b.next() ? 1 : 0;
    EXPECT_LE(equal, 2);
}

TEST(mask_source, takes_no_memory_per_key) {
    mask_source source;
    source.next();
    const tmq::test::allocation_counter counted;
    for (int i = 0; i < 2000; ++i)
        source.next();
    EXPECT_EQ(counted.count(), 0U);
}

TEST(fill_random, fills_all_bytes_and_differently_each_time) {
    std::array<std::uint8_t, 16> a{};
    std::array<std::uint8_t, 16> b{};
    fill_random(a);
    fill_random(b);
    EXPECT_NE(a, b);
    EXPECT_TRUE(std::any_of(a.begin() + 8, a.end(), [](std::uint8_t byte) { return byte != 0; }));
}
