#include "built_message.hpp"
#include "tmq/value.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tmq {
namespace {

using namespace test;

bytes_view bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::vector<value_view> one_of_each_kind() {
    return {{},
            true,
            std::int64_t{-1},
            std::uint64_t{1},
            0.5F,
            0.25,
            *decimal::from_string("-1.50"),
            timestamp(7, time_precision::microseconds),
            std::string_view("text"),
            bytes_of("bytes"),
            json_view(R"({"a":1})")};
}

static_assert(std::is_convertible_v<const value&, value_view> && !std::is_convertible_v<value, value_view>);
static_assert(!std::is_convertible_v<value_view, value> && std::is_constructible_v<value, value_view>);
static_assert(std::is_convertible_v<const json&, json_view> && !std::is_convertible_v<json, json_view>);
static_assert(!std::is_convertible_v<json_view, json> && std::is_constructible_v<json, json_view>);

template <class T>
concept printed = requires(const T& source) { tmq::to_string(source); };
template <class T>
concept printed_as_json = requires(const T& source) { tmq::to_json(source); };
static_assert(printed<value> && printed<value_view> && printed_as_json<value> && printed_as_json<value_view>);
static_assert(!printed<int> && !printed<std::string_view> && !printed<std::nullptr_t>);
static_assert(!printed_as_json<int> && !printed_as_json<std::string_view> && !printed_as_json<bool>);

static_assert(std::variant_size_v<value::variant> == std::variant_size_v<value_view::variant>);

TEST(owned_value, has_the_alternative_and_the_contents_of_its_view) {
    for (const value_view& view : one_of_each_kind()) {
        const value owned = view.to_owned();
        EXPECT_EQ(owned.index(), view.index());
        EXPECT_EQ(owned.is_null(), view.is_null());
        EXPECT_EQ(value_view(owned), view);
        EXPECT_EQ(owned, value(view));
        EXPECT_EQ(to_string(owned), to_string(view));
        EXPECT_EQ(to_json(owned), to_json(view));
    }
}

TEST(owned_value, outlives_the_message) {
    std::vector<value> kept;
    {
        const built_message message =
            one_block(1, {bytes_column("text", data_type::varchar, {"a text longer than any small string"}),
                          bytes_column("bytes", data_type::varbinary, {"ab"})});
        kept.emplace_back(message.block().value(0, 0));
        kept.push_back(message.block().value(0, 1).to_owned());
    }
    EXPECT_EQ(std::get<std::string>(kept[0]), "a text longer than any small string");
    EXPECT_EQ(std::get<std::vector<std::byte>>(kept[1]),
              (std::vector<std::byte>{std::byte{'a'}, std::byte{'b'}}));
}

TEST(owned_value, is_made_of_what_it_holds) {
    EXPECT_TRUE(value().is_null());
    EXPECT_EQ(std::get<std::string>(value("text")), "text");
    EXPECT_EQ(std::get<std::int64_t>(value(7)), 7);
    EXPECT_EQ(std::get<double>(value(0.5)), 0.5);
    EXPECT_EQ(std::get<json>(value(json("[]"))).text(), "[]");
    value changed = "before";
    changed = true;
    EXPECT_EQ(changed, value(true));
}

TEST(owned_value, is_compared_with_views_and_values) {
    const value text = "text";
    EXPECT_EQ(text, value_view(std::string_view("text")));
    EXPECT_EQ(value_view(std::string_view("text")), text);
    EXPECT_NE(text, value_view(json_view("text")));
    EXPECT_NE(value("1"), value(1));
    EXPECT_FALSE(value(std::numeric_limits<double>::quiet_NaN()) ==
                 value(std::numeric_limits<double>::quiet_NaN()));
}

TEST(owned_value, is_ordered_by_kind_and_then_by_contents) {
    const std::vector<value_view> kinds = one_of_each_kind();
    for (std::size_t a = 0; a < kinds.size(); ++a)
        for (std::size_t b = 0; b < kinds.size(); ++b)
            EXPECT_EQ(value(kinds[a]) <=> value(kinds[b]), std::partial_ordering(a <=> b)) << a << ", " << b;
    EXPECT_LT(value("a"), value("b"));
    EXPECT_LT(value_view(bytes_of("a")), value_view(bytes_of("ab")));
    EXPECT_LT(value_view(bytes_of("a")), value_view(bytes_of("\xFF")));
    EXPECT_GT(value(2), value(1));
    EXPECT_EQ(value(0.5) <=> value(std::numeric_limits<double>::quiet_NaN()),
              std::partial_ordering::unordered);
}

}  // namespace
}  // namespace tmq
