#include "built_message.hpp"
#include "received_message.hpp"
#include "support/refusal.hpp"
#include "tmq/describe.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tmq {

using namespace test;
using namespace std::chrono;
using std::nullopt;

struct meter {
    timestamp ts;
    float current = 0;
    std::int32_t voltage = 0;
    std::optional<std::string> location;
};
BOOST_DESCRIBE_STRUCT(meter, (), (ts, current, voltage, location))

struct placed_meter : meter {
    std::optional<std::int64_t> groupid;
};
BOOST_DESCRIBE_STRUCT(placed_meter, (meter), (groupid))

/// One member of any type, matched with the column "c".
template <class T>
struct only {
    T c{};
    BOOST_DESCRIBE_CLASS(only, (), (c), (), ())
};

namespace {

static_assert(std::input_iterator<described_rows<meter>::iterator>);

built_message meters_by_name() {
    return one_block(3, {bytes_column("location", data_type::varchar, {"a", nullopt, ""}),
                         fixed_column("ts", data_type::timestamp, 8, {10, 20, 30}),
                         fixed_column("VOLTAGE", data_type::integer, 4, {220, 230, 240}),
                         fixed_column("extra", data_type::boolean, 1, {0, 1, nullopt}),
                         fixed_column("current", data_type::real, 4, {bits(1.5F), bits(2.5F), bits(3.5F)}),
                         fixed_column("groupid", data_type::smallint, 2, {7, nullopt, 9})});
}

built_message with_precision(time_precision precision, std::int64_t ticks) {
    block_spec block = block_of(1, {fixed_column("c", data_type::timestamp, 8, {bits(ticks)})});
    block.precision = static_cast<std::uint64_t>(precision);
    message_spec spec;
    spec.blocks.push_back(block);
    return built_message(spec);
}

/// Every type that a server sends, with one value.
std::vector<column_spec> columns_of_all_types() {
    std::vector<column_spec> all;
    for (const auto type : {data_type::boolean, data_type::tinyint, data_type::unsigned_tinyint})
        all.push_back(fixed_column("c", type, 1, {1}));
    for (const auto type : {data_type::smallint, data_type::unsigned_smallint})
        all.push_back(fixed_column("c", type, 2, {1}));
    for (const auto type : {data_type::integer, data_type::unsigned_integer, data_type::real})
        all.push_back(fixed_column("c", type, 4, {1}));
    for (const auto type :
         {data_type::bigint, data_type::unsigned_bigint, data_type::double_precision, data_type::timestamp})
        all.push_back(fixed_column("c", type, 8, {1}));
    for (const auto type : {data_type::varchar, data_type::varbinary, data_type::geometry})
        all.push_back(bytes_column("c", type, {"x"}));
    all.push_back(nchar_column("c", {U"x"}));
    all.push_back(bytes_column("c", data_type::blob, {"x"}));
    all.push_back(decimal_column("c", data_type::decimal64, 2, 5, {1}));
    all.push_back(decimal_column("c", data_type::decimal, 2, 38, {1}));
    return all;
}

/// The types of columns that a member of type T can be read from.
template <class T>
std::string sources_of() {
    std::string names;
    for (const column_spec& column : columns_of_all_types()) {
        const built_message message = one_block(1, {column});
        try {
            (void)message.block().rows_as<only<T>>();
            names += std::string(to_string(column.type)) + ';';
        } catch (const error& refused) {
            EXPECT_EQ(refused.code(), errc::column_type_mismatch);
        }
    }
    return names;
}

template <class T>
void expect_read(data_type type, std::size_t width, optional_number stored, T expected) {
    SCOPED_TRACE(to_string(type));
    const built_message message = one_block(2, {fixed_column("c", type, width, {stored, nullopt})});
    const auto rows = message.block().rows_as<only<std::optional<T>>>();
    EXPECT_EQ(rows[0].c, expected);
    EXPECT_EQ(rows[1].c, nullopt);
}

TEST(rows_as, matches_members_with_columns_by_name_whatever_their_order) {
    const built_message message = meters_by_name();
    const auto rows = message.block().rows_as<meter>();
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_FALSE(rows.empty());
    std::vector<meter> found(rows.begin(), rows.end());
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].ts, timestamp(10, time_precision::milliseconds));
    EXPECT_EQ(found[1].current, 2.5F);
    EXPECT_EQ(found[2].voltage, 240);
    EXPECT_EQ(found[0].location, "a");
    EXPECT_EQ(found[1].location, nullopt);
    EXPECT_EQ(found[2].location, "");
    EXPECT_EQ(rows_as<meter>(message.block())[1].voltage, 230);
}

