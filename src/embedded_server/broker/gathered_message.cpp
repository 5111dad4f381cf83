#include "embedded_server/broker/gathered_message.hpp"

#include "embedded_server/encode/block_writer.hpp"
#include "embedded_server/encode/column_type.hpp"
#include "embedded_server/encode/little_endian.hpp"
#include "wire/block.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tmq::embedded::broker {

namespace {

using bytes = std::span<const std::byte>;

constexpr std::size_t inner_header_size = 18;
constexpr std::size_t precision_at = 17;

/// A block of this server's own making, so that it need not be checked.
struct inserted_block {
    bytes whole;  ///< with its size in front
    bytes inner_header;
    bytes block;
    bytes behind;  ///< schema and table name

    std::size_t rows() const noexcept {
        return encode::load_le<std::uint32_t>(block.data() + wire::block_header::rows_at);
    }
    std::size_t columns() const noexcept {
        return encode::load_le<std::uint32_t>(block.data() + wire::block_header::columns_at);
    }
    bytes infos() const noexcept {
        return block.subspan(wire::block_header_size, wire::column_info_size * columns());
    }
    std::size_t length(std::size_t column) const noexcept {
        return encode::load_le<std::uint32_t>(block.data() + wire::block_header_size +
                                              wire::column_info_size * columns() + 4 * column);
    }
    bool varies(std::size_t column) const noexcept {
        return encode::is_variable(static_cast<data_type>(infos()[wire::column_info_size * column]));
    }
};

std::size_t read_varint(bytes from, std::size_t& at) noexcept {
    std::size_t value = 0;
    for (int shift = 0;; shift += 7) {
        const auto byte = std::to_integer<std::size_t>(from[at++]);
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
}

void skip_varint(bytes from, std::size_t& at) noexcept { read_varint(from, at); }

void skip_text(bytes from, std::size_t& at) noexcept {
    const std::size_t size = read_varint(from, at);
    at += size;
}

/// Takes the first block of `rest`.
inserted_block take_block(bytes& rest, topic_kind kind) {
    std::size_t at = 0;
    const std::size_t size = read_varint(rest, at);
    inserted_block one;
    one.inner_header = rest.subspan(at, inner_header_size);
    one.block = rest.subspan(at + inner_header_size, size - inner_header_size);
    const std::size_t schema_at = at += size;
    const std::size_t columns = one.columns();
    skip_varint(rest, at);
    skip_varint(rest, at);
    for (std::size_t i = 0; i < columns; ++i) {
        at += 2;
        skip_varint(rest, at);
        skip_varint(rest, at);
        skip_text(rest, at);
    }
    if (kind != topic_kind::select) skip_text(rest, at);
    one.behind = rest.subspan(schema_at, at - schema_at);
    one.whole = rest.first(at);
    rest = rest.subspan(at);
    return one;
}

void append(std::vector<std::byte>& out, bytes what) { out.insert(out.end(), what.begin(), what.end()); }

bool can_join(const inserted_block& a, const inserted_block& b) {
    return a.inner_header[precision_at] == b.inner_header[precision_at] &&
           std::ranges::equal(a.infos(), b.infos()) && std::ranges::equal(a.behind, b.behind);
}

/// Adds the first `count` bits of `from`, most significant first, behind the `at` bits that are in `to`.
void append_bits(std::span<std::byte> to, std::size_t at, bytes from, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        if ((from[i / 8] & (std::byte{0x80} >> (i % 8))) != std::byte{0})
            to[(at + i) / 8] |= std::byte{0x80} >> ((at + i) % 8);
}

/// One block with the rows of all.
void append_joined(std::vector<std::byte>& out, std::span<const inserted_block> blocks) {
    const inserted_block& first = blocks.front();
    const std::size_t columns = first.columns();
    std::size_t rows = 0;
    for (const inserted_block& one : blocks)
        rows += one.rows();
    std::vector<std::size_t> lengths(columns);
    std::size_t size = wire::block_header_size + wire::block_column_size * columns + 1;
    for (std::size_t column = 0; column < columns; ++column) {
        for (const inserted_block& one : blocks)
            lengths[column] += one.length(column);
        size += lengths[column] + (first.varies(column) ? 4 * rows : (rows + 7) / 8);
    }
    encode::append_inner_header(out, size, rows, first.inner_header[precision_at]);
    append(out, first.block.first(4));
    encode::append_le(out, static_cast<std::int32_t>(size));
    encode::append_le(out, static_cast<std::int32_t>(rows));
    append(out, first.block.subspan(wire::block_header::columns_at,
                                    wire::block_header_size - wire::block_header::columns_at));
    append(out, first.infos());
    for (const std::size_t length : lengths)
        encode::append_le(out, static_cast<std::int32_t>(length));
    std::vector<std::size_t> at(blocks.size(), wire::block_header_size + wire::block_column_size * columns);
    for (std::size_t column = 0; column < columns; ++column) {
        const bool varies = first.varies(column);
        const std::size_t start = out.size();
        if (!varies) out.resize(start + (rows + 7) / 8);
        std::size_t rows_before = 0;
        std::int32_t bytes_before = 0;
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            const inserted_block& one = blocks[i];
            if (!varies) {
                append_bits(std::span(out).subspan(start), rows_before, one.block.subspan(at[i]), one.rows());
                at[i] += (one.rows() + 7) / 8;
            } else {
                for (std::size_t row = 0; row < one.rows(); ++row, at[i] += 4) {
                    const auto offset = encode::load_le<std::int32_t>(one.block.data() + at[i]);
                    encode::append_le(out, offset < 0 ? offset : offset + bytes_before);
                }
                bytes_before += static_cast<std::int32_t>(one.length(column));
            }
            rows_before += one.rows();
        }
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            append(out, blocks[i].block.subspan(at[i], blocks[i].length(column)));
            at[i] += blocks[i].length(column);
        }
    }
    out.push_back(std::byte{0});
    append(out, first.behind);
}

