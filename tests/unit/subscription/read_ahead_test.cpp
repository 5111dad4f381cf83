#include "subscription/read_ahead.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tmq::subscription {
namespace {

using namespace std::chrono_literals;

constexpr read_ahead::time_point arrival{1000s};

/// A message that came whole, with `size` bytes.
message message_of(std::string_view topic, std::int32_t vgroup, std::int64_t offset, std::size_t size = 10) {
    message made;
    detail::message_content& content = detail::message_access::content(made);
    content.topic.assign(topic);
    content.vgroup = vgroup;
    content.poll_offset = offset;
    content.bytes.grow(size, 0);
    content.raw = {content.bytes.data(), size};
    return made;
}

void push(read_ahead& queue, message one, read_ahead::time_point now = arrival) {
    std::swap(queue.room(), one);
    queue.pushed(now, 0);
}

std::string contents(read_ahead& queue) {
    std::string result;
    for (message out; !queue.empty();) {
        queue.pop(out);
        result += std::string(out.topic()) + std::to_string(out.vgroup()) + '@' +
                  std::to_string(out.offset()) + ' ';
    }
    return result;
}

TEST(read_ahead, starts_empty) {
    const read_ahead queue(2);
    EXPECT_TRUE(queue.empty());
    EXPECT_FALSE(queue.full());
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_EQ(queue.bytes(), 0U);
    EXPECT_EQ(queue.find("meters", 1), nullptr);
}

TEST(read_ahead, gives_messages_in_the_order_in_which_they_came) {
    read_ahead queue(3);
    push(queue, message_of("meters", 1, 5, 100), arrival);
    push(queue, message_of("meters", 2, 6, 20), arrival + 1s);
    EXPECT_FALSE(queue.full());
    push(queue, message_of("alarms", 1, 7, 3), arrival + 2s);
    EXPECT_TRUE(queue.full());
    EXPECT_EQ(queue.size(), 3U);
    EXPECT_EQ(queue.bytes(), 123U);
    message out;
    for (const std::int64_t offset : {5, 6, 7}) {
        EXPECT_EQ(queue.front().offset(), offset);
        EXPECT_EQ(queue.front_time(), arrival + (offset - 5) * 1s);
        queue.pop(out);
        EXPECT_EQ(out.offset(), offset);
    }
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.bytes(), 0U);
}

TEST(read_ahead, has_room_for_one_more_that_was_on_its_way_when_it_became_full) {
    for (std::size_t capacity = 1; capacity <= 3; ++capacity) {
        read_ahead queue(capacity);
        std::string expected;
        for (std::size_t i = 0; i <= capacity; ++i) {
            EXPECT_EQ(queue.full(), i >= capacity);
            push(queue, message_of("meters", 1, static_cast<std::int64_t>(i), 10));
            expected += "meters1@" + std::to_string(i) + ' ';
        }
        EXPECT_TRUE(queue.full());
        EXPECT_EQ(queue.size(), capacity + 1);
        EXPECT_EQ(contents(queue), expected);
        EXPECT_FALSE(queue.full());
    }
}

TEST(read_ahead, goes_round_and_round) {
    for (std::size_t capacity = 1; capacity <= 4; ++capacity) {
        read_ahead queue(capacity);
        message out;
        std::int64_t in = 0;
        std::int64_t due = 0;
        for (int round = 0; round < 20; ++round) {
            while (!queue.full())
                push(queue, message_of("meters", 1, in++));
            EXPECT_EQ(queue.size(), capacity);
            EXPECT_EQ(queue.bytes(), 10 * capacity);
            for (std::size_t i = 0; i < 1 + static_cast<std::size_t>(round) % capacity; ++i) {
                queue.pop(out);
                EXPECT_EQ(out.offset(), due++);
            }
        }
    }
}

