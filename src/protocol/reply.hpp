#pragma once

#include "base/defect_code.hpp"
#include "base/failure.hpp"
#include "protocol/action.hpp"
#include "protocol/vgroup_assignment.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace tmq::protocol {

using base::defect_code;

/// Largest number of adapter addresses kept from a reply. Further ones are skipped.
inline constexpr std::size_t max_instances = 64;

/// Fields of a reply that hold a single value.
struct reply_values {
    protocol::action action = protocol::action::unknown;
    bool has_req_id = false;
    std::uint64_t req_id = 0;
    bool has_code = false;
    std::uint32_t code = 0;  ///< 0 is success.
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

    // Reply to fetch: describes the block that fetch_block returns next, or is completed if there is none.
    bool has_completed = false;
    bool completed = false;
    std::string_view table_name;
    std::int64_t rows = 0;
    std::int64_t fields_count = 0;
    std::int64_t precision = 0;

    bool has_data = false;
    /// Reply to fetch_json_meta: null, or a JSON object as received. It is not checked, and white space may
    /// follow it.
    std::string_view data;

    bool has_list_instances = false;
    bool has_assignment = false;
    bool has_position = false;
    bool has_committed = false;
    bool has_topics = false;
};

/// Text reply. Fields that the reply does not have keep the default values given here; the code that handles
/// an action checks the presence of its fields. Lists are skipped if they belong to another action than the
/// one named before them.
///
/// *Lifetime*: the string views are valid until the next parse with the same parser. `data` points into the
/// text.
struct reply : reply_values {
    /// Reply to subscribe: "host:port" of every adapter, not checked; at most max_instances.
    std::vector<std::string_view> list_instances;
    std::vector<vgroup_assignment> assignment;
    std::vector<std::int64_t> position;
    std::vector<std::int64_t> committed;
    std::vector<std::string_view> topics;
    std::vector<std::string_view> fields_names;  ///< Reply to fetch.
    std::vector<std::uint8_t> fields_types;

    /// Restores the default values and keeps the memory of the lists.
    void clear() noexcept;
};

/// Number of readable bytes that must follow the text given to parse.
inline constexpr std::size_t reply_padding = 64;

/// Reads replies in place. A reply costs no allocation if one of its size was read before. *Throws*
/// std::bad_alloc only.
class reply_parser {
  public:
    reply_parser();
    reply_parser(reply_parser&&) noexcept;
    ~reply_parser();

    /// Reads `text` into `out`. reply_padding readable bytes, of any value, must follow `text`. Fields may
    /// come in any order, and unknown ones are skipped. Returns defect_code{}, defect_code::reply_not_json,
    /// or defect_code::reply_malformed, also for a list of more than 65,536 items.
    defect_code parse(std::string_view text, reply& out);

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// Returns the failure that a reply with a code other than 0 reports.
base::failure failure_of(const reply& refusal);

}  // namespace tmq::protocol
