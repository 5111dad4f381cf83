#pragma once

#include "embedded_server/encode/byte_writer.hpp"
#include "tmq/meta.hpp"

#include <span>

namespace tmq::embedded::encode {

/// The value of a tag as the server stores it, without any length: as many bytes as a type of fixed width
/// has, NCHAR as UCS-4, a JSON object as a set of tags. Throws std::invalid_argument for NULL, and for what
/// is no value of its type.
byte_vector encode_meta_value(const meta_value& value);

/// A child table's tags as the one set that they are. Throws as above.
byte_vector encode_tags(std::span<const tag_setting> tags);

}  // namespace tmq::embedded::encode
