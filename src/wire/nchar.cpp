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

/// Two code points are read as one word, and worked on side by side.
constexpr std::uint64_t both(std::uint32_t half) noexcept { return std::uint64_t{half} << 32 | half; }

constexpr bool are_ascii(std::uint64_t pairs) noexcept { return (pairs & both(~0x7FU)) == 0; }
/// Any bit of the result says that one of the two is not from U+0800 to U+D7FF, where nearly all that is not
/// an alphabet stands.
constexpr std::uint64_t not_three_bytes(std::uint64_t pair) noexcept {
    const std::uint64_t above = pair - both(0x800);
    return (above | (above + both(0x3000))) & both(0xFFFF'0000U);
}

template <class T>
void store_le(std::uint8_t* to, T value) noexcept {
    boost::endian::endian_store<T, sizeof(T), boost::endian::order::little>(to, value);
}

constexpr std::uint32_t ascii_pair(std::uint64_t pair) noexcept {
    return static_cast<std::uint32_t>((pair | pair >> 24) & 0xFFFFU);
}

/// Six bytes, and two zeros.
constexpr std::uint64_t three_byte_pair(std::uint64_t pair) noexcept {
    const std::uint64_t utf8 = both(0x8080E0) | (pair >> 12 & both(0xF)) | (pair << 2 & both(0x3F00)) |
                               (pair << 16 & both(0x3F'0000));
    return (utf8 & 0xFF'FFFF) | (utf8 >> 8 & 0xFFFF'FF00'0000);
}

/// `read` is all of the bytes when all is well, otherwise fewer: where the number that is no code point
/// stands.
struct transcoded {
    std::uint64_t read;
    std::uint64_t written;
};

/// `out` has room for as many bytes as `in` has, all of which may be written to.
transcoded transcode(const std::uint8_t* in, std::uint64_t size, std::uint8_t* out) noexcept {
    const std::uint8_t* const in_begin = in;
    const std::uint8_t* const in_end = in + size;
    std::uint8_t* const out_begin = out;
    while (in != in_end) {
        const std::uint8_t* one_by_one_end = in_end;
        if (in_end - in >= 16) {
            const auto first = load_le<std::uint64_t>(in);
            const auto second = load_le<std::uint64_t>(in + 8);
            if (are_ascii(first | second)) {
                store_le(out, ascii_pair(first) | ascii_pair(second) << 16);
                out += 4;
                in += 16;
                continue;
            }
            if ((not_three_bytes(first) | not_three_bytes(second)) == 0) {
                store_le(out, three_byte_pair(first));
                store_le(out + 6, three_byte_pair(second));
                out += 12;
                in += 16;
                continue;
            }
            one_by_one_end = in + 16;
        }
        for (; in != one_by_one_end; in += 4) {
            std::uint8_t* const end = write_utf8(load_le<std::uint32_t>(in), out);
            if (end == nullptr)
                return {static_cast<std::uint64_t>(in - in_begin),
                        static_cast<std::uint64_t>(out - out_begin)};
            out = end;
        }
    }
    return {size, static_cast<std::uint64_t>(out - out_begin)};
}

/// Writes a cell whose place and length are known to be right.
transcoded write_cell(const cell_column& column, std::uint64_t offset, std::uint64_t length,
                      std::uint8_t* text) noexcept {
    const transcoded result = transcode(column.cells + offset + 2, length, text + offset + 2);
    store_le(text + offset, static_cast<std::uint16_t>(result.written));
    return result;
}

/// The cells of an honest server: one behind the other, in the order of the rows. False when there is
/// anything else, be it wrong or not; what was written then says nothing.
bool transcode_in_order(const cell_column& column, std::uint8_t* text) noexcept {
    constexpr defect other{errc::nchar_cells_overlap};
    std::uint64_t free_from = 0;
    const defect error =
        for_each_cell<std::uint16_t>(column, [&](std::uint64_t offset, std::uint64_t length) noexcept {
            if (offset < free_from || length % 4 != 0) return other;
            free_from = offset + 2 + length;
            return write_cell(column, offset, length, text).read == length ? defect{} : other;
        });
    return !error;
}

/// Cells in any order, shared or not; says what is wrong.
defect transcode_in_any_order(const cell_column& column, detail::byte_buffer& scratch, std::uint8_t* text) {
    const std::size_t bitmap_size = static_cast<std::size_t>(column.size / word_bits + 1) * 8;
    scratch.grow(bitmap_size, 0);
    std::uint8_t* const bitmap = scratch.data();
    std::memset(bitmap, 0, bitmap_size);
    const defect error = for_each_cell<std::uint16_t>(
        column, [&](std::uint64_t offset, std::uint64_t length) noexcept -> defect {
            if (length % 4 != 0) return {errc::nchar_length_invalid, column.cells_position + offset};
            set_bit(bitmap, offset);
            return {};
        });
    if (error) return error;

    // In ascending order each distinct cell is written once, and one that reaches into the next is seen
    // before it is spoilt.
    std::uint64_t free_from = 0;
    for (std::uint64_t index = 0; index * word_bits < column.size; ++index) {
        for (std::uint64_t word = load_word(bitmap, index); word != 0; word &= word - 1) {
            const std::uint64_t offset =
                index * word_bits + static_cast<std::uint64_t>(std::countr_zero(word));
            if (offset < free_from) return {errc::nchar_cells_overlap, column.cells_position + offset};
            const std::uint64_t length = load_le<std::uint16_t>(column.cells + offset);
            const transcoded result = write_cell(column, offset, length, text);
            if (result.read != length)
                return {errc::nchar_code_point_invalid, column.cells_position + offset + 2 + result.read};
            free_from = offset + 2 + length;
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
