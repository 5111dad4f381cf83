#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::embedded::protocol {

enum class action : std::uint8_t {
    version,
    subscribe,
    poll,
    fetch,
    fetch_block,
    fetch_raw,
    fetch_raw_data,
    fetch_json_meta,
    commit,
    commit_offset,
    committed,
    position,
    assignment,
    seek,
    list_topics,
    unsubscribe
};

std::string_view to_string(action what) noexcept;

struct topic_vgroup {
    std::string topic;
    std::int32_t vgroup = 0;
};

/// The strings of a subscribe request; empty when absent or null.
struct subscribe_args {
    std::string user;
    std::string password;
    std::string group_id;
    std::string client_id;
    std::string offset_reset;
    std::string auto_commit;
    std::string auto_commit_interval_ms;
    std::string snapshot_enable;
    std::string with_table_name;
    std::string enable_batch_meta;
    std::string msg_consume_excluded;
    std::string session_timeout_ms;
    std::string max_poll_interval_ms;
    std::string msg_consume_rawdata;
    std::vector<std::string> topics;
    std::map<std::string, std::string> config;
    bool list_instances = false;
};

/// A request with the arguments of its action; the other members keep their defaults.
struct request {
    action what = action::version;
    std::uint64_t req_id = 0;
    std::int64_t blocking_time = 0;           ///< poll: milliseconds
    std::optional<std::uint64_t> message_id;  ///< poll, fetch*, commit
    std::string topic;
    std::int32_t vgroup_id = 0;
    std::int64_t offset = 0;
    std::vector<topic_vgroup> topic_vgroups;
    subscribe_args subscribe;
    std::optional<std::int32_t> left_out;  ///< assignment: the vgroup that a fault leaves out
};

struct parsed_request {
    std::string action;           ///< as the client wrote it; empty when the text is not a request at all
    std::optional<request> what;  ///< nothing: a request that gets no reply
};

/// Reads a request as strictly as a Go struct is decoded: numbers must be integers in range, null leaves the
/// default.
parsed_request parse_request(std::string_view text);

}  // namespace tmq::embedded::protocol
