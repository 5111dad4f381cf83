#include "ws/upgrade.hpp"
#include "text/utf8.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <random>

using tmq::base::defect_code;
using namespace tmq::ws;

namespace {

constexpr std::string_view nonce_of_the_rfc = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view rfc_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The fields of a right answer, each of which a test may replace.
struct answer {
    std::string status = "HTTP/1.1 101 Switching Protocols";
    std::string upgrade = "Upgrade: websocket";
    std::string connection = "Connection: Upgrade";
    std::string accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    std::string more;

    std::string head() const {
        std::string text;
        for (const std::string& line : {status, upgrade, connection, accept, more}) {
            if (!line.empty()) text += line + "\r\n";
        }
        return text + "\r\n";
    }
};

/// Copies the bytes into memory of exactly their size, so that a sanitizer sees a byte too many.
upgrade_result check(std::string_view received, bool compression_offered = false) {
    const std::unique_ptr<std::uint8_t[]> memory(new std::uint8_t[received.size()]);
    std::copy(received.begin(), received.end(), memory.get());
    return check_upgrade(std::span<const std::uint8_t>(memory.get(), received.size()), nonce_of_the_rfc,
                         compression_offered);
}

void expect_accepted(const std::string& head, std::string_view frames = {}) {
    const std::string all = head + std::string(frames);
    for (std::size_t size = 0; size < head.size(); ++size) {
        const upgrade_result result = check(std::string_view(all).substr(0, size));
        ASSERT_TRUE(result.need_more) << size;
        ASSERT_EQ(result.code, defect_code{}) << size;
    }
    for (std::size_t size = head.size(); size <= all.size(); ++size) {
        const upgrade_result result = check(std::string_view(all).substr(0, size));
        ASSERT_EQ(result.code, defect_code{}) << result.text;
        ASSERT_FALSE(result.need_more);
        ASSERT_EQ(result.consumed, head.size());
        ASSERT_EQ(result.status, 101U);
    }
}

/// Every prefix of the answer is either undecided or refused for the same cause; the whole is refused.
upgrade_result expect_refused(const std::string& all, defect_code code, bool compression_offered = false) {
    bool decided = false;
    for (std::size_t size = 0; size <= all.size(); ++size) {
        const upgrade_result result = check(std::string_view(all).substr(0, size), compression_offered);
        EXPECT_EQ(result.code, result.need_more ? defect_code{} : code)
            << "after " << size << " bytes: " << result.text;
        EXPECT_FALSE(decided && result.need_more) << "a verdict is final";
        EXPECT_EQ(result.text.empty(), result.need_more) << "a refusal says why";
        decided = !result.need_more;
        if (::testing::Test::HasFailure()) break;
    }
    EXPECT_TRUE(decided);
    return check(all, compression_offered);
}

std::string with_extensions(std::string_view value) {
    answer reply;
    reply.more = "Sec-WebSocket-Extensions: " + std::string(value);
    return reply.head();
}

void expect_compression(const std::string& head, bool expected) {
    const upgrade_result result = check(head, true);
    EXPECT_EQ(result.code, defect_code{}) << head << result.text;
    EXPECT_FALSE(result.need_more);
    EXPECT_EQ(result.consumed, head.size());
    EXPECT_EQ(result.compression, expected) << head;
}

}  // namespace

TEST(upgrade, makes_the_key_of_the_rfc) {
    std::array<std::uint8_t, 16> random{};
    std::memcpy(random.data(), "the sample nonce", random.size());
    EXPECT_EQ(make_key(random), nonce_of_the_rfc);
}

TEST(upgrade, computes_the_accept_of_the_rfc) { EXPECT_EQ(accept_value(nonce_of_the_rfc), rfc_accept); }

TEST(upgrade, asks_for_a_websocket) {
    EXPECT_EQ(upgrade_request("localhost", 6041, "/rest/tmq", nonce_of_the_rfc),
              "GET /rest/tmq HTTP/1.1\r\n"
              "Host: localhost:6041\r\n"
              "Upgrade: websocket\r\n"
              "Connection: Upgrade\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              "Sec-WebSocket-Version: 13\r\n"
              "User-Agent: tmq\r\n"
              "\r\n");
}