TEST(rows_as, reads_inherited_members_too) {
    const built_message message = meters_by_name();
    const placed_meter last = message.block().rows_as<placed_meter>()[2];
    EXPECT_EQ(last.voltage, 240);
    EXPECT_EQ(last.groupid, 9);
    EXPECT_EQ(message.block().rows_as<placed_meter>()[1].groupid, nullopt);
}

TEST(rows_as, owns_its_text_and_bytes) {
    only<std::string> text;
    only<std::vector<std::byte>> bytes;
    {
        const built_message message =
            one_block(1, {bytes_column("c", data_type::varchar, {"a text too long for the small string"})});
        text = message.block().rows_as<only<std::string>>()[0];
        bytes = message.block().rows_as<only<std::vector<std::byte>>>()[0];
    }
    EXPECT_EQ(text.c, "a text too long for the small string");
    EXPECT_EQ(bytes.c.size(), text.c.size());
    EXPECT_EQ(bytes.c[0], std::byte{'a'});
}

TEST(rows_as, reads_a_member_from_every_column_of_which_all_values_fit) {
    EXPECT_EQ(sources_of<bool>(), "BOOL;");
    EXPECT_EQ(sources_of<std::int8_t>(), "TINYINT;");
    EXPECT_EQ(sources_of<std::int16_t>(), "TINYINT;TINYINT UNSIGNED;SMALLINT;");
    EXPECT_EQ(sources_of<std::int32_t>(), "TINYINT;TINYINT UNSIGNED;SMALLINT;SMALLINT UNSIGNED;INT;");
    EXPECT_EQ(sources_of<std::int64_t>(),
              "TINYINT;TINYINT UNSIGNED;SMALLINT;SMALLINT UNSIGNED;INT;INT UNSIGNED;BIGINT;TIMESTAMP;");
    EXPECT_EQ(sources_of<long long>(), sources_of<std::int64_t>());
    EXPECT_EQ(sources_of<std::uint8_t>(), "TINYINT UNSIGNED;");
    EXPECT_EQ(sources_of<std::uint16_t>(), "TINYINT UNSIGNED;SMALLINT UNSIGNED;");
    EXPECT_EQ(sources_of<std::uint32_t>(), "TINYINT UNSIGNED;SMALLINT UNSIGNED;INT UNSIGNED;");
    EXPECT_EQ(sources_of<std::uint64_t>(),
              "TINYINT UNSIGNED;SMALLINT UNSIGNED;INT UNSIGNED;BIGINT UNSIGNED;");
    EXPECT_EQ(sources_of<float>(), "FLOAT;");
    EXPECT_EQ(sources_of<double>(), "FLOAT;DOUBLE;");
    EXPECT_EQ(sources_of<timestamp>(), "TIMESTAMP;");
    EXPECT_EQ(sources_of<sys_time<milliseconds>>(), "TIMESTAMP;");
    EXPECT_EQ(sources_of<std::string>(), "VARCHAR;NCHAR;");
    EXPECT_EQ(sources_of<std::string_view>(), "VARCHAR;NCHAR;");
    EXPECT_EQ(sources_of<std::vector<std::byte>>(), "VARCHAR;VARBINARY;GEOMETRY;BLOB;");
    EXPECT_EQ(sources_of<bytes_view>(), "VARCHAR;VARBINARY;GEOMETRY;BLOB;");
    EXPECT_EQ(sources_of<decimal>(), "DECIMAL64;DECIMAL;");
    EXPECT_EQ(sources_of<std::optional<std::int16_t>>(), sources_of<std::int16_t>());
}

