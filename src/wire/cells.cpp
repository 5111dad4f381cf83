#include "wire/cells.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tmq::wire {

#if defined(__SSE2__)

std::uint64_t count_fitting_rows(const cell_column& column) noexcept {
    constexpr std::uint64_t rows_at_once = 8;
    if (column.size < sizeof(std::uint16_t)) return 0;
    const __m128i largest_offset =
        _mm_set1_epi32(static_cast<std::int32_t>(column.size - sizeof(std::uint16_t)));
    const __m128i zero = _mm_setzero_si128();
    const __m128i ones = _mm_set1_epi32(1);
    const __m128i end = _mm_add_epi32(largest_offset, ones);

    // Each checks four rows and sets the sign of a lane if its row is wrong. The successor of a valid offset
    // is 0 for a null, and otherwise at most `end`.
    const auto outside = [&](__m128i offsets) noexcept {
        const __m128i successor = _mm_add_epi32(offsets, ones);
        return _mm_or_si128(successor, _mm_sub_epi32(end, successor));
    };
    const auto too_long = [&](__m128i offsets, __m128i lengths) noexcept {
        return _mm_andnot_si128(offsets, _mm_sub_epi32(_mm_sub_epi32(largest_offset, offsets), lengths));
    };
    const auto any = [](__m128i signs) noexcept { return _mm_movemask_ps(_mm_castsi128_ps(signs)) != 0; };

    __m128i wrong = zero;
    std::uint64_t row = 0;
    for (; row + rows_at_once <= column.rows; row += rows_at_once) {
        const std::uint8_t* const offsets = column.offsets + 4 * row;
        const __m128i first = _mm_loadu_si128(reinterpret_cast<const __m128i*>(offsets));
        const __m128i second = _mm_loadu_si128(reinterpret_cast<const __m128i*>(offsets + 16));
        if (any(_mm_or_si128(outside(first), outside(second)))) break;

        // The offset of a null is -1, so its length is read from the last byte of the offsets and the first
        // of the cells. too_long() ignores it.
        const auto length = [&](int index) noexcept {
            return load_le<std::uint16_t>(column.cells + load_le<std::int32_t>(offsets + 4 * index));
        };
        __m128i lengths = _mm_insert_epi16(zero, length(0), 0);
        lengths = _mm_insert_epi16(lengths, length(1), 1);
        lengths = _mm_insert_epi16(lengths, length(2), 2);
        lengths = _mm_insert_epi16(lengths, length(3), 3);
        lengths = _mm_insert_epi16(lengths, length(4), 4);
        lengths = _mm_insert_epi16(lengths, length(5), 5);
        lengths = _mm_insert_epi16(lengths, length(6), 6);
        lengths = _mm_insert_epi16(lengths, length(7), 7);
        wrong = _mm_or_si128(wrong, too_long(first, _mm_unpacklo_epi16(lengths, zero)));
        wrong = _mm_or_si128(wrong, too_long(second, _mm_unpackhi_epi16(lengths, zero)));
    }
    return any(wrong) ? 0 : row;
}

#else

std::uint64_t count_fitting_rows(const cell_column&) noexcept { return 0; }

#endif

}  // namespace tmq::wire
