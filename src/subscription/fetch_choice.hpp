#pragma once

#include "tmq/fetch_mode.hpp"

#include <string_view>

namespace tmq::subscription {

/// Returns the mode that fetch_mode::automatic means for a server of this version; other modes are returned
/// as they are. A version that cannot be parsed counts as the newest.
fetch_mode chosen_fetch(fetch_mode wanted, std::string_view server_version) noexcept;

}  // namespace tmq::subscription
