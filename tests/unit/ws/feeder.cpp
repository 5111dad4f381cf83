#include "feeder.hpp"

#include "ws/close_code.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <ostream>
#include <random>

#if defined(__SANITIZE_ADDRESS__)
#define TMQ_TEST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TMQ_TEST_ASAN 1
#endif
#endif
#ifdef TMQ_TEST_ASAN
#include <sanitizer/asan_interface.h>
#endif

using tmq::ws::frame_kind;
using tmq::ws::opcode;

bytes bytes_of(std::string_view text) { return bytes(text.begin(), text.end()); }

bytes operator+(bytes a, const bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

bytes server_frame(opcode op, const bytes& payload, bool final) {
    bytes out;
    out.push_back(static_cast<std::uint8_t>((final ? 0x80 : 0) | static_cast<int>(op)));
    const std::uint64_t length = payload.size();
    int length_bytes = 0;
    if (length <= 125) {
        out.push_back(static_cast<std::uint8_t>(length));
    } else if (length <= 0xFFFF) {
        out.push_back(126);
        length_bytes = 2;
    } else {
        out.push_back(127);
        length_bytes = 8;
    }
    for (int i = length_bytes - 1; i >= 0; --i)
        out.push_back(static_cast<std::uint8_t>(length >> (8 * i)));
    return out + payload;
}

bytes server_frame(opcode op, std::string_view payload, bool final) {
    return server_frame(op, bytes_of(payload), final);
}

bytes close_frame(std::uint16_t code, std::string_view reason) {
    bytes payload;
    payload.push_back(static_cast<std::uint8_t>(code >> 8));
    payload.push_back(static_cast<std::uint8_t>(code));
    return server_frame(opcode::close, payload + bytes_of(reason));
}

bytes marked_compressed(bytes frame) {
    frame[0] |= 0x40;
    return frame;
}

void put(tmq::ws::receive_buffer& buffer, std::span<const std::uint8_t> data) {
    const std::span<std::uint8_t> room = buffer.prepare(data.size());
    ASSERT_GE(room.size(), data.size());
    std::copy(data.begin(), data.end(), room.begin());
    buffer.commit(data.size());
}

std::ostream& operator<<(std::ostream& out, const event& value) {
    static constexpr const char* names[] = {"need_more", "text", "binary", "ping", "pong", "close", "failed"};
    out << names[static_cast<std::size_t>(value.kind)] << " " << value.payload.size() << " bytes";
    if (value.compressed) out << " compressed";
    if (value.close_code != 0) out << " code " << value.close_code;
    if (value.error != tmq::base::defect_code{}) out << " defect_code " << static_cast<int>(value.error);
    return out;
}

namespace {

event make_event(frame_kind kind, bytes payload) {
    event result;
    result.kind = kind;
    result.payload = std::move(payload);
    return result;
}

event copy_of(const tmq::ws::frame& frame) {
    event result = make_event(frame.kind, bytes(frame.payload.begin(), frame.payload.end()));
    result.close_code = frame.close_code;
    result.error = frame.error;
    result.compressed = frame.compressed;
    return result;
}

void poison([[maybe_unused]] std::span<std::uint8_t> memory) {
#ifdef TMQ_TEST_ASAN
    if (!memory.empty()) __asan_poison_memory_region(memory.data(), memory.size());
#endif
}

void unpoison([[maybe_unused]] std::span<std::uint8_t> memory) {
#ifdef TMQ_TEST_ASAN
    if (!memory.empty()) __asan_unpoison_memory_region(memory.data(), memory.size());
#endif
}

}  // namespace

event text(std::string_view payload) { return make_event(frame_kind::text, bytes_of(payload)); }
event binary(bytes payload) { return make_event(frame_kind::binary, std::move(payload)); }
event ping(std::string_view payload) { return make_event(frame_kind::ping, bytes_of(payload)); }
event pong(std::string_view payload) { return make_event(frame_kind::pong, bytes_of(payload)); }

event closed(std::uint16_t code, std::string_view reason) {
    event result = make_event(frame_kind::close, bytes_of(reason));
    result.close_code = code;
    return result;
}

event failed(tmq::base::defect_code error) {
    event result;
    result.kind = frame_kind::failed;
    result.error = error;
    return result;
}

event compressed(event message) {
    message.compressed = true;
    return message;
}

std::size_t fenced_buffer::read(std::span<const std::uint8_t> source, std::size_t at_least,
                                std::size_t count) {
    open();
    const std::span<std::uint8_t> room = buffer_.prepare(at_least);
    EXPECT_GE(room.size(), at_least);
    count = std::min({count, room.size(), source.size()});
    std::copy_n(source.begin(), count, room.begin());
    buffer_.commit(count);
    fence_ = std::span(room.data() + count, room.size() - count + tmq::ws::receive_buffer::padding);
    poison(fence_);
    return count;
}

std::size_t fenced_buffer::take(tmq::detail::byte_buffer& into, std::span<const std::uint8_t> payload) {
    open();
    return buffer_.take(into, payload);
}

void fenced_buffer::open() {
    unpoison(fence_);
    fence_ = {};
}

std::vector<event> decode(std::span<const std::uint8_t> stream, std::uint64_t max_message_size,
                          bool hand_over, const read_size& next_read, bool compression) {
    std::vector<event> events;
    fenced_buffer buffer;
    tmq::ws::frame_decoder decoder(max_message_size);
    if (compression) decoder.allow_compression();
    tmq::detail::byte_buffer message;
    std::size_t done = 0;
    while (true) {
        const tmq::ws::frame frame = decoder.next(buffer.get());
        if (frame.kind == frame_kind::need_more) {
            EXPECT_GE(frame.missing, 1U);
            EXPECT_LE(frame.missing, std::max<std::uint64_t>(max_message_size, tmq::ws::max_control_payload));
            if (done == stream.size()) return events;
            const std::size_t count = buffer.read(stream.subspan(done), frame.missing,
                                                  std::max<std::size_t>(next_read(done, frame.missing), 1));
            if (count == 0) {
                ADD_FAILURE() << "no room to read into";
                return events;
            }
            done += count;
            continue;
        }
        events.push_back(copy_of(frame));
        if (events.size() > stream.size()) {
            ADD_FAILURE() << "more events than bytes";
            return events;
        }
        if (frame.kind == frame_kind::failed) {
            EXPECT_EQ(copy_of(decoder.next(buffer.get())), events.back()) << "a failure is final";
            return events;
        }
        if (hand_over && frame.kind == frame_kind::binary) {
            const std::size_t offset = buffer.take(message, frame.payload);
            EXPECT_TRUE(std::equal(events.back().payload.begin(), events.back().payload.end(),
                                   message.data() + offset));
        }
    }
}

void expect_events(const bytes& stream, const std::vector<event>& expected, std::uint64_t max_message_size,
                   bool compression) {
    const auto check = [&](std::string_view way, std::size_t detail, bool hand_over,
                           const read_size& next_read) {
        const std::vector<event> events = decode(stream, max_message_size, hand_over, next_read, compression);
        if (events == expected) return true;
        ADD_FAILURE() << "read " << way << " " << detail << "\n  events: " << ::testing::PrintToString(events)
                      << "\n  expected: " << ::testing::PrintToString(expected);
        return false;
    };
    constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

    for (const bool hand_over : {false, true}) {
        if (!check("whole", 0, hand_over, [](std::size_t, std::size_t) { return all; })) return;
        if (!check("byte by byte", 0, hand_over, [](std::size_t, std::size_t) { return std::size_t{1}; }))
            return;
        if (!check("as asked for", 0, hand_over, [](std::size_t, std::size_t missing) { return missing; }))
            return;
        for (std::uint32_t seed = 0; seed < 16; ++seed) {
            std::mt19937 random(seed);
            std::uniform_int_distribution<std::size_t> size(
                1, std::max<std::size_t>(stream.size() >> (seed % 8), 1));
            if (!check("at random, seed", seed, hand_over,
                       [&](std::size_t, std::size_t) { return size(random); }))
                return;
        }
    }
    for (std::size_t split = 1; split < stream.size(); ++split) {
        const auto in_two = [split](std::size_t done, std::size_t) {
            return done < split ? split - done : all;
        };
        if (!check("in two at", split, split % 2 == 0, in_two)) return;
    }
}

void expect_events_with_compression(const bytes& stream, const std::vector<event>& expected,
                                    std::uint64_t max_message_size) {
    expect_events(stream, expected, max_message_size, true);
}
