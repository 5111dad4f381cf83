#pragma once

#include <boost/system/error_code.hpp>

#include <type_traits>

namespace tmq {

/// Codes of the server's replies (`code`): TDengine's code & 0xFFFF. 0xFFFE and 0xFFFF are taosAdapter's own.
/// A server may send codes that have no name here; their error_code has the same category, server_category().
enum class server_errc {
    network_unavailable = 0x000B,
    node_not_connected = 0x0020,
    invalid_parameter = 0x0118,
    topic_exists = 0x03E0,
    topic_not_found = 0x03E1,
    consumer_not_found = 0x03E6,
    subscription_not_found = 0x03E8,
    offset_not_found = 0x03E9,
    consumer_not_ready = 0x03EA,
    topic_in_use = 0x03EB,  ///< the topic is subscribed, or was dropped
    group_in_use = 0x03EC,
    group_rebalancing = 0x03EF,
    no_start_offset = 0x0A0D,  ///< `none`, and the group has committed nothing to start from
    invalid_message = 0x4000,
    consumer_mismatch = 0x4001,  ///< the group was rebalanced, or the consumer evicted
    consumer_closed = 0x4002,
    consumer_failed = 0x4003,
    topic_out_of_range = 0x4004,
    group_out_of_range = 0x4005,
    snapshot_offset = 0x4006,  ///< the operation does not apply to a snapshot
    offset_out_of_range = 0x4007,
    foreign_vgroup = 0x4008,   ///< the vgroup does not belong to this consumer
    foreign_topic = 0x4009,    ///< the topic does not belong to this consumer
    not_initialised = 0x4010,  ///< the server does not know the consumer, or not yet
    nothing_committed = 0x4011,
    same_offset = 0x4012,  ///< the same offset was committed already
    replay_needs_one_vgroup = 0x4013,
    replay_unsupported = 0x4014,
    no_qualified_table = 0x4015,
    no_rebalance_needed = 0x4016,
    invalid_consumer_status = 0x4017,
    setting_refused = 0xFFFE,
    adapter_failed = 0xFFFF,  ///< taosAdapter's own refusal, of any kind
};

/// Groups of error codes that an application handles alike: `if (error.code() ==
/// tmq::condition::vgroup_moved)`.
enum class condition {
    vgroup_moved = 1,  ///< the vgroup or the topic is another member's now
    /// The server does not count this consumer as a member of its group. It says so to members too, for a
    /// while during a rebalance, so try again first.
    not_a_member,
    transport,  ///< the connection could not be made or was lost
};

boost::system::error_code make_error_code(server_errc code) noexcept;
boost::system::error_condition make_error_condition(condition group) noexcept;

}  // namespace tmq

template <>
struct boost::system::is_error_code_enum<tmq::server_errc> : std::true_type {};
template <>
struct boost::system::is_error_condition_enum<tmq::condition> : std::true_type {};
