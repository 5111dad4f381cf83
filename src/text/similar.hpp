#pragma once

#include <cstddef>
#include <string_view>

namespace tmq::text {

/// Whether the texts differ at most by the case of ASCII letters.
bool same_but_for_case(std::string_view a, std::string_view b) noexcept;

/// How many letters must be put in, taken out or replaced to make one text of the other, without regard to
/// ASCII case.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace tmq::text
