#include "config/exposure.hpp"

#include <gtest/gtest.h>

namespace tmq::settings {
namespace {

std::string_view warning(const config& settings) {
    return login_warning(settings, settings.endpoints().front());
}

TEST(exposure, of_default_credentials_and_tokens_in_clear_is_warned_of) {
    EXPECT_NE(warning(config("ws://db:6041")).find("default credentials"), std::string_view::npos);
    EXPECT_NE(warning(config("ws://u:p@db:6041").cloud_token("abcd")).find("token"), std::string_view::npos);
    EXPECT_NE(warning(config("ws://10.1.2.3").bearer_token("abcd")).find("token"), std::string_view::npos);
    EXPECT_NE(warning(config("ws://localhost.example.org")).find("default"), std::string_view::npos);
}

TEST(exposure, needs_a_network_and_no_tls) {
    EXPECT_EQ(warning(config("ws://localhost")), "");
    EXPECT_EQ(warning(config("ws://127.0.0.1")), "");
    EXPECT_EQ(warning(config("ws://127.8.9.10").cloud_token("abcd")), "");
    EXPECT_EQ(warning(config("ws://[::1]:6041")), "");
    EXPECT_EQ(warning(config("wss://db").cloud_token("abcd")), "");
    EXPECT_EQ(warning(config("wss://db")), "");
    EXPECT_EQ(warning(config("ws://user:secret@db")), "");
}

}  // namespace
}  // namespace tmq::settings
