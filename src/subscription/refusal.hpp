#pragma once

#include "base/failure.hpp"
#include "tmq/error.hpp"

#include <string_view>

namespace tmq::subscription {

inline bool is_said_by_server(const base::failure& refused) noexcept {
    return refused.code.category() == server_category();
}

/// True if the server refuses for a while only: while it divides the vgroups, and before it has put them in
/// order.
inline bool is_refused_for_a_while(const base::failure& refused) noexcept {
    return is_said_by_server(refused) && is_retriable(refused.code) &&
           refused.code != condition::vgroup_moved && refused.code != server_errc::consumer_closed;
}

/// True if another attempt to connect or to subscribe would be refused as well.
inline bool is_hopeless(const base::failure& why) noexcept {
    // taosAdapter refuses by itself when its server is down.
    if (is_said_by_server(why)) return !is_retriable(why.code) && why.code != server_errc::adapter_failed;
    return why.code == errc::certificate_refused || why.code == errc::tls_settings ||
           why.code == errc::message_too_big;
}

/// True if the code passes by itself after a rebalance: 3.3.5 refuses every request about a vgroup that has
/// stayed, until its next reply (0x4010).
inline bool passes_after_rebalance(const boost::system::error_code& code) noexcept {
    return code == server_errc::consumer_mismatch || code == server_errc::not_initialised;
}

/// True if the server has forgotten the subscription, by its code or by taosAdapter's text.
inline bool is_forgotten(const base::failure& refused) noexcept {
    constexpr std::string_view not_subscribed_text = "tmq not init";
    if (refused.code == condition::not_a_member) return true;
    return refused.code == server_errc::adapter_failed &&
           refused.server_message.find(not_subscribed_text) != std::string::npos;
}

}  // namespace tmq::subscription
