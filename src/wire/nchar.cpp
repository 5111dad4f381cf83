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

/// Two code points at a time: the bits that must be clear for both to be ASCII.
constexpr std::uint64_t not_ascii = 0xFFFF'FF80'FFFF'FF80;

/// Returns the bytes read when all is well, otherwise fewer: where the number that is no code point stands.
struct transcoded {
    std::uint64_t read;
    std::uint64_t written;
};

transcoded transcode(const std::uint8_t* in, std::uint64_t size, std::uint8_t* out) noexcept {
    std::uint8_t* const begin = out;
    std::uint64_t at = 0;
    while (at < size) {
        if (size - at >= 8) {
            const auto pair = load_le<std::uint64_t>(in + at);
            if ((pair & not_ascii) == 0) {
                out[0] = static_cast<std::uint8_t>(pair);
                out[1] = static_cast<std::uint8_t>(pair >> 32);
                out += 2;
                at += 8;
                continue;
            }
        }
        std::uint8_t* const end = write_utf8(load_le<std::uint32_t>(in + at), out);
        if (end == nullptr) break;
        out = end;
        at += 4;
    }
    return {at, static_cast<std::uint64_t>(out - begin)};
}

}  // namespace

failure transcode_nchar(const cell_column& column, detail::message_layout& layout, detail::column_layout& out) {
    if (column.size == 0) return check_cells<std::uint16_t>(column);
    const std::size_t bitmap_size = static_cast<std::size_t>(column.size / word_bits + 1) * 8;
    layout.scratch.grow(bitmap_size, 0);
    std::uint8_t* const bitmap = layout.scratch.data();
    std::uint8_t* const text = layout.text.take(static_cast<std::size_t>(column.size));
    out.data = text;
    std::memset(bitmap, 0, bitmap_size);
    const failure error = for_each_cell<std::uint16_t>(column, [&](std::uint64_t offset, std::uint64_t length) noexcept -> failure {
        if (length % 4 != 0) return {errc::nchar_length_invalid, column.cells_position + offset};
        set_bit(bitmap, offset);
        return {};
    });
    if (error) return error;

    // In ascending order each distinct cell is written once, and one that reaches into the next is seen before it is spoilt.
    std::uint64_t free_from = 0;
    for (std::uint64_t index = 0; index * word_bits < column.size; ++index) {
        for (std::uint64_t word = load_word(bitmap, index); word != 0; word &= word - 1) {
            const std::uint64_t offset = index * word_bits + static_cast<std::uint64_t>(std::countr_zero(word));
            if (offset < free_from) return {errc::nchar_cells_overlap, column.cells_position + offset};
            const std::uint8_t* const cell = column.cells + offset;
            const std::uint64_t length = load_le<std::uint16_t>(cell);
            const transcoded result = transcode(cell + 2, length, text + offset + 2);
            if (result.read != length) return {errc::nchar_code_point_invalid, column.cells_position + offset + 2 + result.read};
            boost::endian::endian_store<std::uint16_t, 2, boost::endian::order::little>(text + offset, static_cast<std::uint16_t>(result.written));
            free_from = offset + 2 + length;
        }
    }
    return {};
}

}  // namespace tmq::wire
