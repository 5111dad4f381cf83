#include "tmq/message.hpp"

#include "tmq/error.hpp"

namespace tmq {

partition_offset message::next() const {
    const std::optional<std::int64_t> offset = next_offset();
    if (!offset) throw error(errc::no_exact_offset);
    return partition_offset(topic(), vgroup(), *offset);
}

namespace detail {

const message_content& no_content() noexcept {
    static const message_content empty;
    return empty;
}

}  // namespace detail
}  // namespace tmq
