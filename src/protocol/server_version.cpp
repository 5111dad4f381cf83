#include "protocol/server_version.hpp"

#include <charconv>

namespace tmq::protocol {

std::optional<server_version> parse_server_version(std::string_view text) noexcept {
    server_version result;
    const char* position = text.data();
    const char* const end = position + text.size();
    for (std::uint32_t* number : {&result.major, &result.minor, &result.patch}) {
        if (number != &result.major) {
            if (position == end || *position != '.') return std::nullopt;
            ++position;
        }
        const auto [rest, error] = std::from_chars(position, end, *number);
        if (error != std::errc{}) return std::nullopt;
        position = rest;
    }
    return result;
}

}  // namespace tmq::protocol
