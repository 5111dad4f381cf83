#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace tmq::embedded::sql {

/// The bytes (WKB, little endian) of a geometry in text form: POINT, LINESTRING and POLYGON in two
/// dimensions. Nothing when the text is another.
std::optional<std::vector<std::byte>> from_wkt(std::string_view text);

}  // namespace tmq::embedded::sql
