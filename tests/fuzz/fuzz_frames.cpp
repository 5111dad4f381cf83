// WebSocket frames, cut into reads as the first bytes of the input say; the same stream in one read must give
// the same events. Compression is on when the first byte is odd.
#include "fuzz.hpp"
#include "ws/frame_decoder.hpp"
#include "ws/receive_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace {

constexpr std::uint64_t max_message_size = 1 << 20;
constexpr std::size_t plan_size = 16;

struct event {
    tmq::ws::frame_kind kind;
    tmq::base::defect_code error;
    std::uint16_t close_code;
    bool compressed;
    std::vector<std::uint8_t> payload;
    friend bool operator==(const event&, const event&) = default;
};

struct decoded {
    std::vector<event> events;
    tmq::ws::arrival arrived;
    friend bool operator==(const decoded&, const decoded&) = default;
};

decoded decode(std::span<const std::uint8_t> stream, std::span<const std::uint8_t> plan, bool hand_over,
               bool compression) {
    tmq::ws::receive_buffer buffer;
    tmq::ws::frame_decoder decoder(max_message_size);
    if (compression) decoder.allow_compression();
    tmq::detail::byte_buffer message;
    std::vector<event> events;
    for (std::size_t reads = 0;; ++reads) {
        for (;;) {
            const tmq::ws::frame frame = decoder.next(buffer);
            if (frame.kind == tmq::ws::frame_kind::need_more) {
                tmq::fuzz::require(frame.missing > 0, "need_more needs something");
                break;
            }
            tmq::fuzz::require(
                !frame.compressed || (compression && (frame.kind == tmq::ws::frame_kind::text ||
                                                      frame.kind == tmq::ws::frame_kind::binary)),
                "only messages are compressed, and only where that was negotiated");
            events.push_back({frame.kind,
                              frame.error,
                              frame.close_code,
                              frame.compressed,
                              {frame.payload.begin(), frame.payload.end()}});
            if (frame.kind == tmq::ws::frame_kind::failed) return {events, decoder.arrival()};
            if (frame.kind == tmq::ws::frame_kind::binary && hand_over) {
                const std::size_t at = buffer.take(message, frame.payload);
                tmq::fuzz::require(at + frame.payload.size() <= message.capacity(),
                                   "the payload lies in the block handed over");
                tmq::fuzz::require(
                    frame.payload.empty() || std::memcmp(message.data() + at, events.back().payload.data(),
                                                         frame.payload.size()) == 0,
                    "handing over does not change the payload");
            }
        }
        if (stream.empty()) return {events, decoder.arrival()};
        const std::size_t wanted = plan.empty() ? stream.size() : 1U + plan[reads % plan.size()];
        const std::size_t size = std::min(wanted, stream.size());
        const std::span<std::uint8_t> room = buffer.prepare(size);
        tmq::fuzz::require(room.size() >= size, "the room asked for");
        std::copy_n(stream.begin(), size, room.begin());
        buffer.commit(size);
        stream = stream.subspan(size);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < plan_size) return 0;
    const std::span<const std::uint8_t> plan(data, plan_size);
    const std::span<const std::uint8_t> stream(data + plan_size, size - plan_size);
    const bool compression = plan[0] % 2 == 1;
    const decoded whole = decode(stream, {}, false, compression);
    tmq::fuzz::require(whole.arrived.payload <= stream.size(), "no more payload than bytes");
    tmq::fuzz::require(decode(stream, plan, false, compression) == whole,
                       "the same events, however the stream is cut");
    tmq::fuzz::require(decode(stream, plan, true, compression) == whole,
                       "the same events when messages are handed over");
    return 0;
}
