// What arrow_test.py calls through ctypes: messages from raw bytes, and their blocks through the Arrow C data
// interface.
#include "tmq/arrow.hpp"
#include "wire/data_message.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>

namespace {

std::atomic<int> alive{0};

struct counted_delete {
    void operator()(const tmq::message* message) const {
        delete message;
        --alive;
    }
};

using handle = std::shared_ptr<const tmq::message>;

}  // namespace

extern "C" {

/// A message of raw type 2, its bytes `shift` behind an aligned address; null when it is not valid.
void* message_open(const std::uint8_t* raw, std::size_t size, std::size_t shift) {
    auto message = std::make_unique<tmq::message>();
    tmq::detail::message_content& content = tmq::detail::message_access::content(*message);
    content.bytes.grow(shift + size, 0);
    std::memcpy(content.bytes.data() + shift, raw, size);
    if (tmq::wire::parse_data_message({content.bytes.data() + shift, size}, content.layout)) return nullptr;
    ++alive;
    return new handle(message.release(), counted_delete());
}

void message_close(void* message) { delete static_cast<handle*>(message); }

/// How many messages are kept by someone.
int messages_alive() { return alive; }

std::size_t message_blocks(void* message) { return (*static_cast<handle*>(message))->blocks().size(); }

/// Returns whether it could be exported.
bool message_export(void* message, std::size_t block, ArrowSchema* schema, ArrowArray* array) {
    try {
        const handle& owner = *static_cast<handle*>(message);
        tmq::export_block(owner, owner->blocks()[block], schema, array);
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

}  // extern "C"
