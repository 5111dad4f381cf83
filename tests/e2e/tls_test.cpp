#include "e2e.hpp"
#include "support/certificates.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace tmq::test {
namespace {

std::string text_of(const error& why) { return why.what(); }

/// A server that speaks TLS, and consumers that trust one authority.
class tls : public ::testing::Test {
  protected:
    certificate_authority authority;
    asio::io_context context{1};

    static testing::server_options shows(const identity& who) {
        return testing::server_options().tls(who.certificate, who.private_key);
    }
    config settings(const testing::server& server) const {
        config result = on_request_only(config(server.url()));
        result.group_id("group")
            .start_at(offset_reset::earliest)
            .tls_settings(tls_options().ca_pem(authority.pem()));
        return result;
    }

    /// What subscribe says; nothing when it succeeds.
    std::optional<error> subscribe(const config& how) {
        std::optional<error> result;
        tmq::consumer consumer(context, how);
        auto attempt = [&]() -> asio::awaitable<void> {
            try {
                co_await consumer.subscribe(topic);
                co_await consumer.close();
            } catch (const error& why) {
                result = why;
            }
        };
        bool done = false;
        asio::co_spawn(context, attempt(), [&](std::exception_ptr) { done = true; });
        context.restart();
        context.run_for(20s);
        EXPECT_TRUE(done) << "subscribe hangs";
        return result;
    }
    void expect_refused(const testing::server_options& options, errc code, const std::string& reason) {
        testing::server server(options);
        server.create_topic(topic_options(std::string(topic)));
        const std::optional<error> why = subscribe(settings(server));
        ASSERT_TRUE(why.has_value()) << "connected although " << reason;
        EXPECT_EQ(why->code(), code) << why->what();
        EXPECT_NE(text_of(*why).find(reason), std::string::npos) << why->what();
        EXPECT_NE(text_of(*why).find("127.0.0.1"), std::string::npos) << why->what();
    }
};

TEST_F(tls, a_server_with_a_certificate_of_a_trusted_authority_is_accepted) {
    testing::server server(shows(authority.issue(loopback())));
    server.create_topic(topic_options(std::string(topic)));
    EXPECT_EQ(subscribe(settings(server)), std::nullopt);
    EXPECT_EQ(server.url().substr(0, 6), "wss://");
}

TEST_F(tls, a_chain_over_an_intermediate_authority_is_accepted) {
    const certificate_authority intermediate = authority.intermediate();
    const identity leaf = intermediate.issue(loopback());
    testing::server server(
        testing::server_options().tls(leaf.certificate + intermediate.pem(), leaf.private_key));
    server.create_topic(topic_options(std::string(topic)));
    EXPECT_EQ(subscribe(settings(server)), std::nullopt);
}

TEST_F(tls, the_certificate_must_be_for_the_host) {
    expect_refused(shows(authority.issue(certificate_request("elsewhere").dns("elsewhere.example"))),
                   errc::certificate_refused, "IP address mismatch");
}

TEST_F(tls, a_name_is_not_matched_by_the_address_of_another_host) {
    testing::server server(shows(authority.issue(certificate_request("other").dns("other.example"))));
    server.create_topic(topic_options(std::string(topic)));
    config by_name = settings(server);
    by_name.host("localhost");
    const std::optional<error> why = subscribe(by_name);
    ASSERT_TRUE(why.has_value());
    EXPECT_EQ(why->code(), errc::certificate_refused);
    EXPECT_NE(text_of(*why).find("hostname mismatch"), std::string::npos) << why->what();
    EXPECT_FALSE(why->is_retriable());
}

TEST_F(tls, server_name_replaces_the_host_that_the_certificate_must_be_for) {
    testing::server server(shows(authority.issue(certificate_request("other").dns("other.example"))));
    server.create_topic(topic_options(std::string(topic)));
    config renamed = settings(server);
    renamed.tls_settings(tls_options().ca_pem(authority.pem()).server_name("other.example"));
    EXPECT_EQ(subscribe(renamed), std::nullopt);
}

TEST_F(tls, an_expired_certificate_is_refused) {
    expect_refused(shows(authority.issue(loopback().expired())), errc::certificate_refused,
                   "certificate has expired");
}

TEST_F(tls, a_certificate_that_is_not_yet_valid_is_refused) {
    expect_refused(shows(authority.issue(loopback().not_yet_valid())), errc::certificate_refused,
                   "certificate is not yet valid");
}

TEST_F(tls, a_self_signed_certificate_is_refused) {
    expect_refused(shows(self_signed(loopback())), errc::certificate_refused, "self-signed certificate");
}

TEST_F(tls, a_certificate_of_another_authority_is_refused) {
    expect_refused(shows(certificate_authority("somebody else").issue(loopback())), errc::certificate_refused,
                   "unable to get local issuer certificate");
}

TEST_F(tls, an_authority_that_the_system_does_not_know_is_refused_by_default) {
    testing::server server(shows(authority.issue(loopback())));
    server.create_topic(topic_options(std::string(topic)));
    config with_system_roots = settings(server);
    with_system_roots.tls_settings(tls_options());
    const std::optional<error> why = subscribe(with_system_roots);
    ASSERT_TRUE(why.has_value());
    EXPECT_EQ(why->code(), errc::certificate_refused);
}

TEST_F(tls, any_certificate_is_accepted_when_that_is_asked_for_by_name) {
    testing::server server(
        shows(self_signed(certificate_request("elsewhere").dns("elsewhere.example").expired())));
    server.create_topic(topic_options(std::string(topic)));
    config careless = settings(server);
    careless.tls_settings(tls_options().insecure_skip_verify(true));
    EXPECT_EQ(subscribe(careless), std::nullopt);
}

TEST_F(tls, a_server_that_only_speaks_tls_1_1_is_refused) {
    expect_refused(shows(authority.issue(loopback())).tls_versions(tls_version::v1_0, tls_version::v1_1),
                   errc::tls_failed, "protocol version");
}

TEST_F(tls, a_server_that_only_speaks_tls_1_2_is_accepted) {
    testing::server server(
        shows(authority.issue(loopback())).tls_versions(tls_version::v1_2, tls_version::v1_2));
    server.create_topic(topic_options(std::string(topic)));
    EXPECT_EQ(subscribe(settings(server)), std::nullopt);
}

TEST_F(tls, a_server_without_tls_is_recognised) {
    testing::server plain;
    config wrong = settings(plain);
    wrong.tls(true);
    const std::optional<error> answered = subscribe(wrong);
    ASSERT_TRUE(answered.has_value());
    EXPECT_EQ(answered->code(), errc::tls_failed);
    EXPECT_NE(text_of(*answered).find("perhaps does not speak TLS"), std::string::npos) << answered->what();
    plain.inject(fault::close().on("connect"));
    const std::optional<error> hung_up = subscribe(wrong);
    ASSERT_TRUE(hung_up.has_value());
    EXPECT_EQ(hung_up->code(), errc::connection_lost);
    EXPECT_NE(text_of(*hung_up).find("perhaps it does not speak TLS"), std::string::npos) << hung_up->what();
}

TEST_F(tls, a_refused_upgrade_is_told_as_without_tls) {
    testing::server server(shows(authority.issue(loopback())));
    server.inject(fault::error_reply(401, "no such token").on("upgrade"));
    const std::optional<error> why = subscribe(settings(server));
    ASSERT_TRUE(why.has_value());
    EXPECT_EQ(why->code(), errc::upgrade_refused) << why->what();
    EXPECT_NE(text_of(*why).find("no such token"), std::string::npos) << why->what();
    EXPECT_FALSE(why->is_retriable());
}

TEST_F(tls, a_name_that_tls_cannot_ask_for_is_an_error_of_the_settings) {
    testing::server server(shows(authority.issue(loopback())));
    config how = settings(server);
    const std::optional<error> why =
        subscribe(how.tls_settings(tls_options().ca_pem(authority.pem()).server_name(std::string(300, 'a'))));
    ASSERT_TRUE(why.has_value());
    EXPECT_EQ(why->code(), errc::tls_settings) << why->what();
    EXPECT_FALSE(why->is_retriable());
}

TEST_F(tls, a_bundle_with_a_spoiled_certificate_is_refused_as_a_whole) {
    testing::server server(shows(authority.issue(loopback())));
    std::string spoiled = certificate_authority("second").pem();
    spoiled.replace(spoiled.size() / 2, 4, "!!!!");
    config how = settings(server);
    const std::optional<error> why =
        subscribe(how.tls_settings(tls_options().ca_pem(authority.pem() + spoiled)));
    ASSERT_TRUE(why.has_value());
    EXPECT_EQ(why->code(), errc::tls_settings) << why->what();
}

TEST_F(tls, a_client_certificate_is_shown_when_the_server_wants_one) {
    const identity client = authority.issue(certificate_request("reader").for_client());
    testing::server server(shows(authority.issue(loopback())).client_ca(authority.pem()));
    server.create_topic(topic_options(std::string(topic)));
    config shown = settings(server);
    shown.tls_settings(tls_options()
                           .ca_pem(authority.pem())
                           .certificate_pem(client.certificate)
                           .private_key_pem(client.private_key));
    EXPECT_EQ(subscribe(shown), std::nullopt);

    shown.tls_settings(tls_options()
                           .ca_pem(authority.pem())
                           .certificate_pem(client.certificate)
                           .private_key_pem(encrypted(client.private_key, "a pass phrase"))
                           .private_key_password("a pass phrase"));
    EXPECT_EQ(subscribe(shown), std::nullopt);

    const std::optional<error> without = subscribe(settings(server));
    ASSERT_TRUE(without.has_value());
    EXPECT_EQ(without->code(), errc::tls_failed);
    EXPECT_NE(text_of(*without).find("certificate required"), std::string::npos) << without->what();
}

TEST_F(tls, certificates_and_keys_are_read_from_files) {
    const identity client = authority.issue(certificate_request("reader").for_client());
    const std::filesystem::path directory = std::filesystem::path(::testing::TempDir()) / "tmq_tls_files";
    std::filesystem::create_directories(directory);
    const auto file = [&directory](const char* name, const std::string& text) {
        std::ofstream(directory / name) << text;
        return (directory / name).string();
    };
    const tls_options files = tls_options()
                                  .ca_file(file("ca.pem", authority.pem()))
                                  .certificate_file(file("client.pem", client.certificate))
                                  .private_key_file(file("client.key", client.private_key));
    testing::server server(shows(authority.issue(loopback())).client_ca(authority.pem()));
    server.create_topic(topic_options(std::string(topic)));
    config settings_of_files = settings(server);
    EXPECT_EQ(subscribe(settings_of_files.tls_settings(files)), std::nullopt);
    std::filesystem::remove_all(directory);
}

TEST_F(tls, what_cannot_be_used_of_the_settings_is_named) {
    const identity client = authority.issue(certificate_request("reader").for_client());
    const identity other = authority.issue(certificate_request("other").for_client());
    struct attempt {
        tls_options options;
        const char* reason;
    };
    const std::string no_file = "/no/such/file.pem";
    const std::string secret = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    const attempt attempts[] = {
        {tls_options().ca_file(no_file), "CA file /no/such/file.pem"},
        {tls_options().ca_pem("not PEM"), "CA certificates"},
        {tls_options().certificate_file(no_file).private_key_pem(client.private_key),
         "certificate file /no/such/file.pem"},
        {tls_options().certificate_pem("not PEM").private_key_pem(client.private_key), "certificate: "},
        {tls_options().certificate_pem(client.certificate).private_key_file(no_file),
         "private key file /no/such/file.pem"},
        {tls_options().certificate_pem(client.certificate).private_key_pem(secret), "private key: "},
        {tls_options()
             .certificate_pem(client.certificate)
             .private_key_pem(encrypted(client.private_key, "right"))
             .private_key_password("wrong"),
         "private key: "},
        {tls_options().certificate_pem(client.certificate).private_key_pem(other.private_key),
         "key values mismatch"},
    };
    testing::server server(shows(authority.issue(loopback())));
    for (const attempt& one : attempts) {
        config how = settings(server);
        const std::optional<error> why = subscribe(how.tls_settings(one.options));
        ASSERT_TRUE(why.has_value()) << one.reason;
        EXPECT_EQ(why->code(), errc::tls_settings) << why->what();
        EXPECT_NE(text_of(*why).find(one.reason), std::string::npos) << why->what();
        EXPECT_EQ(text_of(*why).find("c2VjcmV0"), std::string::npos) << "a key must not be shown";
    }
}

TEST_F(tls, a_hundred_thousand_rows_arrive_over_wss) {
    constexpr std::uint64_t rows = 100'000;
    testing::server server(shows(authority.issue(loopback())));
    server.create_topic(topic_options(std::string(topic)).vgroups(4).kind(topic_kind::stable));
    const meter_source meters(7, 8, 10);
    append_meters(server, topic, meters, 0, rows, 500, 4);
    std::vector<int> seen(rows);
    tmq::consumer consumer(context, settings(server));
    auto consume = [&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        message received;
        while (true) {
            const bool got = co_await consumer.poll(received, 300ms);
            if (!got) break;
            check_rows(received, meters, seen);
            co_await consumer.commit(received);
        }
        co_await consumer.close();
    };
    std::exception_ptr failure;
    asio::co_spawn(context, consume(), [&](std::exception_ptr thrown) { failure = thrown; });
    context.run_for(60s);
    if (failure) std::rethrow_exception(failure);
    EXPECT_EQ(count(seen), (delivery{rows, 0, 0}));
    EXPECT_EQ(consumer.stats().rows, rows);
}

}  // namespace
}  // namespace tmq::test
