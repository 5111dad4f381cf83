#include "embedded_server/encode/block_writer.hpp"
#include "support/captures.hpp"
#include "tmq/message.hpp"
#include "tmq/row.hpp"
#include "wire/data_message.hpp"
#include "wire/envelope.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <variant>
#include <vector>

namespace tmq::test {

using namespace testing;

namespace {

using raw_bytes = std::vector<std::uint8_t>;

raw_bytes to_u8(const std::vector<std::byte>& bytes) {
    raw_bytes out;
    for (const std::byte one : bytes)
        out.push_back(std::to_integer<std::uint8_t>(one));
    return out;
}

cell cell_of(const value_view& of) {
    return std::visit(
        []<class T>(const T& content) -> cell {
            if constexpr (std::is_same_v<T, std::monostate>)
                return nullptr;
            else if constexpr (std::is_same_v<T, json_view>)
                return content.text();
            else
                return content;
        },
        static_cast<const value_view::variant&>(of));
}

void declare(block_builder& block, const detail::column_layout& column) {
    const std::string name(column.name);
    if (column.type == data_type::decimal || column.type == data_type::decimal64)
        block.decimal_column(name, column.precision, column.scale);
    else
        block.column(name, column.type,
                     std::max(1, (column.declared_bytes - 2) / (column.type == data_type::nchar ? 4 : 1)));
}

/// A builder with the rows of each block that the library reads out of a message.
std::vector<block_builder> rebuild(const detail::message_layout& layout) {
    std::vector<block_builder> blocks;
    for (const detail::block_layout& from : layout.blocks) {
        block_builder& block = blocks.emplace_back(from.precision);
        block.table(std::string(from.table_name));
        for (std::uint32_t c = 0; c < from.column_count; ++c)
            declare(block, layout.columns[from.first_column + c]);
        for (const row_view one : block_view(layout.columns.data(), from).dynamic_rows()) {
            std::vector<cell> cells;
            for (std::size_t c = 0; c < one.size(); ++c)
                cells.push_back(cell_of(one[c]));
            block.add_row(cells);
        }
    }
    return blocks;
}

struct captured_raw {
    raw_bytes bytes;
    detail::message_layout layout;
};

std::vector<captured_raw> load_data_messages(const std::string& name) {
    std::vector<captured_raw> found;
    for (const auto& frame : load_binary_frames(name)) {
        wire::fetch_reply reply;
        if (wire::parse_fetch_raw_data(frame, reply)) ADD_FAILURE() << name;
        found.push_back({raw_bytes(reply.raw.begin(), reply.raw.end()), {}});
    }
    for (captured_raw& one : found)
        if (wire::parse_data_message(one.bytes, one.layout)) ADD_FAILURE() << name;
    return found;
}

TEST(typed_block, rebuilds_every_captured_message_of_a_query_topic_byte_for_byte) {
    std::size_t messages = 0;
    for (const char* name :
         {"v3.3.5/decimal.jsonl", "v3.3.5/json_tag.jsonl", "v3.4.1/json_tag.jsonl", "v3.4.1/blob.jsonl",
          "v3.3.5/types_ms_select.jsonl", "v3.3.5/meters_select.jsonl", "v3.4.1/meters_select.jsonl"}) {
        for (const captured_raw& original : load_data_messages(name)) {
            const auto& layout = original.layout;
            const auto written = to_u8(embedded::encode::encode_data_message(
                rebuild(layout), topic_kind::select, layout.request_offset.version,
                layout.response_offset.version));
            // Servers of 3.4 append one more byte to all.
            const bool has_excess = std::string_view(name).starts_with("v3.4");
            EXPECT_EQ(written, raw_bytes(original.bytes.begin(), original.bytes.end() - (has_excess ? 1 : 0)))
                << name;
            ++messages;
        }
    }
    EXPECT_EQ(messages, 9U);
}

TEST(typed_block, rebuilds_every_captured_block_of_a_super_table_byte_for_byte) {
    // The schemas behind the blocks have the ids and flags of the server's columns, which a builder does not
    // know.
    for (const char* name :
         {"v3.3.5/types_ms_stable.jsonl", "v3.4.1/types_ms_stable.jsonl", "v3.3.5/types_ns_stable.jsonl"}) {
        std::size_t blocks = 0;
        for (const captured_raw& original : load_data_messages(name)) {
            auto at = original.bytes.begin();
            for (const block_builder& block : rebuild(original.layout)) {
                std::vector<std::byte> out;
                embedded::encode::append_block(out, block);
                const raw_bytes written = to_u8(out);
                at = std::search(at, original.bytes.end(), written.begin(), written.end());
                ASSERT_NE(at, original.bytes.end()) << name << ", table " << block.table_name();
                at += static_cast<std::ptrdiff_t>(written.size());
                ++blocks;
            }
        }
        EXPECT_EQ(blocks, 6U) << name;
    }
}

/// What the library reads where a builder has put one column of these cells.
class read_back {
  public:
    explicit read_back(const block_builder& block)
        : raw_(to_u8(embedded::encode::encode_data_message({&block, 1}, topic_kind::select, 0, 1))) {
        if (const auto why = wire::parse_data_message(raw_, layout_))
            ADD_FAILURE() << "position " << why.position;
    }
    block_view block() const { return block_range(layout_)[0]; }
    value_view operator[](std::size_t row) const { return block().value(row, 0); }

