#pragma once

#include "embedded_server/encode/byte_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tmq::embedded::encode {

constexpr std::size_t max_tag_set = 16384;  ///< In bytes, for all tags of a table, and for a JSON value.

/// Returns the tag set of a table, or with `is_json` of a JSON object ("Block" in docs/protocol.md). `tags`:
/// each with its id or key, its type and its value. Returns nothing if it is longer than max_tag_set.
std::optional<byte_vector> encode_tag_set(std::span<const byte_vector> tags, bool is_json);

/// Returns JSON text in the form that a JSON column has in raw messages: an object as a tag set with its keys
/// in order, or null, a boolean, a number or a string. The first of equal keys counts, as in the server.
/// Returns nothing for other text, and for a value that no JSON tag can have.
std::optional<byte_vector> encode_json_value(std::string_view text);

}  // namespace tmq::embedded::encode
