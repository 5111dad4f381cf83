#pragma once

#include "tmq/types.hpp"

#include <optional>
#include <string>

namespace tmq {

/// The text form (WKT) of a GEOMETRY value: "POINT (1.5 -2.5)", "LINESTRING Z (0 0 1, 1 1 2)", "POLYGON
/// EMPTY". Coordinates are the shortest text that reads back the same. Both byte orders, the seven types of
/// OGC Simple Features, Z and M in the ISO and the extended numbering; an SRID is left out. Nothing when the
/// bytes are not exactly one such value, or nested deeper than 16 levels. The text is at most four times
/// longer than the bytes. Never throws, but for std::bad_alloc.
std::optional<std::string> to_wkt(bytes_view wkb);

}  // namespace tmq