TEST(rows_as, keeps_the_value_when_it_widens) {
    using limits64 = std::numeric_limits<std::int64_t>;
    expect_read<std::int64_t>(data_type::tinyint, 1, bits(std::int8_t{-128}), -128);
    expect_read<std::int64_t>(data_type::smallint, 2, bits(std::int16_t{-32'768}), -32'768);
    expect_read<std::int64_t>(data_type::integer, 4, bits(std::numeric_limits<std::int32_t>::min()),
                              -2'147'483'648LL);
    expect_read<std::int64_t>(data_type::bigint, 8, bits(limits64::min()), limits64::min());
    expect_read<std::int64_t>(data_type::unsigned_integer, 4, 4'294'967'295, 4'294'967'295);
    expect_read<std::int32_t>(data_type::unsigned_smallint, 2, 65'535, 65'535);
    expect_read<std::int16_t>(data_type::unsigned_tinyint, 1, 255, 255);
    expect_read<std::uint64_t>(data_type::unsigned_integer, 4, 4'294'967'295, 4'294'967'295);
    expect_read<std::uint64_t>(data_type::unsigned_bigint, 8, ~std::uint64_t{0}, ~std::uint64_t{0});
    expect_read<double>(data_type::real, 4, bits(0.1F), double{0.1F});
    expect_read<double>(data_type::double_precision, 8, bits(0.1), 0.1);
    expect_read<long long>(data_type::integer, 4, bits(-1), -1);
}

TEST(rows_as, reads_json_as_text) {
    const auto received = received_block(2, {bytes_column("c", data_type::varchar, {R"({"a":1})", nullopt})});
    make_json(*received, 0);
    const auto rows = received->blocks()[0].rows_as<only<std::optional<std::string>>>();
    EXPECT_EQ(rows[0].c, R"({"a":1})");
    EXPECT_EQ(rows[1].c, nullopt);
}

TEST(rows_as, reads_decimals_of_both_widths) {
    for (const auto type : {data_type::decimal64, data_type::decimal}) {
        const built_message message =
            one_block(2, {decimal_column("c", type, 2, 10, {bits(std::int64_t{-12'345}), nullopt})});
        const auto rows = message.block().rows_as<only<std::optional<decimal>>>();
        EXPECT_EQ(to_string(rows[0].c.value()), "-123.45");
        EXPECT_EQ(rows[1].c, nullopt);
    }
}

TEST(rows_as, gives_times_in_any_unit_that_is_fine_enough) {
    constexpr auto ms = time_precision::milliseconds;
    constexpr auto us = time_precision::microseconds;
    constexpr auto ns = time_precision::nanoseconds;
    EXPECT_EQ(with_precision(ms, -7).block().rows_as<only<sys_time<milliseconds>>>()[0].c.time_since_epoch(),
              -7ms);
    EXPECT_EQ(with_precision(ms, -7).block().rows_as<only<sys_time<microseconds>>>()[0].c.time_since_epoch(),
              -7ms);
    EXPECT_EQ(with_precision(ms, 7).block().rows_as<only<sys_time<nanoseconds>>>()[0].c.time_since_epoch(),
              7ms);
    EXPECT_EQ(with_precision(us, 7).block().rows_as<only<sys_time<microseconds>>>()[0].c.time_since_epoch(),
              7us);
    EXPECT_EQ(with_precision(us, 7).block().rows_as<only<sys_time<nanoseconds>>>()[0].c.time_since_epoch(),
              7us);
    EXPECT_EQ(with_precision(ns, 7).block().rows_as<only<sys_time<nanoseconds>>>()[0].c.time_since_epoch(),
              7ns);
    EXPECT_EQ(with_precision(ns, 7).block().rows_as<only<std::int64_t>>()[0].c, 7);
}

TEST(rows_as, refuses_times_in_a_unit_too_coarse) {
    const built_message us = with_precision(time_precision::microseconds, 1);
    const built_message ns = with_precision(time_precision::nanoseconds, 1);
    const refusal narrowed = refusal_of([&] { (void)ns.block().rows_as<only<sys_time<milliseconds>>>(); });
    EXPECT_EQ(narrowed.code, errc::column_type_mismatch);
    EXPECT_TRUE(
        narrowed.says("column 'c' is TIMESTAMP in nanoseconds, not std::chrono::sys_time<milliseconds>"))
        << narrowed.text;
    EXPECT_EQ(refusal_of([&] { (void)ns.block().rows_as<only<sys_time<microseconds>>>(); }).code,
              errc::column_type_mismatch);
    EXPECT_EQ(refusal_of([&] { (void)us.block().rows_as<only<sys_time<milliseconds>>>(); }).code,
              errc::column_type_mismatch);
}

TEST(rows_as, saturates_times_that_the_finer_unit_cannot_hold) {
    using limits = std::numeric_limits<std::int64_t>;
    const auto nanoseconds_of = [](std::int64_t ms) {
        return with_precision(time_precision::milliseconds, ms)
            .block()
            .rows_as<only<sys_time<nanoseconds>>>()[0]
            .c.time_since_epoch()
            .count();
    };
    EXPECT_EQ(nanoseconds_of(limits::max()), limits::max());
    EXPECT_EQ(nanoseconds_of(limits::min()), limits::min());
    EXPECT_EQ(nanoseconds_of(limits::max() / 1'000'000), limits::max() / 1'000'000 * 1'000'000);
    EXPECT_EQ(nanoseconds_of(limits::max() / 1'000'000 + 1), limits::max());
    EXPECT_EQ(nanoseconds_of(limits::min() / 1'000'000), limits::min() / 1'000'000 * 1'000'000);
    EXPECT_EQ(nanoseconds_of(limits::min() / 1'000'000 - 1), limits::min());
}

TEST(rows_as, names_the_member_and_the_struct_when_there_is_no_column) {
    const built_message message = one_block(1, {fixed_column("ts", data_type::timestamp, 8, {1})});
    const refusal missing = refusal_of([&] { (void)message.block().rows_as<meter>(); });
    EXPECT_EQ(missing.code, errc::no_such_column);
    EXPECT_TRUE(missing.says("member 'current' of tmq::meter")) << missing.text;
}

TEST(rows_as, names_column_and_types_when_the_values_may_not_fit) {
    const built_message message = one_block(1, {fixed_column("C", data_type::bigint, 8, {1})});
    const refusal narrowing = refusal_of([&] { (void)message.block().rows_as<only<std::int32_t>>(); });
    EXPECT_EQ(narrowing.code, errc::column_type_mismatch);
    EXPECT_TRUE(narrowing.says("member 'c' of tmq::only<int>: column 'C' is BIGINT, not std::int32_t"))
        << narrowing.text;
    const refusal optional =
        refusal_of([&] { (void)message.block().rows_as<only<std::optional<std::string>>>(); });
    EXPECT_TRUE(optional.says("column 'C' is BIGINT, not std::string")) << optional.text;
}

TEST(rows_as, refuses_a_null_in_a_member_that_is_not_optional) {
    for (const auto& column : {fixed_column("c", data_type::integer, 4, {1, nullopt}),
                               fixed_column("c", data_type::smallint, 2, {nullopt, 1})}) {
        const built_message message = one_block(2, {column});
        const refusal null = refusal_of([&] { (void)message.block().rows_as<only<std::int32_t>>(); });
        EXPECT_EQ(null.code, errc::unexpected_null);
        EXPECT_TRUE(null.says("member 'c' of tmq::only<int>: column 'c' read as std::int32_t")) << null.text;
    }
    const built_message texts = one_block(2, {bytes_column("c", data_type::varchar, {"", nullopt})});
    EXPECT_EQ(refusal_of([&] { (void)texts.block().rows_as<only<std::string>>(); }).code,
              errc::unexpected_null);
}

TEST(rows_as, reads_a_column_without_type_as_nulls) {
    const built_message message = one_block(2, {null_column("c", 2)});
    EXPECT_EQ(message.block().rows_as<only<std::optional<std::int64_t>>>()[1].c, nullopt);
    EXPECT_EQ(message.block().rows_as<only<std::optional<std::string>>>()[1].c, nullopt);
    EXPECT_EQ(refusal_of([&] { (void)message.block().rows_as<only<std::int64_t>>(); }).code,
              errc::column_type_mismatch);
}

TEST(rows_as, binds_every_block_anew) {
    message_spec spec;
    spec.blocks.push_back(block_of(
        1, {fixed_column("x", data_type::integer, 4, {1}), fixed_column("c", data_type::integer, 4, {2})}));
    spec.blocks.push_back(block_of(1, {fixed_column("c", data_type::bigint, 8, {3}),
                                       fixed_column("x", data_type::integer, 4, {nullopt})}));
    const built_message message(spec);
    EXPECT_EQ(message.block(0).rows_as<only<std::int64_t>>()[0].c, 2);
    EXPECT_EQ(message.block(1).rows_as<only<std::int64_t>>()[0].c, 3);
}

}  // namespace
}  // namespace tmq
