#pragma once

#include "protocol/action.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::embedded::protocol {

using tmq::protocol::action;
using tmq::protocol::to_string;

struct topic_vgroup {
    std::string topic;
    std::int32_t vgroup = 0;
};

/// Strings of a subscribe request. An absent or null one is empty.
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

/// Request with the arguments of its action. All other members keep their defaults.
struct request {
    action kind = action::version;
    std::uint64_t req_id = 0;
    std::int64_t blocking_time = 0;           ///< Of poll, in milliseconds.
    std::optional<std::uint64_t> message_id;  ///< Of poll, fetch*, commit.
    std::string topic;
    std::int32_t vgroup_id = 0;
    std::int64_t offset = 0;
    std::vector<topic_vgroup> topic_vgroups;
    subscribe_args subscribe;
    std::optional<std::int32_t> omitted_vgroup;  ///< Of assignment: vgroup that a fault leaves out.
};

struct parsed_request {
    std::string action;  ///< Spelled as in the text; empty if the text is not a request at all.
    std::optional<protocol::request> request;  ///< Empty: the request gets no reply.
};

/// Parses a request as strictly as Go decodes a struct: numbers must be integers in range, and null keeps the
/// default.
parsed_request parse_request(std::string_view text);

}  // namespace tmq::embedded::protocol
