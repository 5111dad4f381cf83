#include "wire/data_message.hpp"

#include "wire/block.hpp"
#include "wire/name.hpp"
#include "wire/offset.hpp"
#include "wire/reader.hpp"
#include "wire/schema.hpp"

namespace tmq::wire {
namespace {

constexpr std::uint8_t first_versioned_head = 100;
constexpr std::size_t inner_header_size = 18;
constexpr std::int64_t inner_header_version = 1;
constexpr std::size_t least_block_size = inner_header_size + block_header_size + block_column_size;

void read_versioned_head(reader& in, detail::message_layout& out) noexcept {
    in.fixed<std::uint8_t>();
    const std::uint64_t at = in.position();
    const auto size = in.fixed<std::int32_t>();
    if (size < 0) return in.refuse(errc::offsets_length_negative, at);
    const std::uint64_t base = in.position();
    reader offsets(in.take(static_cast<std::uint32_t>(size), at), base);
    if (!in.ok()) return;
    out.request_offset = read_offset(offsets);
    out.response_offset = read_offset(offsets);
    if (offsets.remaining() != 0) offsets.refuse(errc::offsets_excess, offsets.position());
    in.refuse(offsets.error());
}

void read_head(reader& in, std::span<const std::uint8_t> raw, detail::message_layout& out) noexcept {
    if (raw.empty()) return in.refuse(errc::truncated, 0);
    if (raw[0] >= first_versioned_head) return read_versioned_head(in, out);
    if (raw[0] < 1 || raw[0] > 3) return in.refuse(errc::head_unknown, 0);
    out.request_offset = read_unversioned_offset(in);
    out.response_offset = read_unversioned_offset(in);
}

std::size_t read_block_count(reader& in) noexcept {
    const std::uint64_t at = in.position();
    // Signed on the wire; a negative count reads as too many. Every block takes a byte for its size and at
    // least one for its rows.
    const auto count = in.fixed<std::uint32_t>();
    if (count > in.remaining() / (1 + least_block_size + 1)) in.refuse(errc::block_count_invalid, at);
    return in.ok() ? count : 0;
}

bool read_flag(reader& in) noexcept {
    const std::uint64_t at = in.position();
    const auto value = in.fixed<std::uint8_t>();
    if (value > 1) in.refuse(errc::flag_invalid, at);
    return value == 1;
}

/// The block with the header around it.
void read_block(reader& in, detail::message_layout& out) {
    const std::uint64_t size_at = in.position();
    const std::uint64_t size = in.varint<std::uint32_t>();
    if (size < least_block_size) in.refuse(errc::block_size_invalid, size_at);
    if (size > in.remaining()) in.refuse(errc::truncated, size_at);

    const std::uint64_t header_at = in.position();
    const auto version = in.fixed<std::int64_t>();
    const auto rows = in.fixed_be<std::int64_t>();
    const auto compressed = in.fixed<std::uint8_t>();
    const auto precision = in.fixed<std::uint8_t>();
    if (version != inner_header_version) in.refuse(errc::block_header_version, header_at);
    if (compressed != 0) in.refuse(errc::block_compressed, header_at + 16);
    if (precision > 2) in.refuse(errc::precision_unknown, header_at + 17);

    const std::uint64_t block_at = in.position();
    const auto block = in.take(size - inner_header_size, size_at);
    if (!in.ok()) return;
    in.refuse(parse_block(block, block_at, static_cast<time_precision>(precision), json_form::binary, out));
    if (in.ok() && rows != out.blocks.back().rows) in.refuse(errc::block_header_rows, header_at + 8);
}

void read_blocks(reader& in, std::span<const std::uint8_t> raw, detail::message_layout& out) {
    read_head(in, raw, out);
    const std::size_t count = read_block_count(in);
    if (count == 0) return;
    const bool with_table_name = read_flag(in);
    const bool with_schema = read_flag(in);
    out.blocks.reserve(count);
    for (std::size_t i = 0; in.ok() && i < count; ++i) {
        read_block(in, out);
        if (!in.ok()) return;
        detail::block_layout& block = out.blocks.back();
        if (with_schema)
            read_schema(in, {out.columns.data() + block.first_column, block.column_count}, out.schema);
        if (with_table_name) block.table_name = read_name(in, max_table_name);
    }
}

void read_created_tables(reader& in, std::vector<std::span<const std::uint8_t>>& out) {
    const std::uint64_t at = in.position();
    // Signed on the wire; a negative count reads as too many. Every item takes at least a byte.
    const auto count = in.fixed<std::uint32_t>();
    if (count > in.remaining()) in.refuse(errc::meta_count_invalid, at);
    for (std::uint32_t i = 0; in.ok() && i < count; ++i) {
        const std::uint64_t size_at = in.position();
        const auto size = in.varint<std::uint32_t>();
        const auto item = in.take(size, size_at);
        if (in.ok()) out.push_back(item);
    }
}

/// What servers newer than 3.3.5 append, of which nothing is known: 3.4.1 writes one byte, and the next may
/// append again. What is as long as the smallest block is no tail but a wrong number of blocks.
void check_end(reader& in) noexcept {
    if (in.remaining() >= least_block_size) in.refuse(errc::tail_invalid, in.position());
}

/// Servers since 3.1.1.44 close with eight bytes, a time that libtaos itself waits for.
void check_sleep_time(reader& in) noexcept {
    if (in.remaining() != 0 && in.remaining() < sizeof(std::int64_t))
        in.refuse(errc::tail_invalid, in.position());
}

}  // namespace

defect parse_data_message(std::span<const std::uint8_t> raw, detail::message_layout& out) {
    out.clear();
    reader in(raw);
    read_blocks(in, raw, out);
    check_sleep_time(in);
    check_end(in);
    if (!in.ok()) out.clear();
    return in.error();
}

defect parse_meta_data_message(std::span<const std::uint8_t> raw, detail::message_layout& out,
                               std::vector<std::span<const std::uint8_t>>& created_tables) {
    out.clear();
    created_tables.clear();
    reader in(raw);
    read_blocks(in, raw, out);
    read_created_tables(in, created_tables);
    check_end(in);
    if (!in.ok()) {
        out.clear();
        created_tables.clear();
    }
    return in.error();
}

}  // namespace tmq::wire
