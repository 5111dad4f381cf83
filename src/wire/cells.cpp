#include "wire/cells.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tmq::wire {

#if defined(__SSE2__)

std::uint64_t count_fitting_rows(const cell_column& column) noexcept {
    constexpr std::uint64_t rows_at_once = 8;
    if (column.size < sizeof(std::uint16_t)) return 0;
    // Numbers below 2^31 whose difference is wanted: the sign says which is larger, and many signs are looked at as one.
    const __m128i largest_offset = _mm_set1_epi32(static_cast<std::int32_t>(column.size - sizeof(std::uint16_t)));
    const __m128i one = _mm_set1_epi32(1);
    const __m128i zero = _mm_setzero_si128();
    const __m128i end = _mm_add_epi32(largest_offset, one);
    __m128i too_long = zero;
    std::uint64_t row = 0;
    for (; row + rows_at_once <= column.rows; row += rows_at_once) {
        const std::uint8_t* const at = column.offsets + 4 * row;
        const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16));
        // One higher, an offset is 0 when null, and otherwise a number up to `end`.
        const __m128i low_next = _mm_add_epi32(low, one);
        const __m128i high_next = _mm_add_epi32(high, one);
        const __m128i outside =
            _mm_or_si128(_mm_or_si128(low_next, _mm_sub_epi32(end, low_next)), _mm_or_si128(high_next, _mm_sub_epi32(end, high_next)));
        if (_mm_movemask_ps(_mm_castsi128_ps(outside)) != 0) break;

        // A null reads the byte in front of the cells, which is one of the offsets, and the first behind it; they are not looked at.
        const auto length = [&](int i) noexcept { return load_le<std::uint16_t>(column.cells + load_le<std::int32_t>(at + 4 * i)); };
        __m128i lengths = _mm_insert_epi16(zero, length(0), 0);
        lengths = _mm_insert_epi16(lengths, length(1), 1);
        lengths = _mm_insert_epi16(lengths, length(2), 2);
        lengths = _mm_insert_epi16(lengths, length(3), 3);
        lengths = _mm_insert_epi16(lengths, length(4), 4);
        lengths = _mm_insert_epi16(lengths, length(5), 5);
        lengths = _mm_insert_epi16(lengths, length(6), 6);
        lengths = _mm_insert_epi16(lengths, length(7), 7);
        const __m128i low_rest = _mm_sub_epi32(_mm_sub_epi32(largest_offset, low), _mm_unpacklo_epi16(lengths, zero));
        const __m128i high_rest = _mm_sub_epi32(_mm_sub_epi32(largest_offset, high), _mm_unpackhi_epi16(lengths, zero));
        too_long = _mm_or_si128(too_long, _mm_or_si128(_mm_andnot_si128(low, low_rest), _mm_andnot_si128(high, high_rest)));
    }
    return _mm_movemask_ps(_mm_castsi128_ps(too_long)) == 0 ? row : 0;
}

#else

std::uint64_t count_fitting_rows(const cell_column&) noexcept { return 0; }

#endif

}  // namespace tmq::wire