/// The blocks of all entries, in order.
std::vector<inserted_block> take_blocks(std::span<const bytes> entries, topic_kind kind) {
    std::vector<inserted_block> blocks;
    for (bytes rest : entries)
        while (!rest.empty())
            blocks.push_back(take_block(rest, kind));
    return blocks;
}

/// What blocks have in common that can be joined.
std::string form_of(const inserted_block& one) {
    std::string form(1, static_cast<char>(one.inner_header[precision_at]));
    for (const bytes part : {one.infos(), one.behind})
        form.append(reinterpret_cast<const char*>(part.data()), part.size());
    return form;
}

using joined_blocks = std::vector<inserted_block>;

struct amount {
    std::size_t rows = 0;
    std::size_t bytes = 0;

    void add(const inserted_block& one) noexcept {
        rows += one.rows();
        bytes += one.block.size();
    }
    bool is_full_for(const inserted_block& next, std::size_t enough_rows) const noexcept {
        return rows >= enough_rows || bytes + next.block.size() > most_bytes_gathered;
    }
};

/// One after the other, each form of its own.
std::vector<joined_blocks> by_form(std::span<const inserted_block> blocks, std::size_t enough_rows) {
    struct groups_of_form {
        std::vector<joined_blocks> groups;
        amount last;
    };
    std::map<std::string, groups_of_form> forms;
    std::vector<groups_of_form*> order;
    for (const inserted_block& one : blocks) {
        const auto [at, is_new] = forms.try_emplace(form_of(one));
        groups_of_form& form = at->second;
        if (is_new) order.push_back(&form);
        if (is_new || form.last.is_full_for(one, enough_rows)) {
            form.groups.emplace_back();
            form.last = {};
        }
        form.last.add(one);
        form.groups.back().push_back(one);
    }
    std::vector<joined_blocks> all;
    for (groups_of_form* const form : order)
        std::move(form->groups.begin(), form->groups.end(), std::back_inserter(all));
    return all;
}

void append_blocks(std::vector<std::byte>& out, std::span<const inserted_block> blocks) {
    blocks.size() == 1 ? append(out, blocks.front().whole) : append_joined(out, blocks);
}

