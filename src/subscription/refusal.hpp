#pragma once

#include "base/failure.hpp"
#include "protocol/server_codes.hpp"

namespace tmq::subscription {

/// True if the server says that a vgroup or topic is not this consumer's.
inline bool is_foreign(const boost::system::error_code& code) noexcept {
    return code == make_server_error(protocol::server_code::foreign_vgroup) ||
           code == make_server_error(protocol::server_code::foreign_topic);
}

inline bool is_said_by_server(const base::failure& refused) noexcept {
    return refused.code.category() == server_category();
}

/// True if the server refuses for a while only: while it divides the vgroups, and before it has put them in
/// order.
inline bool is_refused_for_a_while(const base::failure& refused) noexcept {
    return is_said_by_server(refused) && is_retriable(refused.code) && !is_foreign(refused.code) &&
           refused.code != make_server_error(protocol::server_code::consumer_closed);
}

/// True if another attempt to connect or to subscribe would be refused as well.
inline bool is_hopeless(const base::failure& why) noexcept {
    // taosAdapter refuses by itself when its server is down.
    if (is_said_by_server(why))
        return !is_retriable(why.code) && why.code != make_server_error(protocol::server_code::adapter);
    return why.code == errc::certificate_refused || why.code == errc::tls_settings ||
           why.code == errc::message_too_big;
}

/// True if the server has forgotten the subscription, by its code or by taosAdapter's text.
inline bool is_forgotten(const base::failure& refused) noexcept {
    if (protocol::server_code::needs_new_subscription(refused.code)) return true;
    return refused.code == make_server_error(protocol::server_code::adapter) &&
           refused.server_message.find(protocol::server_code::not_subscribed_text) != std::string::npos;
}

}  // namespace tmq::subscription
