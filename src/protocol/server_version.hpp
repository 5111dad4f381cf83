#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tmq::protocol {

/// Numbers of a version on which the server's behaviour depends.
struct server_version {
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    std::uint32_t patch = 0;

    friend auto operator<=>(const server_version&, const server_version&) = default;
};

/// Reads a version as servers report it: "3.3.5.8", "3.4.1.6.community". Returns nullopt if `text`
/// does not begin with three numbers.
std::optional<server_version> parse_server_version(std::string_view text) noexcept;

}  // namespace tmq::protocol
