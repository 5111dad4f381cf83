#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace tmq::text {

/// Appends text of any origin as a terminal may show it: a blank for each control character (see
/// controls.hpp: C0, DEL, C1, line separators, changes of direction), U+FFFD for each byte that is not UTF-8.
void append_printable(fmt::memory_buffer& out, std::string_view said);

/// Whether a terminal may show all of the text as it is.
bool is_printable(std::string_view text) noexcept;

/// What a peer said, fit for an error text or a terminal: at most `limit` bytes, cut at the first that is not
/// UTF-8, a blank for each control character (as append_printable), none at the end.
std::string printable(std::string_view said, std::size_t limit);

}  // namespace tmq::text
