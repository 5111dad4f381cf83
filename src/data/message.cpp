#include "tmq/message.hpp"

namespace tmq::detail {

const message_content& no_content() noexcept {
    static const message_content empty;
    return empty;
}

}  // namespace tmq::detail
