#pragma once

#include "embedded_server/server_version.hpp"
#include "tmq/meta.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tmq::embedded::encode {

/// Returns the columns with a complete compression: missing parts are those that a server of this version
/// chooses for the type.
std::vector<column_definition> with_default_compression(std::span<const column_definition> columns,
                                                        const server_version& version);

/// Returns the server's number for encode, compress and level, with 0 for a missing one. Throws
/// std::invalid_argument for unknown names.
std::uint32_t compression_number(const column_definition& column);

}  // namespace tmq::embedded::encode
