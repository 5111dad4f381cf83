#include "wire/nchar.hpp"

#include "wire/ucs4.hpp"

#include <bit>
#include <cstring>

namespace tmq::wire {
namespace {

constexpr std::uint64_t word_bits = 64;

std::uint64_t load_word(const std::uint8_t* bitmap, std::uint64_t index) noexcept {
    std::uint64_t word;
    std::memcpy(&word, bitmap + 8 * index, sizeof word);
    return word;
}

void set_bit(std::uint8_t* bitmap, std::uint64_t index) noexcept {
    const std::uint64_t word = load_word(bitmap, index / word_bits) | std::uint64_t{1} << index % word_bits;
    std::memcpy(bitmap + 8 * (index / word_bits), &word, sizeof word);
}

/// Puts `code` into both halves of a word: two code points are read as one word and handled together.
constexpr std::uint64_t pair_of(std::uint32_t code) noexcept { return std::uint64_t{code} << 32 | code; }

constexpr bool are_ascii(std::uint64_t pairs) noexcept { return (pairs & pair_of(~0x7FU)) == 0; }
/// Returns 0 if both code points are in U+0800 to U+D7FF. They take three bytes of UTF-8, and the range has
/// nearly all characters that belong to no alphabet.
constexpr std::uint64_t not_three_bytes(std::uint64_t pair) noexcept {
    const std::uint64_t above = pair - pair_of(0x800);
    return (above | (above + pair_of(0x3000))) & pair_of(0xFFFF'0000U);
}

template <class T>
void store_le(std::uint8_t* target, T value) noexcept {
    boost::endian::endian_store<T, sizeof(T), boost::endian::order::little>(target, value);
}

constexpr std::uint32_t ascii_pair(std::uint64_t pair) noexcept {
    return static_cast<std::uint32_t>((pair | pair >> 24) & 0xFFFFU);
}

/// Returns six bytes of UTF-8 and two zeros.
constexpr std::uint64_t three_byte_pair(std::uint64_t pair) noexcept {
    const std::uint64_t utf8 = pair_of(0x8080E0) | (pair >> 12 & pair_of(0xF)) |
                               (pair << 2 & pair_of(0x3F00)) | (pair << 16 & pair_of(0x3F'0000));
    return (utf8 & 0xFF'FFFF) | (utf8 >> 8 & 0xFFFF'FF00'0000);
}

struct transcode_result {
    /// All bytes of the cell, or on failure the offset of the number that is no code point.
    std::uint64_t read_bytes;
    std::uint64_t written_bytes;
};

/// `out` has room for `size` bytes, and all of them may be overwritten.
transcode_result transcode(const std::uint8_t* source, std::uint64_t size, std::uint8_t* out) noexcept {
    const std::uint8_t* const source_begin = source;
    const std::uint8_t* const source_end = source + size;
    std::uint8_t* const out_begin = out;
    while (source != source_end) {
        const std::uint8_t* single_end = source_end;
        if (source_end - source >= 16) {
            const auto first = load_le<std::uint64_t>(source);
            const auto second = load_le<std::uint64_t>(source + 8);
            if (are_ascii(first | second)) {
                store_le(out, ascii_pair(first) | ascii_pair(second) << 16);
                out += 4;
                source += 16;
                continue;
            }
            if ((not_three_bytes(first) | not_three_bytes(second)) == 0) {
                store_le(out, three_byte_pair(first));
                store_le(out + 6, three_byte_pair(second));
                out += 12;
                source += 16;
                continue;
            }
            single_end = source + 16;
        }
        for (; source != single_end; source += 4) {
            std::uint8_t* const end = write_utf8(load_le<std::uint32_t>(source), out);
            if (end == nullptr)
                return {static_cast<std::uint64_t>(source - source_begin),
                        static_cast<std::uint64_t>(out - out_begin)};
            out = end;
        }
    }
    return {size, static_cast<std::uint64_t>(out - out_begin)};
}

/// Writes a cell whose offset and length are valid.
transcode_result write_cell(const cell_column& column, std::uint64_t offset, std::uint64_t length,
                            std::uint8_t* text) noexcept {
    const transcode_result result = transcode(column.cells + offset + 2, length, text + offset + 2);
    store_le(text + offset, static_cast<std::uint16_t>(result.written_bytes));
    return result;
}

/// Transcodes cells that follow each other in the order of the rows, as real servers send them. Returns false
/// for all other cells, valid or not; the text is then meaningless.
bool transcode_in_order(const cell_column& column, std::uint8_t* text) noexcept {
    constexpr defect out_of_order{defect_code::nchar_cells_overlap};
    std::uint64_t next_free = 0;
    const defect error =
        for_each_cell<std::uint16_t>(column, [&](std::uint64_t offset, std::uint64_t length) noexcept {
            if (offset < next_free || length % 4 != 0) return out_of_order;
            next_free = offset + 2 + length;
            return write_cell(column, offset, length, text).read_bytes == length ? defect{} : out_of_order;
        });
    return !error;
}

/// Transcodes cells in any order, shared or not. Returns the defect, if there is one.
defect transcode_in_any_order(const cell_column& column, detail::byte_buffer& scratch, std::uint8_t* text) {
    const std::size_t bitmap_size = static_cast<std::size_t>(column.size / word_bits + 1) * 8;
    scratch.grow(bitmap_size, 0);
    std::uint8_t* const bitmap = scratch.data();
    std::memset(bitmap, 0, bitmap_size);
    const defect error = for_each_cell<std::uint16_t>(
        column, [&](std::uint64_t offset, std::uint64_t length) noexcept -> defect {
            if (length % 4 != 0) return {defect_code::nchar_length_invalid, column.cells_position + offset};
            set_bit(bitmap, offset);
            return {};
        });
    if (error) return error;

    // Each distinct cell is written once, in ascending order, so an overlap is found before a cell overwrites
    // the text of another one.
    std::uint64_t next_free = 0;
    for (std::uint64_t index = 0; index * word_bits < column.size; ++index) {
        for (std::uint64_t word = load_word(bitmap, index); word != 0; word &= word - 1) {
            const std::uint64_t offset =
                index * word_bits + static_cast<std::uint64_t>(std::countr_zero(word));
            if (offset < next_free) return {defect_code::nchar_cells_overlap, column.cells_position + offset};
            const std::uint64_t length = load_le<std::uint16_t>(column.cells + offset);
            const transcode_result result = write_cell(column, offset, length, text);
            if (result.read_bytes != length)
                return {defect_code::nchar_code_point_invalid,
                        column.cells_position + offset + 2 + result.read_bytes};
            next_free = offset + 2 + length;
        }
    }
    return {};
}

}  // namespace

defect transcode_nchar(const cell_column& column, detail::message_layout& layout,
                       detail::column_layout& out) {
    if (column.size == 0) return check_cells<std::uint16_t>(column);
    std::uint8_t* const text = layout.text.take(static_cast<std::size_t>(column.size));
    out.data = text;
    if (transcode_in_order(column, text)) return {};
    return transcode_in_any_order(column, layout.scratch, text);
}

}  // namespace tmq::wire
