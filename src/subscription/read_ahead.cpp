#include "subscription/read_ahead.hpp"

#include <utility>

namespace tmq::subscription {
namespace {

/// Returns the size of a message: its bytes, or the capacity of its memory if it came in blocks.
std::uint64_t size_of(message& read) {
    return read.raw().empty() ? detail::message_access::content(read).bytes.capacity() : read.raw().size();
}

}  // namespace

const message* read_ahead::find(std::string_view topic, std::int32_t vgroup) const noexcept {
    for (std::size_t i = 0; i < count_; ++i)
        if (is_of(at(i).content, topic, vgroup)) return &at(i).content;
    return nullptr;
}

void read_ahead::pushed(time_point now, std::size_t position) {
    slot& last = at(count_++);
    last.ready_at = now;
    last.position = position;
    bytes_ += size_of(last.content);
}

void read_ahead::pop(message& out) {
    bytes_ -= size_of(slots_[first_].content);
    std::swap(slots_[first_].content, out);
    // Restarts at slot 0 when empty, so that the same few message buffers are reused.
    first_ = --count_ == 0 ? 0 : (first_ + 1) % slots_.size();
}

void read_ahead::drop(std::string_view topic, std::int32_t vgroup) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count_; ++i) {
        if (is_of(at(i).content, topic, vgroup))
            bytes_ -= size_of(at(i).content);
        else
            std::swap(at(kept++), at(i));
    }
    count_ = kept;
}

void read_ahead::clear() noexcept { first_ = count_ = bytes_ = 0; }

}  // namespace tmq::subscription
