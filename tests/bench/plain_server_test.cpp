#include "bench/bench_programs.hpp"
#include "ceiling/plain_socket.hpp"

#include <chrono>
#include <string_view>

namespace tmq::test {
namespace {

using namespace std::string_literals;

constexpr const char* messages = "40";

output drain_all(const server_program& server) {
    return run_program(
        "drain", {"--port", server.port, "--topic", "bench", "--messages", messages, "--rows", messages});
}

/// After the upgrade, with the key that RFC 6455 has as its example.
class raw_client {
  public:
    explicit raw_client(const server_program& server)
        : socket_(static_cast<std::uint16_t>(std::stoul(server.port))) {
        socket_.send(
            "GET /rest/tmq HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
        expect(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
            "Upgrade\r\nSec-WebSocket-Accept: "
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
    }
    void send(std::string_view bytes) { socket_.send(bytes); }
    void expect(const std::string& bytes) {
        std::string got(bytes.size(), '\0');
        socket_.receive_all(got.data(), got.size());
        EXPECT_EQ(got, bytes);
    }
    /// A request of less than 126 bytes and its reply.
    void exchange(const std::string& request, const std::string& reply) {
        send(masked('\x81', request));
        std::string head = "\x81"s + static_cast<char>(reply.size());
        if (reply.size() > 125)
            head = "\x81\x7e"s + static_cast<char>(reply.size() >> 8) + static_cast<char>(reply.size());
        expect(head + reply);
    }
    void expect_end() {
        char none = 0;
        EXPECT_EQ(socket_.receive(&none, 1), 0U);
    }
    static std::string masked(char first, std::string payload) {
        const std::string mask = "\x12\x34\x56\x78";
        for (std::size_t i = 0; i < payload.size(); ++i)
            payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
        return first + std::string(1, static_cast<char>(0x80 | payload.size())) + mask + payload;
    }

  private:
    ceiling::plain_socket socket_;
};

TEST(plain_server, gives_every_client_the_load_of_tmqbench_from_the_first_message_on) {
    const bench_server reference(
        {"--rows", messages, "--rows-per-block", "1", "--blocks-per-message", "1", "--vgroups", "1"});
    const std::int64_t bytes = result(drain_all(reference)).integer("bytes");
    const result wanted(
        run_program("tmqbench", {"consume", "--url", reference.url, "--topic", "bench", "--rows", messages}));
    server_program server("plain_server", {"--messages", messages});
    for (int client = 0; client < 2; ++client) {
        const result drained(drain_all(server));
        EXPECT_EQ(drained.integer("msgs"), 40);
        EXPECT_EQ(drained.integer("bytes"), bytes);
        const result consumed(run_program("tmqbench", {"consume", "--url", server.url, "--topic", "bench",
                                                       "--rows", messages, "--commit"}));
        for (const char* sum : {"rows", "cells", "nulls", "bytes", "msgs", "blocks", "isum"})
            EXPECT_EQ(consumed.integer(sum), wanted.integer(sum)) << sum;
        EXPECT_EQ(consumed.number("fsum"), wanted.number("fsum"));
    }
    EXPECT_EQ(server.stop(), 0);
    EXPECT_EQ(server.errors(), "");
}

TEST(plain_server, has_messages_of_several_blocks) {
    server_program server("plain_server",
                          {"--messages", "4", "--rows-per-block", "30", "--blocks-per-message", "2"});
    const result consumed(
        run_program("tmqbench", {"consume", "--url", server.url, "--topic", "bench", "--rows", "240"}));
    EXPECT_EQ(consumed.integer("rows"), 240);
    EXPECT_EQ(consumed.integer("msgs"), 4);
    EXPECT_EQ(consumed.integer("blocks"), 8);
    EXPECT_EQ(server.stop(), 0);
    EXPECT_EQ(server.errors(), "");
    const output uneven = run_program("plain_server", {"--messages", "3", "--rows-per-block", "30"});
    EXPECT_EQ(uneven.status, 2);
    EXPECT_NE(uneven.errors.find("in eights"), std::string::npos) << uneven.errors;
}

TEST(plain_server, has_no_message_behind_the_last_and_no_other_topic) {
    const server_program server("plain_server", {"--messages", "3"});
    expect_drain_to_miss(server.port, "4");
}

TEST(plain_server, answers_as_a_server_that_holds_one_message) {
    const server_program server("plain_server", {"--messages", "2"});
    const auto ok = [](const std::string& action, const std::string& req_id, const std::string& fields) {
        return R"({"code":0,"message":"","action":")" + action + R"(","req_id":)" + req_id +
               R"(,"timing":0)" + fields + "}";
    };
    const auto found = [](const std::string& message_id, const std::string& offset) {
        return R"(,"have_message":true,"topic":"bench","database":"power","vgroup_id":1,"message_type":1,"message_id":)" +
               message_id + R"(,"offset":)" + offset;
    };
    const std::string partition = R"("topic_vgroup_ids":[{"topic":"bench","vgroup_id":1}]}})";
    raw_client client(server);
    client.exchange(R"({"action":"version"})",
                    R"({"code":0,"message":"","action":"version","version":"3.3.6.0"})");
    client.exchange(R"({"action":"list_topics","args":{"req_id":18446744073709551615}})",
                    ok("list_topics", "18446744073709551615", R"(,"topics":["bench"])"));
    client.exchange(R"({"action":"committed","args":{"req_id":2,)" + partition,
                    ok("committed", "2", R"(,"committed":[-2147467247])"));
    client.exchange(R"({"action":"poll","args":{"req_id":3,"blocking_time":200,"message_id":0}})",
                    ok("poll", "3", found("1", "0")));
    // The client has not got it.
    client.exchange(R"({"action":"poll","args":{"req_id":4,"blocking_time":200,"message_id":0}})",
                    ok("poll", "4", found("1", "0")));
    client.exchange(R"({"action":"position","args":{"req_id":5,)" + partition,
                    ok("position", "5", R"(,"position":[1])"));
    client.exchange(
        R"({"action":"commit_offset","args":{"req_id":6,"topic":"bench","vgroup_id":1,"offset":1}})",
        ok("commit_offset", "6", R"(,"topic":"bench","vgroup_id":1,"offset":1)"));
    client.exchange(R"({"action":"poll","args":{"req_id":7,"blocking_time":200,"message_id":1}})",
                    ok("poll", "7", found("2", "1")));
    client.exchange(R"({"action":"committed","args":{"req_id":8,)" + partition,
                    ok("committed", "8", R"(,"committed":[1])"));
    client.exchange(R"({"action":"commit","args":{"req_id":9,"message_id":2}})",
                    ok("commit", "9", R"(,"message_id":2)"));
    client.exchange(R"({"action":"committed","args":{"req_id":10,)" + partition,
                    ok("committed", "10", R"(,"committed":[2])"));
    client.exchange(
        R"({"action":"assignment","args":{"req_id":11,"topic":"bench"}})",
        ok("assignment", "11", R"(,"assignment":[{"vgroup_id":1,"offset":2,"begin":0,"end":2}])"));
    const auto start = std::chrono::steady_clock::now();
    client.exchange(
        R"({"action":"poll","args":{"req_id":12,"blocking_time":30,"message_id":2}})",
        ok("poll", "12",
           R"(,"have_message":false,"topic":"","database":"","vgroup_id":0,"message_type":0,"message_id":0,"offset":0)"));
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(30));
    client.send(
        raw_client::masked('\x81', R"({"action":"fetch_raw_data","args":{"req_id":13,"message_id":1}})"));
    client.expect_end();
}

TEST(plain_server, answers_pings_and_a_close_in_one_piece_or_byte_by_byte) {
    const server_program server("plain_server", {"--messages", "1"});
    const std::string sent = raw_client::masked('\x89', "are you there?") + raw_client::masked('\x8a', "") +
                             raw_client::masked('\x81', R"({"action":"unsubscribe","args":{"req_id":7}})") +
                             raw_client::masked('\x88', "\x03\xe8"s);
    const std::string reply = R"({"code":0,"message":"","action":"unsubscribe","req_id":7,"timing":0})";
    const std::string answered = "\x8a\x0e"s + "are you there?" + "\x81" + static_cast<char>(reply.size()) +
                                 reply + "\x88\x02\x03\xe8"s;
    for (const std::size_t piece : {sent.size(), std::size_t{1}}) {
        raw_client client(server);
        for (std::size_t at = 0; at < sent.size(); at += piece)
            client.send(std::string_view(sent).substr(at, piece));
        client.expect(answered);
        client.expect_end();
    }
}

TEST(plain_server, hangs_up_at_what_it_does_not_know_and_goes_on) {
    server_program server("plain_server", {"--messages", messages});
    for (const std::string& unknown :
         {raw_client::masked('\x81', R"({"action":"fetch","args":{"req_id":1}})"),
          raw_client::masked('\x81', "{}"), raw_client::masked('\x01', "a part"), "\x81\x01x"s}) {
        raw_client client(server);
        client.send(unknown);
        client.expect_end();
    }
    EXPECT_EQ(result(drain_all(server)).integer("msgs"), 40);
    EXPECT_EQ(server.stop(SIGINT), 0);
    EXPECT_NE(server.errors().find("unknown request: {\"action\":\"fetch\""), std::string::npos)
        << server.errors();
}

TEST(plain_server, ends_while_a_client_is_there) {
    server_program server("plain_server", {"--messages", "1"});
    raw_client client(server);
    EXPECT_EQ(server.stop(), 0);
    client.expect_end();
}

}  // namespace
}  // namespace tmq::test
