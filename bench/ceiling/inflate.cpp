// inflate --port P --topic T --messages M --rows N [--rounds R]: what inflating alone costs of a topic that
// is sent compressed.
//
// Asks for the messages of the topic one after the other, as drain does, with permessage-deflate, and keeps
// them as they came. Then inflates all of them, each to the same memory, R times over (default 9) with each
// library there is. The least of each is what nobody can do without who reads compressed messages with that
// library. on_arrival_cpu_s is the same work done by the fastest of them once, each message as soon as it is
// there: what a client takes that waits for every message, so that nothing of the inflating is in the caches.
#include "ceiling/plain_requests.hpp"
#include "ceiling/plain_socket.hpp"

#include <unistd.h>
#include <zlib.h>
#ifdef TMQ_HAS_LIBDEFLATE
#include <libdeflate.h>
#endif

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using bytes = std::vector<unsigned char>;

/// What a message ends with that is not sent, and an empty last block, so that both libraries see an end.
constexpr unsigned char tail[] = {0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff};

/// A client of /rest/tmq with one request under way at a time and replies that come compressed, in fragments
/// or not.
class compressed_web_socket {
  public:
    explicit compressed_web_socket(std::uint16_t port) : socket_(port) {
        const std::string head =
            ceiling::upgrade(socket_,
                             "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                             "client_no_context_takeover\r\n");
        if (head.find("permessage-deflate") == std::string::npos)
            throw std::runtime_error("no compression here");
    }
    /// One frame of text, uncompressed.
    void send(std::string_view text) {
        std::string frame;
        ceiling::write_text_frame(frame, text);
        socket_.send(frame);
    }
    /// The compressed bytes of one reply, with the tail.
    bytes receive() {
        bytes message;
        for (bool is_last = false; !is_last;) {
            unsigned char head[10];
            receive(head, 2);
            is_last = (head[0] & 0x80) != 0;
            if ((head[0] & 0xf) > 2) throw std::runtime_error("a control frame");
            if ((head[0] & 0xf) != 0 && (head[0] & 0x40) == 0)
                throw std::runtime_error("an uncompressed reply");
            std::size_t size = head[1];
            const std::size_t width = size < 126 ? 0 : size == 126 ? 2 : 8;
            if (width != 0) {
                receive(head + 2, width);
                size = 0;
                for (std::size_t i = 0; i < width; ++i)
                    size = size << 8 | head[2 + i];
            }
            message.resize(message.size() + size);
            receive(message.data() + message.size() - size, size);
        }
        message.insert(message.end(), std::begin(tail), std::end(tail));
        return message;
    }

  private:
    void receive(unsigned char* into, std::size_t size) {
        socket_.receive_all(reinterpret_cast<char*>(into), size);
    }

    ceiling::plain_socket socket_;
};

/// Inflates whole messages, one after the other, into memory that is large enough, or made so.
class inflater {
  public:
    virtual ~inflater() = default;
    virtual std::size_t inflate(const bytes& message, bytes& out) = 0;
};

class by_zlib final : public inflater {
  public:
    by_zlib() {
        if (inflateInit2(&stream_, -15) != Z_OK) throw std::bad_alloc();
    }
    ~by_zlib() override { inflateEnd(&stream_); }
    by_zlib(const by_zlib&) = delete;
    by_zlib& operator=(const by_zlib&) = delete;

    std::size_t inflate(const bytes& message, bytes& out) override {
        for (;; out.resize(2 * out.size())) {
            inflateReset(&stream_);
            stream_.next_in = const_cast<unsigned char*>(message.data());
            stream_.avail_in = static_cast<uInt>(message.size());
            stream_.next_out = out.data();
            stream_.avail_out = static_cast<uInt>(out.size());
            const int status = ::inflate(&stream_, Z_FINISH);
            if (status == Z_STREAM_END) return stream_.total_out;
            if (status != Z_BUF_ERROR) throw std::runtime_error("zlib refuses a message");
        }
    }

  private:
    z_stream stream_{};
};

#ifdef TMQ_HAS_LIBDEFLATE
class by_libdeflate final : public inflater {
  public:
    std::size_t inflate(const bytes& message, bytes& out) override {
        for (;; out.resize(2 * out.size())) {
            std::size_t size = 0;
            const libdeflate_result status = libdeflate_deflate_decompress(
                state_.get(), message.data(), message.size(), out.data(), out.size(), &size);
            if (status == LIBDEFLATE_SUCCESS) return size;
            if (status != LIBDEFLATE_INSUFFICIENT_SPACE)
                throw std::runtime_error("libdeflate refuses a message");
        }
    }

