#include "embedded_server/encode/meta_bytes.hpp"
#include "embedded_server/encode/meta_json.hpp"
#include "protocol/json_meta.hpp"
#include "unit/wire/meta/captured_changes.hpp"
#include "unit/wire/meta/printing.hpp"
#include "unit/wire/meta/same_change.hpp"
#include "wire/data_message.hpp"
#include "wire/meta/meta_message.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tmq::test {
namespace {

using embedded::server_version;

const server_version v335("3.3.5.8");
const server_version v341("3.4.1.6");

std::vector<std::uint8_t> to_u8(const std::vector<std::byte>& bytes) {
    std::vector<std::uint8_t> out;
    for (const std::byte one : bytes)
        out.push_back(std::to_integer<std::uint8_t>(one));
    return out;
}

std::vector<meta> read_raw(std::uint16_t type, const std::vector<std::uint8_t>& raw) {
    std::vector<meta> out;
    if (type == 4) {
        detail::message_layout layout;
        std::vector<std::span<const std::uint8_t>> created;
        EXPECT_FALSE(wire::parse_meta_data_message(raw, layout, created));
        EXPECT_FALSE(wire::parse_created_tables(raw, created, out));
    } else {
        const auto why = wire::parse_meta_message(type, raw, out);
        EXPECT_FALSE(why) << "position " << why.position;
    }
    return out;
}

std::vector<meta> read_json(const std::string& json) {
    std::vector<meta> out;
    EXPECT_EQ(protocol::parse_json_meta(json, out), base::defect_code{}) << json;
    return out;
}

/// What the library reads in the bytes that are written for a change.
meta through_bytes(const meta& change, const server_version& version = v335) {
    const auto raw = embedded::encode::encode_raw_meta(change, 7, version);
    const auto found = read_raw(raw.type, to_u8(raw.bytes));
    EXPECT_EQ(found.size(), 1U);
    return found.at(0);
}

meta through_json(const meta& change, const server_version& version = v335) {
    return read_json(embedded::encode::encode_json_meta(change, version)).at(0);
}

TEST(meta_writer, writes_the_json_of_every_captured_change_as_the_real_server_did) {
    std::size_t changes = 0;
    for (const std::string& transcript : transcripts_with_changes) {
        const server_version& version = transcript.starts_with("v3.4") ? v341 : v335;
        for (const captured_change& one : load_changes(transcript)) {
            const std::vector<meta> metas = read_raw(one.raw_type, one.raw);
            const std::string json = one.raw_type == 5
                                         ? embedded::encode::encode_json_batch(metas, version)
                                         : embedded::encode::encode_json_meta(metas.at(0), version);
            EXPECT_EQ(json, one.json) << transcript;
            ++changes;
        }
    }
    EXPECT_EQ(changes, 28U);
}

TEST(meta_writer, writes_bytes_of_every_captured_change_that_say_the_same) {
    for (const std::string& transcript : transcripts_with_changes) {
        for (const captured_change& one : load_changes(transcript)) {
            if (one.raw_type == 4) continue;
            for (const meta& change : read_raw(one.raw_type, one.raw)) {
                const auto raw = embedded::encode::encode_raw_meta(change, 7, v335);
                EXPECT_EQ(read_raw(raw.type, to_u8(raw.bytes)).at(0), change) << transcript;
                if (one.raw_type != 5) {
                    EXPECT_EQ(raw.type, one.raw_type);
                }
            }
        }
    }
}

column_definition column(std::string name, data_type type, std::optional<std::int32_t> length = {}) {
    column_definition made;
    made.name = std::move(name);
    made.type = type;
    made.length = length;
    return made;
}

column_definition digits(std::string name, data_type type, std::uint8_t precision, std::uint8_t scale) {
    column_definition made = column(std::move(name), type);
    made.precision = precision;
    made.scale = scale;
    return made;
}

column_definition compressed(column_definition of, std::string encode, std::string compress,
                             std::string level) {
    of.encode = std::move(encode);
    of.compress = std::move(compress);
    of.level = std::move(level);
    return of;
}

template <class T>
meta_value exactly(data_type type, T data) {
    meta_value made;
    made.type = type;
    made.data = std::move(data);
    return made;
}

std::vector<std::byte> some_bytes() { return {std::byte{1}, std::byte{0xab}, std::byte{0}}; }

std::vector<meta_value> values_of_every_type() {
    return {
        exactly(data_type::boolean, true),
        exactly(data_type::tinyint, std::int64_t{-128}),
        exactly(data_type::smallint, std::int64_t{32767}),
        exactly(data_type::integer, std::int64_t{-7}),
        exactly(data_type::bigint, std::numeric_limits<std::int64_t>::min()),
        exactly(data_type::timestamp, std::int64_t{1'700'000'000'000}),
        exactly(data_type::unsigned_tinyint, std::uint64_t{255}),
        exactly(data_type::unsigned_smallint, std::uint64_t{0}),
        exactly(data_type::unsigned_integer, std::uint64_t{4'000'000'000}),
        exactly(data_type::unsigned_bigint, std::numeric_limits<std::uint64_t>::max()),
        exactly(data_type::real, 0.1F),
        exactly(data_type::double_precision, 1.0 / 3),
        exactly(data_type::varchar, std::string("it's \"quoted\" <&>")),
        exactly(data_type::nchar, std::string("\u7532\U0001F600")),
        exactly(data_type::varbinary, some_bytes()),
        exactly(data_type::geometry, some_bytes()),
    };
}

tag_change changed(std::string name, meta_value value) {
    tag_change made;
    made.name = std::move(name);
    made.value = std::move(value);
    return made;
}

created_table child(std::string name, std::vector<tag_setting> tags) {
    created_table table;
    table.kind = table_kind::child;
    table.name = std::move(name);
    table.super_table = "meters";
    table.tag_values = std::move(tags);
    table.ttl_days = 0;
    return table;
}

created_table table_of_every_type(table_kind kind) {
    created_table table;
    table.kind = kind;
    table.name = "everything";
    table.columns = {compressed(column("ts", data_type::timestamp), "delta-i", "lz4", "medium"),
                     compressed(column("key", data_type::integer), "simple8b", "zlib", "high"),
                     compressed(column("vc", data_type::varchar, 65517), "disabled", "zstd", "low"),
                     compressed(column("nc", data_type::nchar, 16379), "disabled", "disabled", "medium"),
                     compressed(column("vb", data_type::varbinary, 1), "disabled", "xz", "medium"),
                     compressed(column("g", data_type::geometry, 100), "disabled", "lz4", "medium"),
                     compressed(digits("d64", data_type::decimal64, 18, 4), "disabled", "zstd", "medium"),
                     compressed(digits("d128", data_type::decimal, 38, 0), "disabled", "zstd", "medium"),
                     compressed(column("f", data_type::real), "bss", "tsz", "medium"),
                     compressed(column("b", data_type::blob, 1), "simple8b", "lz4", "medium")};
    table.columns[1].primary_key = true;
    if (kind == table_kind::super)
        table.tags = {column("g", data_type::integer), column("n", data_type::nchar, 8)};
    if (kind == table_kind::normal) {
        table.ttl_days = 30;
        table.comment = "a table";
    }
    return table;
}

meta altered(table_kind kind, alteration change) { return alter_table{kind, "t", std::move(change)}; }

/// Every alteration that both forms have.
std::vector<meta> altered_tables() {
    std::vector<meta> all;
    for (const table_kind kind : {table_kind::super, table_kind::normal}) {
        for (const alteration& change : std::vector<alteration>{
                 alterations::add_column{column("c", data_type::nchar, 8)},
                 alterations::add_column{digits("c", data_type::decimal, 30, 3)},
                 alterations::drop_column{"c"},
                 alterations::modify_column_length{"c", data_type::varchar, 64},
                 alterations::rename_column{"a", "b"}, alterations::set_compression{"c", "", "zstd", ""},
                 alterations::add_compressed_column{
                     compressed(column("c", data_type::integer), "simple8b", "", "")},
                 alterations::set_options{std::nullopt, "new"}})
            all.push_back(altered(kind, change));
    }
    for (const alteration& change : std::vector<alteration>{
             alterations::add_tag{column("g", data_type::varchar, 12)},
             alterations::modify_tag_length{"g", data_type::varchar, 12}, alterations::drop_tag{"g"},
             alterations::rename_tag{"g", "h"}, alterations::add_tag_index{}, alterations::drop_tag_index{}})
        all.push_back(altered(table_kind::super, change));
    for (const meta_value& value : values_of_every_type())
        all.push_back(altered(table_kind::child, alterations::set_tag{changed("g", value)}));
    all.push_back(altered(table_kind::child,
                          alterations::set_tags{{changed("g", exactly(data_type::integer, std::int64_t{5})),
                                                 changed("n", {})}}));
    all.push_back(alter_table{table_kind::child, "",
                              alterations::set_tags_of_tables{
                                  {{"a", {changed("g", exactly(data_type::integer, std::int64_t{11}))}},
                                   {"b", {changed("n", exactly(data_type::nchar, std::string("x")))}}}}});
    const column_source source{"c", "db", "other", "x"};
    all.push_back(altered(table_kind::unspecified, alterations::set_column_source{source}));
    all.push_back(altered(table_kind::unspecified, alterations::remove_column_source{"c"}));
    all.push_back(altered(table_kind::normal,
                          alterations::add_sourced_column{column("c", data_type::integer), source}));
    return all;
}

meta altered_where() {
    tag_change replaced;
    replaced.name = "g";
    replaced.pattern = "x+";
    replaced.replacement = "y";
    return altered(table_kind::super, alterations::set_tags_where{{replaced, changed("n", {})}, "`g` > 3"});
}

std::vector<meta> creations() {
    std::vector<tag_setting> tags;
    for (const meta_value& value : values_of_every_type())
        tags.push_back({"t" + std::to_string(tags.size()), value});
    created_table commented = child("c3", {{"g", exactly(data_type::integer, std::int64_t{1})}});
    commented.comment = "";
    commented.ttl_days = 7;
    return {create_table{{table_of_every_type(table_kind::super)}},
            create_table{{table_of_every_type(table_kind::normal)}}, create_table{{child("c1", tags)}},
            create_table{{child("c1", tags), child("c2", {}), commented}},
            create_table{
                {child("j", {{"info", exactly(data_type::json, std::string(R"({"a":1.5,"b":null})"))}})}}};
}

std::vector<meta> removals() {
    delete_data deletion;
    deletion.range = {"t", "ts", -5, 1'700'000'000'005};
    deletion.sql = "delete from `t` where `ts` >= -5 and `ts` <= 1700000000005";
    return {drop_table{table_kind::super, {"s"}}, drop_table{table_kind::unspecified, {"a", "b"}}, deletion};
}

std::vector<meta> every_change() {
    std::vector<meta> all = creations();
    for (const auto& more : {altered_tables(), removals()})
        all.insert(all.end(), more.begin(), more.end());
    return all;
}

TEST(meta_writer, every_change_comes_back_from_its_bytes_as_it_was) {
    for (const meta& change : every_change())
        EXPECT_EQ(through_bytes(change), change) << to_json(change);
}

TEST(meta_writer, every_change_comes_back_from_its_json_as_far_as_that_tells) {
    for (const server_version& version : {v335, v341}) {
        for (const meta& change : every_change()) {
            const meta told = through_json(change, version);
            EXPECT_EQ(as_far_as_json_tells(change, told), told) << to_json(change);
        }
    }
}

TEST(meta_writer, a_batch_comes_back_change_by_change) {
    const std::vector<meta> all = every_change();
    std::vector<embedded::encode::raw_meta> raw;
    for (const meta& change : all)
        raw.push_back(embedded::encode::encode_raw_meta(change, 7, v335));
    EXPECT_EQ(read_raw(5, to_u8(embedded::encode::encode_raw_batch(raw))), all);
    EXPECT_EQ(read_json(embedded::encode::encode_json_batch(all, v335)).size(), all.size());
}

TEST(meta_writer, the_head_has_the_size_and_the_vgroup) {
    const auto raw =
        embedded::encode::encode_raw_meta(drop_table{table_kind::unspecified, {"t"}}, 0x1234, v335);
    EXPECT_EQ(raw.type, 519);
    EXPECT_EQ(embedded::encode::load_le<std::int32_t>(raw.bytes.data()),
              static_cast<std::int32_t>(raw.bytes.size()));
    EXPECT_EQ(embedded::encode::load_le<std::int32_t>(raw.bytes.data() + 4), 0x1234);
}

TEST(meta_writer, columns_have_the_compression_that_the_server_chooses) {
    created_table table;
    table.kind = table_kind::normal;
    table.name = "n";
    table.columns = {column("ts", data_type::timestamp), column("x", data_type::double_precision),
                     column("b", data_type::boolean)};
    table.ttl_days = 0;
    const meta old = through_bytes(create_table{{table}}, v335);
    const meta recent = through_bytes(create_table{{table}}, v341);
    const auto encodes = [](const meta& change) {
        std::vector<std::string> all;
        for (const column_definition& one : std::get<create_table>(change).tables[0].columns)
            all.push_back(one.encode);
        return all;
    };
    EXPECT_EQ(encodes(old), (std::vector<std::string>{"delta-i", "delta-d", "bit-packing"}));
    EXPECT_EQ(encodes(recent), (std::vector<std::string>{"delta-i", "bss", "bit-packing"}));
    EXPECT_EQ(through_json(create_table{{table}}, v341), through_json(recent, v341));
}

TEST(meta_writer, virtual_tables_are_marked_and_their_sources_are_in_json) {
    created_table table;
    table.kind = table_kind::normal;
    table.is_virtual = true;
    table.name = "v";
    table.columns = {column("ts", data_type::timestamp), column("c", data_type::integer)};
    table.sources = {{"c", "db", "t", "x"}};
    EXPECT_TRUE(std::get<create_table>(through_bytes(create_table{{table}}, v341)).tables[0].is_virtual);
    EXPECT_EQ(std::get<create_table>(through_json(create_table{{table}}, v341)).tables[0].sources,
              table.sources);
    created_table of_super = child("vc", {});
    of_super.is_virtual = true;
    of_super.sources = table.sources;
    EXPECT_TRUE(std::get<create_table>(through_bytes(create_table{{of_super}}, v341)).tables[0].is_virtual);
    EXPECT_EQ(std::get<create_table>(through_json(create_table{{of_super}}, v341)).tables[0].sources,
              table.sources);
    table.kind = table_kind::super;
    EXPECT_TRUE(std::get<create_table>(through_bytes(create_table{{table}}, v341)).tables[0].is_virtual);
}

TEST(meta_writer, conditions_on_tags_are_told_by_json_only) {
    const meta change = altered_where();
    EXPECT_EQ(through_json(change, v341), change);
    EXPECT_EQ(std::get<unknown_meta>(through_bytes(change, v341)).raw_type, 517);
}

std::uint8_t number_of(const meta& change) {
    return std::visit([](const auto& known) { return known.alter_type; },
                      std::get<alter_table>(change).change);
}

/// Numbers of all alterations, from 1 on.
std::set<std::uint8_t> every_number() {
    std::set<std::uint8_t> numbers;
    for (std::uint8_t number = 1; number <= std::variant_size_v<alteration>; ++number)
        numbers.insert(number);
    return numbers;
}

TEST(meta_writer, every_kind_of_alteration_comes_back_from_both_forms) {
    std::vector<meta> all = altered_tables();
    std::set<std::uint8_t> in_bytes;
    for (const meta& change : all) {
        EXPECT_EQ(through_bytes(change), change);
        in_bytes.insert(number_of(change));
    }
    all.push_back(altered_where());
    std::set<std::uint8_t> in_json;
    for (const meta& change : all) {
        const meta found = through_json(change);
        EXPECT_EQ(as_far_as_json_tells(change, found), found);
        EXPECT_EQ(std::get<alter_table>(found).change.index(), std::get<alter_table>(change).change.index());
        in_json.insert(number_of(found));
    }
    EXPECT_EQ(every_number().size(), 20U);
    EXPECT_EQ(in_json, every_number());
    in_bytes.insert(alterations::set_tags_where::alter_type);  // JSON only
    EXPECT_EQ(in_bytes, every_number());
}

TEST(meta_writer, an_unknown_change_is_sent_as_it_is) {
    unknown_meta change;
    change.raw_type = 999;
    change.raw = some_bytes();
    change.json = R"({ "type" : "later" })";
    EXPECT_EQ(std::get<unknown_meta>(through_bytes(change)).raw, change.raw);
    EXPECT_EQ(embedded::encode::encode_json_meta(change, v335), R"({"type":"later"})");
    change.json.clear();
    EXPECT_EQ(embedded::encode::encode_json_meta(change, v335), "null");
    EXPECT_EQ(embedded::encode::encode_json_batch(std::vector<meta>{change}, v335),
              R"({"tmq_meta_version":"1.0","metas":[]})");
    change.raw_type = 4;
    EXPECT_THROW(embedded::encode::encode_raw_meta(change, 7, v335), std::invalid_argument);
}

TEST(meta_writer, a_statement_of_more_than_255_bytes_is_cut_in_json) {
    delete_data deletion;
    deletion.range = {std::string(192, 't'), std::string(64, 'c'), 0, 1};
    const auto told = std::get<delete_data>(through_json(deletion));
    EXPECT_EQ(told.sql.size(), 255U);
    EXPECT_FALSE(told.range);
    EXPECT_EQ(std::get<delete_data>(through_bytes(deletion)).range, deletion.range);
}

TEST(meta_writer, refuses_what_no_server_sends) {
    const auto refuse = [](const meta& change) {
        EXPECT_THROW(embedded::encode::encode_raw_meta(change, 7, v335), std::invalid_argument)
            << to_json(change);
    };
    refuse(create_table{});
    refuse(create_table{{created_table{}}});
    refuse(create_table{{table_of_every_type(table_kind::normal), table_of_every_type(table_kind::normal)}});
    refuse(create_table{{child("", {})}});
    refuse(create_table{{child(std::string(193, 't'), {})}});
    refuse(create_table{{child("\xff", {})}});
    const std::vector<tag_setting> bad_tags = {{"g", {}},
                                               {"g", exactly(data_type::integer, std::string("1"))},
                                               {"g", exactly(data_type::tinyint, std::int64_t{128})},
                                               {"g", exactly(data_type::varchar, std::string("\xff"))},
                                               {"g", exactly(data_type::json, std::string("[]"))},
                                               {"g", exactly(data_type::json, std::string("{}"))},
                                               {"g", exactly(data_type::json, std::string("1"))},
                                               {"g", exactly(data_type::decimal, some_bytes())},
                                               {std::string(65, 'g'), exactly(data_type::boolean, true)},
                                               {"g", exactly(data_type::varchar, std::string(17'000, 'x'))}};
    for (const tag_setting& tag : bad_tags)
        refuse(create_table{{child("c", {tag})}});
    meta_value inexact = exactly(data_type::double_precision, 1.0);
    inexact.exact = false;
    refuse(create_table{{child("c", {{"g", inexact}})}});

    created_table table;
    table.kind = table_kind::normal;
    table.name = "n";
    for (const column_definition& bad :
         {column("c", data_type::varchar), column("c", data_type::nchar, 16380),
          column("c", data_type::integer, 4), column("", data_type::integer),
          column("c", data_type::mediumblob), column("c", data_type::decimal),
          digits("c", data_type::decimal, 39, 0), digits("c", data_type::integer, 5, 0),
          compressed(column("c", data_type::integer), "gzip", "", "")}) {
        table.columns = {bad};
        refuse(create_table{{table}});
    }

    refuse(altered(table_kind::child, alterations::add_column{column("c", data_type::integer)}));
    refuse(altered(table_kind::normal, alterations::drop_tag{"g"}));
    refuse(altered(table_kind::normal, alterations::add_tag_index{}));
    refuse(altered(table_kind::super, alterations::set_tag{changed("g", {})}));
    refuse(altered(table_kind::super, alterations::remove_column_source{"c"}));
    refuse(altered(table_kind::normal, alterations::set_tags_where{}));
    refuse(altered(table_kind::super, alterations::set_options{30, std::nullopt}));
    refuse(altered(table_kind::child, alterations::set_tag{}));
    refuse(altered(table_kind::child, alterations::set_tags{}));
    refuse(altered(table_kind::child, alterations::set_tags_of_tables{}));
    refuse(altered(table_kind::normal, alterations::drop_column{}));
    refuse(altered(table_kind::unspecified, alterations::set_column_source{{"c", "", "", ""}}));
    refuse(altered(table_kind::normal, alterations::modify_column_length{"c", data_type::varchar, {}}));
    refuse(altered(table_kind::super, alterations::modify_tag_length{"g", data_type::nchar, 16380}));
    refuse(drop_table{});
    refuse(drop_table{table_kind::super, {"a", "b"}});
    refuse(drop_table{table_kind::child, {"a"}});
    refuse(delete_data{"delete from t", {}});
}

}  // namespace
}  // namespace tmq::test
