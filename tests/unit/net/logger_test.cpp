#include "net/logger.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using tmq::log_level;
using tmq::net::logger;

constexpr log_level levels[] = {log_level::error, log_level::warning, log_level::info, log_level::debug};

int formatted = 0;

/// Counts when it is formatted, and fails that.
struct unprintable {};

}  // namespace

template <>
struct fmt::formatter<unprintable> : fmt::formatter<int> {
    template <class Context>
    auto format(const unprintable&, Context& context) const -> decltype(context.out()) {
        ++formatted;
        throw std::runtime_error("cannot be printed");
    }
};

namespace {

TEST(logger, a_level_includes_those_before_it) {
    for (const log_level detail : levels) {
        std::vector<log_level> told;
        const logger log(detail, [&told](log_level level, std::string_view) { told.push_back(level); });
        std::vector<log_level> expected;
        for (const log_level level : levels) {
            log.write(level, "line");
            EXPECT_EQ(log.logs(level), level <= detail);
            if (level <= detail) expected.push_back(level);
        }
        EXPECT_EQ(told, expected);
    }
}

TEST(logger, says_nothing_when_it_is_off) {
    std::size_t told = 0;
    const logger off(log_level::off, [&told](log_level, std::string_view) { ++told; });
    const logger without_sink(log_level::debug, nullptr);
    for (const log_level level : levels) {
        off.write(level, "line");
        without_sink.write(level, "line");
        EXPECT_FALSE(off.logs(level));
        EXPECT_FALSE(without_sink.logs(level));
    }
    EXPECT_EQ(told, 0U);
}

TEST(logger, formats_one_line_and_takes_its_arguments_for_text) {
    std::vector<std::pair<log_level, std::string>> told;
    const logger log(log_level::info,
                     [&told](log_level level, std::string_view text) { told.emplace_back(level, text); });
    log.write(log_level::info, "{} of {}", 2, "{} %s");
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0], std::pair(log_level::info, std::string("2 of {} %s")));
}

TEST(logger, formats_only_what_is_wanted) {
    std::size_t told = 0;
    const logger log(log_level::info, [&told](log_level, std::string_view) { ++told; });
    log.write(log_level::debug, "{}", unprintable());
    EXPECT_EQ(formatted, 0);
    log.write(log_level::info, "{}", unprintable());
    EXPECT_EQ(formatted, 1);
    EXPECT_EQ(told, 0U) << "what cannot be formatted is dropped";
}

TEST(logger, drops_what_the_sink_throws) {
    std::size_t told = 0;
    const logger log(log_level::debug, [&told](log_level, std::string_view) {
        ++told;
        if (told == 1) throw std::runtime_error("the disk is full");
        throw 42;
    });
    log.write(log_level::error, "first");
    log.write(log_level::error, "second");
    EXPECT_EQ(told, 2U);
}

}  // namespace
