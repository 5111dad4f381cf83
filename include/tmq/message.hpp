#pragma once

#include "tmq/block.hpp"
#include "tmq/detail/byte_buffer.hpp"
#include "tmq/detail/layout.hpp"
#include "tmq/meta.hpp"
#include "tmq/partition_offset.hpp"
#include "tmq/receipt.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tmq {

/// Contents of a message. The kinds that a topic has are set when it is created.
enum class message_kind : std::uint8_t {
    data,               ///< rows
    metadata,           ///< table changes
    metadata_and_data,  ///< rows, and the tables that inserting them has created
    raw_data,           ///< rows in the server's submit format, opaque: for another server, not for reading
};

namespace detail {
/// The contents of a message, as the consumer fills them.
struct message_content {
    std::string topic;
    std::string database;
    std::int32_t vgroup = 0;
    std::uint64_t message_id = 0;
    std::int64_t poll_offset = 0;
    message_kind kind = message_kind::data;
    std::uint16_t raw_type = 0;
    tmq::receipt receipt;
    std::span<const std::uint8_t> raw;  ///< in `bytes`
    byte_buffer bytes;
    message_layout layout;
    std::vector<meta> metas;
    std::vector<std::span<const std::uint8_t>> created_tables;  ///< in `raw`; scratch space of the parser
};
struct message_access;
/// Not inline, so that programs need not compile how contents are destroyed.
struct content_deleter {
    void operator()(message_content* content) const noexcept;
};
/// Returns the offset after a message; -1 if it is part of a snapshot.
inline std::int64_t next_offset(const message_content& content) noexcept {
    const wire_offset& first = content.layout.request_offset;
    const wire_offset& next = content.layout.response_offset;
    const bool is_snapshot =
        first.kind == offset_kind::snapshot_data || first.kind == offset_kind::snapshot_meta;
    return next.kind == offset_kind::log && !is_snapshot ? next.version : -1;
}
/// Returns the contents that an empty message refers to.
const message_content& no_content() noexcept;
}  // namespace detail

/// The blocks of a message, in the order the server sent them.
/// *Lifetime*: as block_view.
class block_range : public detail::indexed_view<block_range> {
  public:
    block_range() noexcept = default;
    explicit block_range(const detail::message_layout& layout) noexcept
        : columns_(layout.columns.data()), blocks_(layout.blocks) {}

    std::size_t size() const noexcept { return blocks_.size(); }
    /// Returns a block. Range of `index`: below size().
    block_view operator[](std::size_t index) const noexcept { return block_view(columns_, blocks_[index]); }

  private:
    const detail::column_layout* columns_ = nullptr;
    std::span<const detail::block_layout> blocks_;
};

/// One message of a subscription: rows of one vgroup, in the order of its log. It is the unit of delivery and
/// of commit, and owns its bytes.
/// *Lifetime*: A message may outlive the consumer and move to another thread. Views taken from it are valid
/// until the same object is polled into again, which reuses its memory. Moving the message keeps them valid.
/// *Threads*: Reading a message from several threads is safe, polling into it is not.
class message {
  public:
    message() = default;
    message(message&&) = default;
    message& operator=(message&&) = default;

    /// True until the first successful poll, and after the message was moved from.
    bool empty() const noexcept { return content().message_id == 0; }
    std::string_view topic() const noexcept { return content().topic; }
    std::string_view database() const noexcept { return content().database; }
    std::int32_t vgroup() const noexcept { return content().vgroup; }
    message_kind kind() const noexcept { return content().kind; }
    /// Returns the offset at which the message starts in the log of its vgroup. Committing it would deliver
    /// the message again. A message of kind metadata has one offset only: the one after it.
    std::int64_t offset() const noexcept { return content().poll_offset; }
    /// Returns the offset at which the next message of the vgroup starts: the one that commit(message)
    /// commits. It is std::nullopt for a message of a snapshot: even the last one, after which the log
    /// begins, cannot be committed by an offset (0x4006).
    std::optional<std::int64_t> next_offset() const noexcept {
        const std::int64_t offset = detail::next_offset(content());
        return offset >= 0 ? std::optional(offset) : std::nullopt;
    }
    topic_partition partition() const { return topic_partition(topic(), vgroup()); }
    /// Returns vgroup and next_offset(): where reading resumes once this message is processed, for commit and
    /// for an application's own store of offsets.
    /// *Throws* errc::no_exact_offset if next_offset() is std::nullopt.
    partition_offset next() const;
    /// Returns the identity of this message, for acknowledging it later or from another thread.
    tmq::receipt receipt() const noexcept { return content().receipt; }

    /// Returns the number of rows of all blocks.
    std::uint64_t row_count() const noexcept { return content().layout.rows; }
    block_range blocks() const& noexcept { return block_range(content().layout); }
    /// Returns the table changes, in order; empty for kinds data and raw_data.
    std::span<const meta> metas() const& noexcept;

    /// Bytes of the message as the server holds it, and their kind (TDengine's raw type), for writing it to
    /// another server. Empty and 0 if the message was fetched block by block.
    bytes_view raw() const& noexcept { return std::as_bytes(content().raw); }
    std::uint16_t raw_type() const noexcept { return content().raw_type; }

    // Views of a temporary message would dangle.
    block_range blocks() const&& = delete;
    std::span<const meta> metas() const&& = delete;
    bytes_view raw() const&& = delete;

  private:
    friend struct detail::message_access;
    const detail::message_content& content() const noexcept {
        return content_ ? *content_ : detail::no_content();
    }

    /// On the heap, so that views stay valid when the message moves. Null before the first poll and after a
    /// move.
    std::unique_ptr<detail::message_content, detail::content_deleter> content_;
};

namespace detail {
struct message_access {
    static message_content& content(message& m) { return m.content_ ? *m.content_ : new_content(m); }
    /// Null before the first poll and after a move.
    static message_content* existing_content(message& m) noexcept { return m.content_.get(); }

  private:
    static message_content& new_content(message& m);
};
}  // namespace detail

}  // namespace tmq
