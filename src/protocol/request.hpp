#pragma once

#include "protocol/action.hpp"
#include "tmq/topic_partition.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

/// The requests of /rest/tmq as JSON text, appended to a buffer that the caller reuses. Strings are escaped,
/// never checked. taosAdapter answers nothing at all to an argument of the wrong JSON type, so the types here
/// are exactly the server's.
namespace tmq::protocol {

using text_buffer = std::string;

/// Empty strings and lists are left out, so that the server's default holds; user, password and group are
/// always sent.
struct subscribe_request {
    std::string_view user;
    std::string_view password;
    std::string_view db;
    std::string_view group_id;
    std::string_view client_id;
    std::string_view offset_reset;
    std::string_view snapshot_enable;       ///< "true" or "false"
    std::string_view with_table_name;       ///< "true" or "false"
    std::string_view enable_batch_meta;     ///< a number: the server takes "true" for 0
    std::string_view msg_consume_excluded;  ///< a number
    std::string_view msg_consume_rawdata;   ///< a number
    std::string_view session_timeout_ms;
    std::string_view max_poll_interval_ms;
    std::string_view tz;
    std::string_view app;
    std::string_view ip;
    std::string_view connector;
    /// Asks for the addresses of all taosAdapters; servers that do not know it leave them out of the reply.
    bool list_instances = false;
    /// Keys of libtaos that have no field; adapters before 3.3.6 ignore them.
    std::span<const std::pair<std::string, std::string>> config;
    std::span<const std::string> topics;
};

void write_version(text_buffer& out, std::uint64_t req_id);
/// Always with auto_commit "false": a missing one means on for adapters of 3.3.5, and commits belong to the
/// client.
void write_subscribe(text_buffer& out, std::uint64_t req_id, const subscribe_request& request);
/// `message_id` is the id of the last message received on this connection, 0 before the first; older adapters
/// ignore it.
void write_poll(text_buffer& out, std::uint64_t req_id, std::int64_t blocking_time_ms,
                std::uint64_t message_id);
/// `what`: any of the actions that is_fetch() names.
void write_fetch(text_buffer& out, action what, std::uint64_t req_id, std::uint64_t message_id);
/// Commits everything that was polled on the connection.
void write_commit(text_buffer& out, std::uint64_t req_id);
void write_commit_offset(text_buffer& out, std::uint64_t req_id, std::string_view topic, std::int32_t vgroup,
                         std::int64_t offset);
void write_assignment(text_buffer& out, std::uint64_t req_id, std::string_view topic);
/// Of both, the offsets of the partitions are not sent.
void write_committed(text_buffer& out, std::uint64_t req_id, std::span<const topic_partition> partitions);
void write_position(text_buffer& out, std::uint64_t req_id, std::span<const topic_partition> partitions);
void write_seek(text_buffer& out, std::uint64_t req_id, std::string_view topic, std::int32_t vgroup,
                std::int64_t offset);
void write_list_topics(text_buffer& out, std::uint64_t req_id);
void write_unsubscribe(text_buffer& out, std::uint64_t req_id);

}  // namespace tmq::protocol
