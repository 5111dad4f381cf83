// Frames, as they pass through a connection: what lies in the receive buffer already becomes messages; a
// request becomes a masked frame. Payloads of binary messages are not looked into, so they are left as they
// are: only the headers are written where the socket would have.
#include "micro/measure.hpp"
#include "ws/frame_decoder.hpp"
#include "ws/frame_encoder.hpp"
#include "ws/receive_buffer.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::bench {
namespace {

constexpr std::uint64_t max_message_size = 1 << 30;
constexpr std::uint8_t final_bit = 0x80;
constexpr std::size_t large = 268'000;

/// Where a stream of frames has its headers, and how long it is.
struct frames {
    struct header {
        std::size_t at = 0;
        std::vector<std::uint8_t> bytes;
    };
    std::vector<header> headers;
    std::size_t size = 0;

    void add(std::uint8_t first_byte, std::size_t payload) {
        header head{size, {first_byte}};
        const std::size_t length_bytes = payload < 126 ? 0 : payload < 65536 ? 2 : 8;
        head.bytes.push_back(static_cast<std::uint8_t>(length_bytes == 0   ? payload
                                                       : length_bytes == 2 ? 126
                                                                           : 127));
        for (std::size_t i = length_bytes; i-- > 0;)
            head.bytes.push_back(static_cast<std::uint8_t>(payload >> (8 * i)));
        size += head.bytes.size() + payload;
        headers.push_back(std::move(head));
    }
};

struct connection {
    ws::receive_buffer buffer;
    ws::frame_decoder decoder{max_message_size};
    detail::byte_buffer taken;

    void receive(const frames& stream) {
        const std::span<std::uint8_t> room = buffer.prepare(stream.size);
        for (const frames::header& head : stream.headers)
            std::copy(head.bytes.begin(), head.bytes.end(),
                      room.begin() + static_cast<std::ptrdiff_t>(head.at));
        buffer.commit(stream.size);
    }
    ws::frame next(ws::frame_kind expected) {
        const ws::frame found = decoder.next(buffer);
        if (found.kind != expected) std::abort();
        return found;
    }
};

/// One binary message, handed over as it is to the application. `moved`: bytes that are joined.
measure binary(std::string name, std::string item, std::uint64_t moved, frames stream) {
    const std::uint64_t items = stream.headers.size();
    const auto pass = [state = std::make_shared<connection>(), stream = std::move(stream)] {
        state->receive(stream);
        benchmark::DoNotOptimize(
            state->buffer.take(state->taken, state->next(ws::frame_kind::binary).payload));
    };
    // The buffer and the one that is handed over change places: both have to have grown.
    for (int i = 0; i < 3; ++i)
        pass();
    return {std::move(name), std::move(item), items, moved, pass};
}

frames whole_message() {
    frames stream;
    stream.add(final_bit | static_cast<std::uint8_t>(ws::opcode::binary), large);
    return stream;
}

/// As the server compresses: 4 KiB at a time.
frames fragmented_message() {
    constexpr std::size_t fragment = 4096;
    frames stream;
    for (std::size_t at = 0; at < large; at += fragment) {
        const ws::opcode op = at == 0 ? ws::opcode::binary : ws::opcode::continuation;
        const bool last = at + fragment >= large;
        stream.add(static_cast<std::uint8_t>((last ? final_bit : 0) | static_cast<std::uint8_t>(op)),
                   std::min(fragment, large - at));
    }
    return stream;
}

/// Replies of text, many in one read.
measure small_frames() {
    constexpr std::size_t count = 100;
    constexpr std::size_t size = 180;
    frames stream;
    for (std::size_t i = 0; i < count; ++i)
        stream.add(final_bit | static_cast<std::uint8_t>(ws::opcode::text), size);
    // The text is checked for UTF-8: ASCII everywhere but in the headers.
    const auto state = std::make_shared<connection>();
    const std::span<std::uint8_t> room = state->buffer.prepare(stream.size);
    std::fill_n(room.begin(), stream.size, std::uint8_t{'x'});
    return {"ws/texts of 180 bytes", "frame", count, stream.size, [state, stream = std::move(stream)] {
                state->buffer.clear();
                state->receive(stream);
                for (std::size_t i = 0; i < count; ++i)
                    benchmark::DoNotOptimize(state->next(ws::frame_kind::text).payload.data());
            }};
}

measure masked_request() {
    constexpr std::size_t count = 100;
    return {"ws/masked request", "frame", count, 0, [out = std::make_shared<std::vector<std::uint8_t>>()] {
                constexpr std::string_view request =
                    R"({"action":"fetch_raw_data","args":{"req_id":123456,"message_id":123456}})";
                out->clear();
                for (std::size_t i = 0; i < count; ++i)
                    ws::append_text(*out, request, {0x12, 0x34, 0x56, static_cast<std::uint8_t>(i)});
                benchmark::DoNotOptimize(out->data());
            }};
}

}  // namespace

std::vector<measure> ws_measures() {
    std::vector<measure> all;
    all.push_back(binary("ws/message of 268 KB", "frame", 0, whole_message()));
    all.push_back(binary("ws/message of 268 KB in fragments", "fragment", large, fragmented_message()));
    all.push_back(small_frames());
    all.push_back(masked_request());
    return all;
}

}  // namespace tmq::bench
