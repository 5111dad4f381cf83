#pragma once

#include "embedded_server/replies.hpp"
#include "tmq/embedded_server.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::embedded {

/// Code that a real server gives for the poll offset of a snapshot message.
constexpr std::int64_t snapshot_offset = -2147467258;

/// One message of a log. It covers the offsets begin to end - 1.
struct log_message {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    std::int64_t announced = 0;  ///< offset of the poll reply: begin for data, end for meta, snapshot_offset for snapshots
    std::uint16_t raw_type = 0;
    std::int32_t message_type = 0;
    shared_bytes raw;
    std::shared_ptr<const std::string> json;  ///< of metadata; null: none
};

/// The append-only log of one vgroup. Its messages cover the offsets from its begin on without a gap, except for the tail behind the last one.
class vgroup_log {
  public:
    explicit vgroup_log(std::int32_t id) noexcept : id_(id) {}

    std::int32_t id() const noexcept { return id_; }
    std::int64_t begin() const noexcept { return begin_; }
    std::int64_t end() const noexcept { return end_; }
    /// Where the next message begins: behind the last one, wherever the log has grown to since.
    std::int64_t next_begin() const noexcept { return messages_.empty() ? begin_ : messages_.back().end; }
    std::size_t size() const noexcept { return messages_.size(); }

    /// Appends a message that ends at the offset behind end().
    const log_message& append(std::uint16_t raw_type, std::vector<std::byte> raw, std::shared_ptr<const std::string> json = nullptr);
    /// Appends a recorded message; begin and end become what keeps the log in order.
    const log_message& append_recorded(log_message message);
    void advance(std::int64_t count) noexcept { end_ += count; }
    /// Removes what lies before `offset`, which must not be behind end(). A message that reaches over it stays and begins there.
    void truncate(std::int64_t offset);

    /// The first message that is not wholly before `position`; null at the end. Valid until the next append.
    const log_message* find(std::int64_t position) const noexcept;
    bool contains(const std::vector<std::byte>& raw) const noexcept;

  private:
    std::int32_t id_;
    std::int64_t begin_ = 0;
    std::int64_t end_ = 0;
    std::vector<log_message> messages_;
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

/// All topics of the server. Functions that name a topic or vgroup throw std::invalid_argument when there is none.
class topic_catalog {
  public:
    topic& create(const topic_options& options);
    /// The topic, created without vgroups when it is new.
    topic& get_or_create(const std::string& name, const std::string& database);

    topic* find(std::string_view name) noexcept;
    const topic* find(std::string_view name) const noexcept;
    topic& at(std::string_view name);
    const topic& at(std::string_view name) const;
    vgroup_log& at(std::string_view name, std::int32_t vgroup);
    const vgroup_log& at(std::string_view name, std::int32_t vgroup) const;

  private:
    std::map<std::string, topic, std::less<>> topics_;
};

}  // namespace tmq::embedded
