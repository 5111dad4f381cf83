#include "tmq/testing/fault.hpp"

namespace tmq::testing {

fault fault::close(std::uint16_t code, std::string reason) {
    fault value(kind::close);
    value.code_ = code;
    value.text_ = std::move(reason);
    return value;
}

fault fault::reset() { return fault(kind::reset); }

fault fault::stall() { return fault(kind::stall); }

fault fault::garbage_text(std::string text) {
    fault value(kind::garbage_text);
    value.text_ = std::move(text);
    return value;
}

fault fault::garbage_binary(std::vector<std::byte> bytes) {
    fault value(kind::garbage_binary);
    value.bytes_ = std::move(bytes);
    return value;
}

fault fault::error_reply(std::uint32_t code, std::string text) {
    fault value(kind::error_reply);
    value.code_ = code;
    value.text_ = std::move(text);
    return value;
}

fault fault::wrong_req_id() {
    fault value(kind::wrong_req_id);
    value.carried_out_ = true;
    return value;
}

fault fault::delay(std::chrono::milliseconds time) {
    fault value(kind::delay);
    value.carried_out_ = true;
    value.time_ = time;
    return value;
}

fault fault::replace_binary(std::vector<std::byte> bytes) {
    fault value(kind::replace_binary);
    value.carried_out_ = true;
    value.bytes_ = std::move(bytes);
    return value;
}

fault fault::wrong_action(std::string name) {
    fault value(kind::wrong_action);
    value.carried_out_ = true;
    value.text_ = std::move(name);
    return value;
}

fault fault::text_for_binary() {
    fault value(kind::text_for_binary);
    value.carried_out_ = true;
    return value;
}

fault fault::binary_for_text() {
    fault value(kind::binary_for_text);
    value.carried_out_ = true;
    return value;
}

fault fault::partial(std::size_t bytes, ending after) {
    fault value(kind::partial);
    value.carried_out_ = true;
    value.size_ = bytes;
    value.ending_ = after;
    return value;
}

fault fault::raw_bytes(std::vector<std::byte> bytes) {
    fault value(kind::raw_bytes);
    value.bytes_ = std::move(bytes);
    return value;
}

fault fault::duplicate() {
    fault value(kind::duplicate);
    value.carried_out_ = true;
    return value;
}

fault fault::withhold(std::size_t count) {
    fault value(kind::withhold);
    value.carried_out_ = true;
    value.size_ = count;
    return value;
}

fault fault::wrong_accept() { return fault(kind::wrong_accept); }

fault fault::replace_text(std::string part, std::string other) {
    fault value(kind::replace_text);
    value.carried_out_ = true;
    value.text_ = std::move(part);
    value.other_text_ = std::move(other);
    return value;
}

fault fault::leave_out_vgroup(std::int32_t vgroup) {
    fault value(kind::leave_out_vgroup);
    value.carried_out_ = true;
    value.vgroup_ = vgroup;
    return value;
}

}  // namespace tmq::testing
