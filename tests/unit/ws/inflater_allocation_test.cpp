#include "support/deflate.hpp"
#include "support/malloc_counter.hpp"
#include "ws/inflater.hpp"

#include <gtest/gtest.h>

#include <algorithm>

TEST(inflater_allocation, there_is_none_when_the_memory_has_seen_a_message_of_the_size) {
    std::vector<std::uint8_t> content(1 << 20);
    for (std::size_t i = 0; i < content.size(); ++i)
        content[i] = static_cast<std::uint8_t>(i * i >> 8);
    for (const tmq::ws::inflate_library library : tmq::ws::inflate_libraries()) {
        for (const auto& message : {tmq::test::deflate_message(content), tmq::test::deflate_final(content)}) {
            const std::unique_ptr<tmq::ws::inflater> inflater = tmq::ws::make_inflater(library);
            tmq::detail::byte_buffer out;
            std::size_t size = 0;
            std::uint64_t before = 0;
            for (int i = 0; i < 10; ++i) {
                ASSERT_EQ(inflater->inflate(message, content.size(), out, size), tmq::base::defect_code{});
                ASSERT_EQ(inflater->inflate(std::span(message).first(100), content.size(), out, size),
                          tmq::base::defect_code::inflate_truncated);
                if (i == 0) before = tmq::test::allocations_of_this_thread();
            }
            EXPECT_EQ(tmq::test::allocations_of_this_thread() - before, 0U);
            ASSERT_EQ(inflater->inflate(message, content.size(), out, size), tmq::base::defect_code{});
            EXPECT_TRUE(std::equal(content.begin(), content.end(), out.data(), out.data() + size));
        }
    }
}
