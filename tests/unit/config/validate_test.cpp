#include "support/refusal.hpp"
#include "tmq/config.hpp"
#include "tmq/error.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace tmq {
namespace {

using std::chrono::milliseconds;
using test::refusal;
using test::refusal_of;

config complete() { return config().group_id("g"); }

void expect_invalid(const config& settings, std::string_view why) {
    const refusal refused = refusal_of([&] { settings.validate(); });
    EXPECT_EQ(refused.code, errc::invalid_argument);
    EXPECT_TRUE(refused.says(why)) << refused.text;
}

TEST(validation, needs_nothing_but_a_group) {
    EXPECT_NO_THROW(complete().validate());
    expect_invalid(config(), "group.id is not set");
}

TEST(validation, wants_a_heartbeat_within_the_session) {
    EXPECT_NO_THROW(complete().heartbeat_interval(milliseconds(11'999)).validate());
    expect_invalid(complete().heartbeat_interval(milliseconds(12'000)),
                   "heartbeat.interval.ms must be less than session.timeout.ms");
    EXPECT_NO_THROW(
        complete().heartbeat_interval(milliseconds(12'000)).session_timeout(milliseconds(12'001)).validate());
    EXPECT_NO_THROW(
        complete().heartbeat_interval(milliseconds(5'999)).session_timeout(milliseconds(6'000)).validate());
    expect_invalid(complete().heartbeat_interval(milliseconds(6'000)).session_timeout(milliseconds(6'000)),
                   "heartbeat.interval.ms must be less");
    EXPECT_NO_THROW(complete().session_timeout(milliseconds(6'000)).validate());
}

TEST(validation, wants_a_poll_to_end_before_the_server_evicts_the_consumer) {
    EXPECT_NO_THROW(
        complete().max_poll_interval(milliseconds(1'000)).poll_slice(milliseconds(999)).validate());
    expect_invalid(complete().max_poll_interval(milliseconds(1'000)).poll_slice(milliseconds(1'000)),
                   "poll.slice.ms must be less than max.poll.interval.ms");
    EXPECT_NO_THROW(complete().poll_slice(milliseconds(60'000)).validate());
}

TEST(validation, wants_a_certificate_with_its_key) {
    EXPECT_NO_THROW(
        complete().tls_settings(tls_options().certificate_file("c").private_key_file("k")).validate());
    EXPECT_NO_THROW(
        complete()
            .tls_settings(tls_options().certificate_pem("c").private_key_file("k").private_key_password("p"))
            .validate());
    expect_invalid(complete().tls_settings(tls_options().certificate_file("c")),
                   "tls.certificate needs tls.private.key");
    expect_invalid(complete().tls_settings(tls_options().certificate_pem("c")),
                   "tls.certificate needs tls.private.key");
    expect_invalid(complete().tls_settings(tls_options().private_key_file("k")),
                   "tls.private.key needs tls.certificate");
    expect_invalid(complete().tls_settings(tls_options().private_key_pem("k")),
                   "tls.private.key needs tls.certificate");
    expect_invalid(complete().tls_settings(tls_options().private_key_password("p")),
                   "tls.private.key.password needs tls.private.key");
}

TEST(validation, wants_file_or_text_but_not_both) {
    EXPECT_NO_THROW(complete().tls_settings(tls_options().ca_file("f")).validate());
    EXPECT_NO_THROW(complete().tls_settings(tls_options().ca_pem("t")).validate());
    expect_invalid(complete().tls_settings(tls_options().ca_file("f").ca_pem("t")),
                   "tls.ca is given both as a file and as text");
    expect_invalid(complete().tls_settings(
                       tls_options().certificate_file("f").certificate_pem("t").private_key_file("k")),
                   "tls.certificate is given both as a file and as text");
    expect_invalid(complete().tls_settings(
                       tls_options().certificate_file("f").private_key_file("k").private_key_pem("t")),
                   "tls.private.key is given both as a file and as text");
}

}  // namespace
}  // namespace tmq
