#pragma once

#include "embedded_server/server_version.hpp"
#include "tmq/meta.hpp"

#include <span>
#include <string>

namespace tmq::embedded::encode {

/// A change as fetch_json_meta of a server of this version tells it, field by field, numbers as doubles.
/// "null" for an unknown_meta without JSON. The change is one that encode_raw_meta() takes. Throws
/// std::invalid_argument for an unknown_meta whose JSON is none.
std::string encode_json_meta(const meta& change, const server_version& version);

/// The same of a batch.
std::string encode_json_batch(std::span<const meta> changes, const server_version& version);

}  // namespace tmq::embedded::encode
