#pragma once

#include "tmq/message.hpp"
#include "tmq/meta.hpp"
#include "tmq/testing/block_builder.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace tmq::testing {

/// What a message says about itself besides its contents. Every setter returns the object itself.
class message_options {
  public:
    explicit message_options(std::string topic) : topic_(std::move(topic)) {}

    /// Sets the name of the database. Default: "test".
    message_options& database(std::string value) { return database_ = std::move(value), *this; }
    /// Sets the vgroup's id. Range: at least 1. Default: 1.
    message_options& vgroup(std::int32_t id) { return vgroup_ = id, *this; }
    /// Sets message::offset(). Range: at least 0. Default: 0.
    message_options& offset(std::int64_t value) { return offset_ = value, *this; }
    /// Sets message::next_offset(). Range: after offset(). Default: offset() + 1. A message of kind metadata
    /// has one offset only, so its next_offset() is its offset().
    message_options& next_offset(std::int64_t value) { return next_offset_ = value, *this; }
    /// Makes the message part of a snapshot: it has rows only, and its next_offset() is std::nullopt. The
    /// offset is the server's for snapshots; offset() and next_offset() must not be set. Default: false.
    message_options& snapshot(bool value = true) { return snapshot_ = value, *this; }

    const std::string& topic() const noexcept { return topic_; }
    const std::string& database() const noexcept { return database_; }
    std::int32_t vgroup() const noexcept { return vgroup_; }
    std::optional<std::int64_t> offset() const noexcept { return offset_; }
    std::optional<std::int64_t> next_offset() const noexcept { return next_offset_; }
    bool snapshot() const noexcept { return snapshot_; }

  private:
    std::string topic_;
    std::string database_ = "test";
    std::int32_t vgroup_ = 1;
    std::optional<std::int64_t> offset_;
    std::optional<std::int64_t> next_offset_;
    bool snapshot_ = false;
};

/// Makes a message without a server, for the unit test of a function that takes a message. The blocks are
/// encoded as a server encodes them and read as a consumer reads them, so the message has everything that a
/// received one has: offsets, views of its columns, raw(). Its kind follows from its contents. Blocks without
/// rows are left out, as a server does. Blocks keep the names of their tables.
/// *Throws* std::invalid_argument for what no server sends: no rows at all, an empty topic, options out of
/// their range.
message make_message(const message_options& options, std::span<const block_builder> blocks);
message make_message(const message_options& options, const block_builder& block);
/// Makes a message of kind metadata with one table change, or with several.
/// *Throws* as above, and for the changes that server::append() refuses.
message make_message(const message_options& options, const meta& change);
message make_message(const message_options& options, std::span<const meta> changes);
/// Makes a message of kind metadata_and_data: rows, and the tables that inserting them has created.
/// *Throws* as above.
message make_message(const message_options& options, const create_table& created,
                     std::span<const block_builder> blocks);
message make_message(const message_options& options, const create_table& created, const block_builder& block);

}  // namespace tmq::testing
