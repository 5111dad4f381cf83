#include "protocol/server_version.hpp"

#include <charconv>

namespace tmq::protocol {

std::optional<server_version> parse_server_version(std::string_view text) noexcept {
    server_version result;
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::uint32_t* number : {&result.major, &result.minor, &result.patch}) {
        if (number != &result.major) {
            if (at == end || *at != '.') return std::nullopt;
            ++at;
        }
        const auto [behind, failed] = std::from_chars(at, end, *number);
        if (failed != std::errc{}) return std::nullopt;
        at = behind;
    }
    return result;
}

}  // namespace tmq::protocol
