#include "wire/name.hpp"

#include "text/utf8.hpp"

namespace tmq::wire {
namespace {

/// Whether a byte is NUL or not ASCII: what is taken from the lowest such byte sets its highest bit, or that
/// is set.
template <class T>
bool has_special(const std::uint8_t* bytes) noexcept {
    constexpr T ones = std::numeric_limits<T>::max() / 0xFF;
    const T word = load_le<T>(bytes);
    return ((static_cast<T>(word - ones) | word) & static_cast<T>(ones << 7)) != 0;
}

/// Whether all bytes are ASCII and none is a NUL, as in nearly all names.
bool is_plain(std::string_view name) noexcept {
    const auto* at = reinterpret_cast<const std::uint8_t*>(name.data());
    std::size_t left = name.size();
    for (; left >= 8; left -= 8, at += 8)
        if (has_special<std::uint64_t>(at)) return false;
    if ((left & 4) != 0 && has_special<std::uint32_t>(at)) return false;
    at += left & 4;
    if ((left & 2) != 0 && has_special<std::uint16_t>(at)) return false;
    at += left & 2;
    return (left & 1) == 0 || !has_special<std::uint8_t>(at);
}

}  // namespace

std::string_view read_name(reader& in, std::size_t max_length) noexcept {
    const std::uint64_t at = in.position();
    const auto size = in.varint<std::uint32_t>();
    if (size == 0 || size > max_length + 1) in.refuse(errc::name_length_invalid, at);
    const auto bytes = in.take(size, at);
    if (!in.ok()) return {};

    const std::string_view name(reinterpret_cast<const char*>(bytes.data()), bytes.size() - 1);
    if (bytes.back() != 0)
        in.refuse(errc::name_not_terminated, at);
    else if (is_plain(name))
        return name;
    else if (name.find('\0') != name.npos)
        in.refuse(errc::name_has_nul, at);
    else if (!text::is_valid_utf8(name))
        in.refuse(errc::name_not_utf8, at);
    return name;
}

}  // namespace tmq::wire
