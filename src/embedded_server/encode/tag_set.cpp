#include "embedded_server/encode/tag_set.hpp"

#include "embedded_server/encode/ucs4_text.hpp"
#include "tmq/types.hpp"

#include <simdjson.h>

#include <bit>
#include <limits>
#include <map>

namespace tmq::embedded::encode {

namespace {

constexpr std::size_t header_size = 9;
constexpr std::size_t longest_key = 256;

/// Appends the type and the value of a scalar. Returns false if it cannot be a tag. `append_length`: writes
/// the length of a string, whose encoding differs inside an object.
template <class AppendLength>
bool append_scalar(byte_vector& out, simdjson::dom::element value, AppendLength append_length) {
    bool flag = false;
    double number = 0;
    std::string_view text;
    if (value.get(flag) == simdjson::SUCCESS) {
        append_type(out, data_type::boolean);
        append_byte(out, flag ? 1 : 0);
        return true;
    }
    if (value.get(number) == simdjson::SUCCESS) {
        append_type(out, data_type::double_precision);
        append_le(out, std::bit_cast<std::uint64_t>(number));
        return true;
    }
    if (value.get(text) != simdjson::SUCCESS) return false;
    byte_vector ucs4;
    if (!append_ucs4(ucs4, text) || ucs4.size() > max_tag_set) return false;
    append_type(out, data_type::nchar);
    append_length(ucs4.size());
    append_bytes(out, ucs4);
    return true;
}

std::optional<byte_vector> encode_object(simdjson::dom::object object) {
    constexpr std::size_t null_width = 2;  // Width of NULL in the server's table of types.
    std::map<std::string_view, byte_vector> sorted;
    for (const auto [key, value] : object) {
        if (key.size() > longest_key || key.find('\0') != key.npos) return std::nullopt;
        byte_vector tag;
        append_string(tag, key);
        if (value.is_null()) {
            append_type(tag, data_type::null);
            tag.insert(tag.end(), null_width, std::byte{0});
        } else if (!append_scalar(tag, value, [&tag](std::size_t size) { append_varint(tag, size); })) {
            return std::nullopt;
        }
        sorted.try_emplace(key, std::move(tag));
    }
    std::vector<byte_vector> tags;
    for (auto& [key, tag] : sorted)
        tags.push_back(std::move(tag));
    return encode_tag_set(tags, true);
}

}  // namespace

std::optional<byte_vector> encode_tag_set(std::span<const byte_vector> tags, bool is_json) {
    constexpr std::uint8_t json_flag = 0x40;
    constexpr std::uint8_t large_flag = 0x20;
    constexpr std::int32_t schema_version = 1;
    std::size_t values = 0;
    for (const byte_vector& tag : tags)
        values += tag.size();
    const bool is_large = values > static_cast<std::size_t>(std::numeric_limits<std::int8_t>::max());
    const std::size_t size = header_size + tags.size() * (is_large ? 2 : 1) + values;
    if (size > max_tag_set) return std::nullopt;

    byte_vector out;
    out.reserve(size);
    append_byte(out, static_cast<std::uint8_t>((is_json ? json_flag : 0) | (is_large ? large_flag : 0)));
    append_le(out, static_cast<std::int16_t>(size));
    append_le(out, static_cast<std::int16_t>(tags.size()));
    append_le(out, schema_version);
    std::size_t begin = 0;
    for (const byte_vector& tag : tags) {
        if (is_large)
            append_le(out, static_cast<std::int16_t>(begin));
        else
            append_byte(out, static_cast<std::uint8_t>(begin));
        begin += tag.size();
    }
    for (const byte_vector& tag : tags)
        append_bytes(out, tag);
    return out;
}

std::optional<byte_vector> encode_json_value(std::string_view text) {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
    simdjson::dom::object object;
    if (root.get(object) == simdjson::SUCCESS) return encode_object(object);
    byte_vector out;
    if (root.is_null())
        append_type(out, data_type::null);
    else if (!append_scalar(out, root,
                            [&out](std::size_t size) { append_le(out, static_cast<std::uint16_t>(size)); }))
        return std::nullopt;
    return out;
}

}  // namespace tmq::embedded::encode
