#pragma once

#include "embedded_server/encode/byte_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tmq::embedded::encode {

constexpr std::size_t max_tag_set = 16384;  ///< in bytes, of all tags of a table and of a JSON value

/// The server's binary form of a table's tags, or with `json` of a JSON object. `tags`: each with its id or
/// key, its type and its value. Nothing when it gets longer than max_tag_set.
std::optional<byte_vector> encode_tag_set(std::span<const byte_vector> tags, bool json);

/// JSON text in the form that raw messages have for a JSON column: an object as a tag set, its keys in order;
/// null, booleans, numbers and strings as themselves. As the server does it, the first of equal keys counts.
/// Nothing for other text, and for what no JSON tag can be.
std::optional<byte_vector> encode_json_value(std::string_view text);

}  // namespace tmq::embedded::encode
