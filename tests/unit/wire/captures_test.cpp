#include "support/captures.hpp"

#include "layout_access.hpp"
#include "printing.hpp"
#include "support/bytes.hpp"
#include "wire/data_message.hpp"
#include "wire/envelope.hpp"
#include "wire/reader.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

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
    if (std::sscanf(text.c_str(), "%d-%u-%uT%u:%u:%u.%9[0-9]Z", &year, &month, &day, &hour, &minute, &second, fraction) != 7)
        throw std::runtime_error("not a timestamp: " + text);
    const sys_days date = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
    std::int64_t ticks = duration_cast<seconds>(date.time_since_epoch()).count() + 3600 * hour + 60 * minute + second;
    for (const char* digit = fraction; *digit != 0; ++digit) ticks = 10 * ticks + (*digit - '0');
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
        case data_type::nchar: return std::string(*text_of(column, index));
        case data_type::varbinary:
        case data_type::geometry: return hex(*cell);
        default: return "type not expected";
    }
}

struct capture {
    const char* name;
    const char* transcript;
    const char* expected;
    std::vector<std::string> key;    ///< columns that tell the rows apart; "tbname" stands for the table name of the block
    std::set<std::string> not_sent;  ///< columns that the expected file has and the topic has not
    std::size_t rows;
};

void PrintTo(const capture& c, std::ostream* out) { *out << c.name; }
std::string name_of(const ::testing::TestParamInfo<capture>& info) { return info.param.name; }

class Capture : public ::testing::TestWithParam<capture> {};

std::string key_of(const row& columns) {
    std::string key;
    for (const auto& name : Capture::GetParam().key) key += columns.at(name).value() + '|';
    return key;
}

std::map<std::string, row> expected_by_key() {
    const expected_rows expected = load_expected(Capture::GetParam().expected);
    std::map<std::string, row> by_key;
    for (const auto& cells : expected.rows) {
        row r;
        for (std::size_t i = 0; i < cells.size(); ++i)
            if (!Capture::GetParam().not_sent.contains(expected.columns[i].name))
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

TEST_P(Capture, DecodesToTheRowsThatTheServerPrinted) {
    std::map<std::string, row> expected = expected_by_key();
    ASSERT_EQ(expected.size(), GetParam().rows);
    detail::message_layout layout;
    std::size_t rows = 0;
    for (const auto& bytes : load_binary_frames(GetParam().transcript)) {
        const exact_bytes frame(bytes);
        fetch_reply reply;
        ASSERT_EQ(parse_fetch_raw_data(frame.view(), reply), failure{});
        ASSERT_EQ(reply.code, 0U);
        ASSERT_EQ(reply.raw_type, raw_type_data);
        ASSERT_EQ(parse_data_message(reply.raw, layout), failure{});
        ASSERT_TRUE(lies_within(layout, reply.raw));
        rows += layout.rows;
        for (const auto& block : layout.blocks) {
            for (std::size_t index = 0; index < block.rows; ++index) {
                row decoded = decoded_row(layout, block, index);
                const auto found = expected.find(key_of(decoded));
                ASSERT_NE(found, expected.end()) << "no expected row, or two decoded ones: " << key_of(decoded);
                // Inserts that name some columns only arrive as blocks of these columns: the others are null.
                for (const auto& [name, _] : found->second) decoded.try_emplace(name, std::nullopt);
                EXPECT_EQ(decoded, found->second);
                expected.erase(found);
            }
        }
    }
    EXPECT_EQ(rows, GetParam().rows);
    EXPECT_TRUE(expected.empty()) << expected.size() << " rows are missing";
}

TEST_P(Capture, AnswersTheRequestsItStandsBehind) {
    // Every fetch_raw_data request names the message that the next binary frame carries, as its poll reply announced it.
    std::string request;
    std::string announced;
    std::size_t frames = 0;
    for (const auto& message : load_transcript(GetParam().transcript)) {
        if (!message.binary) {
            if (!message.from_server) request = message.text;
            if (message.from_server && message.text.find("\"have_message\":true") != std::string::npos) announced = message.text;
            continue;
        }
        ++frames;
        fetch_reply reply;
        detail::message_layout layout;
        ASSERT_EQ(parse_fetch_raw_data(message.bytes, reply), failure{});
        ASSERT_EQ(parse_data_message(reply.raw, layout), failure{});
        EXPECT_NE(request.find("\"req_id\": " + std::to_string(reply.req_id) + ","), std::string::npos);
        EXPECT_NE(request.find("\"message_id\": " + std::to_string(reply.message_id) + "}"), std::string::npos);
        EXPECT_EQ(layout.request_offset.kind, detail::offset_kind::log);
        EXPECT_NE(announced.find("\"offset\":" + std::to_string(layout.request_offset.version) + "}"), std::string::npos) << announced;
        EXPECT_EQ(layout.response_offset.kind, detail::offset_kind::log);
        EXPECT_GT(layout.response_offset.version, layout.request_offset.version);
    }
    EXPECT_GT(frames, 0U);
}

const std::set<std::string> tags{"t_int", "t_varchar", "t_nchar"};

const capture captures[] = {
    {"v3_3_5_meters_select", "v3.3.5/meters_select.jsonl", "v3.3.5/expected_power.meters.json", {"groupid", "ts"}, {"tbname"}, 300},
    {"v3_3_5_types_ms_stable", "v3.3.5/types_ms_stable.jsonl", "v3.3.5/expected_ms.t.json", {"tbname", "ts"}, tags, 123},
    {"v3_3_5_types_ns_stable", "v3.3.5/types_ns_stable.jsonl", "v3.3.5/expected_ns.t.json", {"tbname", "ts"}, tags, 123},
    {"v3_3_5_types_ms_database", "v3.3.5/types_ms_database.jsonl", "v3.3.5/expected_ms.t.json", {"tbname", "ts"}, tags, 123},
    {"v3_4_1_meters_select", "v3.4.1/meters_select.jsonl", "v3.4.1/expected_power.meters.json", {"groupid", "ts"}, {"tbname"}, 300},
};

INSTANTIATE_TEST_SUITE_P(Of, Capture, ::testing::ValuesIn(captures), name_of);

}  // namespace
}  // namespace tmq::wire
