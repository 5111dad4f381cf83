#include "wire/name.hpp"

#include "text/utf8.hpp"

namespace tmq::wire {
namespace {

/// Returns true if a byte is NUL or not ASCII. Subtracting 1 from a NUL sets its highest bit, which is set
/// already in a byte that is not ASCII. A borrow reaches only bytes after the lowest NUL.
template <class T>
bool has_special(const std::uint8_t* bytes) noexcept {
    constexpr T ones = std::numeric_limits<T>::max() / 0xFF;
    const T word = load_le<T>(bytes);
    return ((static_cast<T>(word - ones) | word) & static_cast<T>(ones << 7)) != 0;
}

/// Returns true if all bytes are ASCII and none is a NUL, as in nearly all names.
bool is_plain(std::string_view name) noexcept {
    const auto* cursor = reinterpret_cast<const std::uint8_t*>(name.data());
    std::size_t remaining = name.size();
    for (; remaining >= 8; remaining -= 8, cursor += 8)
        if (has_special<std::uint64_t>(cursor)) return false;
    if ((remaining & 4) != 0 && has_special<std::uint32_t>(cursor)) return false;
    cursor += remaining & 4;
    if ((remaining & 2) != 0 && has_special<std::uint16_t>(cursor)) return false;
    cursor += remaining & 2;
    return (remaining & 1) == 0 || !has_special<std::uint8_t>(cursor);
}

}  // namespace

std::string_view read_name(byte_reader& reader, std::size_t max_length) noexcept {
    const std::uint64_t position = reader.position();
    const auto size = reader.varint<std::uint32_t>();
    if (size == 0 || size > max_length + 1) reader.refuse(defect_code::name_length_invalid, position);
    const auto bytes = reader.take(size, position);
    if (!reader.ok()) return {};

    const std::string_view name(reinterpret_cast<const char*>(bytes.data()), bytes.size() - 1);
    if (bytes.back() != 0)
        reader.refuse(defect_code::name_not_terminated, position);
    else if (is_plain(name))
        return name;
    else if (name.find('\0') != name.npos)
        reader.refuse(defect_code::name_has_nul, position);
    else if (!text::is_valid_utf8(name))
        reader.refuse(defect_code::name_not_utf8, position);
    return name;
}

}  // namespace tmq::wire
