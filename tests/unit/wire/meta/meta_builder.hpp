#pragma once

#include "support/bytes.hpp"
#include "tmq/types.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Binary metadata messages, field by field, as the server's encoders write them. What each function marks is
/// said at it; a part inside another has its marks prefixed as said there.
namespace tmq::test {

/// With its i32 length before it. Marks: `prefix`length, and the content's own marks as they are.
byte_builder with_length(const byte_builder& content, const std::string& prefix = {});
/// With the head of a message. Marks: size.
byte_builder with_head(const byte_builder& content);
/// With its varint length before it. Marks: `prefix`bytes, and the content's own with `prefix`.
byte_builder as_binary(const byte_builder& content, const std::string& prefix);

struct column_spec {
    std::string name;
    data_type type = data_type::null;
    std::int64_t bytes = 0;
    std::int64_t id = 0;
    std::uint64_t flags = 1;
};

/// A schema. Marks: count; for column N: bytesN, nameN.
byte_builder columns(const std::vector<column_spec>& specs);

struct compression_spec {
    std::int64_t id = 0;
    std::uint32_t algorithm = 0;
};

/// Marks: count.
byte_builder compression(const std::vector<compression_spec>& specs);

/// A tag of a set.
byte_builder fixed_tag(std::int64_t id, data_type type, std::uint64_t value, std::size_t width);
byte_builder sized_tag(std::int64_t id, data_type type, std::string_view bytes);
byte_builder json_tag(std::string_view key, data_type type, const byte_builder& value);

constexpr std::uint64_t plain_set = 0;
constexpr std::uint64_t json_set = 0x40;
constexpr std::uint64_t large_set = 0x20;

/// Marks: flags, size, count, index, values.
byte_builder tag_set(std::uint64_t flags, const std::vector<byte_builder>& tags);

std::string ucs4(std::u32string_view text);

/// Head of a table in a list of created ones, up to its kind: without length. Marks: name, kind,
/// comment_length.
byte_builder created_head(std::string_view name, std::uint64_t kind, std::int64_t ttl = 0,
                          const char* comment = nullptr);
/// What a child table has then. Marks: super, set.bytes and the set's own with "set.", names, sql_length.
byte_builder child_part(std::string_view super, const byte_builder& set,
                        const std::vector<std::string>& names, std::string_view sql = {});
/// A child table with its length. Marks: length, and those of its parts.
byte_builder created_child(std::string_view name, std::string_view super, const byte_builder& set,
                           const std::vector<std::string>& names);
/// Raw type 515, tables with their lengths. Marks: size, length, count, and those of table N with "N.".
byte_builder created_tables(const std::vector<byte_builder>& tables);

/// A super table up to the length of its alteration: without length. Marks: name, rollup, and those of its
/// columns with "columns." and of its tags with "tags.".
byte_builder super_head(std::string_view name, const std::vector<column_spec>& column_specs,
                        const std::vector<column_spec>& tags);
/// What follows: nothing, or the alteration with its lengths. Marks: alteration_length, alteration.bytes, and
/// its own with "alteration.".
byte_builder no_alteration();
byte_builder alteration_part(const byte_builder& alteration);
/// What super tables have at their end. Marks: compression.count, digits, virtual.
byte_builder super_tail(const std::vector<compression_spec>& compressions,
                        const std::vector<std::int64_t>& digits = {});

struct field_spec {
    data_type type = data_type::null;
    std::int64_t bytes = 0;
    std::string name;
};

/// The request that altered a super table, with its length. Marks: length, name, type, fields, bytesN,
/// comment_length.
byte_builder alteration_request(std::uint64_t type, const std::vector<field_spec>& fields,
                                std::uint32_t algorithm = 0);
/// Raw type 533: super table "s" with columns ts, v and tag g. Marks: all of the above; those of the
/// alteration with "alteration.".
byte_builder altered_super_table(const byte_builder& alteration);

/// Raw type 517: `part` is what the action has. Marks: size, length, name, action, and those of the part.
byte_builder altered_table(std::uint64_t action, const byte_builder& part);

/// One change in a batch. Marks: offset, type, message.size.
byte_builder batch_item(std::uint16_t raw_type, const byte_builder& message);
/// Raw type 5. Marks: count, and for item N: N.bytes, N.offset, N.type, N.message.size.
byte_builder batch(const std::vector<byte_builder>& items);

}  // namespace tmq::test