  private:
    struct deleter {
        void operator()(libdeflate_decompressor* state) const { libdeflate_free_decompressor(state); }
    };
    std::unique_ptr<libdeflate_decompressor, deleter> state_{libdeflate_alloc_decompressor()};
};
#endif

struct topic_content {
    std::vector<bytes> messages;
    double cpu = 0;  ///< of inflating each as it came
};

topic_content messages_of(std::uint16_t port, const std::string& topic, std::uint64_t count, inflater& with) {
    compressed_web_socket server(port);
    by_zlib reader;
    bytes text(4096);
    const auto said = [&] {
        const std::size_t size = reader.inflate(server.receive(), text);
        return std::string(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    };
    server.send(ceiling::subscribe_request(topic, "inflate_" + std::to_string(::getpid())));
    if (const std::string reply = said(); reply.find(R"("code":0)") == std::string::npos)
        throw std::runtime_error("unexpected: " + reply.substr(0, 512));
    topic_content all;
    bytes out(1U << 20);
    std::uint64_t message = 0;
    std::string request;
    while (all.messages.size() < count) {
        ceiling::write_poll(request, 2, message);
        server.send(request);
        message = ceiling::message_id(said());
        ceiling::write_fetch(request, 3, message);
        server.send(request);
        all.messages.push_back(server.receive());
        const double before = ceiling::cpu_seconds();
        with.inflate(all.messages.back(), out);
        all.cpu += ceiling::cpu_seconds() - before;
    }
    return all;
}

struct effort {
    std::uint64_t bytes = 0;  ///< that came out
    double cpu = 0;
};

effort inflate_all(inflater& with, const std::vector<bytes>& messages, std::uint64_t rounds) {
    effort least;
    bytes out(1U << 20);
    // The first one makes the memory.
    for (std::uint64_t round = 0; round <= rounds; ++round) {
        effort now;
        const double before = ceiling::cpu_seconds();
        for (const bytes& one : messages)
            now.bytes += with.inflate(one, out);
        now.cpu = ceiling::cpu_seconds() - before;
        if (round <= 1 || now.cpu < least.cpu) least = now;
    }
    return least;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto port = static_cast<std::uint16_t>(std::stoul(ceiling::option(argc, argv, "--port")));
        by_zlib zlib;
#ifdef TMQ_HAS_LIBDEFLATE
        by_libdeflate libdeflate;
        inflater& fastest = libdeflate;
#else
        inflater& fastest = zlib;
#endif
        const auto [messages, on_arrival] =
            messages_of(port, ceiling::option(argc, argv, "--topic"),
                        std::stoull(ceiling::option(argc, argv, "--messages")), fastest);
        const std::uint64_t rows = std::stoull(ceiling::option(argc, argv, "--rows"));
        const std::uint64_t rounds =
            std::max<std::uint64_t>(1, std::stoull(ceiling::option(argc, argv, "--rounds", "9")));
        std::uint64_t compressed = 0;
        for (const bytes& one : messages)
            compressed += one.size() - sizeof tail;

        const effort of_zlib = inflate_all(zlib, messages, rounds);
        std::printf(
            R"({"peer":"inflate","rows":%llu,"msgs":%zu,"bytes":%llu,"inflated_bytes":%llu,"rounds":%llu,"on_arrival_cpu_s":%.6f,"zlib_cpu_s":%.6f)",
            static_cast<unsigned long long>(rows), messages.size(),
            static_cast<unsigned long long>(compressed), static_cast<unsigned long long>(of_zlib.bytes),
            static_cast<unsigned long long>(rounds), on_arrival, of_zlib.cpu);
#ifdef TMQ_HAS_LIBDEFLATE
        const effort of_libdeflate = inflate_all(libdeflate, messages, rounds);
        if (of_libdeflate.bytes != of_zlib.bytes) throw std::runtime_error("the libraries do not agree");
        std::printf(R"(,"libdeflate_cpu_s":%.6f)", of_libdeflate.cpu);
#endif
        std::printf("}\n");
        return 0;
    } catch (const std::exception& why) {
        std::fprintf(stderr, "inflate: %s\n", why.what());
        return 2;
    }
}
