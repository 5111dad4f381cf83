#pragma once

#include "tmq/message.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tmq::subscription {

/// True if `read` is a message of that vgroup.
inline bool is_of(const message& read, std::string_view topic, std::int32_t vgroup) noexcept {
    return read.vgroup() == vgroup && read.topic() == topic;
}

/// Messages that were read and wait for the application, in the order of their arrival. Swaps memory instead
/// of allocating.
class read_ahead {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    /// `capacity`: at least 1. There is room for one message more, which is polled for while another is about
    /// to be taken.
    explicit read_ahead(std::size_t capacity) : slots_(capacity + 1) {}

    bool empty() const noexcept { return count_ == 0; }
    bool full() const noexcept { return count_ + 1 >= slots_.size(); }
    std::size_t size() const noexcept { return count_; }
    /// Size of all messages in it.
    std::uint64_t bytes() const noexcept { return bytes_; }
    const message& front() const noexcept { return slots_[first_].content; }
    /// Returns the time when the first message became ready.
    time_point front_time() const noexcept { return slots_[first_].ready_at; }
    /// Returns the index of the first message's vgroup, see positions.
    std::size_t front_position() const noexcept { return slots_[first_].position; }
    /// Returns the first message of a vgroup; null if there is none.
    const message* find(std::string_view topic, std::int32_t vgroup) const noexcept;

    /// Returns the slot for the next message, which counts from pushed() on. Only while size() is at most the
    /// capacity.
    message& room() noexcept { return at(count_).content; }
    /// `position`: index of its vgroup, see positions.
    void pushed(time_point now, std::size_t position);
    /// Swaps the first message, which must exist, with `out`.
    void pop(message& out);
    /// Drops the messages of a vgroup.
    void drop(std::string_view topic, std::int32_t vgroup);
    void clear() noexcept;

  private:
    struct slot {
        message content;
        time_point ready_at;
        std::size_t position = 0;
    };
    slot& at(std::size_t index) noexcept { return slots_[(first_ + index) % slots_.size()]; }
    const slot& at(std::size_t index) const noexcept { return slots_[(first_ + index) % slots_.size()]; }

    std::vector<slot> slots_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace tmq::subscription