TEST(upgrade, puts_an_ipv6_address_in_brackets_without_its_zone) {
    EXPECT_NE(upgrade_request("::1", 6041, "/", nonce_of_the_rfc).find("\r\nHost: [::1]:6041\r\n"),
              std::string::npos);
    EXPECT_NE(upgrade_request("fe80::1%eth0", 1, "/", nonce_of_the_rfc).find("\r\nHost: [fe80::1]:1\r\n"),
              std::string::npos);
    EXPECT_NE(upgrade_request("10.0.0.1", 65535, "/", nonce_of_the_rfc).find("\r\nHost: 10.0.0.1:65535\r\n"),
              std::string::npos);
}

TEST(upgrade, starts_every_target_with_a_slash) {
    EXPECT_TRUE(upgrade_request("h", 1, "", nonce_of_the_rfc).starts_with("GET / HTTP/1.1\r\n"));
    EXPECT_TRUE(
        upgrade_request("h", 1, "?token=x", nonce_of_the_rfc).starts_with("GET /?token=x HTTP/1.1\r\n"));
    EXPECT_TRUE(upgrade_request("h", 1, "/rest/tmq?token=x%20y", nonce_of_the_rfc)
                    .starts_with("GET /rest/tmq?token=x%20y HTTP/1.1\r\n"));
}

TEST(upgrade, lets_no_target_break_out_of_the_request_line) {
    EXPECT_TRUE(upgrade_request("h", 1, "/a b\r\nX: y\x7F\xC3", nonce_of_the_rfc)
                    .starts_with("GET /a%20b%0D%0AX:%20y%7F%C3 HTTP/1.1\r\n"));
}

TEST(upgrade, accepts_a_right_answer) { expect_accepted(answer().head()); }

TEST(upgrade, leaves_the_bytes_of_the_first_frames_behind_the_head) {
    expect_accepted(answer().head(), std::string_view("\x81\x05Hello\x89\x00", 9));
    expect_accepted(answer().head(), "\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n");
}

TEST(upgrade, does_not_care_about_case_and_blanks) {
    answer reply;
    reply.upgrade = "uPGRADE:   WebSocket  ";
    reply.connection = "CONNECTION:upgrade";
    reply.accept = "sec-websocket-ACCEPT: \t s3pPLMBiTxaQ9kYGzzhZRbK+xOo= ";
    expect_accepted(reply.head());
}

TEST(upgrade, finds_the_token_in_a_connection_list) {
    for (const std::string_view line : {"Connection: keep-alive, Upgrade", "Connection: upgrade,close",
                                        "Connection: close\r\nConnection: x, UPGRADE"}) {
        answer reply;
        reply.connection = line;
        expect_accepted(reply.head());
    }
}

TEST(upgrade, accepts_other_fields_and_empty_lists) {
    answer reply;
    reply.more =
        "Server: x\r\nDate: Tue, 14 Nov 2023 22:13:20 "
        "GMT\r\nSec-WebSocket-Extensions:\r\nSec-WebSocket-Protocol:  ";
    expect_accepted(reply.head());
}

TEST(upgrade, refuses_what_is_not_http) {
    for (const std::string_view text :
         {"SSH-2.0-OpenSSH_9.2\r\n", "\x15\x03\x01\x00\x02\x02\x28", "http/1.1 101 x\r\n\r\n",
          "HTTP/2 101 x\r\n\r\n", "\r\n\r\n", "HTTP/1.1 1x1 y\r\n\r\n", "HTTP/1.1 99999 y\r\n\r\n",
          "HTTP/1.1\r\n\r\n", "HTTP/1.1 101 x\r\nno colon\r\n\r\n", "HTTP/1.1 101 x\r\nbad name: y\r\n\r\n",
          "HTTP/1.1 101 x\n\n", "HTTP/1.1 101 x\nUpgrade: websocket\n",
          "HTTP/1.1 101 x\r\nA: b\nC: d\r\n\r\n"}) {
        expect_refused(std::string(text), defect_code::upgrade_malformed);
    }
}

