#include "embedded_server/broker/gathered_message.hpp"

#include "embedded_server/encode/block_writer.hpp"
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

using encode::inner_header_size;
constexpr std::size_t precision_position = 17;  ///< In the inner header.

/// A block in the log. This server has written it, so its bytes are not checked.
struct inserted_block {
    bytes whole;  ///< All of the following, after the size of the first two.
    bytes inner_header;
    bytes block;
    bytes trailer;  ///< Schema and table name.

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
        return is_variable(static_cast<data_type>(infos()[wire::column_info_size * column]));
    }
};

std::size_t read_varint(bytes source, std::size_t& position) noexcept {
    std::size_t value = 0;
    for (int shift = 0;; shift += 7) {
        const auto byte = std::to_integer<std::size_t>(source[position++]);
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
}

void skip_varint(bytes source, std::size_t& position) noexcept { read_varint(source, position); }

void skip_text(bytes source, std::size_t& position) noexcept {
    const std::size_t size = read_varint(source, position);
    position += size;
}

/// Skips the schema of a block with this many columns.
void skip_schema(bytes source, std::size_t& position, std::size_t columns) noexcept {
    constexpr std::size_t type_and_flags_size = 2;
    skip_varint(source, position);
    skip_varint(source, position);
    for (std::size_t i = 0; i < columns; ++i) {
        position += type_and_flags_size;
        skip_varint(source, position);
        skip_varint(source, position);
        skip_text(source, position);
    }
}

/// Removes the first block from `rest`, and returns it.
inserted_block take_block(bytes& rest, testing::topic_kind kind) {
    std::size_t position = 0;
    const std::size_t size = read_varint(rest, position);
    inserted_block result;
    result.inner_header = rest.subspan(position, inner_header_size);
    result.block = rest.subspan(position + inner_header_size, size - inner_header_size);
    position += size;
    const std::size_t trailer_begin = position;
    skip_schema(rest, position, result.columns());
    if (kind != testing::topic_kind::select) skip_text(rest, position);
    result.trailer = rest.subspan(trailer_begin, position - trailer_begin);
    result.whole = rest.first(position);
    rest = rest.subspan(position);
    return result;
}

void append(std::vector<std::byte>& out, bytes part) { out.insert(out.end(), part.begin(), part.end()); }

bool can_join(const inserted_block& left, const inserted_block& right) {
    return left.inner_header[precision_position] == right.inner_header[precision_position] &&
           std::ranges::equal(left.infos(), right.infos()) && std::ranges::equal(left.trailer, right.trailer);
}

/// Adds the first `count` bits of `source`, most significant first, after the first `position` bits of
/// `target`, whose other bits are 0.
void append_bits(std::span<std::byte> target, std::size_t position, bytes source, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        if ((source[i / 8] & (std::byte{0x80} >> (i % 8))) != std::byte{0})
            target[(position + i) / 8] |= std::byte{0x80} >> ((position + i) % 8);
}

/// Sizes of a block that is joined from several.
struct joined_sizes {
    std::size_t rows = 0;
    std::vector<std::size_t> lengths;  ///< Of the columns.
    std::size_t block = wire::block_header_size + 1;
};

joined_sizes measure(std::span<const inserted_block> blocks) {
    const inserted_block& first = blocks.front();
    const std::size_t columns = first.columns();
    joined_sizes sizes;
    for (const inserted_block& block : blocks)
        sizes.rows += block.rows();
    sizes.block += wire::block_column_size * columns;
    sizes.lengths.resize(columns);
    for (std::size_t column = 0; column < columns; ++column) {
        for (const inserted_block& block : blocks)
            sizes.lengths[column] += block.length(column);
        sizes.block += sizes.lengths[column] + (first.varies(column) ? 4 * sizes.rows : (sizes.rows + 7) / 8);
    }
    return sizes;
}

/// Joins the rows of several blocks, column by column, into one block.
class block_joiner {
  public:
    block_joiner(std::vector<std::byte>& out, std::span<const inserted_block> blocks)
        : out_(out),
          blocks_(blocks),
          sizes_(measure(blocks)),
          positions_(blocks.size(),
                     wire::block_header_size + wire::block_column_size * sizes_.lengths.size()) {}

    void append_block() {
        append_head();
        for (std::size_t column = 0; column < sizes_.lengths.size(); ++column) {
            if (blocks_.front().varies(column))
                append_cell_offsets(column);
            else
                append_bitmap();
            append_cells(column);
        }
        out_.push_back(std::byte{0});
        append(out_, blocks_.front().trailer);
    }

  private:
    void append_head() {
        const inserted_block& first = blocks_.front();
        encode::append_inner_header(out_, sizes_.block, sizes_.rows, first.inner_header[precision_position]);
        append(out_, first.block.first(4));
        encode::append_le(out_, static_cast<std::int32_t>(sizes_.block));
        encode::append_le(out_, static_cast<std::int32_t>(sizes_.rows));
        append(out_, first.block.subspan(wire::block_header::columns_at,
                                         wire::block_header_size - wire::block_header::columns_at));
        append(out_, first.infos());
        for (const std::size_t length : sizes_.lengths)
            encode::append_le(out_, static_cast<std::int32_t>(length));
    }

    void append_bitmap() {
        const std::size_t begin = out_.size();
        out_.resize(begin + (sizes_.rows + 7) / 8);
        std::size_t rows = 0;
        for (std::size_t i = 0; i < blocks_.size(); ++i) {
            const inserted_block& block = blocks_[i];
            append_bits(std::span(out_).subspan(begin), rows, block.block.subspan(positions_[i]),
                        block.rows());
            positions_[i] += (block.rows() + 7) / 8;
            rows += block.rows();
        }
    }

    void append_cell_offsets(std::size_t column) {
        std::int32_t size = 0;  // Of the cells of the blocks before.
        for (std::size_t i = 0; i < blocks_.size(); ++i) {
            const inserted_block& block = blocks_[i];
            for (std::size_t row = 0; row < block.rows(); ++row, positions_[i] += 4) {
                const auto offset = encode::load_le<std::int32_t>(block.block.data() + positions_[i]);
                encode::append_le(out_, offset < 0 ? offset : offset + size);
            }
            size += static_cast<std::int32_t>(block.length(column));
        }
    }

    void append_cells(std::size_t column) {
        for (std::size_t i = 0; i < blocks_.size(); ++i) {
            append(out_, blocks_[i].block.subspan(positions_[i], blocks_[i].length(column)));
            positions_[i] += blocks_[i].length(column);
        }
    }

    std::vector<std::byte>& out_;
    std::span<const inserted_block> blocks_;
    joined_sizes sizes_;
    std::vector<std::size_t> positions_;  ///< Of the next byte of each block.
};

/// Returns the blocks of all entries, in order.
std::vector<inserted_block> take_blocks(std::span<const bytes> entries, testing::topic_kind kind) {
    std::vector<inserted_block> blocks;
    for (bytes rest : entries)
        while (!rest.empty())
            blocks.push_back(take_block(rest, kind));
    return blocks;
}

/// Returns the properties that blocks must share to be joined, as a key.
std::string form_of(const inserted_block& block) {
    std::string form(1, static_cast<char>(block.inner_header[precision_position]));
    for (const bytes part : {block.infos(), block.trailer})
        form.append(reinterpret_cast<const char*>(part.data()), part.size());
    return form;
}

using joined_blocks = std::vector<inserted_block>;

struct amount {
    std::size_t rows = 0;
    std::size_t size = 0;

    void add(const inserted_block& block) noexcept {
        rows += block.rows();
        size += block.block.size();
    }
    bool is_full_for(const inserted_block& next, std::size_t enough_rows) const noexcept {
        return rows >= enough_rows || size + next.block.size() > most_bytes_gathered;
    }
};

/// Groups blocks of the same form. The forms are in the order of their first blocks.
std::vector<joined_blocks> group_by_form(std::span<const inserted_block> blocks, std::size_t enough_rows) {
    struct form_groups {
        std::vector<joined_blocks> groups;
        amount last;
    };
    std::map<std::string, form_groups> forms;
    std::vector<form_groups*> order;
    for (const inserted_block& block : blocks) {
        const auto [entry, is_new] = forms.try_emplace(form_of(block));
        form_groups& form = entry->second;
        if (is_new) order.push_back(&form);
        if (is_new || form.last.is_full_for(block, enough_rows)) {
            form.groups.emplace_back();
            form.last = {};
        }
        form.last.add(block);
        form.groups.back().push_back(block);
    }
    std::vector<joined_blocks> groups;
    for (form_groups* const form : order)
        std::move(form->groups.begin(), form->groups.end(), std::back_inserter(groups));
    return groups;
}

/// Appends the blocks as one.
void append_joined(std::vector<std::byte>& out, std::span<const inserted_block> blocks) {
    if (blocks.size() == 1)
        append(out, blocks.front().whole);
    else
        block_joiner(out, blocks).append_block();
}

/// Appends the position of a reader in a snapshot. In a real server it is a table and a time in it; here it
/// is the number of a message.
void append_snapshot_offset(std::vector<std::byte>& out, std::int64_t message) {
    out.push_back(std::byte{0x12});
    encode::append_le(out, message);
    encode::append_le(out, std::int64_t{0});
    out.push_back(std::byte{0});
    encode::append_le(out, std::int64_t{0});
}

encode::shared_bytes encode_snapshot_message(std::span<const joined_blocks> blocks, testing::topic_kind kind,
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
    for (const joined_blocks& group : blocks)
        append_joined(out, group);
    encode::append_data_tail(out);
    return std::make_shared<const std::vector<std::byte>>(std::move(out));
}

}  // namespace

