#pragma once

#include "embedded_server/server_version.hpp"
#include "tmq/meta.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tmq::embedded::encode {

/// The columns with what is not said of their compression: as a server of this version chooses it for their
/// types.
std::vector<column_definition> with_default_compression(std::span<const column_definition> columns,
                                                        const server_version& version);

/// The server's number for encode, compress and level; 0 in the place of what is not said. Throws
/// std::invalid_argument for other names.
std::uint32_t compression_number(const column_definition& column);

}  // namespace tmq::embedded::encode
