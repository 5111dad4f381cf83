#include "subscription/fetch_choice.hpp"

#include "protocol/server_version.hpp"

namespace tmq::subscription {

fetch_mode chosen_fetch(fetch_mode wanted, std::string_view server_version) noexcept {
    constexpr protocol::server_version first_with_raw_data{3, 3, 3};
    if (wanted != fetch_mode::automatic) return wanted;
    const auto version = protocol::parse_server_version(server_version);
    return version && *version < first_with_raw_data ? fetch_mode::block : fetch_mode::raw_data;
}

}  // namespace tmq::subscription
