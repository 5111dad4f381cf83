#pragma once

#include "tmq/error.hpp"

#include <cstdint>
#include <string_view>

/// The server's error codes that a consumer has to understand.
namespace tmq::protocol::server_code {

inline constexpr std::uint32_t consumer_not_exist = 0x03E6;
inline constexpr std::uint32_t consumer_mismatch = 0x4001;
inline constexpr std::uint32_t consumer_closed = 0x4002;
inline constexpr std::uint32_t snapshot_mode = 0x4006;
inline constexpr std::uint32_t offset_out_of_range = 0x4007;
inline constexpr std::uint32_t foreign_vgroup = 0x4008;
inline constexpr std::uint32_t foreign_topic = 0x4009;
inline constexpr std::uint32_t not_initialised = 0x4010;
inline constexpr std::uint32_t same_offset = 0x4012;
inline constexpr std::uint32_t adapter = 0xFFFF;  ///< taosAdapter's own, of any kind

/// True if the server no longer counts this consumer as a member of its group, for whatever reason.
inline bool needs_new_subscription(const boost::system::error_code& code) noexcept {
    return code == make_server_error(consumer_mismatch) || code == make_server_error(consumer_closed) ||
           code == make_server_error(not_initialised) || code == make_server_error(consumer_not_exist);
}

/// Whether the server says so to a member as well, for a while after a rebalance: 3.3.5 refuses what concerns
/// a vgroup that has stayed before its next reply (0x4010, seen).
inline bool passes_after_rebalance(const boost::system::error_code& code) noexcept {
    return code == make_server_error(consumer_mismatch) || code == make_server_error(not_initialised);
}

/// The same as needs_new_subscription, in taosAdapter's own words, on a connection that it has not
/// subscribed.
inline constexpr std::string_view not_subscribed_text = "tmq not init";

}  // namespace tmq::protocol::server_code
