#include "meta_builder.hpp"

#include <cstring>

namespace tmq::test {
namespace {

std::string numbered(const char* name, std::size_t index) { return name + std::to_string(index); }

}  // namespace

byte_builder with_length(const byte_builder& content, const std::string& prefix) {
    byte_builder out;
    return out.mark(prefix + "length").u32(content.size()).append(content);
}

byte_builder with_head(const byte_builder& content) {
    byte_builder out;
    return out.mark("size").u32(8 + content.size()).u32(26).append(content);
}

byte_builder as_binary(const byte_builder& content, const std::string& prefix) {
    byte_builder out;
    return out.mark(prefix + "bytes").varint(content.size()).append(content, prefix);
}

byte_builder columns(const std::vector<column_spec>& specs) {
    byte_builder out;
    out.mark("count").zigzag(static_cast<std::int64_t>(specs.size())).zigzag(1);
    for (std::size_t i = 0; i < specs.size(); ++i) {
        out.u8(static_cast<std::uint64_t>(specs[i].type)).u8(specs[i].flags);
        out.mark(numbered("bytes", i)).zigzag(specs[i].bytes).zigzag(specs[i].id);
        out.mark(numbered("name", i)).cstr(specs[i].name);
    }
    return out;
}

byte_builder compression(const std::vector<compression_spec>& specs) {
    byte_builder out;
    out.mark("count").zigzag(static_cast<std::int64_t>(specs.size())).zigzag(1);
    for (const auto& spec : specs)
        out.zigzag(spec.id).u32(spec.algorithm);
    return out;
}

byte_builder fixed_tag(std::int64_t id, data_type type, std::uint64_t value, std::size_t width) {
    return byte_builder().zigzag(id).u8(static_cast<std::uint64_t>(type)).little(value, width);
}

byte_builder sized_tag(std::int64_t id, data_type type, std::string_view bytes) {
    return byte_builder().zigzag(id).u8(static_cast<std::uint64_t>(type)).varint(bytes.size()).text(bytes);
}

byte_builder json_tag(std::string_view key, data_type type, const byte_builder& value) {
    return byte_builder().cstr(key).u8(static_cast<std::uint64_t>(type)).append(value);
}

byte_builder tag_set(std::uint64_t flags, const std::vector<byte_builder>& tags) {
    const std::size_t entry = (flags & large_set) != 0 ? 2 : 1;
    byte_builder values;
    byte_builder index;
    for (const auto& tag : tags) {
        index.little(values.size(), entry);
        values.append(tag);
    }
    byte_builder out;
    out.mark("flags")
        .u8(flags)
        .mark("size")
        .u16(9 + index.size() + values.size())
        .mark("count")
        .u16(tags.size())
        .u32(1);
    return out.mark("index").append(index).mark("values").append(values);
}

std::string ucs4(std::u32string_view text) {
    std::string bytes;
    for (const char32_t code : text)
        for (int shift = 0; shift < 32; shift += 8)
            bytes.push_back(static_cast<char>(code >> shift));
    return bytes;
}

byte_builder created_head(std::string_view name, std::uint64_t kind, std::int64_t ttl, const char* comment) {
    byte_builder out;
    out.zigzag(0).mark("name").cstr(name).u64(77).u64(1700000000000).i32(ttl).mark("kind").u8(kind);
    out.mark("comment_length").i32(comment == nullptr ? -1 : static_cast<std::int64_t>(std::strlen(comment)));
    if (comment != nullptr && *comment != 0) out.mark("comment").cstr(comment);
    return out;
}

byte_builder child_part(std::string_view super, const byte_builder& set,
                        const std::vector<std::string>& names, std::string_view sql) {
    byte_builder out;
    out.mark("super").cstr(super).u8(names.size()).u64(55).append(as_binary(set, "set."));
    out.mark("names").u32(names.size());
    for (const auto& name : names)
        out.cstr(name);
    out.mark("sql_length").u32(sql.size());
    if (!sql.empty()) out.mark("sql").varint(sql.size()).text(sql);
    return out;
}

byte_builder created_child(std::string_view name, std::string_view super, const byte_builder& set,
                           const std::vector<std::string>& names) {
    return with_length(created_head(name, 2).append(child_part(super, set, names)));
}

byte_builder created_tables(const std::vector<byte_builder>& tables) {
    byte_builder content;
    content.mark("count").zigzag(static_cast<std::int64_t>(tables.size()));
    for (std::size_t i = 0; i < tables.size(); ++i)
        content.append(tables[i], std::to_string(i) + ".");
    return with_head(with_length(content.u8(0)));
}

byte_builder super_head(std::string_view name, const std::vector<column_spec>& column_specs,
                        const std::vector<column_spec>& tags) {
    byte_builder out;
    out.mark("name").cstr(name).u64(55).mark("rollup").u8(0);
    return out.append(columns(column_specs), "columns.").append(columns(tags), "tags.");
}

byte_builder no_alteration() {
    byte_builder out;
    return out.mark("alteration_length").u32(0);
}

byte_builder alteration_part(const byte_builder& alteration) {
    byte_builder out;
    return out.mark("alteration_length").u32(alteration.size()).append(as_binary(alteration, "alteration."));
}

byte_builder super_tail(const std::vector<compression_spec>& compressions,
                        const std::vector<std::int64_t>& digits) {
    byte_builder out;
    out.u8(0)
        .u8(1)
        .append(compression(compressions), "compression.")
        .i64(-1)
        .mark("digits")
        .u8(digits.empty() ? 0 : 1);
    for (const auto digit : digits)
        out.zigzag(digit);
    return out.mark("virtual").u8(0);
}

byte_builder alteration_request(std::uint64_t type, const std::vector<field_spec>& fields,
                                std::uint32_t algorithm) {
    byte_builder out;
    out.mark("name").cstr("1.db.s").mark("type").u8(type).mark("fields").u32(fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
        out.u8(static_cast<std::uint64_t>(fields[i].type)).mark(numbered("bytes", i)).i32(fields[i].bytes);
        out.cstr(fields[i].name);
        if (type == 14) out.u32(algorithm);
    }
    out.u32(0).mark("comment_length").u32(0).u32(0);
    return with_length(out);
}

byte_builder altered_super_table(const byte_builder& alteration) {
    const std::vector<column_spec> some_columns = {{"ts", data_type::timestamp, 8, 1},
                                                   {"v", data_type::decimal64, 8, 2}};
    const std::vector<column_spec> some_tags = {{"g", data_type::integer, 4, 3}};
    return with_head(
        with_length(super_head("s", some_columns, some_tags)
                        .append(alteration_part(alteration))
                        .append(super_tail({{1, 0x02000102}, {2, 0xFF000302}}, {0, 10 << 8 | 2}))));
}

byte_builder altered_table(std::uint64_t action, const byte_builder& part) {
    byte_builder content;
    content.mark("name").cstr("t").mark("action").u8(action).u32(0).append(part).i64(1700000000000).u8(0);
    return with_head(with_length(content));
}

byte_builder batch_item(std::uint16_t raw_type, const byte_builder& message) {
    byte_builder head;
    for (int i = 0; i < 33; ++i)
        head.u8(0);
    head.mark("offset").u8(0x10).mark("type").u16(raw_type);
    head.mark("message.size").varint(message.size());
    return head.raw(message.bytes());
}

byte_builder batch(const std::vector<byte_builder>& items) {
    byte_builder out;
    out.mark("count").u32(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string prefix = std::to_string(i) + ".";
        out.append(as_binary(items[i], prefix));
    }
    return out;
}

}  // namespace tmq::test
