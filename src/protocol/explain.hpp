#pragma once

#include <cstdint>
#include <string_view>

namespace tmq::protocol {

/// What a refusal of `subscribe` can mean, for the person who must put it right: servers put many causes
/// under one code and one text. `code` and `message` as the reply has them. Empty when the server's own text
/// says it all.
std::string_view explain_refused_subscribe(std::uint32_t code, std::string_view message) noexcept;

}  // namespace tmq::protocol
