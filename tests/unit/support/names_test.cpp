#include "conformance/names.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

namespace tmq::test {
namespace {

std::uint32_t process_that_is_no_more() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    return static_cast<std::uint32_t>(child);
}

name_maker elsewhere(std::uint32_t minutes_ago) {
    name_maker maker = this_process();
    maker.host ^= 1;
    maker.minute -= minutes_ago;
    return maker;
}

TEST(names, are_unique_and_of_letters_that_need_no_quotes) {
    const std::string first = unique_name();
    EXPECT_NE(first, unique_name());
    EXPECT_TRUE(first.starts_with("tmqtest_"));
    EXPECT_EQ(first.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos);
}

TEST(names, of_this_process_are_in_use) { EXPECT_FALSE(is_leftover(unique_name())); }

TEST(names, of_another_living_process_are_in_use) {
    name_maker maker = this_process();
    maker.process = static_cast<std::uint32_t>(::getppid());
    maker.minute -= 600;
    EXPECT_FALSE(is_leftover(make_name(maker, 1)));
}

TEST(names, of_a_process_that_is_no_more_are_left_over) {
    name_maker maker = this_process();
    maker.process = process_that_is_no_more();
    EXPECT_TRUE(is_leftover(make_name(maker, 1)));
}

TEST(names, of_another_machine_are_left_over_after_an_hour) {
    EXPECT_FALSE(is_leftover(make_name(elsewhere(0), 1)));
    EXPECT_FALSE(is_leftover(make_name(elsewhere(59), 1)));
    EXPECT_TRUE(is_leftover(make_name(elsewhere(62), 1)));
}

TEST(names, that_are_cut_off_or_of_others_are_nobodys_to_drop) {
    const std::string whole = make_name(elsewhere(600), 1);
    ASSERT_TRUE(is_leftover(whole));
    for (std::size_t size = 0; size <= whole.rfind('_'); ++size)
        EXPECT_FALSE(is_leftover(whole.substr(0, size)));
    EXPECT_FALSE(is_leftover("power"));
    EXPECT_FALSE(is_leftover("tmqtest_mine"));
    EXPECT_FALSE(is_leftover("x" + whole));
}

}  // namespace
}  // namespace tmq::test
