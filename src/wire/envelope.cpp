#include "wire/envelope.hpp"

#include "wire/reader.hpp"

namespace tmq::wire {
namespace {

constexpr std::uint64_t marker = 0xFFFF'FFFF'FFFF'FFFF;
constexpr std::uint64_t action_fetch_raw_data = 8;
constexpr std::uint16_t envelope_version = 1;
constexpr std::uint64_t fetch_raw_number = 3;

template <class T>
void expect(byte_reader& reader, T value, defect_code code) noexcept {
    const std::uint64_t position = reader.position();
    if (reader.fixed<T>() != value) reader.refuse(code, position);
}

/// Reads bytes after a u32 with their number.
std::span<const std::uint8_t> read_counted_bytes(byte_reader& reader) noexcept {
    const std::uint64_t position = reader.position();
    const auto length = reader.fixed<std::uint32_t>();
    return reader.take(length, position);
}

/// Reads the head of fetch_raw and fetch_block.
void read_header(byte_reader& reader, fetch_reply& out) noexcept {
    out.time_ns = reader.fixed<std::uint64_t>();
    out.req_id = reader.fixed<std::uint64_t>();
    out.message_id = reader.fixed<std::uint64_t>();
}

/// Ends a frame. A frame that ends too early is a defect of the reply, not of its message.
defect check_end_of_frame(byte_reader& reader) noexcept {
    if (reader.remaining() != 0) reader.refuse(defect_code::envelope_excess, reader.position());
    defect found = reader.error();
    if (found.code == defect_code::truncated) found.code = defect_code::envelope_truncated;
    return found;
}

}  // namespace

defect parse_fetch_raw_data(std::span<const std::uint8_t> frame, fetch_reply& out) noexcept {
    out = {};
    byte_reader reader(frame);
    expect(reader, marker, defect_code::envelope_marker);
    expect(reader, action_fetch_raw_data, defect_code::envelope_action);
    expect(reader, envelope_version, defect_code::envelope_version);
    out.time_ns = reader.fixed<std::uint64_t>();
    out.req_id = reader.fixed<std::uint64_t>();
    out.code = reader.fixed<std::uint32_t>();
    const auto text = read_counted_bytes(reader);
    out.error_text = {reinterpret_cast<const char*>(text.data()), text.size()};
    out.message_id = reader.fixed<std::uint64_t>();
    if (out.code == 0) {
        out.raw_type = reader.fixed<std::uint16_t>();
        out.raw = read_counted_bytes(reader);
    }
    return check_end_of_frame(reader);
}

defect parse_fetch_raw(std::span<const std::uint8_t> frame, fetch_reply& out) noexcept {
    out = {};
    byte_reader reader(frame);
    read_header(reader, out);
    expect(reader, fetch_raw_number, defect_code::envelope_number);
    const std::uint64_t position = reader.position();
    const auto length = reader.fixed<std::uint32_t>();
    out.raw_type = reader.fixed<std::uint16_t>();
    out.raw = reader.take(length, position);
    return check_end_of_frame(reader);
}

defect parse_fetch_block(std::span<const std::uint8_t> frame, fetch_reply& out) noexcept {
    out = {};
    byte_reader reader(frame);
    read_header(reader, out);
    // Only the block's own header has its length.
    byte_reader head = reader;
    head.fixed<std::int32_t>();
    const std::uint64_t position = head.position();
    const auto length = head.fixed<std::int32_t>();
    reader.refuse(head.error());
    if (length < 0) reader.refuse(defect_code::envelope_length_negative, position);
    out.raw = reader.take(static_cast<std::uint32_t>(length), position);
    return check_end_of_frame(reader);
}

std::optional<std::uint64_t> unmarked_reply_id(std::span<const std::uint8_t> frame) noexcept {
    byte_reader reader(frame);
    const auto first = reader.fixed<std::uint64_t>();
    const auto id = reader.fixed<std::uint64_t>();
    reader.fixed<std::uint64_t>();
    if (!reader.ok() || first == marker) return std::nullopt;
    return id;
}

}  // namespace tmq::wire
