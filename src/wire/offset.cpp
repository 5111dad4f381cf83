#include "wire/offset.hpp"

namespace tmq::wire {
namespace {

using detail::offset_kind;
using detail::wire_offset;

constexpr std::size_t snapshot_size = 16;  // i64 table uid, i64 timestamp

bool is_variable(std::uint8_t key_type) noexcept {
    switch (static_cast<data_type>(key_type)) {
        case data_type::varchar:
        case data_type::nchar:
        case data_type::json:
        case data_type::varbinary:
        case data_type::blob:
        case data_type::mediumblob:
        case data_type::geometry: return true;
        default: return false;
    }
}

/// The value of a second primary key column, which versioned snapshot offsets carry whether there is one or
/// not.
void skip_key(reader& in) noexcept {
    const auto type = in.fixed<std::uint8_t>();
    const std::uint64_t at = in.position();
    const std::uint64_t size = is_variable(type) ? in.varint<std::uint32_t>() : sizeof(std::int64_t);
    in.take(size, at);
}

wire_offset log_offset(reader& in) noexcept { return {offset_kind::log, in.fixed<std::int64_t>()}; }

wire_offset snapshot_offset(reader& in, offset_kind kind) noexcept {
    in.take(snapshot_size, in.position());
    return {kind, 0};
}

wire_offset keyed_snapshot_offset(reader& in, offset_kind kind) noexcept {
    const wire_offset offset = snapshot_offset(in, kind);
    skip_key(in);
    return offset;
}

}  // namespace

wire_offset read_offset(reader& in) noexcept {
    const std::uint64_t at = in.position();
    switch (in.fixed<std::uint8_t>()) {
        case 0x10:
        case 0xFD: return {};
        case 0xFE: return {offset_kind::earliest, 0};
        case 0xFF: return {offset_kind::latest, 0};
        case 0x11: return log_offset(in);
        case 0x12: return keyed_snapshot_offset(in, offset_kind::snapshot_data);
        case 0x13: return keyed_snapshot_offset(in, offset_kind::snapshot_meta);
        default: in.refuse(errc::offset_type_unknown, at); return {};
    }
}

wire_offset read_unversioned_offset(reader& in) noexcept {
    const std::uint64_t at = in.position();
    switch (in.fixed<std::uint8_t>()) {
        case 1: return log_offset(in);
        case 2: return snapshot_offset(in, offset_kind::snapshot_data);
        case 3: return snapshot_offset(in, offset_kind::snapshot_meta);
        default: in.refuse(errc::offset_type_unknown, at); return {};
    }
}

}  // namespace tmq::wire
