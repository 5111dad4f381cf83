#pragma once

#include <cstdint>
#include <string_view>

namespace tmq::protocol {

/// Explains a refused `subscribe` to the person who must correct it: servers report many causes with one code
/// and one text (docs/protocol.md, Subscribe). `code` and `message` are those of the reply. Returns an empty
/// text if the server's text is clear enough.
std::string_view explain_refused_subscribe(std::uint32_t code, std::string_view message) noexcept;

}  // namespace tmq::protocol