std::vector<std::byte> encode_insert(std::span<const testing::block_builder> blocks,
                                     testing::topic_kind kind) {
    std::vector<std::byte> out;
    for (const testing::block_builder& block : blocks)
        if (block.rows() != 0) encode::append_message_block(out, block, kind);
    return out;
}

std::vector<std::byte> encode_gathered(std::span<const bytes> entries, const gathering& rules,
                                       std::int64_t request, std::int64_t response) {
    const std::vector<inserted_block> blocks = take_blocks(entries, rules.kind);
    std::size_t size = 64;
    for (const bytes entry : entries)
        size += entry.size();
    std::vector<std::span<const inserted_block>> groups;  // Each becomes one block.
    for (const inserted_block& block : blocks) {
        if (rules.joins && !groups.empty() && can_join(groups.back().front(), block))
            groups.back() = {groups.back().data(), groups.back().size() + 1};
        else
            groups.emplace_back(&block, 1);
    }
    std::vector<std::byte> out;
    out.reserve(size);
    encode::append_data_head(out, groups.size(), rules.kind, request, response);
    for (const auto& group : groups)
        append_joined(out, group);
    encode::append_data_tail(out);
    return out;
}

std::vector<encode::shared_bytes> encode_snapshot(std::span<const bytes> entries, const gathering& rules,
                                                  std::int64_t end) {
    const std::vector<joined_blocks> blocks = group_by_form(take_blocks(entries, rules.kind), rules.rows);
    std::vector<encode::shared_bytes> messages;
    for (std::size_t first = 0; first < blocks.size();) {
        std::size_t next = first;
        amount total;
        do {
            for (const inserted_block& block : blocks[next])
                total.add(block);
            ++next;
        } while (next < blocks.size() && !total.is_full_for(blocks[next].front(), rules.rows));
        const auto part = std::span(blocks).subspan(first, next - first);
        const bool is_last = next == blocks.size();
        messages.push_back(encode_snapshot_message(part, rules.kind,
                                                   static_cast<std::int64_t>(messages.size()),
                                                   is_last ? std::optional(end) : std::nullopt));
        first = next;
    }
    return messages;
}

encode::shared_bytes gathered_messages::find(std::int64_t begin, std::int64_t end) const noexcept {
    for (const cached_message& message : messages_)
        if (message.raw && message.begin == begin && message.end == end) return message.raw;
    return nullptr;
}

void gathered_messages::add(std::int64_t begin, std::int64_t end, encode::shared_bytes raw) noexcept {
    messages_[oldest_] = {begin, end, std::move(raw)};
    oldest_ = (oldest_ + 1) % messages_.size();
}

}  // namespace tmq::embedded::broker
