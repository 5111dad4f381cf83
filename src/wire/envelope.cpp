#include "wire/envelope.hpp"

#include "wire/reader.hpp"

namespace tmq::wire {
namespace {

constexpr std::uint64_t marker = 0xFFFF'FFFF'FFFF'FFFF;
constexpr std::uint64_t action_fetch_raw_data = 8;
constexpr std::uint16_t envelope_version = 1;
constexpr std::uint64_t fetch_raw_number = 3;

template <class T>
void expect(reader& in, T value, errc otherwise) noexcept {
    const std::uint64_t at = in.position();
    if (in.fixed<T>() != value) in.refuse(otherwise, at);
}

/// Bytes behind a length of their own.
std::span<const std::uint8_t> counted(reader& in) noexcept {
    const std::uint64_t at = in.position();
    const auto length = in.fixed<std::uint32_t>();
    return in.take(length, at);
}

/// What the forms that are not self-describing begin with.
void read_header(reader& in, fetch_reply& out) noexcept {
    out.time_ns = in.fixed<std::uint64_t>();
    out.req_id = in.fixed<std::uint64_t>();
    out.message_id = in.fixed<std::uint64_t>();
}

defect end_of(reader& in) noexcept {
    if (in.remaining() != 0) in.refuse(errc::envelope_excess, in.position());
    return in.error();
}

}  // namespace

defect parse_fetch_raw_data(std::span<const std::uint8_t> frame, fetch_reply& out) noexcept {
    out = {};
    reader in(frame);
    expect(in, marker, errc::envelope_marker);
    expect(in, action_fetch_raw_data, errc::envelope_action);
    expect(in, envelope_version, errc::envelope_version);
    out.time_ns = in.fixed<std::uint64_t>();
    out.req_id = in.fixed<std::uint64_t>();
    out.code = in.fixed<std::uint32_t>();
    const auto text = counted(in);
    out.error_text = {reinterpret_cast<const char*>(text.data()), text.size()};
    out.message_id = in.fixed<std::uint64_t>();
    if (out.code == 0) {
        out.raw_type = in.fixed<std::uint16_t>();
        out.raw = counted(in);
    }
    return end_of(in);
}

defect parse_fetch_raw(std::span<const std::uint8_t> frame, fetch_reply& out) noexcept {
    out = {};
    reader in(frame);
    read_header(in, out);
    expect(in, fetch_raw_number, errc::envelope_number);
    const std::uint64_t at = in.position();
    const auto length = in.fixed<std::uint32_t>();
    out.raw_type = in.fixed<std::uint16_t>();
    out.raw = in.take(length, at);
    return end_of(in);
}

defect parse_fetch_block(std::span<const std::uint8_t> frame, fetch_reply& out) noexcept {
    out = {};
    reader in(frame);
    read_header(in, out);
    // The block says itself how long it is.
    reader head = in;
    head.fixed<std::int32_t>();
    const std::uint64_t at = head.position();
    const auto length = head.fixed<std::int32_t>();
    in.refuse(head.error());
    if (length < 0) in.refuse(errc::block_length_mismatch, at);
    out.raw = in.take(static_cast<std::uint32_t>(length), at);
    return end_of(in);
}

std::optional<std::uint64_t> unmarked_reply_id(std::span<const std::uint8_t> frame) noexcept {
    reader in(frame);
    const auto first = in.fixed<std::uint64_t>();
    const auto id = in.fixed<std::uint64_t>();
    in.fixed<std::uint64_t>();
    if (!in.ok() || first == marker) return std::nullopt;
    return id;
}

}  // namespace tmq::wire
