#pragma once

#include "embedded_server/server_version.hpp"
#include "tmq/meta.hpp"

#include <span>
#include <string>

namespace tmq::embedded::encode {

/// Returns a change as fetch_json_meta of a server of this version has it, with the same order of fields, and
/// numbers as doubles. Returns "null" for an unknown_meta without JSON. The change must be one that
/// encode_raw_meta() accepts. Throws std::invalid_argument for an unknown_meta whose JSON is not a JSON
/// object.
std::string encode_json_meta(const meta& change, const server_version& version);

/// Returns the same for a batch.
std::string encode_json_batch(std::span<const meta> changes, const server_version& version);

}  // namespace tmq::embedded::encode
