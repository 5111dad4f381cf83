#include "received_frame.hpp"

#include "wire/envelope.hpp"

#include <cstring>
#include <stdexcept>

namespace tmq::test {
namespace {

byte_builder envelope(std::uint64_t req_id, std::uint64_t message_id, std::uint32_t code,
                      std::string_view text) {
    byte_builder out;
    out.u64(0xFFFF'FFFF'FFFF'FFFF).u64(8).u16(1).u64(1'000);
    return out.u64(req_id).u32(code).u32(text.size()).text(text).u64(message_id);
}

wire::defect parse(protocol::action what, std::span<const std::uint8_t> frame, wire::fetch_reply& out) {
    switch (what) {
        case protocol::action::fetch_raw: return wire::parse_fetch_raw(frame, out);
        case protocol::action::fetch_block: return wire::parse_fetch_block(frame, out);
        default: return wire::parse_fetch_raw_data(frame, out);
    }
}

}  // namespace

received_frame::received_frame(std::span<const std::uint8_t> bytes) : size_(bytes.size()) {
    memory_.grow(bytes.size(), 0);
    std::memcpy(memory_.data(), bytes.data(), bytes.size());
}

base::failure received_frame::give_to(subscription::message_fetcher& fetcher) {
    wire::fetch_reply reply;
    if (parse(fetcher.fetch_action(), {memory_.data(), size_}, reply))
        throw std::logic_error("the frame is not valid");
    return fetcher.on_fetch_reply(reply, [this](detail::byte_buffer& into) {
        ++times_handed_over_;
        swap(memory_, into);
    });
}

received_frame success_frame(std::uint64_t message_id, const byte_builder& raw, std::uint64_t raw_type) {
    return received_frame(envelope(1, message_id, 0, "").u16(raw_type).u32(raw.size()).append(raw).bytes());
}

received_frame raw_frame(std::uint64_t message_id, const byte_builder& raw, std::uint64_t raw_type) {
    return received_frame(byte_builder()
                              .u64(1'000)
                              .u64(1)
                              .u64(message_id)
                              .u64(3)
                              .u32(raw.size())
                              .u16(raw_type)
                              .append(raw)
                              .bytes());
}

received_frame block_frame(std::uint64_t fetch_id, std::uint64_t message_id, const byte_builder& block) {
    return received_frame(byte_builder().u64(1'000).u64(fetch_id).u64(message_id).append(block).bytes());
}

received_frame error_frame(std::uint64_t req_id, std::uint64_t message_id, std::uint32_t code,
                           std::string_view text) {
    return received_frame(envelope(req_id, message_id, code, text).bytes());
}

}  // namespace tmq::test
