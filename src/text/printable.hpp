#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tmq::text {

/// What a peer said, fit for an error text or a terminal: at most `limit` bytes, cut at the first that is not UTF-8, control characters
/// as blanks, none at the end.
std::string printable(std::string_view said, std::size_t limit);

}  // namespace tmq::text
