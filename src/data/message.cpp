#include "tmq/message.hpp"

#include "tmq/error.hpp"

namespace tmq {

partition_offset message::next() const {
    const std::optional<std::int64_t> offset = next_offset();
    if (!offset) throw error(errc::no_exact_offset);
    return partition_offset(topic(), vgroup(), *offset);
}

std::span<const meta> message::metas() const& noexcept { return content().metas; }

namespace detail {

void content_deleter::operator()(message_content* content) const noexcept { delete content; }

message_content& message_access::new_content(message& m) {
    m.content_.reset(new message_content);
    return *m.content_;
}

const message_content& no_content() noexcept {
    static const message_content empty;
    return empty;
}

}  // namespace detail
}  // namespace tmq
