#pragma once

#include "embedded_server/broker/topics.hpp"
#include "embedded_server/server_version.hpp"
#include "tmq/meta.hpp"
#include "tmq/testing/block_builder.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// Appends rows and table changes to the log of a vgroup. All functions throw std::invalid_argument for input
/// that cannot be encoded; the log is unchanged then.
namespace tmq::embedded::broker {

/// Appends one message with these blocks. Without rows it appends an entry that no reader sees.
void append_rows(const topic& source, vgroup_log& log, std::span<const testing::block_builder> blocks);

/// Appends one entry from which polls gather messages.
void append_insert(const topic& source, vgroup_log& log, std::span<const testing::block_builder> blocks);

/// A table change in the two forms that servers send.
struct encoded_change {
    std::uint16_t raw_type = 0;
    std::vector<std::byte> raw;
    std::shared_ptr<const std::string> json;  ///< Null if there is none.
};

encoded_change encode_change(const meta& change, std::int32_t vgroup, const server_version& version);
/// Encodes several changes as one batch.
encoded_change encode_changes(std::span<const meta> changes, std::int32_t vgroup,
                              const server_version& version);

/// Appends one message with a change. If the topic does not show metadata, it appends an entry that no reader
/// sees.
void append_change(const topic& source, vgroup_log& log, encoded_change change);

/// Appends one message with rows. If the topic shows metadata, the message also has the tables that the
/// insert has created.
void append_created(const topic& source, vgroup_log& log, const create_table& created,
                    std::span<const testing::block_builder> blocks, const server_version& version);

}  // namespace tmq::embedded::broker
