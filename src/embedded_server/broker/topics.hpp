#pragma once

#include "embedded_server/broker/gathered_message.hpp"
#include "embedded_server/encode/raw_head.hpp"
#include "tmq/testing/topic_options.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::embedded::broker {

/// `offset` of the poll reply that announces a snapshot message: a code of the real server.
constexpr std::int64_t snapshot_offset = -2147467258;

/// `message_type` of the poll reply that announces metadata without rows.
constexpr std::int32_t metadata_message = 2;

enum class log_entry_kind {
    sealed,    ///< A message whose bytes never change.
    message,   ///< A message whose head gets the offsets of its reader.
    recorded,  ///< Like `message`; a server has gathered it, and it covers entries without rows after it.
    insert     ///< Rows, from which polls gather messages.
};

/// The part of a log from offset `begin` to `end` - 1.
struct log_entry {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    /// Offset that every reader gets announced: `end` for metadata, snapshot_offset for snapshots. Empty: the
    /// reader's position.
    std::optional<std::int64_t> announced_offset;
    log_entry_kind kind = log_entry_kind::message;
    std::uint16_t raw_type = 0;
    std::int32_t message_type = 0;
    std::size_t rows = 0;                     ///< Of an insert and of a recorded message.
    encode::shared_bytes raw;                 ///< A message; for an insert the bytes from encode_insert().
    std::shared_ptr<const std::string> json;  ///< Of metadata; null if it has none.
};

/// A message that a poll has found in a log.
struct found_message {
    std::int64_t announced_offset = 0;  ///< Offset in the poll reply.
    std::int64_t begin = 0;             ///< Position of the reader before the message.
    std::int64_t end = 0;               ///< Position of the reader after the message.
    std::uint16_t raw_type = 0;
    std::int32_t message_type = 0;
    encode::raw_message raw;
    std::shared_ptr<const std::string> json;
};

/// The append-only log of one vgroup. Offsets without an entry represent the entries of a real log that have
/// no rows for readers.
class vgroup_log {
  public:
    explicit vgroup_log(std::int32_t id) noexcept : id_(id) {}

    std::int32_t id() const noexcept { return id_; }
    std::int64_t begin() const noexcept { return begin_; }
    std::int64_t end() const noexcept { return end_; }
    /// Position of a reader that has read the last entry. The log may have grown after it.
    std::int64_t next_begin() const noexcept { return entries_.empty() ? begin_ : entries_.back().end; }
    std::size_t size() const noexcept { return entries_.size(); }

    /// Appends a message at the offset end().
    const log_entry& append(std::uint16_t raw_type, std::vector<std::byte> raw,
                            std::shared_ptr<const std::string> json = nullptr,
                            log_entry_kind kind = log_entry_kind::sealed);
    /// Appends an insert at the offset end(). `encoded`: result of encode_insert(). Without rows it does what
    /// insert_unselected() does.
    void insert(std::vector<std::byte> encoded, std::size_t rows);
    /// Appends a recorded message. Its begin and end are changed so that the entries stay in order.
    const log_entry& append_recorded(log_entry message);
    /// Appends `count` entries that are not inserts: commits, subscribes, changes of tables.
    void advance(std::int64_t count) noexcept { end_ += count; }
    /// Appends an insert without a row for the topic.
    void insert_unselected() noexcept { unselected_end_ = ++end_; }
    /// True if the last entry is an insert without a row for the topic.
    bool ends_unselected() const noexcept { return unselected_end_ == end_; }
    /// Removes the entry that begins at `offset`, if there is one. Its offsets stay.
    void erase(std::int64_t offset);
    /// Removes the entries before `offset`, which is at most end(). An entry that reaches over it stays.
    void truncate(std::int64_t offset);

    /// Returns the message that a reader at `position` gets; empty if no entry follows.
    std::optional<found_message> read(std::int64_t position, const gathering& rules);
    /// True if the rows of all entries are known, so that a snapshot can be read.
    bool has_snapshot() const noexcept;
    /// Returns the current rows as messages; the reader of the last one resumes at end().
    std::vector<encode::shared_bytes> snapshot(const gathering& rules) const;
    /// Returns the first entry that ends after `position`; null if there is none. Valid until the log
    /// changes.
    const log_entry* find(std::int64_t position) const noexcept;
    bool contains(const std::vector<std::byte>& raw) const noexcept;

  private:
    using iterator = std::vector<log_entry>::const_iterator;
    iterator first_from(std::int64_t position) const noexcept;
    /// Returns the end of a message whose last entry is the one before `next`. If the message is not full,
    /// the vnode has scanned on, and the message also covers the offsets without an entry after it.
    std::int64_t end_before(iterator next, bool is_full) const noexcept;
    /// Sets the bytes and the end of `message` to those gathered from the inserts that begin at `first`.
    void gather(iterator first, const gathering& rules, found_message& message);

    std::int32_t id_;
    std::int64_t begin_ = 0;
    std::int64_t end_ = 0;
    std::int64_t unselected_end_ = -1;  ///< End of the last insert without a row for the topic.
    std::vector<log_entry> entries_;
    gathered_messages cache_;
};

class topic {
  public:
    explicit topic(const testing::topic_options& options)
        : name_(options.name()),
          database_(options.database()),
          kind_(options.kind()),
          precision_(options.precision()),
          with_meta_(options.with_meta()),
          retention_(options.retention()) {}

    const std::string& name() const noexcept { return name_; }
    const std::string& database() const noexcept { return database_; }
    testing::topic_kind kind() const noexcept { return kind_; }
    time_precision precision() const noexcept { return precision_; }
    bool with_meta() const noexcept { return with_meta_; }
    std::vector<vgroup_log>& vgroups() noexcept { return vgroups_; }
    const std::vector<vgroup_log>& vgroups() const noexcept { return vgroups_; }
    std::vector<std::int32_t> vgroup_ids() const;

    vgroup_log& add_vgroup(std::int32_t id) { return vgroups_.emplace_back(id); }
    /// Returns null if there is no such vgroup.
    vgroup_log* find(std::int32_t id) noexcept;
    const vgroup_log* find(std::int32_t id) const noexcept;
    /// Removes the entries that are older than the topic's retention from one of its logs.
    void retain(vgroup_log& log) const;

  private:
    std::string name_;
    std::string database_;
    testing::topic_kind kind_;
    time_precision precision_;
    bool with_meta_;
    std::optional<std::int64_t> retention_;
    std::vector<vgroup_log> vgroups_;
};

/// All topics of the server. at() throws std::invalid_argument if there is no such topic or vgroup.
class topic_catalog {
  public:
    /// Throws std::invalid_argument for a name that is empty or exists, and for options out of range.
    topic& create(const testing::topic_options& options);
    /// Returns the topic. A new one is created without vgroups.
    topic& get_or_create(const std::string& name, const std::string& database);
    void erase(std::string_view name);
    std::vector<std::string> names() const;
    /// Reserves `count` vgroup ids in a row that no topic has, and returns the first. create() gives them to
    /// a topic only if its options ask for them.
    std::int32_t reserve_vgroups(std::int32_t count);

    topic* find(std::string_view name) noexcept;
    const topic* find(std::string_view name) const noexcept;
    topic& at(std::string_view name);
    const topic& at(std::string_view name) const;
    vgroup_log& at(std::string_view name, std::int32_t vgroup);
    const vgroup_log& at(std::string_view name, std::int32_t vgroup) const;

  private:
    std::int32_t free_vgroup_id() const noexcept;

    std::map<std::string, topic, std::less<>> topics_;
    std::int32_t last_reserved_ = 0;
};

}  // namespace tmq::embedded::broker
