#pragma once

#include <cstddef>
#include <string_view>

namespace tmq::text {

/// True if the texts differ at most in the case of ASCII letters.
bool same_but_for_case(std::string_view a, std::string_view b) noexcept;

/// Returns the number of bytes to insert, remove or replace to turn one text into the other. Ignores the case
/// of ASCII letters.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace tmq::text
