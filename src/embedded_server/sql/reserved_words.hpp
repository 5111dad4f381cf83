#pragma once

#include <string_view>

namespace tmq::embedded::sql {

/// True if an unquoted word, in any case, cannot be a name.
bool is_reserved(std::string_view word) noexcept;

}  // namespace tmq::embedded::sql
