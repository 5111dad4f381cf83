#pragma once

#include "tmq/types.hpp"

#include <optional>
#include <string>

namespace tmq {

/// Returns the text form (WKT) of a GEOMETRY value: "POINT (1.5 -2.5)", "LINESTRING Z (0 0 1, 1 1 2)",
/// "POLYGON EMPTY". Coordinates are the shortest text that reads back the same.
/// It reads both byte orders, the seven types of OGC Simple Features, Z and M in the ISO and the extended
/// numbering; an SRID is left out. It returns std::nullopt if the bytes are not exactly one such value, or
/// are nested deeper than 16 levels. The text is at most four times longer than the bytes.
/// *Throws* std::bad_alloc only.
std::optional<std::string> to_wkt(bytes_view wkb);

}  // namespace tmq
