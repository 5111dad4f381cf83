#pragma once

#include "base/failure.hpp"
#include "protocol/action.hpp"
#include "tmq/error.hpp"
#include "tmq/topic_partition.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace tmq::protocol {

/// As many addresses of adapters are kept of a reply; the rest is skipped.
inline constexpr std::size_t max_instances = 64;

/// What is one value in a reply.
struct reply_values {
    action what = action::unknown;
    bool has_req_id = false;
    std::uint64_t req_id = 0;
    bool has_code = false;
    std::uint32_t code = 0;  ///< 0 = success
    std::string_view message;
    std::int64_t timing_ns = 0;

    std::string_view version;

    bool has_have_message = false;
    bool have_message = false;
    std::string_view topic;
    std::string_view database;
    bool has_vgroup = false;
    std::int32_t vgroup = 0;
    std::int32_t message_type = 0;
    std::uint64_t message_id = 0;
    bool has_offset = false;
    std::int64_t offset = 0;

    // Of fetch: the block that fetch_block brings next, or that there is none any more.
    bool has_completed = false;
    bool completed = false;
    std::string_view table_name;
    std::int64_t rows = 0;
    std::int64_t fields_count = 0;
    std::int64_t precision = 0;

    bool has_data = false;
    std::string_view data;  ///< of fetch_json_meta: a JSON object as it was sent, not checked, maybe with
                            ///< white space behind; or null

    bool has_list_instances = false;
    bool has_assignment = false;
    bool has_position = false;
    bool has_committed = false;
    bool has_topics = false;
};

/// A text reply. String views live until the next parse with the same parser. Fields that the reply does not
/// have keep the values given here; which ones an action must have is checked by its reader. Lists of another
/// action than the one named before them are skipped.
struct reply : reply_values {
    std::vector<std::string_view>
        list_instances;  ///< of subscribe: "host:port" of every adapter, not checked; at most max_instances
    std::vector<assigned_vgroup> assignment;
    std::vector<std::int64_t> position;
    std::vector<std::int64_t> committed;
    std::vector<std::string_view> topics;
    std::vector<std::string_view> fields_names;  ///< of fetch
    std::vector<std::uint8_t> fields_types;

    /// As if nothing had been read; keeps the memory of the lists.
    void clear() noexcept;
};

/// Room that must lie, readable, behind the text given to parse.
inline constexpr std::size_t reply_padding = 64;

/// Reads replies where they were received, without allocating once it has seen one of the size. Never throws
/// but std::bad_alloc.
class reply_parser {
  public:
    reply_parser();
    reply_parser(reply_parser&&) noexcept;
    ~reply_parser();

    /// `text` must be followed by reply_padding readable bytes, whose values do not matter. Fields may come
    /// in any order, unknown ones are skipped. errc::reply_not_json or errc::reply_malformed (also for lists
    /// of more than 65,536 items), errc{} when good.
    errc parse(std::string_view text, reply& out);

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// What a reply with a code other than 0 means.
base::failure failure_of(const reply& refusal);

}  // namespace tmq::protocol
