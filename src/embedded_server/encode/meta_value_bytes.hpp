#pragma once

#include "embedded_server/encode/byte_writer.hpp"
#include "tmq/meta.hpp"

#include <span>

namespace tmq::embedded::encode {

/// Returns the value of a tag as the server stores it, without a length: as wide as its type for fixed-width
/// types, NCHAR as UCS-4, a JSON object as a tag set. Throws std::invalid_argument for NULL, and for a value
/// that is not of its type.
byte_vector encode_meta_value(const meta_value& value);

/// Returns the tag set of a child table. Throws as encode_meta_value() does.
byte_vector encode_tags(std::span<const tag_setting> tags);

}  // namespace tmq::embedded::encode
