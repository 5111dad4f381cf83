#include "support/captures.hpp"

#include "conversation.hpp"
#include "printing.hpp"
#include "support/bytes.hpp"
#include "support/layout_access.hpp"
#include "tmq/block.hpp"
#include "wire/data_message.hpp"
#include "wire/reader.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <tuple>

namespace tmq::wire {
namespace {

using namespace test;

/// Values as text that is equal exactly when the values are.
using value = std::optional<std::string>;
using row = std::map<std::string, value>;

std::string exact(double number) {
    char text[64];
    std::snprintf(text, sizeof text, "%a", number);
    return text;
}

std::string hex(std::span<const std::uint8_t> bytes) {
    std::string text;
    for (const unsigned byte : bytes) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

/// "2023-11-14T22:13:20.001Z" in units of its last digit.
std::int64_t ticks_of(const std::string& text) {
    using namespace std::chrono;
    int year = 0;
    unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
    char fraction[10] = {};
    if (std::sscanf(text.c_str(), "%d-%u-%uT%u:%u:%u.%9[0-9]Z", &year, &month, &day, &hour, &minute, &second,
                    fraction) != 7)
        throw std::runtime_error("not a timestamp: " + text);
    const sys_days date = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
    std::int64_t ticks =
        duration_cast<seconds>(date.time_since_epoch()).count() + 3600 * hour + 60 * minute + second;
    for (const char* digit = fraction; *digit != 0; ++digit)
        ticks = 10 * ticks + (*digit - '0');
    return ticks;
}

value expected_value(const std::string& type, const value& text) {
    if (!text) return text;
    if (type == "TIMESTAMP") return std::to_string(ticks_of(*text));
    if (type == "FLOAT") return exact(std::strtof(text->c_str(), nullptr));
    if (type == "DOUBLE") return exact(std::strtod(text->c_str(), nullptr));
    return text;
}

value decoded_value(const detail::column_layout& column, std::size_t index) {
    const cell_bytes cell = cell_of(column, index);
    if (!cell) return std::nullopt;
    const std::uint8_t* bytes = cell->data();
    switch (column.type) {
        case data_type::boolean: return *bytes != 0 ? "true" : "false";
        case data_type::tinyint: return std::to_string(load_le<std::int8_t>(bytes));
        case data_type::smallint: return std::to_string(load_le<std::int16_t>(bytes));
        case data_type::integer: return std::to_string(load_le<std::int32_t>(bytes));
        case data_type::bigint:
        case data_type::timestamp: return std::to_string(load_le<std::int64_t>(bytes));
        case data_type::unsigned_tinyint: return std::to_string(load_le<std::uint8_t>(bytes));
        case data_type::unsigned_smallint: return std::to_string(load_le<std::uint16_t>(bytes));
        case data_type::unsigned_integer: return std::to_string(load_le<std::uint32_t>(bytes));
        case data_type::unsigned_bigint: return std::to_string(load_le<std::uint64_t>(bytes));
        case data_type::real: return exact(load_le<float>(bytes));
        case data_type::double_precision: return exact(load_le<double>(bytes));
        case data_type::varchar:
        case data_type::json:
        case data_type::nchar: return std::string(*text_of(column, index));
        case data_type::varbinary:
        case data_type::blob:
        case data_type::geometry: return hex(*cell);
        case data_type::decimal:
        case data_type::decimal64: {
            const detail::block_layout block;
            return to_string(detail::cell<decimal>::read(detail::cells_of(block, column, false), index));
        }
        default: return "type not expected";
    }
}

struct capture {
    const char* name;
    const char* transcript;
    const char* expected;
    std::vector<std::string>
        key;  ///< columns that tell the rows apart; "tbname" stands for the table name of the block
    std::set<std::string> not_sent;  ///< columns that the expected file has and the topic has not
    std::size_t rows;
    detail::offset_kind offsets = detail::offset_kind::log;  ///< of the position that a message starts at
};

void PrintTo(const capture& c, std::ostream* out) { *out << c.name; }
std::string name_of_capture(const ::testing::TestParamInfo<capture>& info) { return info.param.name; }

class capture_test : public ::testing::TestWithParam<capture> {};

std::string key_of(const row& columns) {
    std::string key;
    for (const auto& name : capture_test::GetParam().key)
        key += columns.at(name).value() + '|';
    return key;
}

std::map<std::string, row> expected_by_key() {
    const expected_rows expected = load_expected(capture_test::GetParam().expected);
    std::map<std::string, row> by_key;
    for (const auto& cells : expected.rows) {
        row r;
        for (std::size_t i = 0; i < cells.size(); ++i)
            if (!capture_test::GetParam().not_sent.contains(expected.columns[i].name))
                r.emplace(expected.columns[i].name, expected_value(expected.columns[i].type, cells[i]));
        EXPECT_TRUE(by_key.emplace(key_of(r), r).second) << "two expected rows " << key_of(r);
    }
    return by_key;
}

row decoded_row(const detail::message_layout& layout, const detail::block_layout& block, std::size_t index) {
    row r;
    if (!block.table_name.empty()) r.emplace("tbname", std::string(block.table_name));
    for (std::size_t c = 0; c < block.column_count; ++c) {
        const auto& column = layout.columns[block.first_column + c];
        r.emplace(column.name, decoded_value(column, index));
    }
    return r;
}

/// Crosses the rows of a layout out of what is expected.
void strike(const detail::message_layout& layout, std::map<std::string, row>& expected) {
    for (const auto& block : layout.blocks) {
        for (std::size_t index = 0; index < block.rows; ++index) {
            row decoded = decoded_row(layout, block, index);
            const auto found = expected.find(key_of(decoded));
            ASSERT_NE(found, expected.end()) << "no expected row, or two decoded ones: " << key_of(decoded);
            // Inserts that name some columns only arrive as blocks of these columns: the others are null.
            for (const auto& [name, _] : found->second)
                decoded.try_emplace(name, std::nullopt);
            EXPECT_EQ(decoded, found->second);
            expected.erase(found);
        }
    }
}

TEST_P(capture_test, decodes_to_the_rows_that_the_server_printed) {
    std::map<std::string, row> expected = expected_by_key();
    ASSERT_EQ(expected.size(), GetParam().rows);
    std::size_t rows = 0;
    for (const auto& message : load_messages(GetParam().transcript)) {
        ASSERT_TRUE(message->has_raw);
        ASSERT_EQ(message->reply.code, 0U);
        ASSERT_EQ(message->reply.raw_type, raw_type_data);
        ASSERT_TRUE(lies_within(message->raw, message->reply.raw));
        rows += message->raw.rows;
        strike(message->raw, expected);
    }
    EXPECT_EQ(rows, GetParam().rows);
    EXPECT_TRUE(expected.empty()) << expected.size() << " rows are missing";
}

TEST_P(capture_test, answers_the_requests_it_stands_behind) {
    // Every request for a raw message names the message that the next binary frame carries, as its poll reply
    // announced it.
    std::size_t messages = 0;
    for (const auto& message : load_messages(GetParam().transcript)) {
        ++messages;
        EXPECT_NE(
            message->fetch_request.find("\"message_id\": " + std::to_string(message->reply.message_id) + "}"),
            std::string::npos);
        EXPECT_NE(
            message->poll_reply.find("\"message_id\":" + std::to_string(message->reply.message_id) + ","),
            std::string::npos);
        const auto& [request, response] = std::tie(message->raw.request_offset, message->raw.response_offset);
        EXPECT_EQ(request.kind, GetParam().offsets);
        if (request.kind != detail::offset_kind::log) continue;
        EXPECT_NE(message->poll_reply.find("\"offset\":" + std::to_string(request.version) + "}"),
                  std::string::npos)
            << message->poll_reply;
        EXPECT_EQ(response.kind, detail::offset_kind::log);
        EXPECT_GT(response.version, request.version);
    }
    EXPECT_GT(messages, 0U);
}

const std::set<std::string> tags{"t_int", "t_varchar", "t_nchar"};

const std::set<std::string> none;
const auto of_a_snapshot = detail::offset_kind::snapshot_data;

const capture captures[] = {
    {"v3_3_5_meters_select",
     "v3.3.5/meters_select.jsonl",
     "v3.3.5/expected_power.meters.json",
     {"groupid", "ts"},
     {"tbname"},
     300},
    {"v3_3_5_meters_select_blocks",
     "v3.3.5/meters_select_blocks.jsonl",
     "v3.3.5/expected_power.meters.json",
     {"groupid", "ts"},
     {"tbname"},
     300},
    {"v3_3_5_types_ms_stable",
     "v3.3.5/types_ms_stable.jsonl",
     "v3.3.5/expected_ms.t.json",
     {"tbname", "ts"},
     tags,
     123},
    {"v3_3_5_types_ns_stable",
     "v3.3.5/types_ns_stable.jsonl",
     "v3.3.5/expected_ns.t.json",
     {"tbname", "ts"},
     tags,
     123},
    {"v3_3_5_types_ms_database",
     "v3.3.5/types_ms_database.jsonl",
     "v3.3.5/expected_ms.t.json",
     {"tbname", "ts"},
     tags,
     123},
    {"v3_3_5_types_ms_select",
     "v3.3.5/types_ms_select.jsonl",
     "v3.3.5/expected_ms.t.json",
     {"tbname", "ts"},
     none,
     123},
    {"v3_3_5_types_ms_select_blocks",
     "v3.3.5/types_ms_select_blocks.jsonl",
     "v3.3.5/expected_ms.t.json",
     {"tbname", "ts"},
     none,
     123},
    {"v3_3_5_types_ms_snapshot",
     "v3.3.5/types_ms_snapshot.jsonl",
     "v3.3.5/expected_ms.t.json",
     {"tbname", "ts"},
     tags,
     123,
     of_a_snapshot},
    {"v3_3_5_json_tag", "v3.3.5/json_tag.jsonl", "v3.3.5/expected_json.s.json", {"ts"}, none, 5},
    {"v3_3_5_json_tag_blocks",
     "v3.3.5/json_tag_blocks.jsonl",
     "v3.3.5/expected_json.s.json",
     {"ts"},
     none,
     5},
    {"v3_3_5_decimal", "v3.3.5/decimal.jsonl", "v3.3.5/expected_dec.t.json", {"ts"}, none, 4},
    {"v3_4_1_meters_select",
     "v3.4.1/meters_select.jsonl",
     "v3.4.1/expected_power.meters.json",
     {"groupid", "ts"},
     {"tbname"},
     300},
    {"v3_4_1_min_poll_rows_20",
     "v3.4.1/min_poll_rows_20.jsonl",
     "v3.4.1/expected_power.meters.json",
     {"groupid", "ts"},
     {"tbname"},
     300},
    {"v3_4_1_types_ms_stable",
     "v3.4.1/types_ms_stable.jsonl",
     "v3.4.1/expected_ms.t.json",
     {"tbname", "ts"},
     tags,
     123},
    {"v3_4_1_types_ms_stable_blocks",
     "v3.4.1/types_ms_stable_blocks.jsonl",
     "v3.4.1/expected_ms.t.json",
     {"tbname", "ts"},
     tags,
     123},
    {"v3_4_1_json_tag", "v3.4.1/json_tag.jsonl", "v3.4.1/expected_json.s.json", {"ts"}, none, 5},
    {"v3_4_1_blob", "v3.4.1/blob.jsonl", "v3.4.1/expected_blob.t.json", {"ts"}, none, 4},
};

INSTANTIATE_TEST_SUITE_P(captures, capture_test, ::testing::ValuesIn(captures), name_of_capture);

class two_form_capture : public ::testing::TestWithParam<const char*> {};

TEST_P(two_form_capture, has_equal_blocks_in_the_raw_message_and_one_by_one) {
    std::size_t rows = 0;
    for (const auto& message : load_messages(GetParam())) {
        ASSERT_TRUE(message->has_raw);
        ASSERT_TRUE(message->has_blocks);
        const auto& [raw, blocks] = std::tie(message->raw, message->blocks);
        ASSERT_EQ(raw.blocks.size(), blocks.blocks.size());
        ASSERT_EQ(raw.rows, blocks.rows);
        rows += raw.rows;
        for (std::size_t b = 0; b < raw.blocks.size(); ++b) {
            const auto& [left, right] = std::tie(raw.blocks[b], blocks.blocks[b]);
            EXPECT_EQ(left.table_name, right.table_name);
            EXPECT_EQ(left.precision, right.precision);
            ASSERT_EQ(left.rows, right.rows);
            ASSERT_EQ(left.column_count, right.column_count);
            for (std::size_t c = 0; c < left.column_count; ++c) {
                const auto& [x, y] = std::tie(column_of(raw, b, c), column_of(blocks, b, c));
                EXPECT_EQ(x.name, y.name);
                ASSERT_EQ(x.type, y.type);
                EXPECT_EQ(x.declared_bytes, y.declared_bytes);
                EXPECT_EQ(std::tie(x.scale, x.precision), std::tie(y.scale, y.precision));
                for (std::size_t r = 0; r < left.rows; ++r)
                    EXPECT_EQ(decoded_value(x, r), decoded_value(y, r)) << x.name << ", row " << r;
            }
        }
    }
    EXPECT_GT(rows, 0U);
}

std::string name_of_transcript(const ::testing::TestParamInfo<const char*>& info) {
    std::string name;
    for (const char c : std::string(info.param))
        name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    return name;
}

INSTANTIATE_TEST_SUITE_P(captures, two_form_capture,
                         ::testing::Values("v3.3.5/meters_select_blocks.jsonl",
                                           "v3.3.5/types_ms_select_blocks.jsonl",
                                           "v3.3.5/json_tag_blocks.jsonl",
                                           "v3.4.1/types_ms_stable_blocks.jsonl"),
                         name_of_transcript);

TEST(captured_meta_data, has_rows_and_one_item_for_each_insert_that_created_a_table) {
    for (const char* transcript : {"v3.3.5/database_meta.jsonl", "v3.4.1/database_meta.jsonl"}) {
        std::size_t messages = 0;
        for (const auto& frame : load_frames(transcript)) {
            fetch_reply reply;
            ASSERT_EQ(frame.parse(reply), defect{});
            if (reply.raw_type != raw_type_meta_data) continue;
            ++messages;
            detail::message_layout layout;
            std::vector<std::span<const std::uint8_t>> created;
            ASSERT_EQ(parse_meta_data_message(reply.raw, layout, created), defect{}) << transcript;
            EXPECT_TRUE(lies_within(layout, reply.raw));
            EXPECT_EQ(layout.blocks.size(), 3U);
            EXPECT_EQ(created.size(), 2U);
            for (const auto& item : created)
                EXPECT_EQ(load_le<std::uint32_t>(item.data()), item.size() - 4)
                    << "its own length comes first";
            // The data are not those of a message without created tables.
            EXPECT_TRUE(parse_data_message(reply.raw, layout));
        }
        EXPECT_EQ(messages, 1U) << transcript;
    }
}

}  // namespace
}  // namespace tmq::wire
