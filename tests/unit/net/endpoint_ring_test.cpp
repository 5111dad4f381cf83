#include "net/endpoint_ring.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace tmq::net {
namespace {

std::vector<endpoint> hosts(std::size_t count) {
    std::vector<endpoint> result;
    for (std::size_t i = 0; i < count; ++i)
        result.emplace_back("host" + std::to_string(i));
    return result;
}

std::string round_of(const endpoint_ring& ring) {
    std::string result;
    for (std::size_t i = 0; i < ring.size(); ++i)
        result += ring.at(i).host().substr(4);
    return result;
}

TEST(endpoint_ring, is_tried_in_turn_from_the_one_that_the_seed_says) {
    EXPECT_EQ(round_of(endpoint_ring(hosts(3), 0)), "012");
    EXPECT_EQ(round_of(endpoint_ring(hosts(3), 1)), "120");
    EXPECT_EQ(round_of(endpoint_ring(hosts(3), 2)), "201");
    EXPECT_EQ(round_of(endpoint_ring(hosts(3), 3)), "012");
    EXPECT_EQ(round_of(endpoint_ring(hosts(3), std::numeric_limits<std::uint64_t>::max())), "012");
    EXPECT_EQ(round_of(endpoint_ring(hosts(1), 12'345)), "0");
}

TEST(endpoint_ring, starts_the_next_round_behind_the_one_that_was_connected) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
        for (std::size_t index = 0; index < 4; ++index) {
            endpoint_ring ring(hosts(4), seed);
            const endpoint used = ring.at(index);
            const endpoint behind = ring.at(index + 1);
            ring.connected(index);
            EXPECT_EQ(ring.at(0), behind);
            EXPECT_EQ(ring.at(3), used) << "the one that was lost comes last";
        }
    }
}

TEST(endpoint_ring, comes_back_to_the_only_one) {
    endpoint_ring ring(hosts(1), 0);
    ring.connected(0);
    EXPECT_EQ(ring.at(0).host(), "host0");
    EXPECT_EQ(ring.size(), 1U);
}

TEST(endpoint_ring, takes_in_what_the_server_names_once) {
    endpoint_ring ring(hosts(2), 1);
    ring.add(endpoint("host2"));
    ring.add(endpoint("host2"));
    ring.add(endpoint("host0"));
    EXPECT_EQ(round_of(ring), "120");
    ring.add(endpoint("host0", 6042));
    EXPECT_EQ(ring.size(), 4U) << "another port is another one";
    EXPECT_EQ(round_of(ring), "1200");
}

TEST(endpoint_ring, tries_ones_that_come_in_a_round_as_well) {
    endpoint_ring ring(hosts(2), 0);
    ring.connected(1);
    EXPECT_EQ(round_of(ring), "01");
    ring.add(endpoint("host2"));
    EXPECT_EQ(round_of(ring), "012");
    ring.connected(1);
    EXPECT_EQ(round_of(ring), "201");
}

TEST(endpoint_ring, leaves_out_more_than_256) {
    endpoint_ring ring(hosts(1), 0);
    for (std::uint16_t port = 1; port <= 1'000; ++port)
        ring.add(endpoint("named", port));
    EXPECT_EQ(ring.size(), 256U);
    EXPECT_EQ(ring.at(255).port(), 255);
    endpoint_ring configured(hosts(300), 299);
    configured.add(endpoint("one more"));
    EXPECT_EQ(configured.size(), 300U) << "what the application names is all tried";
    EXPECT_EQ(configured.at(0).host(), "host299");
}

}  // namespace
}  // namespace tmq::net
