#include "config/ranges.hpp"

#include "tmq/error.hpp"

#include <fmt/format.h>

namespace tmq::settings {

std::string range::text() const {
    std::string text = most == std::numeric_limits<std::int64_t>::max()
                           ? fmt::format("{} and more", least)
                           : fmt::format("{} to {}", least, most);
    if (or_zero) text += " or 0";
    return text;
}

void refuse(std::string_view name, std::string_view problem) {
    throw error(errc::invalid_argument, fmt::format("{} {}", name, problem));
}

void require(std::string_view name, std::int64_t value, const range& allowed) {
    if (!allowed.holds(value)) refuse(name, fmt::format("must be {}", allowed.text()));
}

void require_decimal(std::string_view name, double value, const range& allowed) {
    if (!allowed.holds_decimal(value)) refuse(name, fmt::format("must be {}", allowed.text()));
}

}  // namespace tmq::settings
