#include "wire/name.hpp"

#include "text/utf8.hpp"

namespace tmq::wire {

std::string_view read_name(reader& in, std::size_t max_length) noexcept {
    const std::uint64_t at = in.position();
    const auto size = in.varint<std::uint32_t>();
    if (size == 0 || size > max_length + 1) in.refuse(errc::name_length_invalid, at);
    const auto bytes = in.take(size, at);
    if (!in.ok()) return {};

    const std::string_view name(reinterpret_cast<const char*>(bytes.data()), bytes.size() - 1);
    if (bytes.back() != 0)
        in.refuse(errc::name_not_terminated, at);
    else if (name.find('\0') != name.npos)
        in.refuse(errc::name_has_nul, at);
    else if (!text::is_valid_utf8(name))
        in.refuse(errc::name_not_utf8, at);
    return name;
}

}  // namespace tmq::wire
