#pragma once

#include "protocol/action.hpp"
#include "tmq/partition_offset.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

/// Requests to /rest/tmq as JSON text, see docs/protocol.md, Requests and replies. Each function appends a
/// request to a buffer that the caller reuses. Strings are escaped, but not checked. taosAdapter sends no
/// reply to an argument of the wrong JSON type, so the types here are exactly the server's.
namespace tmq::protocol {

using text_buffer = std::string;

/// Arguments of `subscribe`, see docs/protocol.md, Subscribe. Empty strings and lists are left out, so that
/// the server's default applies; `user`, `password`, `group_id` and `topics` are always sent.
struct subscribe_request {
    std::string_view user;
    std::string_view password;
    std::string_view db;
    std::string_view group_id;
    std::string_view client_id;
    std::string_view offset_reset;
    std::string_view snapshot_enable;       ///< "true" or "false".
    std::string_view with_table_name;       ///< "true" or "false".
    std::string_view enable_batch_meta;     ///< A number: the server reads "true" as 0.
    std::string_view msg_consume_excluded;  ///< A number.
    std::string_view msg_consume_rawdata;   ///< A number.
    std::string_view session_timeout_ms;
    std::string_view max_poll_interval_ms;
    std::string_view tz;
    std::string_view app;
    std::string_view ip;
    std::string_view connector;
    /// Asks for the addresses of all taosAdapters. Servers that do not support it leave them out of the
    /// reply.
    bool list_instances = false;
    /// Keys of libtaos that have no field of their own. Adapters before 3.3.6 ignore them.
    std::span<const std::pair<std::string, std::string>> config;
    std::span<const std::string> topics;
};

void write_version(text_buffer& out, std::uint64_t req_id);
/// Always sends auto_commit "false": the client decides about commits, and adapters of 3.3.5 commit
/// automatically if the field is missing.
void write_subscribe(text_buffer& out, std::uint64_t req_id, const subscribe_request& request);
/// `message_id` is the id of the last message received on this connection, or 0 before the first. Adapters
/// before 3.3.6 ignore it.
void write_poll(text_buffer& out, std::uint64_t req_id, std::int64_t blocking_time_ms,
                std::uint64_t message_id);
/// `fetch_action` is one of the actions for which is_fetch() is true.
void write_fetch(text_buffer& out, action fetch_action, std::uint64_t req_id, std::uint64_t message_id);
/// Commits everything that was polled on the connection.
void write_commit(text_buffer& out, std::uint64_t req_id);
void write_commit_offset(text_buffer& out, std::uint64_t req_id, std::string_view topic, std::int32_t vgroup,
                         std::int64_t offset);
void write_assignment(text_buffer& out, std::uint64_t req_id, std::string_view topic);
/// The offsets of the partitions are not sent, neither by this function nor by write_position.
void write_committed(text_buffer& out, std::uint64_t req_id, std::span<const partition_offset> partitions);
void write_position(text_buffer& out, std::uint64_t req_id, std::span<const partition_offset> partitions);
void write_seek(text_buffer& out, std::uint64_t req_id, std::string_view topic, std::int32_t vgroup,
                std::int64_t offset);
void write_list_topics(text_buffer& out, std::uint64_t req_id);
void write_unsubscribe(text_buffer& out, std::uint64_t req_id);

}  // namespace tmq::protocol
