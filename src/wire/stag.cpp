#include "wire/stag.hpp"

#include "wire/column_type.hpp"
#include "wire/name.hpp"
#include "wire/reader.hpp"

namespace tmq::wire {
namespace {

constexpr std::size_t header_size = 9;  // u8 flags, i16 size of all, i16 count, i32 schema version
constexpr std::uint64_t size_offset = 1;
constexpr std::uint64_t count_offset = 3;
constexpr unsigned json_flag = 0x40;
constexpr unsigned large_flag = 0x20;  // two bytes per index entry
constexpr std::size_t null_width = 2;  // in the server's table of widths

}  // namespace

std::uint64_t tag_set_reader::values_offset() const noexcept { return header_size + index_width_ * count_; }

defect tag_set_reader::read_header() noexcept {
    if (bytes_.size() < header_size) return {defect_code::truncated, base_};
    const unsigned flags = bytes_[0];
    if ((flags & ~(json_flag | large_flag)) != 0) return {defect_code::tags_flags_unknown, base_};
    json_ = (flags & json_flag) != 0;
    index_width_ = (flags & large_flag) != 0 ? 2 : 1;

    const auto size = load_le<std::int16_t>(bytes_.data() + size_offset);
    if (size < static_cast<std::int16_t>(header_size) || static_cast<std::size_t>(size) > bytes_.size())
        return {defect_code::tags_size_invalid, base_ + size_offset};
    bytes_ = bytes_.first(static_cast<std::size_t>(size));

    const auto count = load_le<std::int16_t>(bytes_.data() + count_offset);
    if (count < 0) return {defect_code::tags_count_invalid, base_ + count_offset};
    count_ = static_cast<std::size_t>(count);
    if (values_offset() > bytes_.size()) return {defect_code::tags_count_invalid, base_ + count_offset};
    next_free_ = values_offset();
    return {};
}

defect tag_set_reader::read_tag(tag_value& out) noexcept {
    const std::uint64_t entry_offset = header_size + index_width_ * next_++;
    const std::uint8_t* const entry = bytes_.data() + entry_offset;
    // The entry is signed on the wire. A negative one reads as an offset after the set, which is never larger
    // than 32767 bytes.
    const std::uint64_t offset =
        values_offset() + (index_width_ == 1 ? *entry : load_le<std::uint16_t>(entry));
    if (offset < next_free_ || offset >= bytes_.size())
        return {defect_code::tags_index_invalid, base_ + entry_offset};

    out = {};
    byte_reader reader(bytes_.subspan(static_cast<std::size_t>(offset)), base_ + offset);
    if (json_)
        out.key = read_name(reader, max_json_key);
    else
        out.column_id = reader.zigzag<std::int16_t>();
    out.type_position = reader.position();
    const auto number = reader.fixed<std::uint8_t>();
    if (!reader.ok()) return reader.error();

    const column_type type = column_type_of(number);
    const std::uint64_t length_position = reader.position();
    std::uint64_t length = type.width;
    switch (type.form) {
        case column_form::unknown:
        case column_form::unsupported: return {defect_code::tag_type_unknown, out.type_position};
        case column_form::null: length = null_width; break;
        case column_form::fixed:
        case column_form::decimal: break;
        case column_form::bytes:
        case column_form::blob:
        case column_form::nchar:
        case column_form::json: length = reader.varint<std::uint32_t>(); break;
    }
    out.type = static_cast<data_type>(number);
    out.bytes_position = reader.position();
    out.bytes = reader.take(length, length_position);
    if (type.form == column_form::null) out.bytes = {};
    if (!reader.ok()) return reader.error();
    next_free_ = reader.position() - base_;
    return {};
}

}  // namespace tmq::wire
