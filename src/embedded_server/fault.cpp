#include "tmq/embedded_server.hpp"

namespace tmq {

fault fault::close(std::uint16_t code, std::string reason) {
    fault made(kind::close);
    made.code_ = code;
    made.text_ = std::move(reason);
    return made;
}

fault fault::reset() { return fault(kind::reset); }

fault fault::stall() { return fault(kind::stall); }

fault fault::garbage_text(std::string text) {
    fault made(kind::garbage_text);
    made.text_ = std::move(text);
    return made;
}

fault fault::garbage_binary(std::vector<std::byte> bytes) {
    fault made(kind::garbage_binary);
    made.bytes_ = std::move(bytes);
    return made;
}

fault fault::error_reply(std::uint32_t code, std::string text) {
    fault made(kind::error_reply);
    made.code_ = code;
    made.text_ = std::move(text);
    return made;
}

fault fault::wrong_req_id() {
    fault made(kind::wrong_req_id);
    made.carried_out_ = true;
    return made;
}

fault fault::delay(std::chrono::milliseconds time) {
    fault made(kind::delay);
    made.carried_out_ = true;
    made.time_ = time;
    return made;
}

fault fault::replace_binary(std::vector<std::byte> bytes) {
    fault made(kind::replace_binary);
    made.carried_out_ = true;
    made.bytes_ = std::move(bytes);
    return made;
}

fault fault::wrong_action(std::string name) {
    fault made(kind::wrong_action);
    made.carried_out_ = true;
    made.text_ = std::move(name);
    return made;
}

fault fault::text_for_binary() {
    fault made(kind::text_for_binary);
    made.carried_out_ = true;
    return made;
}

fault fault::binary_for_text() {
    fault made(kind::binary_for_text);
    made.carried_out_ = true;
    return made;
}

fault fault::partial(std::size_t bytes, ending after) {
    fault made(kind::partial);
    made.carried_out_ = true;
    made.size_ = bytes;
    made.ending_ = after;
    return made;
}

fault fault::raw_bytes(std::vector<std::byte> bytes) {
    fault made(kind::raw_bytes);
    made.bytes_ = std::move(bytes);
    return made;
}

fault fault::duplicate() {
    fault made(kind::duplicate);
    made.carried_out_ = true;
    return made;
}

fault fault::withhold(std::size_t count) {
    fault made(kind::withhold);
    made.carried_out_ = true;
    made.size_ = count;
    return made;
}

fault fault::wrong_accept() { return fault(kind::wrong_accept); }

fault fault::replace_text(std::string part, std::string other) {
    fault made(kind::replace_text);
    made.carried_out_ = true;
    made.text_ = std::move(part);
    made.other_text_ = std::move(other);
    return made;
}

fault fault::leave_out_vgroup(std::int32_t vgroup) {
    fault made(kind::leave_out_vgroup);
    made.carried_out_ = true;
    made.vgroup_ = vgroup;
    return made;
}

}  // namespace tmq
