#include "wire/offset.hpp"

namespace tmq::wire {
namespace {

using detail::offset_kind;
using detail::wire_offset;

constexpr std::size_t snapshot_size = 16;  // i64 table uid, i64 timestamp

/// Skips the value of a composite key column, which versioned snapshot offsets carry even for tables without
/// one.
void skip_key(byte_reader& reader) noexcept {
    const auto type = static_cast<data_type>(reader.fixed<std::uint8_t>());
    const std::uint64_t position = reader.position();
    const std::uint64_t size = is_variable(type) ? reader.varint<std::uint32_t>() : sizeof(std::int64_t);
    reader.take(size, position);
}

wire_offset log_offset(byte_reader& reader) noexcept {
    return {offset_kind::log, reader.fixed<std::int64_t>()};
}

wire_offset snapshot_offset(byte_reader& reader, offset_kind kind) noexcept {
    reader.take(snapshot_size, reader.position());
    return {kind, 0};
}

wire_offset keyed_snapshot_offset(byte_reader& reader, offset_kind kind) noexcept {
    const wire_offset offset = snapshot_offset(reader, kind);
    skip_key(reader);
    return offset;
}

}  // namespace

wire_offset read_offset(byte_reader& reader) noexcept {
    const std::uint64_t position = reader.position();
    switch (reader.fixed<std::uint8_t>()) {
        case 0x10:
        case 0xFD: return {};
        case 0xFE: return {offset_kind::earliest, 0};
        case 0xFF: return {offset_kind::latest, 0};
        case 0x11: return log_offset(reader);
        case 0x12: return keyed_snapshot_offset(reader, offset_kind::snapshot_data);
        case 0x13: return keyed_snapshot_offset(reader, offset_kind::snapshot_meta);
        default: reader.refuse(defect_code::offset_type_unknown, position); return {};
    }
}

wire_offset read_unversioned_offset(byte_reader& reader) noexcept {
    const std::uint64_t position = reader.position();
    switch (reader.fixed<std::uint8_t>()) {
        case 1: return log_offset(reader);
        case 2: return snapshot_offset(reader, offset_kind::snapshot_data);
        case 3: return snapshot_offset(reader, offset_kind::snapshot_meta);
        default: reader.refuse(defect_code::offset_type_unknown, position); return {};
    }
}

}  // namespace tmq::wire