  private:
    raw_bytes raw_;
    detail::message_layout layout_;
};

template <class... Cells>
read_back through(data_type type, const Cells&... cells) {
    block_builder block;
    block.column("c", type, 1000);
    (block.row(cells), ...);
    return read_back(block);
}

template <class T>
void expect_range(data_type type) {
    using wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    const auto least = std::numeric_limits<T>::min();
    const auto most = std::numeric_limits<T>::max();
    const read_back found = through(type, least, nullptr, most, T{0});
    EXPECT_EQ(found[0], value_view(static_cast<wide>(least)));
    EXPECT_TRUE(found[1].is_null());
    EXPECT_EQ(found[2], value_view(static_cast<wide>(most)));
    EXPECT_EQ(found[3], value_view(wide{0}));
}

TEST(typed_block, integers_come_back_over_their_whole_range) {
    expect_range<std::int8_t>(data_type::tinyint);
    expect_range<std::int16_t>(data_type::smallint);
    expect_range<std::int32_t>(data_type::integer);
    expect_range<std::int64_t>(data_type::bigint);
    expect_range<std::uint8_t>(data_type::unsigned_tinyint);
    expect_range<std::uint16_t>(data_type::unsigned_smallint);
    expect_range<std::uint32_t>(data_type::unsigned_integer);
    expect_range<std::uint64_t>(data_type::unsigned_bigint);
}

TEST(typed_block, booleans_times_and_floating_point_come_back) {
    const read_back flags = through(data_type::boolean, true, nullptr, false);
    EXPECT_EQ(flags[0], value_view(true));
    EXPECT_TRUE(flags[1].is_null());
    EXPECT_EQ(flags[2], value_view(false));
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    const read_back times =
        through(data_type::timestamp, timestamp(least, time_precision::milliseconds), nullptr, -1);
    EXPECT_EQ(times[0], value_view(timestamp(least, time_precision::milliseconds)));
    EXPECT_TRUE(times[1].is_null());
    EXPECT_EQ(times[2], value_view(timestamp(-1, time_precision::milliseconds)));
    using single = std::numeric_limits<float>;
    const read_back floats = through(data_type::real, single::lowest(), single::denorm_min(), nullptr,
                                     -single::infinity(), single::quiet_NaN());
    EXPECT_EQ(floats[0], value_view(single::lowest()));
    EXPECT_EQ(floats[1], value_view(single::denorm_min()));
    EXPECT_TRUE(floats[2].is_null());
    EXPECT_EQ(floats[3], value_view(-single::infinity()));
    EXPECT_TRUE(std::isnan(std::get<float>(floats[4])));
    using dual = std::numeric_limits<double>;
    const read_back doubles =
        through(data_type::double_precision, dual::max(), dual::denorm_min(), nullptr, dual::quiet_NaN());
    EXPECT_EQ(doubles[0], value_view(dual::max()));
    EXPECT_EQ(doubles[1], value_view(dual::denorm_min()));
    EXPECT_TRUE(doubles[2].is_null());
    EXPECT_TRUE(std::isnan(std::get<double>(doubles[3])));
}

TEST(typed_block, texts_come_back_empty_or_full) {
    for (const data_type type : {data_type::varchar, data_type::nchar}) {
        const std::string full(1000, 'x');
        const read_back found = through(type, "", nullptr, full, "\u4e2d\U0001F600");
        EXPECT_EQ(found[0], value_view(std::string_view()));
        EXPECT_TRUE(found[1].is_null());
        EXPECT_EQ(found[2], value_view(std::string_view(full)));
        EXPECT_EQ(found[3], value_view(std::string_view("\u4e2d\U0001F600")));
    }
}

TEST(typed_block, bytes_come_back_empty_or_full) {
    for (const data_type type : {data_type::varbinary, data_type::geometry, data_type::blob}) {
        const std::vector<std::byte> empty;
        const std::vector<std::byte> full(1000, std::byte{0xff});
        const read_back found = through(type, empty, nullptr, full);
        EXPECT_TRUE(std::get<bytes_view>(found[0]).empty());
        EXPECT_TRUE(found[1].is_null());
        EXPECT_EQ(found[2], value_view(bytes_view(full)));
    }
}

TEST(typed_block, a_blob_has_up_to_four_megabytes_with_its_header) {
    const std::vector<std::byte> largest((4U << 20) - 4, std::byte{7});
    const read_back found = through(data_type::blob, largest);
    EXPECT_EQ(found[0], value_view(bytes_view(largest)));
    EXPECT_THROW(through(data_type::blob, std::vector<std::byte>((4U << 20) - 3)), std::invalid_argument);
}

TEST(typed_block, a_column_of_the_null_type_has_nulls_only) {
    const read_back found = through(data_type::null, nullptr, nullptr);
    EXPECT_TRUE(found[0].is_null());
    EXPECT_TRUE(found[1].is_null());
    EXPECT_THROW(through(data_type::null, 1), std::invalid_argument);
}

template <class... Cells>
read_back through_decimal(std::uint8_t precision, std::uint8_t scale, const Cells&... cells) {
    block_builder block;
    block.decimal_column("c", precision, scale);
    (block.row(cells), ...);
    return read_back(block);
}

std::string text_of(const value_view& of) { return to_string(std::get<decimal>(of)); }

TEST(typed_block, decimals_come_back_from_numbers_and_text) {
    const read_back found = through_decimal(10, 2, decimal(-12345, 10, 2), nullptr, 7, 9U, "-0.5",
                                            decimal(1'500, 5, 3), "+99999999.99", "0");
    EXPECT_EQ(found.block().column_type(0), data_type::decimal64);
    EXPECT_EQ(text_of(found[0]), "-123.45");
    EXPECT_TRUE(found[1].is_null());
    EXPECT_EQ(text_of(found[2]), "7.00");
    EXPECT_EQ(text_of(found[3]), "9.00");
    EXPECT_EQ(text_of(found[4]), "-0.50");
    EXPECT_EQ(text_of(found[5]), "1.50");
    EXPECT_EQ(text_of(found[6]), "99999999.99");
    EXPECT_EQ(text_of(found[7]), "0.00");
    EXPECT_EQ(std::get<decimal>(found[0]).precision(), 10);
}

TEST(typed_block, decimals_have_all_their_digits_in_either_width) {
    const std::string narrow(18, '9');
    const std::string wide(38, '9');
    const read_back small = through_decimal(18, 0, narrow, "-" + narrow, std::int64_t{-1});
    EXPECT_EQ(small.block().column_type(0), data_type::decimal64);
    EXPECT_EQ(text_of(small[0]), narrow);
    EXPECT_EQ(text_of(small[1]), "-" + narrow);
    EXPECT_EQ(text_of(small[2]), "-1");
    const read_back large = through_decimal(38, 38, "0." + wide, "-0." + wide, nullptr, 0);
    EXPECT_EQ(large.block().column_type(0), data_type::decimal);
    EXPECT_EQ(text_of(large[0]), "0." + wide);
    EXPECT_EQ(text_of(large[1]), "-0." + wide);
    EXPECT_TRUE(large[2].is_null());
    EXPECT_EQ(text_of(large[3]), "0." + std::string(38, '0'));
    EXPECT_EQ(text_of(through_decimal(20, 0, std::numeric_limits<std::uint64_t>::max())[0]),
              "18446744073709551615");
    EXPECT_EQ(through_decimal(19, 0, 1).block().column_type(0), data_type::decimal);
}

TEST(typed_block, decimals_that_do_not_fit_are_refused) {
    for (const char* text : {"1000", "-1000", "0.001", "1e2", "", "-", "1.2.3", "NaN"})
        EXPECT_THROW(through_decimal(5, 2, text), std::invalid_argument) << text;
    EXPECT_THROW(through_decimal(5, 2, 1000), std::invalid_argument);
    EXPECT_THROW(through_decimal(5, 2, 1.5), std::invalid_argument);
    EXPECT_THROW(through_decimal(5, 2, true), std::invalid_argument);
    EXPECT_THROW(through_decimal(38, 38, 1), std::invalid_argument);
    EXPECT_THROW(through_decimal(38, 0, decimal(std::numeric_limits<std::int64_t>::min(), 0, 38, 0)),
                 std::invalid_argument);
    EXPECT_EQ(text_of(through_decimal(5, 2, "999.990")[0]), "999.99");
}

TEST(typed_block, decimal_columns_have_1_to_38_digits) {
    EXPECT_THROW(block_builder().decimal_column("c", 0, 0), std::invalid_argument);
    EXPECT_THROW(block_builder().decimal_column("c", 39, 0), std::invalid_argument);
    EXPECT_THROW(block_builder().decimal_column("c", 5, 6), std::invalid_argument);
    EXPECT_THROW(block_builder().column("c", data_type::decimal), std::invalid_argument);
    EXPECT_THROW(block_builder().column("c", data_type::decimal64), std::invalid_argument);
}

TEST(typed_block, json_comes_back_as_the_text_that_a_server_makes_of_it) {
    const read_back found =
        through(data_type::json, R"({ "b": 1.5, "a": "x\n\u4e2d", "d": null, "c": true })", nullptr, "{}",
                "null", "-3", "\"s\"", "false");
    EXPECT_EQ(found[0], value_view(json_view(R"({"a":"x\n)"
                                             "\u4e2d"
                                             R"(","b":1.5,"c":true,"d":null})")));
    EXPECT_TRUE(found[1].is_null());
    EXPECT_EQ(found[2], value_view(json_view("null")));
    EXPECT_EQ(found[3], value_view(json_view("null")));
    EXPECT_EQ(found[4], value_view(json_view("-3")));
    EXPECT_EQ(found[5], value_view(json_view("\"s\"")));
    EXPECT_EQ(found[6], value_view(json_view("false")));
}

TEST(typed_block, of_equal_json_keys_the_first_counts) {
    EXPECT_EQ(through(data_type::json, R"({"a":1,"a":2})")[0], value_view(json_view(R"({"a":1})")));
}

TEST(typed_block, json_may_be_larger_than_its_short_index_can_say) {
    std::string text = "{";
    for (int i = 100; i < 400; ++i)
        text += "\"" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    text.back() = '}';
    EXPECT_EQ(through(data_type::json, text)[0], value_view(json_view(text)));
}

TEST(typed_block, json_that_no_tag_can_be_is_refused) {
    for (const char* text : {"", "{", "[1]", R"({"a":[1]})", R"({"a":{"b":1}})", "nothing", R"({"a":1} 2)"})
        EXPECT_THROW(through(data_type::json, text), std::invalid_argument) << text;
    EXPECT_THROW(through(data_type::json, R"({")" + std::string(257, 'k') + R"(":1})"),
                 std::invalid_argument);
    EXPECT_THROW(through(data_type::json, '"' + std::string(5000, 'v') + '"'), std::invalid_argument);
    EXPECT_THROW(through(data_type::json, 1), std::invalid_argument);
}

TEST(typed_block, a_refused_value_of_any_type_leaves_the_rows_as_they_were) {
    block_builder block;
    block.decimal_column("d", 20, 1)
        .column("j", data_type::json)
        .column("b", data_type::blob)
        .column("t", data_type::tinyint);
    block.row("1.5", "{}", "x", 1);
    const auto before = block.columns();
    EXPECT_THROW(block.row("2", R"({"a":1})", "y", 1000), std::invalid_argument);
    EXPECT_THROW(block.row("2", "[]", "y", 1), std::invalid_argument);
    EXPECT_THROW(block.row("2.55", "{}", "y", 1), std::invalid_argument);
    ASSERT_EQ(block.rows(), 1U);
    for (std::size_t i = 0; i < before.size(); ++i) {
        EXPECT_EQ(block.columns()[i].values, before[i].values);
        EXPECT_EQ(block.columns()[i].offsets, before[i].offsets);
        EXPECT_EQ(block.columns()[i].nulls, before[i].nulls);
    }
}

}  // namespace
}  // namespace tmq::test
