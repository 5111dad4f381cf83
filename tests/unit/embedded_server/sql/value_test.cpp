#include "embedded_server/sql/value.hpp"

#include "embedded_server/sql/time_text.hpp"
#include "embedded_server/sql/well_known_text.hpp"
#include "tmq/geometry.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <string>
#include <string_view>

namespace tmq::test {
namespace {

namespace sql = embedded::sql;
using embedded::sql::from_wkt;
using embedded::sql::parse_duration;
using embedded::sql::parse_time;
using sql::literal_kind;
constexpr auto ms = time_precision::milliseconds;
constexpr auto us = time_precision::microseconds;
constexpr auto ns = time_precision::nanoseconds;

TEST(time_text, reads_times_of_all_forms_in_the_unit_of_the_database) {
    EXPECT_EQ(parse_time("1970-01-01 00:00:00", ms), 0);
    EXPECT_EQ(parse_time("2023-11-14 22:13:20.123", ms), 1'700'000'000'123);
    EXPECT_EQ(parse_time("2023-11-14T22:13:20.123456789Z", ms), 1'700'000'000'123);
    EXPECT_EQ(parse_time("2023-11-14T22:13:20.123456789Z", us), 1'700'000'000'123'456);
    EXPECT_EQ(parse_time("2023-11-14T22:13:20.123456789Z", ns), 1'700'000'000'123'456'789);
    EXPECT_EQ(parse_time("2023-11-15T06:13:20+08:00", ms), 1'700'000'000'000);
    EXPECT_EQ(parse_time("2023-11-14T12:43:20-0930", ms), 1'700'000'000'000);
    EXPECT_EQ(parse_time("2024-02-29", ms), 1'709'164'800'000);
    EXPECT_EQ(parse_time("1969-12-31 23:59:59.9", ms), -100);
}

TEST(time_text, refuses_what_is_no_time) {
    for (const std::string_view text :
         {"", "2023", "2023-1-01", "2023-02-29", "2023-13-01", "2023-01-01 24:00:00", "2023-01-01 00:60:00",
          "2023-01-01 00:00", "2023-01-01 00:00:00.", "2023-01-01 00:00:00x", "2023-01-01 00:00:00+8",
          "2023-01-01  00:00:00", "2023-01-01 00:00:00.1234567890"})
        EXPECT_EQ(parse_time(text, ms), std::nullopt) << text;
    EXPECT_EQ(parse_time("9999-01-01", ns), std::nullopt);
    const std::string_view whole = "2023-11-14T22:13:20.5+08:00";
    std::size_t read = 0;
    for (std::size_t size = 0; size < whole.size(); ++size)
        read += parse_time(whole.substr(0, size), ms) ? 1 : 0;
    EXPECT_EQ(read, 4U);  // the day, the second, the tenth, and the hours of the offset
}

TEST(time_text, reads_durations) {
    EXPECT_EQ(parse_duration("1s", ms), 1'000);
    EXPECT_EQ(parse_duration("500a", us), 500'000);
    EXPECT_EQ(parse_duration("2w", ms), 1'209'600'000);
    EXPECT_EQ(parse_duration("1500u", ms), 1);
    for (const std::string_view text : {"", "s", "1", "1x", "1ss", "9223372036854775807w"})
        EXPECT_EQ(parse_duration(text, ns), std::nullopt) << text;
}

TEST(well_known_text, becomes_bytes_that_read_back_the_same) {
    for (const std::string_view text : {"POINT (1.5 -2.5)", "LINESTRING (0 0, 1 1, 2e+100 3)",
                                        "POLYGON ((0 0, 4 0, 4 4, 0 0), (1 1, 2 1, 2 2, 1 1))"}) {
        const auto bytes = from_wkt(text);
        ASSERT_TRUE(bytes) << text;
        EXPECT_EQ(to_wkt(*bytes), text);
        for (std::size_t size = 0; size < text.size(); ++size)
            EXPECT_FALSE(from_wkt(text.substr(0, size))) << text.substr(0, size);
    }
    for (const std::string_view text : {"POINT (1)", "POINT (1 2 3)", "POINT (1 2) x", "LINESTRING (1 2)",
                                        "POLYGON ((0 0, 1 1, 0 0))", "CIRCLE (0 0)", "POINT (1 'a')"})
        EXPECT_FALSE(from_wkt(text)) << text;
    EXPECT_EQ(from_wkt("point(1.0 2.0)"), from_wkt("POINT (1 2)"));
}

class sql_value : public ::testing::Test {
  protected:
    static column_definition column(data_type type, std::optional<std::int32_t> length = {}) {
        column_definition out;
        out.name = "c";
        out.type = type;
        out.length = length;
        return out;
    }
    auto converted(literal_kind kind, std::string_view spelling, const column_definition& to) const {
        return sql::convert({kind, spelling}, to, context);
    }
    sql::value number(std::string_view spelling, data_type type) const {
        return good(converted(literal_kind::number, spelling, column(type)));
    }
    sql::value text(std::string_view spelling, data_type type,
                    std::optional<std::int32_t> length = {}) const {
        return good(converted(literal_kind::text, spelling, column(type, length)));
    }
    std::uint32_t refusal(literal_kind kind, std::string_view spelling, data_type type,
                          std::optional<std::int32_t> length = {}) const {
        const auto read = converted(kind, spelling, column(type, length));
        const auto* const refused = std::get_if<sql::error>(&read);
        return refused ? refused->code : 0;
    }
    static sql::value good(std::variant<sql::value, sql::error> read) {
        if (const auto* const refused = std::get_if<sql::error>(&read)) {
            ADD_FAILURE() << refused->text;
            return {};
        }
        return std::get<sql::value>(read);
    }

    sql::value_context context{
        ms, std::chrono::system_clock::time_point(std::chrono::milliseconds(1'700'000'000'000))};
};

TEST_F(sql_value, integers_keep_to_the_range_of_their_type) {
    struct range {
        data_type type;
        std::string_view least, most, below, above;
    };
    for (const range& one :
         {range{data_type::tinyint, "-128", "127", "-129", "128"},
          range{data_type::smallint, "-32768", "32767", "-32769", "32768"},
          range{data_type::integer, "-2147483648", "2147483647", "-2147483649", "2147483648"},
          range{data_type::bigint, "-9223372036854775808", "9223372036854775807", "-9223372036854775809",
                "9223372036854775808"},
          range{data_type::unsigned_tinyint, "0", "255", "-1", "256"},
          range{data_type::unsigned_smallint, "0", "65535", "-1", "65536"},
          range{data_type::unsigned_integer, "0", "4294967295", "-1", "4294967296"},
          range{data_type::unsigned_bigint, "0", "18446744073709551615", "-1", "18446744073709551616"}}) {
        number(one.least, one.type);
        number(one.most, one.type);
        EXPECT_EQ(refusal(literal_kind::number, one.below, one.type), 0x0216U) << one.below;
        EXPECT_EQ(refusal(literal_kind::number, one.above, one.type), 0x0216U) << one.above;
    }
    EXPECT_EQ(number("-9223372036854775808", data_type::bigint),
              sql::value(std::numeric_limits<std::int64_t>::min()));
    EXPECT_EQ(number("18446744073709551615", data_type::unsigned_bigint),
              sql::value(std::numeric_limits<std::uint64_t>::max()));
    EXPECT_EQ(number("1.5", data_type::integer), sql::value(std::int64_t{2}));
    EXPECT_EQ(text("'12'", data_type::integer), sql::value(std::int64_t{12}));
    EXPECT_EQ(refusal(literal_kind::text, "'x'", data_type::integer), 0x0216U);
}

TEST_F(sql_value, numbers_booleans_and_nulls_are_what_they_say) {
    EXPECT_EQ(number("1.5", data_type::real), sql::value(1.5F));
    EXPECT_EQ(number("-2e10", data_type::double_precision), sql::value(-2e10));
    EXPECT_EQ(refusal(literal_kind::number, "1e39", data_type::real), 0x0216U);
    EXPECT_EQ(refusal(literal_kind::number, "1e309", data_type::double_precision), 0x0216U);
    EXPECT_EQ(good(converted(literal_kind::boolean, "TRUE", column(data_type::boolean))), sql::value(true));
    EXPECT_EQ(number("0", data_type::boolean), sql::value(false));
    EXPECT_EQ(text("'true'", data_type::boolean), sql::value(true));
    EXPECT_EQ(refusal(literal_kind::text, "'yes'", data_type::boolean), 0x0216U);
    EXPECT_EQ(good(converted(literal_kind::null, "NULL", column(data_type::integer))), sql::value());
    EXPECT_EQ(number("1.25", data_type::decimal64), sql::value(std::string("1.25")));
    EXPECT_EQ(refusal(literal_kind::text, "'1.2.3'", data_type::decimal), 0x0216U);
}

TEST_F(sql_value, times_are_ticks_of_the_database) {
    EXPECT_EQ(number("-5", data_type::timestamp), sql::value(std::int64_t{-5}));
    EXPECT_EQ(text("'2023-11-14 22:13:20.123'", data_type::timestamp),
              sql::value(std::int64_t{1'700'000'000'123}));
    const auto now = [this](std::string_view spelling) {
        return good(converted(literal_kind::now, spelling, column(data_type::timestamp)));
    };
    EXPECT_EQ(now("NOW"), sql::value(std::int64_t{1'700'000'000'000}));
    EXPECT_EQ(now("now() - 2s"), sql::value(std::int64_t{1'699'999'998'000}));
    EXPECT_EQ(now("now+5a"), sql::value(std::int64_t{1'700'000'000'005}));
    EXPECT_EQ(refusal(literal_kind::now, "NOW", data_type::integer), 0x0216U);
    EXPECT_EQ(refusal(literal_kind::text, "'yesterday'", data_type::timestamp), 0x0216U);
}

TEST_F(sql_value, texts_and_bytes_keep_to_the_length_of_their_column) {
    EXPECT_EQ(text("'ab'", data_type::varchar, 2), sql::value(std::string("ab")));
    EXPECT_EQ(refusal(literal_kind::text, "'abc'", data_type::varchar, 2), 0x2653U);
    EXPECT_EQ(text("'\u7532\u4e59'", data_type::nchar, 2), sql::value(std::string("\u7532\u4e59")));
    EXPECT_EQ(refusal(literal_kind::text, "'\u7532\u4e59x'", data_type::nchar, 2), 0x2653U);
    EXPECT_EQ(refusal(literal_kind::text, "'\xff'", data_type::nchar, 2), 0x0216U);
    EXPECT_EQ(text("'\\x01fF'", data_type::varbinary, 2),
              sql::value(std::vector<std::byte>{std::byte{1}, std::byte{0xff}}));
    EXPECT_EQ(text("'a'", data_type::varbinary, 2), sql::value(std::vector<std::byte>{std::byte{'a'}}));
    EXPECT_EQ(refusal(literal_kind::text, "'\\x012'", data_type::varbinary, 2), 0x266AU);
    EXPECT_EQ(refusal(literal_kind::text, "'\\x0102ff'", data_type::varbinary, 2), 0x2653U);
    EXPECT_EQ(text("'POINT(1 2)'", data_type::geometry, 32), sql::value(*from_wkt("POINT(1 2)")));
    EXPECT_EQ(refusal(literal_kind::text, "'POINT(1)'", data_type::geometry, 32), 0x0216U);
    EXPECT_EQ(text("'{ \"k\" : 1 }'", data_type::json), sql::value(std::string("{\"k\":1}")));
    EXPECT_EQ(text("''", data_type::json), sql::value());
    EXPECT_EQ(refusal(literal_kind::text, "'[1]'", data_type::json), 0x0216U);
    EXPECT_EQ(refusal(literal_kind::text, "'{'", data_type::json), 0x0216U);
}

}  // namespace
}  // namespace tmq::test