TEST(read_ahead, hands_memory_back_and_forth) {
    read_ahead queue(1);
    push(queue, message_of("meters", 1, 5));
    message out = message_of("", 0, 0, 77);
    const std::uint8_t* const of_the_application = detail::message_access::content(out).bytes.data();
    queue.pop(out);
    EXPECT_EQ(detail::message_access::content(queue.room()).bytes.data(), of_the_application);
}

TEST(read_ahead, counts_the_memory_of_what_came_in_blocks) {
    read_ahead queue(2);
    message in_blocks = message_of("meters", 1, 5, 500);
    detail::message_access::content(in_blocks).raw = {};
    const std::uint64_t memory = detail::message_access::content(in_blocks).bytes.capacity();
    push(queue, std::move(in_blocks));
    EXPECT_GE(queue.bytes(), 500U);
    EXPECT_EQ(queue.bytes(), memory);
    message out;
    queue.pop(out);
    EXPECT_EQ(queue.bytes(), 0U);
}

TEST(read_ahead, finds_the_first_message_of_a_vgroup) {
    read_ahead queue(4);
    push(queue, message_of("meters", 1, 5));
    push(queue, message_of("alarms", 2, 6));
    push(queue, message_of("meters", 2, 7));
    push(queue, message_of("meters", 2, 8));
    ASSERT_NE(queue.find("meters", 2), nullptr);
    EXPECT_EQ(queue.find("meters", 2)->offset(), 7);
    EXPECT_EQ(queue.find("alarms", 1), nullptr);
    EXPECT_EQ(queue.find("meter", 1), nullptr);
    queue.drop("meters", 2);
    EXPECT_EQ(queue.find("meters", 2), nullptr);
}

TEST(read_ahead, drops_the_messages_of_one_vgroup_and_keeps_the_order_of_the_others) {
    // Every distribution over two vgroups, at every place of the ring.
    for (std::size_t skipped = 0; skipped < 5; ++skipped) {
        for (unsigned pattern = 0; pattern < 32; ++pattern) {
            read_ahead queue(5);
            message out;
            for (std::size_t i = 0; i < skipped; ++i) {
                push(queue, message_of("before", 0, 0));
                queue.pop(out);
            }
            std::string kept;
            std::size_t bytes = 0;
            for (unsigned i = 0; i < 5; ++i) {
                const bool is_dropped = (pattern >> i & 1) != 0;
                push(queue, message_of("meters", is_dropped ? 2 : 1, i, 10 + i), arrival + i * 1s);
                if (is_dropped) continue;
                kept += "meters1@" + std::to_string(i) + ' ';
                bytes += 10 + i;
            }
            queue.drop("meters", 2);
            EXPECT_EQ(queue.bytes(), bytes);
            if (!queue.empty()) {
                EXPECT_EQ(queue.front_time(), arrival + queue.front().offset() * 1s);
            }
            EXPECT_EQ(contents(queue), kept) << "pattern " << pattern << " from place " << skipped;
            EXPECT_EQ(queue.bytes(), 0U);
        }
    }
}

TEST(read_ahead, drops_only_what_is_of_the_topic_and_of_the_vgroup) {
    read_ahead queue(3);
    push(queue, message_of("meters", 1, 5));
    push(queue, message_of("alarms", 1, 6));
    push(queue, message_of("meters", -1, 7));
    queue.drop("meters", 3);
    queue.drop("", 1);
    EXPECT_EQ(queue.size(), 3U);
    queue.drop("meters", -1);
    queue.drop("alarms", 1);
    EXPECT_EQ(contents(queue), "meters1@5 ");
}

TEST(read_ahead, is_empty_when_cleared) {
    read_ahead queue(2);
    push(queue, message_of("meters", 1, 5));
    push(queue, message_of("meters", 1, 6));
    queue.clear();
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.bytes(), 0U);
    EXPECT_EQ(queue.find("meters", 1), nullptr);
    push(queue, message_of("meters", 1, 7));
    EXPECT_EQ(queue.bytes(), 10U);
    EXPECT_EQ(contents(queue), "meters1@7 ");
}

}  // namespace
}  // namespace tmq::subscription
