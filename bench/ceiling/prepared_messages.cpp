#include "ceiling/prepared_messages.hpp"

#include "ceiling/accepted_web_socket.hpp"
#include "embedded_server/encode/block_writer.hpp"
#include "embedded_server/encode/little_endian.hpp"

#include <string>

namespace ceiling {
namespace {

constexpr std::size_t req_id_in_payload = 26;

/// What answers fetch_raw_data before the raw message, of a request without id.
std::string envelope(std::uint64_t message_id, std::size_t raw_size) {
    using tmq::embedded::encode::append_le;
    constexpr std::uint64_t marker = ~std::uint64_t{0};
    constexpr std::uint64_t fetch_raw_data_number = 8;
    constexpr std::uint16_t version = 1;
    constexpr std::uint64_t nanoseconds = 0;
    constexpr std::uint64_t req_id = 0;
    constexpr std::uint32_t code = 0;
    constexpr std::uint32_t text_size = 0;
    constexpr std::uint16_t raw_type_of_data = 2;
    std::string out;
    append_le(out, marker);
    append_le(out, fetch_raw_data_number);
    append_le(out, version);
    append_le(out, nanoseconds);
    append_le(out, req_id);
    append_le(out, code);
    append_le(out, text_size);
    append_le(out, message_id);
    append_le(out, raw_type_of_data);
    append_le(out, static_cast<std::uint32_t>(raw_size));
    return out;
}

}  // namespace

prepared_messages::prepared_messages(const tmq::tools::tmqbench::load& load) {
    tmq::tools::tmqbench::make_messages(load, [this](std::size_t,
                                                     std::span<const tmq::testing::block_builder> blocks) {
        const auto offset = static_cast<std::int64_t>(frames_.size());
        const std::vector<std::byte> raw = tmq::embedded::encode::encode_data_message(
            blocks, tmq::testing::topic_kind::select, offset, offset + 1);
        const std::string head = envelope(frames_.size() + 1, raw.size());
        std::string out(frame_head_room, '\0');
        out += head;
        out.append(reinterpret_cast<const char*>(raw.data()), raw.size());
        char* const payload = out.data() + frame_head_room;
        const char* const begin = put_frame_head(payload, frame_kind::binary, out.size() - frame_head_room);
        const char* const end = out.data() + out.size();
        const auto payload_at = bytes_.size() + static_cast<std::size_t>(payload - begin);
        frames_.push_back(
            {bytes_.size(), static_cast<std::size_t>(end - begin), payload_at + req_id_in_payload});
        bytes_.insert(bytes_.end(), begin, end);
    });
}

std::string_view prepared_messages::reply_to(std::uint64_t req_id, std::size_t message) noexcept {
    const frame& one = frames_[message];
    tmq::embedded::encode::store_le(reinterpret_cast<std::byte*>(bytes_.data() + one.req_id_at), req_id);
    return {bytes_.data() + one.begin, one.size};
}

}  // namespace ceiling
