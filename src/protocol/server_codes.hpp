#pragma once

#include "tmq/error.hpp"

#include <cstdint>
#include <string_view>

/// Error codes of the server on which a consumer's decisions depend. See docs/protocol.md, Error codes.
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
inline constexpr std::uint32_t adapter = 0xFFFF;  ///< Any error of taosAdapter itself.

/// True if the server no longer counts this consumer as a member of its group, for whatever reason.
inline bool needs_new_subscription(const boost::system::error_code& code) noexcept {
    return code == make_server_error(consumer_mismatch) || code == make_server_error(consumer_closed) ||
           code == make_server_error(not_initialised) || code == make_server_error(consumer_not_exist);
}

/// True if the server also returns `code` to a member, for a while after a rebalance: until the next reply of
/// a vgroup that stays, 3.3.5 refuses requests about it with 0x4010 (docs/protocol.md, Offsets and commits).
inline bool passes_after_rebalance(const boost::system::error_code& code) noexcept {
    return code == make_server_error(consumer_mismatch) || code == make_server_error(not_initialised);
}

/// Text of taosAdapter, with code `adapter`, on a connection without a subscription. It means the same as
/// needs_new_subscription.
inline constexpr std::string_view not_subscribed_text = "tmq not init";

}  // namespace tmq::protocol::server_code
