#include "config/secrets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace {

using tmq::config;
using tmq::tls_options;

std::string hidden(std::string text, const config& settings) {
    tmq::settings::hide_secrets(text, settings);
    return text;
}

config with_password(std::string_view password) { return config().credentials("root", password); }

TEST(hide_secrets, leaves_a_text_without_secrets_alone) {
    const config settings = with_password("s3cr3t").cloud_token("cl0ud").bearer_token("b34rer");
    for (const char* text : {"", "s", "fail", "Topic not exist", "s3cr3", "3cr3t", "S3CR3T"})
        EXPECT_EQ(hidden(text, settings), text);
}

TEST(hide_secrets, blots_out_every_secret_wherever_it_stands) {
    const config settings = with_password("s3cr3t").cloud_token("cl0ud").bearer_token("b34rer").tls_settings(
        tls_options().private_key_password("p4ssphrase"));
    EXPECT_EQ(hidden("s3cr3t", settings), "***");
    EXPECT_EQ(hidden("s3cr3t cl0ud, b34rer; p4ssphrase", settings), "*** ***, ***; ***");
    EXPECT_EQ(hidden("s3cr3ts3cr3t", settings), "******");
    EXPECT_EQ(hidden("user root, password s3cr3t.", settings), "user root, password ***.");
    EXPECT_EQ(hidden("ss3cr3t", settings), "s***");
}

TEST(hide_secrets, knows_the_forms_in_which_they_are_sent) {
    EXPECT_EQ(hidden(R"({"password":"a\"b\\c"})", with_password(R"(a"b\c)")), R"({"password":"***"})");
    EXPECT_EQ(hidden("{\"password\":\"a\\\"\\nb\x7F\"}", with_password("a\"\nb\x7F")),
              R"({"password":"***"})");
    EXPECT_EQ(hidden("GET /rest/tmq?token=a%2Fb%20c HTTP/1.1", config().cloud_token("a/b c")),
              "GET /rest/tmq?token=*** HTTP/1.1");
    EXPECT_EQ(hidden("p\xC3\xA4ss and p%C3%A4ss", with_password("p\xC3\xA4ss")), "*** and ***");
}

TEST(hide_secrets, prefers_the_longer_of_two_that_begin_alike) {
    EXPECT_EQ(hidden("secret secret-token", with_password("secret").cloud_token("secret-token")), "*** ***");
    EXPECT_EQ(hidden("secret secret-token", with_password("secret-token").cloud_token("secret")), "*** ***");
}

TEST(hide_secrets, leaves_short_ones_alone) {
    EXPECT_EQ(hidden("abc abcd", with_password("abc")), "abc abcd");
    EXPECT_EQ(hidden("abc abcd", with_password("abcd")), "abc ***");
    EXPECT_EQ(hidden("anything", with_password("")), "anything");
}

TEST(hide_secrets, knows_a_secret_that_the_end_of_the_text_cuts_off) {
    const std::string token = "0123456789abcdef";
    const config settings = with_password("").cloud_token(token);
    for (std::size_t size = 0; size <= token.size(); ++size) {
        const std::string said = "token " + token.substr(0, size);
        EXPECT_EQ(hidden(said, settings), size < 8 ? said : "token ***") << size;
    }
    EXPECT_EQ(hidden("0123456789 is a number", settings), "0123456789 is a number") << "only at the end";
}

TEST(hide_secrets, takes_a_text_of_many_secrets_in_its_stride) {
    constexpr std::size_t times = 200'000;
    std::string text;
    for (std::size_t i = 0; i < times; ++i)
        text += "s3cr3t-s3cr3t";
    const std::string result = hidden(text, with_password("s3cr3t-s3cr3t"));
    EXPECT_EQ(result.size(), 3 * times);
    EXPECT_EQ(result.find_first_not_of('*'), std::string::npos);
}

TEST(upgrade_target, is_the_path_without_a_token) {
    EXPECT_EQ(tmq::settings::upgrade_target(config()), "/rest/tmq");
    EXPECT_EQ(tmq::settings::upgrade_target(config("ws://localhost/proxy/rest/tmq")), "/proxy/rest/tmq");
}

TEST(upgrade_target, carries_the_cloud_token_behind_what_the_path_has) {
    EXPECT_EQ(tmq::settings::upgrade_target(config().cloud_token("abc")), "/rest/tmq?token=abc");
    EXPECT_EQ(tmq::settings::upgrade_target(config("ws://localhost/proxy/rest/tmq").cloud_token("abc")),
              "/proxy/rest/tmq?token=abc");
}

TEST(upgrade_target, shows_neither_the_password_nor_the_bearer_token) {
    EXPECT_EQ(tmq::settings::upgrade_target(with_password("s3cr3t").bearer_token("b34rer")), "/rest/tmq");
}

TEST(upgrade_target, escapes_every_byte_that_may_not_stand_in_a_query) {
    constexpr std::string_view unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (unsigned value = 0x20; value < 0x100; ++value) {
        if (value == 0x7F) continue;
        const char byte = static_cast<char>(value);
        const std::string expected = unreserved.find(byte) != std::string_view::npos
                                         ? std::string(1, byte)
                                         : std::string{'%', digits[value >> 4], digits[value & 15]};
        EXPECT_EQ(tmq::settings::upgrade_target(config().cloud_token(std::string(1, byte))),
                  "/rest/tmq?token=" + expected)
            << value;
    }
}

TEST(redactor, hides_the_members_of_a_request_that_carry_secrets_however_short) {
    const tmq::settings::redactor redactor(with_password("pw"));
    std::string request =
        R"({"action":"subscribe","args":{"user":"pw","password":"p\"w","td.connect.token":""}})";
    redactor.redact_request(request);
    EXPECT_EQ(request,
              R"({"action":"subscribe","args":{"user":"pw","password":"***","td.connect.token":"***"}})");
    std::string cut = R"({"password":"p\)";
    redactor.redact_request(cut);
    EXPECT_EQ(cut, R"({"password":"***)");
}

TEST(redactor, hides_secrets_in_replies_with_an_error_only) {
    const tmq::settings::redactor redactor(with_password("s3cr3t"));
    std::string refusal = R"({"code":855,"message":"no user with s3cr3t"})";
    redactor.redact_reply(refusal);
    EXPECT_EQ(refusal, R"({"code":855,"message":"no user with ***"})");
    std::string reply = R"({"code":0,"topics":["s3cr3t"]})";
    redactor.redact_reply(reply);
    EXPECT_EQ(reply, R"({"code":0,"topics":["s3cr3t"]})");
}

}  // namespace
