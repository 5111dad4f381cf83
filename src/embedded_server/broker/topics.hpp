#pragma once

#include "embedded_server/broker/gathered_message.hpp"
#include "embedded_server/encode/raw_head.hpp"
#include "tmq/embedded_server.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::embedded::broker {

/// Code that a real server gives for the poll offset of a snapshot message.
constexpr std::int64_t snapshot_offset = -2147467258;

/// The message_type of a poll reply that announces metadata alone.
constexpr std::int32_t metadata_message = 2;

enum class log_entry_kind {
    sealed,    ///< a message whose bytes never change
    message,   ///< a message, with the offsets of whoever reads it in its head
    recorded,  ///< the same; it was gathered from entries, and as far as entries without rows followed them
    insert     ///< rows, of which polls gather messages
};

/// What a log has at the offsets begin to end - 1.
struct log_entry {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    std::optional<std::int64_t> announced;  ///< to every reader: end for metadata, snapshot_offset for
                                            ///< snapshots. Nothing: where the reader stands.
    log_entry_kind kind = log_entry_kind::message;
    std::uint16_t raw_type = 0;
    std::int32_t message_type = 0;
    std::size_t rows = 0;                     ///< of an insert and of a recorded message
    encode::shared_bytes raw;                 ///< a message; of an insert what encode_insert() made
    std::shared_ptr<const std::string> json;  ///< of metadata; null: none
};

/// What a poll finds in a log.
struct found_message {
    std::int64_t announced = 0;  ///< offset of the poll reply
    std::int64_t begin = 0;      ///< where the reader stood
    std::int64_t end = 0;        ///< where it goes on
    std::uint16_t raw_type = 0;
    std::int32_t message_type = 0;
    encode::raw_message raw;
    std::shared_ptr<const std::string> json;
};

/// The append-only log of one vgroup. Offsets without an entry are what a real log has of no interest to
/// readers.
class vgroup_log {
  public:
    explicit vgroup_log(std::int32_t id) noexcept : id_(id) {}

    std::int32_t id() const noexcept { return id_; }
    std::int64_t begin() const noexcept { return begin_; }
    std::int64_t end() const noexcept { return end_; }
    /// Where readers stand who have read all entries, wherever the log has grown to since.
    std::int64_t next_begin() const noexcept { return entries_.empty() ? begin_ : entries_.back().end; }
    std::size_t size() const noexcept { return entries_.size(); }

    /// Appends a message at the offset end().
    const log_entry& append(std::uint16_t raw_type, std::vector<std::byte> raw,
                            std::shared_ptr<const std::string> json = nullptr,
                            log_entry_kind kind = log_entry_kind::sealed);
    /// Appends rows at the offset end(), as encode_insert() makes them; without rows it is
    /// insert_unselected().
    void insert(std::vector<std::byte> encoded, std::size_t rows);
    /// Appends a recorded message; begin and end become what keeps the log in order.
    const log_entry& append_recorded(log_entry message);
    /// Lets the log grow by entries that are not inserts: commits, subscribes, changes of tables.
    void advance(std::int64_t count) noexcept { end_ += count; }
    /// Appends an insert without a row for the topic.
    void insert_unselected() noexcept { unselected_end_ = ++end_; }
    /// Whether the last entry is such an insert.
    bool ends_unselected() const noexcept { return unselected_end_ == end_; }
    /// Takes an entry away that begins there; the offset stays.
    void erase(std::int64_t offset);
    /// Removes what lies before `offset`, which must not be behind end(). A message that reaches over it
    /// stays.
    void truncate(std::int64_t offset);

    /// What a reader finds who stands at `position`; nothing when there is no entry behind it.
    std::optional<found_message> read(std::int64_t position, const gathering& how);
    /// Whether the log is known row by row, so that a snapshot of it can be read.
    bool has_snapshot() const noexcept;
    /// The rows that are there now, as messages whose reader goes on at end().
    std::vector<encode::shared_bytes> snapshot(const gathering& how) const;
    /// The first entry that is not wholly before `position`; null when there is none. Valid until the log
    /// changes.
    const log_entry* find(std::int64_t position) const noexcept;
    bool contains(const std::vector<std::byte>& raw) const noexcept;

  private:
    using iterator = std::vector<log_entry>::const_iterator;
    iterator first_from(std::int64_t position) const noexcept;
    /// Where a message ends whose last entry is before `next`, when the reader was content with it, and when
    /// it looked for more.
    std::int64_t end_before(iterator next, bool content) const noexcept;
    void gather(iterator first, const gathering& how, found_message& into);

    std::int32_t id_;
    std::int64_t begin_ = 0;
    std::int64_t end_ = 0;
    std::int64_t unselected_end_ = -1;  ///< where the last insert without a row for the topic ends
    std::vector<log_entry> entries_;
    gathered_messages gathered_;
};

class topic {
  public:
    explicit topic(const topic_options& options)
        : name_(options.name()),
          database_(options.database()),
          kind_(options.kind()),
          precision_(options.precision()),
          with_meta_(options.with_meta()),
          retention_(options.retention()) {}

    const std::string& name() const noexcept { return name_; }
    const std::string& database() const noexcept { return database_; }
    topic_kind kind() const noexcept { return kind_; }
    time_precision precision() const noexcept { return precision_; }
    bool with_meta() const noexcept { return with_meta_; }
    std::vector<vgroup_log>& vgroups() noexcept { return vgroups_; }
    const std::vector<vgroup_log>& vgroups() const noexcept { return vgroups_; }
    std::vector<std::int32_t> vgroup_ids() const;

    vgroup_log& add_vgroup(std::int32_t id) { return vgroups_.emplace_back(id); }
    /// Null when there is no such vgroup.
    vgroup_log* find(std::int32_t id) noexcept;
    const vgroup_log* find(std::int32_t id) const noexcept;
    /// Removes what this topic does not keep of a log of its own that has grown.
    void retain(vgroup_log& log) const;

  private:
    std::string name_;
    std::string database_;
    topic_kind kind_;
    time_precision precision_;
    bool with_meta_;
    std::optional<std::int64_t> retention_;
    std::vector<vgroup_log> vgroups_;
};

/// All topics of the server. Functions that name a topic or vgroup throw std::invalid_argument when there is
/// none.
class topic_catalog {
  public:
    topic& create(const topic_options& options);
    /// The topic, created without vgroups when it is new.
    topic& get_or_create(const std::string& name, const std::string& database);
    void erase(std::string_view name);
    std::vector<std::string> names() const;
    /// The first of so many vgroup ids that no topic has, and that create() gives to none unless it is told
    /// to.
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
