#include "captured_changes.hpp"

#include "printing.hpp"
#include "protocol/json_meta.hpp"
#include "same_change.hpp"
#include "support/bytes.hpp"
#include "wire/data_message.hpp"
#include "wire/meta/meta_message.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>

namespace tmq {
namespace {

using namespace test;

enum class server { v3_3_5, v3_4_1 };
enum class form { binary, json };

constexpr std::int64_t deleted_at = 1700000000005;

column_definition column(std::string name, data_type type, std::string encode, std::string compress) {
    column_definition out;
    out.name = std::move(name);
    out.type = type;
    out.encode = std::move(encode);
    out.compress = std::move(compress);
    out.level = "medium";
    return out;
}

column_definition uncompressed(std::string name, data_type type) {
    column_definition out;
    out.name = std::move(name);
    out.type = type;
    return out;
}

tag_setting setting(std::string name, data_type type, std::int64_t number) {
    tag_setting out{std::move(name), {}};
    out.value.type = type;
    out.value.data = number;
    return out;
}

tag_setting setting(std::string name, data_type type, const char* text) {
    tag_setting out{std::move(name), {}};
    out.value.type = type;
    out.value.data = std::string(text);
    return out;
}

meta super_table() {
    created_table table;
    table.kind = table_kind::super;
    table.name = "s";
    table.columns = {column("ts", data_type::timestamp, "delta-i", "lz4"),
                     column("v", data_type::integer, "simple8b", "lz4"),
                     column("w", data_type::varchar, "disabled", "zstd")};
    table.columns[2].length = 8;
    table.tags = {uncompressed("g", data_type::integer), uncompressed("n", data_type::nchar)};
    table.tags[1].length = 8;
    return create_table{{table}};
}

created_table child(form as, std::string name, std::int64_t g, const char* n) {
    created_table table;
    table.kind = table_kind::child;
    table.name = std::move(name);
    table.super_table = "s";
    table.tag_values = {setting("g", data_type::integer, g), setting("n", data_type::nchar, n)};
    if (as == form::binary) table.ttl_days = 0;
    return table;
}

meta normal_table(server from, form as) {
    created_table table;
    table.kind = table_kind::normal;
    table.name = "n";
    table.columns = {
        column("ts", data_type::timestamp, "delta-i", "lz4"),
        column("x", data_type::double_precision, from == server::v3_3_5 ? "delta-d" : "bss", "lz4")};
    if (as == form::binary) table.ttl_days = 0;
    return create_table{{table}};
}

meta alteration_of_s(alteration change) { return alter_table{table_kind::super, "s", std::move(change)}; }

meta tag_set_to_eleven(server from, form as) {
    tag_change tag;
    tag.name = "g";
    if (as == form::binary) {
        tag.value.type = data_type::integer;
        tag.value.data = std::int64_t{11};
    } else {
        tag.value.data = std::string("11");
    }
    if (from == server::v3_3_5) return alter_table{table_kind::child, "a", alterations::set_tag{tag}};
    return alter_table{table_kind::child, "", alterations::set_tags_of_tables{{{"a", {tag}}}}};
}

meta deletion() {
    delete_data change;
    change.sql = "delete from `n` where `ts` >= 1700000000005 and `ts` <= 1700000000005";
    change.range = delete_data::time_range{"n", "ts", deleted_at, deleted_at};
    return change;
}

/// What was done to the database while the transcripts were recorded.
std::vector<meta> expected_changes(server from, form as) {
    return {super_table(),
            create_table{{child(as, "a", 1, "甲")}},
            normal_table(from, as),
            create_table{{child(as, "auto1", 7, "乙"), child(as, "p1", 8, "x")}},
            alteration_of_s(alterations::add_column{uncompressed("z", data_type::bigint)}),
            tag_set_to_eleven(from, as),
            deletion(),
            alteration_of_s(alterations::drop_column{"w"}),
            drop_table{table_kind::unspecified, {"p2"}}};
}

void decode_binary(const captured_change& change, std::vector<meta>& out) {
    const exact_bytes raw(change.raw);
    if (change.raw_type != wire::raw_type_meta_data) {
        ASSERT_EQ(wire::parse_meta_message(change.raw_type, raw.view(), out), wire::defect{});
        return;
    }
    detail::message_layout layout;
    std::vector<std::span<const std::uint8_t>> items;
    ASSERT_EQ(wire::parse_meta_data_message(raw.view(), layout, items), wire::defect{});
    ASSERT_EQ(wire::parse_created_tables(raw.view(), items, out), wire::defect{});
}

class captured_changes : public ::testing::TestWithParam<std::tuple<server, const char*>> {
  protected:
    server from() const { return std::get<0>(GetParam()); }
    std::vector<captured_change> changes() const {
        return load_changes((from() == server::v3_3_5 ? "v3.3.5/" : "v3.4.1/") +
                            std::string(std::get<1>(GetParam())) + ".jsonl");
    }
};

TEST_P(captured_changes, are_read_from_their_binary_form) {
    std::vector<meta> all;
    for (const captured_change& change : changes()) {
        std::vector<meta> some;
        decode_binary(change, some);
        all.insert(all.end(), some.begin(), some.end());
    }
    EXPECT_EQ(all, expected_changes(from(), form::binary));
}

TEST_P(captured_changes, are_read_from_their_json) {
    std::vector<meta> all;
    for (const captured_change& change : changes()) {
        std::vector<meta> some;
        ASSERT_EQ(protocol::parse_json_meta(change.json, some), base::defect_code{}) << change.json;
        all.insert(all.end(), some.begin(), some.end());
    }
    EXPECT_EQ(all, expected_changes(from(), form::json));
}

TEST_P(captured_changes, are_the_same_in_both_forms_wherever_the_json_is_exact) {
    for (const captured_change& change : changes()) {
        std::vector<meta> binary;
        std::vector<meta> json;
        decode_binary(change, binary);
        ASSERT_EQ(protocol::parse_json_meta(change.json, json), base::defect_code{});
        ASSERT_EQ(binary.size(), json.size());
        for (std::size_t i = 0; i < json.size(); ++i)
            EXPECT_EQ(as_far_as_json_tells(binary[i], json[i]), json[i]);
    }
}

INSTANTIATE_TEST_SUITE_P(captures, captured_changes,
                         ::testing::Combine(::testing::Values(server::v3_3_5, server::v3_4_1),
                                            ::testing::Values("database_meta", "database_meta_batch")),
                         [](const auto& tested) {
                             return std::string(std::get<0>(tested.param) == server::v3_3_5 ? "v3_3_5_"
                                                                                            : "v3_4_1_") +
                                    std::get<1>(tested.param);
                         });

}  // namespace
}  // namespace tmq
