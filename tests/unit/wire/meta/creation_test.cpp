#include "meta_builder.hpp"
#include "printing.hpp"
#include "wire/meta/meta_message.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>

namespace tmq::wire {
namespace {

using namespace test;

/// The only change of a message.
meta read(std::uint16_t raw_type, const byte_builder& message) {
    std::vector<meta> changes;
    const exact_bytes raw(message.bytes());
    EXPECT_EQ(parse_meta_message(raw_type, raw.view(), changes), defect{});
    EXPECT_EQ(changes.size(), 1U);
    return changes.empty() ? meta() : changes.front();
}

std::vector<created_table> read_tables(const byte_builder& message) {
    return std::get<create_table>(read(raw_type_created_tables, message)).tables;
}

created_table read_table(const byte_builder& table) {
    const auto tables = read_tables(created_tables({table}));
    return tables.size() == 1 ? tables.front() : created_table();
}

std::vector<tag_setting> tags_of(const byte_builder& set, const std::vector<std::string>& names) {
    return read_table(created_child("t", "s", set, names)).tag_values;
}

created_table read_super(const byte_builder& content) {
    return std::get<create_table>(read(raw_type_created_super_table, with_head(with_length(content))))
        .tables.at(0);
}

TEST(created_tables, come_several_at_once) {
    const auto set = tag_set(plain_set, {fixed_tag(4, data_type::integer, 1, 4)});
    const auto tables = read_tables(
        created_tables({created_child("a", "s", set, {"g"}), created_child("b", "s", set, {"g"})}));
    ASSERT_EQ(tables.size(), 2U);
    EXPECT_EQ(tables[0].name, "a");
    EXPECT_EQ(tables[1].name, "b");
    EXPECT_EQ(tables[1].super_table, "s");
}

TEST(created_table, has_tags_of_every_fixed_type) {
    const auto set =
        tag_set(plain_set, {fixed_tag(2, data_type::boolean, 1, 1), fixed_tag(3, data_type::tinyint, 0x80, 1),
                            fixed_tag(4, data_type::smallint, 0x8000, 2),
                            fixed_tag(5, data_type::integer, 0x80000000, 4),
                            fixed_tag(6, data_type::bigint, 0x8000000000000000, 8),
                            fixed_tag(7, data_type::real, std::bit_cast<std::uint32_t>(0.1F), 4),
                            fixed_tag(8, data_type::double_precision, std::bit_cast<std::uint64_t>(-2.5), 8),
                            fixed_tag(9, data_type::timestamp, 1700000000000000001, 8),
                            fixed_tag(10, data_type::unsigned_tinyint, 0xFF, 1),
                            fixed_tag(11, data_type::unsigned_smallint, 0xFFFF, 2),
                            fixed_tag(12, data_type::unsigned_integer, 0xFFFFFFFF, 4),
                            fixed_tag(13, data_type::unsigned_bigint, 0xFFFFFFFFFFFFFFFF, 8)});
    const auto tags = tags_of(set, {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"});
    ASSERT_EQ(tags.size(), 12U);
    EXPECT_EQ(std::get<bool>(tags[0].value.data), true);
    EXPECT_EQ(std::get<std::int64_t>(tags[1].value.data), -128);
    EXPECT_EQ(std::get<std::int64_t>(tags[2].value.data), -32768);
    EXPECT_EQ(std::get<std::int64_t>(tags[3].value.data), INT32_MIN);
    EXPECT_EQ(std::get<std::int64_t>(tags[4].value.data), INT64_MIN);
    EXPECT_EQ(std::get<float>(tags[5].value.data), 0.1F);
    EXPECT_EQ(std::get<double>(tags[6].value.data), -2.5);
    EXPECT_EQ(std::get<std::int64_t>(tags[7].value.data), 1700000000000000001);
    EXPECT_EQ(std::get<std::uint64_t>(tags[8].value.data), 255U);
    EXPECT_EQ(std::get<std::uint64_t>(tags[9].value.data), 65535U);
    EXPECT_EQ(std::get<std::uint64_t>(tags[10].value.data), 4294967295U);
    EXPECT_EQ(std::get<std::uint64_t>(tags[11].value.data), UINT64_MAX);
    for (std::size_t i = 0; i < tags.size(); ++i) {
        EXPECT_EQ(tags[i].name, std::string(1, static_cast<char>('a' + i)));
        EXPECT_TRUE(tags[i].value.exact);
    }
    EXPECT_EQ(tags[7].value.type, data_type::timestamp);
}

TEST(created_table, has_tags_of_every_variable_type) {
    using namespace std::string_view_literals;
    const auto set = tag_set(
        plain_set,
        {sized_tag(2, data_type::varchar, "a\0b"sv), sized_tag(3, data_type::nchar, ucs4(U"中文\U0001F600")),
         sized_tag(4, data_type::varbinary, "\x01\xFF"sv), sized_tag(5, data_type::geometry, "\x01\x00"sv),
         sized_tag(6, data_type::varchar, "")});
    const auto tags = tags_of(set, {"a", "b", "c", "d", "e"});
    ASSERT_EQ(tags.size(), 5U);
    EXPECT_EQ(std::get<std::string>(tags[0].value.data), "a\0b"sv);
    EXPECT_EQ(std::get<std::string>(tags[1].value.data), "中文\U0001F600");
    EXPECT_EQ(to_string(tags[2].value), "0x01ff");
    EXPECT_EQ(to_string(tags[3].value), "0x0100");
    EXPECT_EQ(std::get<std::string>(tags[4].value.data), "");
    EXPECT_FALSE(tags[4].value.is_null());
}

TEST(created_table, leaves_out_tags_that_are_null) {
    EXPECT_TRUE(tags_of(tag_set(plain_set, {}), {}).empty());
}

TEST(created_table, has_a_json_tag_as_json_text) {
    const auto set = tag_set(
        json_set,
        {json_tag("k1", data_type::nchar, byte_builder().varint(8).text(ucs4(U"\"v"))),
         json_tag("k2", data_type::double_precision, byte_builder().u64(std::bit_cast<std::uint64_t>(1.5))),
         json_tag("k3", data_type::boolean, byte_builder().u8(1)),
         json_tag("k4", data_type::null, byte_builder().u16(0))});
    const auto tags = tags_of(set, {"j"});
    ASSERT_EQ(tags.size(), 1U);
    EXPECT_EQ(tags[0].name, "j");
    EXPECT_EQ(tags[0].value.type, data_type::json);
    EXPECT_EQ(std::get<std::string>(tags[0].value.data), R"({"k1":"\"v","k2":1.5,"k3":true,"k4":null})");
}

TEST(created_table, has_a_null_json_tag_whether_it_is_named_or_not) {
    const auto named = tags_of(tag_set(json_set, {}), {"j"});
    ASSERT_EQ(named.size(), 1U);
    EXPECT_TRUE(named[0].value.is_null());
    EXPECT_TRUE(tags_of(tag_set(json_set, {}), {}).empty());
}

TEST(created_table, has_tags_whose_index_takes_two_bytes) {
    const std::string text(300, 'x');
    const auto set =
        tag_set(large_set, {sized_tag(2, data_type::varchar, text), fixed_tag(3, data_type::integer, 9, 4)});
    const auto tags = tags_of(set, {"a", "b"});
    ASSERT_EQ(tags.size(), 2U);
    EXPECT_EQ(std::get<std::string>(tags[0].value.data), text);
    EXPECT_EQ(std::get<std::int64_t>(tags[1].value.data), 9);
}

TEST(created_table, has_a_comment_or_none) {
    const auto set = tag_set(plain_set, {});
    const auto with = [&](const char* comment) {
        return read_table(with_length(created_head("t", 2, 30, comment).append(child_part("s", set, {}))))
            .comment;
    };
    EXPECT_EQ(with("two words"), "two words");
    EXPECT_EQ(with(""), "");
    EXPECT_EQ(with(nullptr), std::nullopt);
}

TEST(created_table, has_its_days_to_live) {
    const auto table =
        read_table(with_length(created_head("t", 2, 30).append(child_part("s", tag_set(plain_set, {}), {}))));
    EXPECT_EQ(table.ttl_days, 30);
}

TEST(created_table, may_carry_the_statement_that_created_it) {
    const auto part = child_part("s", tag_set(plain_set, {}), {}, "create table t using s tags(null)");
    EXPECT_EQ(read_table(with_length(created_head("t", 2).append(part))).name, "t");
}

const std::vector<column_spec> typed_columns = {
    {"ts", data_type::timestamp, 8, 1}, {"k", data_type::integer, 4, 2, 5},
    {"d", data_type::decimal, 16, 3},   {"vc", data_type::varchar, 66, 4},
    {"nc", data_type::nchar, 130, 6},   {"b", data_type::blob, 4194304, 7},
    {"e", data_type::decimal64, 8, 9}};

TEST(created_table, when_normal_has_columns_with_user_lengths_and_keys) {
    const auto table = read_table(with_length(created_head("n", 3).append(columns(typed_columns)).u32(0)));
    EXPECT_EQ(table.kind, table_kind::normal);
    ASSERT_EQ(table.columns.size(), 7U);
    EXPECT_FALSE(table.columns[0].primary_key);
    EXPECT_TRUE(table.columns[1].primary_key);
    EXPECT_EQ(table.columns[1].length, std::nullopt);
    EXPECT_EQ(table.columns[3].length, 64);
    EXPECT_EQ(table.columns[4].length, 32);
    EXPECT_EQ(table.columns[5].length, 4194300);
    EXPECT_EQ(table.columns[2].precision, std::nullopt);
    EXPECT_EQ(table.columns[0].encode, "");
}

TEST(created_table, when_normal_has_compression_by_column_id_and_digits) {
    auto content = created_head("n", 3).append(columns(typed_columns), "columns.").u32(0);
    content.append(compression({{1, 0x02000102},
                                {3, 0xFF000303},
                                {4, 0x01000501},
                                {5, 0x01000101},
                                {6, 0x63000909},
                                {7, 0x03000200}}),
                   "compression.");
    content.u8(1);
    for (const int digits : {0, 0, 38 << 8 | 10, 0, 0, 0, 18 << 8 | 18})
        content.zigzag(digits);
    const auto table = read_table(with_length(content));
    ASSERT_EQ(table.columns.size(), 7U);
    const auto compression_of = [&](std::size_t i) {
        const auto& column = table.columns[i];
        return column.encode + " " + column.compress + " " + column.level;
    };
    EXPECT_EQ(compression_of(0), "delta-i lz4 medium");
    EXPECT_EQ(compression_of(1), "  ");
    EXPECT_EQ(compression_of(2), "disabled zstd high");
    EXPECT_EQ(compression_of(3), "simple8b xz low");
    EXPECT_EQ(compression_of(4), "unknown unknown unknown");
    EXPECT_EQ(compression_of(5), "bit-packing zlib unknown");
    EXPECT_EQ(table.columns[2].precision, 38);
    EXPECT_EQ(table.columns[2].scale, 10);
    EXPECT_EQ(table.columns[6].precision, 18);
    EXPECT_EQ(table.columns[6].scale, 18);
    EXPECT_EQ(table.columns[3].precision, std::nullopt);
}

TEST(created_table, when_virtual_keeps_what_it_shares_with_others) {
    // Where its columns come from follows, in a form that differs between versions.
    const auto child = with_length(
        created_head("vc", 9).append(child_part("vs", tag_set(plain_set, {}), {})).text("\x02\x02\x01\x02"));
    const auto normal = with_length(
        created_head("vn", 8).append(columns({{"ts", data_type::timestamp, 8, 1}})).u32(0).text("\xFF\xFF"));
    const auto tables = read_tables(created_tables({child, normal}));
    ASSERT_EQ(tables.size(), 2U);
    EXPECT_TRUE(tables[0].is_virtual);
    EXPECT_EQ(tables[0].kind, table_kind::child);
    EXPECT_EQ(tables[0].super_table, "vs");
    EXPECT_TRUE(tables[1].is_virtual);
    EXPECT_EQ(tables[1].kind, table_kind::normal);
    EXPECT_EQ(tables[1].columns.size(), 1U);
}

TEST(created_table, may_have_more_behind_what_this_version_knows) {
    auto known = created_head("n", 3)
                     .append(columns(typed_columns), "columns.")
                     .u32(0)
                     .append(compression({}), "compression.")
                     .u8(0);
    const auto expected = read_table(with_length(known));
    EXPECT_EQ(read_table(with_length(known.text("anything at all"))), expected);
}

const std::vector<column_spec> super_columns = {{"ts", data_type::timestamp, 8, 1},
                                                {"v", data_type::decimal64, 8, 2}};
const std::vector<column_spec> super_tags = {
    {"g", data_type::integer, 4, 3}, {"j", data_type::json, 16384, 4}, {"n", data_type::nchar, 34, 5}};

TEST(created_super_table, has_columns_and_tags) {
    const auto table =
        read_super(super_head("s", super_columns, super_tags)
                       .append(no_alteration())
                       .append(super_tail({{1, 0x02000102}, {2, 0xFF000302}}, {0, 10 << 8 | 2})));
    EXPECT_EQ(table.kind, table_kind::super);
    EXPECT_EQ(table.name, "s");
    ASSERT_EQ(table.columns.size(), 2U);
    EXPECT_EQ(table.columns[1].encode, "disabled");
    EXPECT_EQ(table.columns[1].precision, 10);
    EXPECT_EQ(table.columns[1].scale, 2);
    ASSERT_EQ(table.tags.size(), 3U);
    EXPECT_EQ(table.tags[1].type, data_type::json);
    EXPECT_EQ(table.tags[1].length, std::nullopt);
    EXPECT_EQ(table.tags[2].length, 8);
    EXPECT_FALSE(table.is_virtual);
    EXPECT_EQ(table.ttl_days, std::nullopt);
}

TEST(created_super_table, may_be_virtual) {
    auto content = super_head("s", super_columns, super_tags).append(no_alteration()).append(super_tail({}));
    EXPECT_TRUE(read_super(content.patch("virtual", byte_builder().u8(1))).is_virtual);
}

TEST(created_super_table, may_roll_its_rows_up) {
    auto content = super_head("s", super_columns, super_tags).patch("rollup", byte_builder().u8(1));
    content.zigzag(5).zigzag(1000).zigzag(3).varint(3).text("abc");
    content.zigzag(5).zigzag(1000).zigzag(0);
    content.append(no_alteration()).append(super_tail({{1, 0x02000102}}));
    EXPECT_EQ(read_super(content).columns.at(0).encode, "delta-i");
}

TEST(created_super_table, ends_where_its_server_did_not_know_more) {
    const auto head = super_head("s", super_columns, super_tags).append(no_alteration());
    const auto tail = super_tail({{1, 0x02000102}, {2, 0xFF000302}}, {0, 10 << 8 | 2}).text("more");
    auto all = head;
    all.append(tail);
    // Behind: who asked, whether it is compressed, how, how long rows are kept, digits, whether it is
    // virtual; then anything.
    const std::size_t compressed = head.size() + 2;
    const std::size_t kept = compressed + 2 + 2 * 5;
    const std::size_t digits = kept + 8;
    const std::size_t is_virtual = digits + 1 + 1 + 2;
    std::vector<std::size_t> expected = {head.size(), head.size() + 1, compressed, kept, digits, is_virtual};
    for (std::size_t size = is_virtual + 1; size <= all.size(); ++size)
        expected.push_back(size);

    std::vector<std::size_t> accepted;
    std::vector<meta> changes;
    for (std::size_t size = 0; size <= all.size(); ++size) {
        const exact_bytes raw(
            with_head(with_length(byte_builder().raw(std::span(all.bytes()).first(size)))).bytes());
        if (!parse_meta_message(raw_type_created_super_table, raw.view(), changes)) accepted.push_back(size);
    }
    EXPECT_EQ(accepted, expected);
}

/// Of a preview of 3.3.6, which does not say how long rows are kept. `is_virtual`: -1 where it is not said
/// either.
byte_builder preview_tail(const std::vector<std::int64_t>& digits, int is_virtual = -1) {
    byte_builder out;
    out.u8(0)
        .u8(1)
        .append(compression({{1, 0x02000102}}), "compression.")
        .mark("digits")
        .u8(digits.empty() ? 0 : 1);
    for (const auto digit : digits)
        out.zigzag(digit);
    if (is_virtual >= 0) out.u8(static_cast<std::uint64_t>(is_virtual));
    return out;
}

/// As servers send them: with the bytes of a value in the highest eight bits.
constexpr std::int64_t digits_of_v = 8 << 24 | 10 << 8 | 2;

std::vector<column_spec> many_columns(std::size_t count, data_type type) {
    std::vector<column_spec> columns = {{"ts", data_type::timestamp, 8, 1}};
    while (columns.size() < count)
        columns.push_back(
            {"c" + std::to_string(columns.size()), type, 8, static_cast<std::int64_t>(columns.size() + 1)});
    return columns;
}

TEST(created_super_table, of_a_preview_does_not_say_how_long_rows_are_kept) {
    const auto head = super_head("s", super_columns, super_tags).append(no_alteration());
    for (const int is_virtual : {-1, 0, 1}) {
        auto content = head;
        const auto table = read_super(content.append(preview_tail({0, digits_of_v}, is_virtual)));
        EXPECT_EQ(table.columns[1].precision, 10);
        EXPECT_EQ(table.columns[1].scale, 2);
        EXPECT_EQ(table.columns[0].encode, "delta-i");
        EXPECT_EQ(table.is_virtual, is_virtual == 1);
    }
    const std::vector<column_spec> plain = {{"ts", data_type::timestamp, 8, 1},
                                            {"v", data_type::integer, 4, 2}};
    for (const std::vector<std::int64_t>& digits :
         {std::vector<std::int64_t>{}, std::vector<std::int64_t>{0, 0}}) {
        auto content = super_head("s", plain, super_tags).append(no_alteration());
        const auto table = read_super(content.append(preview_tail(digits, 1)));
        EXPECT_EQ(table.columns[1].precision, std::nullopt);
        EXPECT_TRUE(table.is_virtual);
    }
}

TEST(created_super_table, of_any_width_is_read_in_both_forms) {
    for (const data_type type : {data_type::decimal64, data_type::bigint}) {
        for (std::size_t count = 2; count < 40; ++count) {
            const bool has_digits = type == data_type::decimal64;
            std::vector<std::int64_t> digits(count, has_digits ? digits_of_v : 0);
            digits[0] = 0;
            const auto head = super_head("s", many_columns(count, type), super_tags).append(no_alteration());
            for (const int is_virtual : {-1, 0, 1}) {
                auto released = head;
                auto preview = head;
                released.append(super_tail({{1, 0x02000102}}, digits))
                    .patch("virtual", byte_builder().u8(is_virtual == 1 ? 1 : 0));
                const auto expected = read_super(released);
                EXPECT_EQ(expected.columns.back().precision,
                          has_digits ? std::optional<std::uint8_t>(10) : std::nullopt);
                EXPECT_EQ(read_super(preview.append(preview_tail(digits, is_virtual))), expected) << count;
            }
        }
    }
}

TEST(created_super_table, whose_rows_are_kept_for_an_odd_time_is_no_preview) {
    // Its lowest byte is 1, as the flag of a preview.
    for (const std::int64_t keep : {std::int64_t{1}, std::int64_t{0x0101}, std::int64_t{0}}) {
        auto content = super_head("s", super_columns, super_tags).append(no_alteration());
        content.u8(0)
            .u8(1)
            .append(compression({}), "compression.")
            .i64(keep)
            .u8(1)
            .zigzag(0)
            .zigzag(digits_of_v)
            .u8(1);
        const auto table = read_super(content);
        EXPECT_EQ(table.columns[1].precision, 10) << keep;
        EXPECT_TRUE(table.is_virtual);
    }
}

TEST(created_super_table, is_refused_at_every_cut_in_both_forms) {
    const auto head = super_head("s", super_columns, super_tags).append(no_alteration());
    auto released = head;
    auto preview = head;
    released.append(super_tail({{1, 0x02000102}}, {0, digits_of_v}));
    preview.append(preview_tail({0, digits_of_v}, 0));
    for (const byte_builder& content : {released, preview}) {
        const auto whole = with_head(with_length(content)).bytes();
        std::vector<meta> changes;
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const exact_bytes cut(std::span<const std::uint8_t>(whole).first(size));
            EXPECT_TRUE(parse_meta_message(raw_type_created_super_table, cut.view(), changes)) << size;
        }
        // With lengths that agree, it ends only behind a part.
        std::vector<std::size_t> accepted;
        for (std::size_t size = head.size(); size <= content.size(); ++size) {
            const auto bytes =
                with_head(with_length(byte_builder().raw(std::span(content.bytes()).first(size)))).bytes();
            const exact_bytes cut(bytes);
            if (!parse_meta_message(raw_type_created_super_table, cut.view(), changes))
                accepted.push_back(size);
        }
        const std::size_t compressed = head.size() + 2;
        const std::size_t end = compressed + 2 + 5;
        std::vector<std::size_t> expected = {head.size(), head.size() + 1, compressed, end};
        const bool is_released = content.size() == released.size();
        if (is_released) expected.push_back(end + 8);
        expected.push_back(content.size() - 1);
        expected.push_back(content.size());
        EXPECT_EQ(accepted, expected) << (is_released ? "released" : "preview");
    }
}

TEST(created_table, ends_where_its_server_did_not_know_more) {
    const auto head = created_head("n", 3).append(columns(super_columns), "columns.");
    auto all = head;
    all.u32(4)
        .varint(4)
        .text("text")
        .append(compression({{1, 0x02000102}}), "compression.")
        .u8(1)
        .zigzag(0)
        .zigzag(2562);
    const std::size_t compressed = head.size() + 4 + 1 + 4;
    const std::vector<std::size_t> expected = {head.size(), compressed, compressed + 2 + 5, all.size()};
    std::vector<std::size_t> accepted;
    std::vector<meta> changes;
    for (std::size_t size = 0; size <= all.size(); ++size) {
        const exact_bytes raw(
            created_tables({with_length(byte_builder().raw(std::span(all.bytes()).first(size)))}).bytes());
        if (!parse_meta_message(raw_type_created_tables, raw.view(), changes)) accepted.push_back(size);
    }
    EXPECT_EQ(accepted, expected);
}

TEST(meta_data_tables, are_one_change) {
    const auto set = tag_set(plain_set, {fixed_tag(4, data_type::integer, 1, 4)});
    const byte_builder first = created_child("a", "s", set, {"g"});
    const byte_builder second = created_child("a", "s", set, {"g"});
    const exact_bytes raw(byte_builder().text("rows").append(first, "0.").append(second, "1.").bytes());
    const std::vector<std::span<const std::uint8_t>> items = {
        raw.view().subspan(4, first.size()), raw.view().subspan(4 + first.size(), second.size())};
    std::vector<meta> changes;
    ASSERT_EQ(parse_created_tables(raw.view(), items, changes), defect{});
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(std::get<create_table>(changes[0]).tables.size(), 2U);
}

TEST(meta_data_tables, may_be_none) {
    std::vector<meta> changes(3);
    ASSERT_EQ(parse_created_tables({}, {}, changes), defect{});
    EXPECT_TRUE(changes.empty());
}

TEST(meta_data_tables, are_refused_at_their_place_in_the_message) {
    const auto set = tag_set(plain_set, {});
    byte_builder item = created_child("a", "s", set, {});
    item.patch("kind", byte_builder().u8(1));
    const exact_bytes raw(byte_builder().text("rows").append(item).bytes());
    const std::vector<std::span<const std::uint8_t>> items = {raw.view().subspan(4)};
    std::vector<meta> changes;
    EXPECT_EQ(parse_created_tables(raw.view(), items, changes),
              (defect{defect_code::meta_table_kind_unknown, 4 + item.at("kind")}));
    EXPECT_TRUE(changes.empty());

    const exact_bytes longer(created_child("a", "s", set, {}).u8(0).bytes());
    const std::vector<std::span<const std::uint8_t>> one = {longer.view()};
    EXPECT_EQ(parse_created_tables(longer.view(), one, changes),
              (defect{defect_code::meta_excess, longer.view().size() - 1}));
}

}  // namespace
}  // namespace tmq::wire
