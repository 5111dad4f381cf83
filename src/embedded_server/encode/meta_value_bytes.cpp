#include "embedded_server/encode/meta_value_bytes.hpp"

#include "embedded_server/encode/tag_set.hpp"
#include "embedded_server/encode/ucs4_text.hpp"

#include <bit>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace tmq::embedded::encode {

namespace {

[[noreturn]] void refuse(const char* why) {
    throw std::invalid_argument(std::string("the value of a tag: ") + why);
}

template <class T>
const T& content(const meta_value& value) {
    if (const T* data = std::get_if<T>(&value.data)) return *data;
    refuse("not of its type");
}

template <class T>
void append_integer(byte_vector& out, const meta_value& value) {
    const auto number = content<std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>(value);
    if (!std::in_range<T>(number)) refuse("out of range");
    append_le(out, static_cast<T>(number));
}

void append_json(byte_vector& out, const std::string& text) {
    constexpr std::byte object_flag{0x40};
    constexpr std::size_t count_at = 3;
    const auto set = encode_json_value(text);
    if (!set || (set->front() & object_flag) == std::byte{0}) refuse("not a JSON object as a tag has it");
    if (load_le<std::int16_t>(set->data() + count_at) == 0) refuse("an empty JSON object is NULL");
    append_bytes(out, *set);
}

}  // namespace

byte_vector encode_meta_value(const meta_value& value) {
    if (!value.exact) refuse("not exact");
    byte_vector out;
    switch (value.type) {
        case data_type::boolean: append_byte(out, content<bool>(value) ? 1 : 0); break;
        case data_type::tinyint: append_integer<std::int8_t>(out, value); break;
        case data_type::smallint: append_integer<std::int16_t>(out, value); break;
        case data_type::integer: append_integer<std::int32_t>(out, value); break;
        case data_type::bigint:
        case data_type::timestamp: append_integer<std::int64_t>(out, value); break;
        case data_type::unsigned_tinyint: append_integer<std::uint8_t>(out, value); break;
        case data_type::unsigned_smallint: append_integer<std::uint16_t>(out, value); break;
        case data_type::unsigned_integer: append_integer<std::uint32_t>(out, value); break;
        case data_type::unsigned_bigint: append_integer<std::uint64_t>(out, value); break;
        case data_type::real: append_le(out, std::bit_cast<std::uint32_t>(content<float>(value))); break;
        case data_type::double_precision:
            append_le(out, std::bit_cast<std::uint64_t>(content<double>(value)));
            break;
        case data_type::varchar:
            if (byte_vector ignored; !append_ucs4(ignored, content<std::string>(value))) refuse("not UTF-8");
            append_bytes(out, content<std::string>(value));
            break;
        case data_type::nchar:
            if (!append_ucs4(out, content<std::string>(value))) refuse("not UTF-8");
            break;
        case data_type::varbinary:
        case data_type::geometry: append_bytes(out, content<std::vector<std::byte>>(value)); break;
        case data_type::json: append_json(out, content<std::string>(value)); break;
        default: refuse("of a type that tags do not have");
    }
    if (out.size() > max_tag_set) refuse("too long");
    return out;
}

byte_vector encode_tags(std::span<const tag_setting> tags) {
    constexpr std::int64_t first_id = 2;
    if (tags.size() == 1 && tags[0].value.type == data_type::json) return encode_meta_value(tags[0].value);
    std::vector<byte_vector> encoded;
    for (const tag_setting& tag : tags) {
        if (tag.value.type == data_type::json) refuse("a JSON tag is the only one");
        if (tag.value.is_null()) refuse("NULL: leave the tag out");
        const byte_vector value = encode_meta_value(tag.value);
        byte_vector& element = encoded.emplace_back();
        append_zigzag(element, first_id + static_cast<std::int64_t>(encoded.size()) - 1);
        append_type(element, tag.value.type);
        if (is_variable(tag.value.type))
            append_binary(element, value);
        else
            append_bytes(element, value);
    }
    auto set = encode_tag_set(encoded, false);
    if (!set) refuse("more than 16 KiB of tags");
    return std::move(*set);
}

}  // namespace tmq::embedded::encode