/// Where the reading of a snapshot stands: in a real server a table and a time of it.
void append_snapshot_offset(std::vector<std::byte>& out, std::int64_t message) {
    out.push_back(std::byte{0x12});
    encode::append_le(out, message);
    encode::append_le(out, std::int64_t{0});
    out.push_back(std::byte{0});
    encode::append_le(out, std::int64_t{0});
}

encode::shared_bytes encode_snapshot_message(std::span<const joined_blocks> blocks, topic_kind kind,
                                             std::int64_t number, std::optional<std::int64_t> log_end) {
    constexpr std::int32_t snapshot_size = 26;
    constexpr std::int32_t log_size = 9;
    constexpr std::byte log_offset{0x11};
    std::vector<std::byte> out;
    out.push_back(std::byte{0x64});
    encode::append_le(out, snapshot_size + (log_end ? log_size : snapshot_size));
    append_snapshot_offset(out, number);
    if (log_end) {
        out.push_back(log_offset);
        encode::append_le(out, *log_end);
    } else {
        append_snapshot_offset(out, number + 1);
    }
    encode::append_block_count(out, blocks.size(), kind);
    for (const joined_blocks& one : blocks)
        append_blocks(out, one);
    encode::append_data_tail(out);
    return std::make_shared<const std::vector<std::byte>>(std::move(out));
}

}  // namespace

std::vector<std::byte> encode_insert(std::span<const block_builder> blocks, topic_kind kind) {
    std::vector<std::byte> out;
    for (const block_builder& one : blocks)
        if (one.rows() != 0) encode::append_message_block(out, one, kind);
    return out;
}

std::vector<std::byte> encode_gathered(std::span<const bytes> entries, const gathering& how,
                                       std::int64_t request, std::int64_t response) {
    const std::vector<inserted_block> blocks = take_blocks(entries, how.kind);
    std::size_t size = 64;
    for (const bytes one : entries)
        size += one.size();
    // each group of blocks makes one
    std::vector<std::span<const inserted_block>> groups;
    for (const inserted_block& one : blocks) {
        if (how.joins && !groups.empty() && can_join(groups.back().front(), one))
            groups.back() = {groups.back().data(), groups.back().size() + 1};
        else
            groups.emplace_back(&one, 1);
    }
    std::vector<std::byte> out;
    out.reserve(size);
    encode::append_data_head(out, groups.size(), how.kind, request, response);
    for (const auto& group : groups)
        append_blocks(out, group);
    encode::append_data_tail(out);
    return out;
}

std::vector<encode::shared_bytes> encode_snapshot(std::span<const bytes> entries, const gathering& how,
                                                  std::int64_t end) {
    const std::vector<joined_blocks> blocks = by_form(take_blocks(entries, how.kind), how.rows);
    std::vector<encode::shared_bytes> messages;
    for (std::size_t first = 0; first < blocks.size();) {
        std::size_t next = first;
        amount gathered;
        do {
            for (const inserted_block& one : blocks[next])
                gathered.add(one);
            ++next;
        } while (next < blocks.size() && !gathered.is_full_for(blocks[next].front(), how.rows));
        const auto part = std::span(blocks).subspan(first, next - first);
        const bool is_last = next == blocks.size();
        messages.push_back(encode_snapshot_message(part, how.kind, static_cast<std::int64_t>(messages.size()),
                                                   is_last ? std::optional(end) : std::nullopt));
        first = next;
    }
    return messages;
}

encode::shared_bytes gathered_messages::find(std::int64_t begin, std::int64_t end) const noexcept {
    for (const kept_message& one : kept_)
        if (one.raw && one.begin == begin && one.end == end) return one.raw;
    return nullptr;
}

void gathered_messages::add(std::int64_t begin, std::int64_t end, encode::shared_bytes raw) noexcept {
    kept_[oldest_] = {begin, end, std::move(raw)};
    oldest_ = (oldest_ + 1) % kept_.size();
}

}  // namespace tmq::embedded::broker
