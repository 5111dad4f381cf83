#pragma once

#include "embedded_server/broker/topics.hpp"
#include "embedded_server/server_version.hpp"
#include "tmq/embedded_server.hpp"
#include "tmq/meta.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// Entries of a vgroup's log, made of rows and changes of tables. All throw std::invalid_argument for what
/// cannot be encoded, before the log has changed.
namespace tmq::embedded::broker {

/// One message with these blocks; without rows an entry that no reader sees.
void append_rows(const topic& source, vgroup_log& log, std::span<const block_builder> blocks);

/// One entry that polls gather messages of.
void append_insert(const topic& source, vgroup_log& log, std::span<const block_builder> blocks);

/// A change of tables in the two forms that servers have for it.
struct encoded_change {
    std::uint16_t raw_type = 0;
    std::vector<std::byte> raw;
    std::shared_ptr<const std::string> json;  ///< null: none
};
encoded_change encode_change(const meta& change, std::int32_t vgroup, const server_version& version);
/// Several changes as one batch.
encoded_change encode_changes(std::span<const meta> changes, std::int32_t vgroup,
                              const server_version& version);

/// One message with a change; an entry that no reader sees if the topic does not show metadata.
void append_change(const topic& source, vgroup_log& log, encoded_change change);

/// One message with rows, and if the topic shows metadata with the tables that inserting them has created.
void append_created(const topic& source, vgroup_log& log, const create_table& created,
                    std::span<const block_builder> blocks, const server_version& version);

}  // namespace tmq::embedded::broker
