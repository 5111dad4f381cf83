#pragma once

#include "tmq/fetch_mode.hpp"

#include <string_view>

namespace tmq::subscription {

/// What fetch_mode::automatic means for a server that reports this version; other modes are as they are. A
/// version that cannot be read counts as the newest.
fetch_mode chosen_fetch(fetch_mode wanted, std::string_view server_version) noexcept;

}  // namespace tmq::subscription
