#include "embedded_server/broker/dialogue.hpp"
#include "embedded_server/web_socket_client.hpp"
#include "tmq/testing/server.hpp"

#include <gtest/gtest.h>

#include <zlib.h>

#include <array>
#include <cstring>
#include <random>

// permessage-deflate as it is on the wire.

namespace tmq::test {

using namespace testing;

namespace {

using opcode = web_socket_client::opcode;

constexpr unsigned fin = 0x80;
constexpr unsigned compressed = 0x40;

std::string field(const std::string& head, const std::string& name) {
    const std::size_t at = head.find(name + ": ");
    if (at == std::string::npos) return {};
    const std::size_t value = at + name.size() + 2;
    return head.substr(value, head.find("\r\n", value) - value);
}

std::string inflated(std::string bytes) {
    bytes.append("\0\0\xff\xff", 4);
    z_stream stream{};
    inflateInit2(&stream, -15);
    stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    std::string out;
    std::array<char, 65536> chunk;
    do {
        stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
        stream.avail_out = chunk.size();
        if (inflate(&stream, Z_SYNC_FLUSH) != Z_OK) break;
        out.append(chunk.data(), chunk.size() - stream.avail_out);
    } while (stream.avail_out == 0);
    inflateEnd(&stream);
    return out;
}

std::string deflated(const std::string& text) {
    z_stream stream{};
    deflateInit2(&stream, 1, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    std::string out(text.size() + 100, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_SYNC_FLUSH);
    out.resize(out.size() - stream.avail_out - 4);
    deflateEnd(&stream);
    return out;
}

class server_compression : public ::testing::Test {
  protected:
    static constexpr const char* path = "/rest/tmq";
    static constexpr const char* offer =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    std::string accepted(std::string_view offered) const {
        return field(web_socket_client(hub.port(), path, offered).upgrade_answer(),
                     "Sec-WebSocket-Extensions");
    }
    /// A message that compresses, but not to nothing.
    std::string append_big() {
        std::mt19937 numbers(7);
        std::string bytes(1'000'000, '\0');
        for (char& one : bytes)
            one = static_cast<char>(numbers() % 16);
        hub.create_topic(topic_options("t"));
        const auto* const data = reinterpret_cast<const std::byte*>(bytes.data());
        hub.append_message("t", 1, {data, data + bytes.size()});
        return bytes;
    }

    testing::server hub;
};

TEST_F(server_compression, is_accepted_in_the_same_words_whatever_is_offered) {
    const std::string answer = offer;
    EXPECT_EQ(accepted("permessage-deflate"), answer);
    EXPECT_EQ(accepted(offer), answer);
    EXPECT_EQ(accepted("permessage-deflate; client_max_window_bits"), answer);
    EXPECT_EQ(accepted("permessage-deflate; client_max_window_bits=10; server_max_window_bits=9"), answer);
    EXPECT_EQ(accepted("x-other, permessage-deflate; server_max_window_bits=12"), answer);
}

TEST_F(server_compression, is_not_accepted_when_it_is_not_offered) {
    EXPECT_EQ(accepted(""), "");
    EXPECT_EQ(accepted("x-other; name=\"permessage-deflate\""), "");
}

TEST_F(server_compression, is_not_accepted_when_it_is_switched_off) {
    const testing::server plain(testing::server_options().compression(false));
    EXPECT_EQ(
        field(web_socket_client(plain.port(), path, offer).upgrade_answer(), "Sec-WebSocket-Extensions"), "");
}

TEST_F(server_compression, sends_fragments_of_at_most_4_kib) {
    const std::string bytes = append_big();
    web_socket_client client(hub.port(), path, offer);
    client.send_text(subscribe("g", "t"));
    const auto text = client.receive();
    EXPECT_EQ(client.pieces().front().first_byte & compressed, compressed) << "text too";
    EXPECT_NE(inflated(text.bytes).find("\"action\":\"subscribe\""), std::string::npos);
    client.ask(poll(2, 0));
    const auto reply = client.ask(fetch(3, 1));
    const auto& pieces = client.pieces();
    ASSERT_GT(pieces.size(), 100U);
    EXPECT_EQ(pieces.front().first_byte, compressed | static_cast<unsigned>(opcode::binary));
    EXPECT_EQ(pieces.back().first_byte, fin);
    for (std::size_t i = 1; i + 1 < pieces.size(); ++i)
        EXPECT_EQ(pieces[i].first_byte, 0) << i;
    for (const auto& one : pieces)
        EXPECT_LE(one.size, 4096U);
    EXPECT_LT(reply.bytes.size(), bytes.size() * 3 / 4);
    EXPECT_EQ(inflated(reply.bytes).substr(56), bytes);
}

TEST_F(server_compression, takes_no_context_over_to_the_next_message) {
    web_socket_client client(hub.port(), path, offer);
    for (int i = 0; i < 3; ++i)
        EXPECT_NE(inflated(client.ask(plain("version", 1)).bytes).find("\"version\":\"3.3.5.8\""),
                  std::string::npos);
}

TEST_F(server_compression, takes_compressed_requests) {
    web_socket_client client(hub.port(), path, offer);
    client.send(static_cast<opcode>(compressed | static_cast<unsigned>(opcode::text)),
                deflated(plain("version", 1)));
    EXPECT_NE(inflated(client.receive().bytes).find("\"version\":\"3.3.5.8\""), std::string::npos);
}

TEST_F(server_compression, sends_one_frame_without_it) {
    const std::string bytes = append_big();
    web_socket_client client(hub.port());
    client.ask(subscribe("g", "t"));
    client.ask(poll(2, 0));
    EXPECT_EQ(client.ask(fetch(3, 1)).bytes.substr(56), bytes);
    ASSERT_EQ(client.pieces().size(), 1U);
    EXPECT_EQ(client.pieces().front().first_byte, fin | static_cast<unsigned>(opcode::binary));
}

}  // namespace
}  // namespace tmq::test