TEST(upgrade, refuses_a_switch_of_protocols_in_http_1_0) {
    answer reply;
    reply.status = "HTTP/1.0 101 Switching Protocols";
    expect_refused(reply.head(), defect_code::upgrade_malformed);
}

TEST(upgrade, refuses_a_missing_or_wrong_upgrade) {
    for (const std::string_view line : {"", "Upgrade: h2c", "Upgrade:", "Upgrade: websocket2",
                                        "Upgrade: websocket\r\nUpgrade: h2c", "X-Upgrade: websocket"}) {
        answer reply;
        reply.upgrade = line;
        EXPECT_EQ(expect_refused(reply.head(), defect_code::upgrade_malformed).status, 101U);
    }
}

TEST(upgrade, refuses_a_missing_or_wrong_connection) {
    for (const std::string_view line : {"", "Connection:", "Connection: keep-alive",
                                        "Connection: close, upgraded", "Connection: not upgrade"}) {
        answer reply;
        reply.connection = line;
        expect_refused(reply.head(), defect_code::upgrade_malformed);
    }
}

TEST(upgrade, refuses_a_missing_or_wrong_accept) {
    for (const std::string_view line :
         {"", "Sec-WebSocket-Accept:", "Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ==",
          "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=, x",
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Accept: "
          "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}) {
        answer reply;
        reply.accept = line;
        expect_refused(reply.head(), defect_code::upgrade_malformed);
    }
}

TEST(upgrade, refuses_an_extension_or_subprotocol_that_was_not_asked_for) {
    for (const std::string_view line :
         {"Sec-WebSocket-Extensions: permessage-deflate",
          "sec-websocket-extensions:\r\nSec-WebSocket-Extensions: x", "Sec-WebSocket-Protocol: chat"}) {
        answer reply;
        reply.more = line;
        expect_refused(reply.head(), defect_code::upgrade_malformed);
    }
}

TEST(upgrade, offers_compression_of_each_message_for_itself) {
    EXPECT_EQ(upgrade_request("localhost", 6041, "/rest/tmq", nonce_of_the_rfc, true),
              "GET /rest/tmq HTTP/1.1\r\n"
              "Host: localhost:6041\r\n"
              "Upgrade: websocket\r\n"
              "Connection: Upgrade\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              "Sec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
              "client_no_context_takeover\r\n"
              "User-Agent: tmq\r\n"
              "\r\n");
}

TEST(upgrade, goes_on_without_compression_when_the_server_does_not_answer_the_offer) {
    expect_compression(answer().head(), false);
    expect_compression(with_extensions(""), false);
    expect_compression(with_extensions(" \r\nSec-WebSocket-Extensions:"), false);
    EXPECT_FALSE(check(answer().head()).compression);
}

TEST(upgrade, accepts_compression_as_it_was_offered) {
    for (const std::string_view value :
         {"permessage-deflate; server_no_context_takeover; client_no_context_takeover",
          "permessage-deflate; server_no_context_takeover",
          "permessage-deflate;client_no_context_takeover;server_no_context_takeover",
          "  permessage-deflate \t ; \t server_no_context_takeover  ",
          "PerMessage-Deflate; SERVER_no_context_takeover",
          "permessage-deflate; server_no_context_takeover\r\nSec-WebSocket-Extensions:",
          "permessage-deflate; server_no_context_takeover; server_max_window_bits=8",
          "permessage-deflate; server_max_window_bits = 15; server_no_context_takeover",
          "permessage-deflate; server_no_context_takeover; server_max_window_bits=\"10\"; "
          "client_no_context_takeover"}) {
        expect_compression(with_extensions(value), true);
    }
}

TEST(upgrade, refuses_compression_on_other_terms) {
    struct refusal {
        std::string_view value;
        std::string_view why;
    };
    constexpr std::string_view other = "an extension that was not asked for";
    constexpr std::string_view malformed = "Sec-WebSocket-Extensions that is not a list of extensions";
    constexpr std::string_view several = "more than one extension";
    constexpr std::string_view takeover =
        "permessage-deflate without server_no_context_takeover, which was demanded";
    constexpr std::string_view unknown = "permessage-deflate with an unknown parameter";
    constexpr std::string_view twice = "permessage-deflate with a parameter given twice";
    constexpr std::string_view wrong = "permessage-deflate with a parameter of a wrong value";
    constexpr std::string_view client_bits =
        "permessage-deflate with client_max_window_bits, which was not offered";
    for (const auto& [value, why] : std::initializer_list<refusal>{
             {"x", other},
             {"permessage-deflat; server_no_context_takeover", other},
             {"permessage-deflate2; server_no_context_takeover", other},
             {"x-webkit-deflate-frame, permessage-deflate; server_no_context_takeover", other},
             {"permessage-deflate", takeover},
             {"permessage-deflate; client_no_context_takeover", takeover},
             {"permessage-deflate; server_max_window_bits=12", takeover},
             {"permessage-deflate; server_no_context_takeover, x", several},
             {"permessage-deflate; server_no_context_takeover,", several},
             {"permessage-deflate, permessage-deflate; server_no_context_takeover", several},
             {"permessage-deflate; server_no_context_takeover\r\nSec-WebSocket-Extensions: x", several},
             {"permessage-deflate; server_no_context_takeover\r\nSec-WebSocket-Extensions: "
              "permessage-deflate; server_no_context_takeover",
              several},
             {"permessage-deflate; server_no_context_takeover; server_no_context_takeover", twice},
             {"permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
              "Client_no_context_takeover",
              twice},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=9; "
              "server_max_window_bits=9",
              twice},
             {"permessage-deflate; server_no_context_takeover; level=1", unknown},
             {"permessage-deflate; server_no_context_takeover2", unknown},
             {"permessage-deflate; server_no_context_takeover; x", unknown},
             {"permessage-deflate; server_no_context_takeover=1", wrong},
             {"permessage-deflate; server_no_context_takeover=\"true\"", wrong},
             {"permessage-deflate; server_no_context_takeover; client_no_context_takeover=0", wrong},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits", wrong},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=7", wrong},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=16", wrong},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=015", wrong},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=1", wrong},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=-8", wrong},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=ten", wrong},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=99999999999999999999",
              wrong},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=\"7\"", wrong},
             {"permessage-deflate; server_no_context_takeover; client_max_window_bits", client_bits},
             {"permessage-deflate; server_no_context_takeover; client_max_window_bits=15", client_bits},
             {",", malformed},
             {";", malformed},
             {"=", malformed},
             {"\"permessage-deflate\"; server_no_context_takeover", malformed},
             {", permessage-deflate; server_no_context_takeover", malformed},
             {"permessage-deflate server_no_context_takeover", malformed},
             {"permessage-deflate=1; server_no_context_takeover", malformed},
             {"permessage-deflate;", malformed},
             {"permessage-deflate;;server_no_context_takeover", malformed},
             {"permessage-deflate; server_no_context_takeover;", malformed},
             {"permessage-deflate; server_no_context_takeover; ,", malformed},
             {"permessage-deflate; server_no_context_takeover; =8", malformed},
             {"permessage-deflate; server_no_context_takeover=", malformed},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=", malformed},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=\"\"", malformed},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=\"10", malformed},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=\"", malformed},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=\"1 0\"", malformed},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=\"1\\0\"", malformed},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=10 x", malformed},
             {"permessage-deflate; server_no_context_takeover; server_max_window_bits=10=10", malformed},
             {"permessage-deflate; server_no_context_takeover x", malformed},
             {"permessage-deflate; \"server_no_context_takeover\"", malformed},
         }) {
        const upgrade_result result =
            expect_refused(with_extensions(value), defect_code::upgrade_malformed, true);
        EXPECT_EQ(result.text, why) << value;
        EXPECT_EQ(result.status, 101U);
        EXPECT_FALSE(result.compression);
    }
}

