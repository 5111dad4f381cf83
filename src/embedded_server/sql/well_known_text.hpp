#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace tmq::embedded::sql {

/// Converts a geometry in text form to WKB, little endian: POINT, LINESTRING and POLYGON in two dimensions.
/// Returns nothing for any other text.
std::optional<std::vector<std::byte>> from_wkt(std::string_view text);

}  // namespace tmq::embedded::sql
