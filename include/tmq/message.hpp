#pragma once

#include "tmq/block.hpp"
#include "tmq/detail/byte_buffer.hpp"
#include "tmq/detail/layout.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

namespace tmq {

namespace detail {
/// The insides of a message, as the consumer fills them.
struct message_content {
    std::string topic;
    std::string database;
    std::int32_t vgroup = 0;
    std::uint64_t message_id = 0;
    std::int64_t poll_offset = 0;
    byte_buffer bytes;
    message_layout layout;
};
struct message_access;
/// What an empty message refers to.
const message_content& no_content() noexcept;
}  // namespace detail

/// The blocks of a message, in the order the server sent them.
class block_range {
  public:
    class iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = block_view;
        using difference_type = std::ptrdiff_t;
        using reference = block_view;

        iterator() noexcept = default;
        iterator(const detail::message_layout& layout, std::size_t index) noexcept : layout_(&layout), index_(index) {}
        block_view operator*() const noexcept { return block_view(*layout_, layout_->blocks[index_]); }
        iterator& operator++() noexcept { return ++index_, *this; }
        iterator operator++(int) noexcept { return iterator(*layout_, index_++); }
        friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.index_ == b.index_; }

      private:
        const detail::message_layout* layout_ = nullptr;
        std::size_t index_ = 0;
    };

    explicit block_range(const detail::message_layout& layout) noexcept : layout_(&layout) {}
    std::size_t size() const noexcept { return layout_->blocks.size(); }
    bool empty() const noexcept { return layout_->blocks.empty(); }
    block_view operator[](std::size_t index) const noexcept { return block_view(*layout_, layout_->blocks[index]); }
    iterator begin() const noexcept { return iterator(*layout_, 0); }
    iterator end() const noexcept { return iterator(*layout_, size()); }

  private:
    const detail::message_layout* layout_;
};

/// One message of a subscription: rows of one vgroup, in the order of its log. It is the unit of delivery and of commit.
/// Owns its bytes: it may outlive the consumer and move to another thread. Polling into the same object again reuses its memory and
/// ends the life of every view taken from it; moving it does not. Reading from several threads is safe, polling into it is not.
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
    /// Where the message starts in the log of its vgroup. Committing this would deliver it again.
    std::int64_t offset() const noexcept { return content().poll_offset; }
    /// Where the next message of the vgroup starts: what commit(message) commits. -1 when the message has no log offset (snapshot).
    std::int64_t next_offset() const noexcept {
        const detail::wire_offset& next = content().layout.response_offset;
        return next.kind == detail::offset_kind::log ? next.version : -1;
    }

    /// Rows of all blocks.
    std::uint64_t row_count() const noexcept { return content().layout.rows; }
    block_range blocks() const noexcept { return block_range(content().layout); }

  private:
    friend struct detail::message_access;
    const detail::message_content& content() const noexcept { return content_ ? *content_ : detail::no_content(); }

    /// On the heap, so that views stay valid when the message moves. Null before the first poll and after a move.
    std::unique_ptr<detail::message_content> content_;
};

namespace detail {
struct message_access {
    static message_content& content(message& m) {
        if (!m.content_) m.content_ = std::make_unique<message_content>();
        return *m.content_;
    }
};
}  // namespace detail

}  // namespace tmq