TEST(upgrade, refuses_compression_that_was_not_offered) {
    const upgrade_result result = expect_refused(
        with_extensions("permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
        defect_code::upgrade_malformed, false);
    EXPECT_EQ(result.text, "an extension that was not asked for");
    EXPECT_FALSE(result.compression);
}

TEST(upgrade, keeps_status_and_body_of_a_refusal) {
    const upgrade_result result = expect_refused(
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 18\r\n\r\n404 page not found",
        defect_code::upgrade_refused);
    EXPECT_EQ(result.status, 404U);
    EXPECT_EQ(result.text, "HTTP 404 Not Found: 404 page not found");
}

TEST(upgrade, keeps_the_status_of_a_refusal_without_a_body) {
    const upgrade_result result =
        expect_refused("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
                       defect_code::upgrade_refused);
    EXPECT_EQ(result.status, 401U);
    EXPECT_EQ(result.text, "HTTP 401 Unauthorized");
}

TEST(upgrade, refuses_every_other_status) {
    for (const unsigned status : {100U, 102U, 200U, 204U, 301U, 304U, 400U, 426U, 500U, 503U, 999U}) {
        answer reply;
        reply.status = "HTTP/1.1 " + std::to_string(status) + " Reason";
        EXPECT_EQ(expect_refused(reply.head(), defect_code::upgrade_refused).status, status);
    }
    EXPECT_EQ(expect_refused("HTTP/1.0 502 Bad Gateway\r\n\r\n", defect_code::upgrade_refused).status, 502U);
}

TEST(upgrade, does_not_read_a_body_it_only_quotes) {
    expect_refused("HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\ngarbage\r\n",
                   defect_code::upgrade_refused);
    expect_refused("HTTP/1.1 500 Oops\r\nContent-Length: 18446744073709551615\r\n\r\nx",
                   defect_code::upgrade_refused);
}

TEST(upgrade, quotes_only_printable_text_and_not_much_of_it) {
    const std::string head = "HTTP/1.1 403 Forbidden\r\n\r\n";
    EXPECT_EQ(check(head + "a\r\nb\x1B[31mc\t").text, "HTTP 403 Forbidden: a  b [31mc");
    EXPECT_EQ(check(head + "caf\xC3\xA9 \xFF binary").text, "HTTP 403 Forbidden: caf\xC3\xA9");
    const std::string text = check(head + std::string(100'000, 'x')).text;
    EXPECT_EQ(text.size(), 512U);
    EXPECT_LE(
        check("HTTP/1.1 403 " + std::string(8000, 'y') + "\r\n\r\n" + std::string(1000, 'x')).text.size(),
        512U);
}

TEST(upgrade, limits_the_head_to_8_kib) {
    answer reply;
    reply.more = "X: ";
    reply.more.append(8192 - reply.head().size(), 'x');
    ASSERT_EQ(reply.head().size(), 8192U);
    const upgrade_result fits = check(reply.head());
    EXPECT_EQ(fits.code, defect_code{}) << fits.text;
    EXPECT_EQ(fits.consumed, 8192U);
    EXPECT_EQ(check(reply.head() + "\x81\x00").consumed, 8192U);

    reply.more += 'x';
    EXPECT_TRUE(check(reply.head().substr(0, 8191)).need_more);
    EXPECT_EQ(check(reply.head().substr(0, 8192)).code, defect_code::upgrade_too_large);
    EXPECT_EQ(check(reply.head()).code, defect_code::upgrade_too_large);
    EXPECT_EQ(check("HTTP/1.1 " + std::string(1'000'000, '1')).code, defect_code::upgrade_too_large);
}

TEST(upgrade, survives_any_bytes) {
    const std::string right = answer().head();
    std::mt19937 random(7);
    int accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = right;
        for (int changes = round % 5; changes >= 0; --changes)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        const upgrade_result result = check(bytes);
        accepted += result.code == defect_code{} && !result.need_more ? 1 : 0;
        ASSERT_EQ(result.code != defect_code{}, !result.text.empty());
        ASSERT_LE(result.text.size(), 512U);
        ASSERT_TRUE(tmq::text::is_valid_utf8(
            std::span(reinterpret_cast<const std::uint8_t*>(result.text.data()), result.text.size())));
    }
    EXPECT_GT(accepted, 0);
    EXPECT_LT(accepted, 20'000);
}
