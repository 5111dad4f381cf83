#include "embedded_server/broker/dialogue.hpp"
#include "embedded_server/web_socket_client.hpp"
#include "support/certificates.hpp"
#include "tmq/testing/server.hpp"

#include <gtest/gtest.h>

#include <openssl/ssl.h>

#include <cstring>
#include <stdexcept>

namespace tmq::test {

using namespace testing;

namespace {

using std::chrono::milliseconds;
using opcode = web_socket_client::opcode;

class server_tls : public ::testing::Test {
  protected:
    testing::server_options options(const identity& who) const {
        return testing::server_options().tls(who.certificate, who.private_key);
    }
    testing::server_options options() const { return options(ca.issue(loopback())); }
    tls_peer trusting() const { return {ca.pem(), {}, {}, 0}; }

    /// Text of the refusal; empty when version is answered.
    static std::string refusal(const testing::server& hub, const tls_peer& how) {
        try {
            web_socket_client client(hub.port(), how);
            client.ask(plain("version", 1));
            return {};
        } catch (const std::runtime_error& e) {
            return e.what();
        }
    }

    const certificate_authority ca;
};

TEST_F(server_tls, serves_requests_at_wss) {
    testing::server hub(options());
    EXPECT_EQ(hub.url(), "wss://127.0.0.1:" + std::to_string(hub.port()));
    web_socket_client client(hub.port(), trusting());
    EXPECT_EQ(client.tls_version(), "TLSv1.3");
    EXPECT_EQ(client.ask(plain("version", 1)).bytes,
              R"({"code":0,"message":"","action":"version","version":"3.3.5.8"})");
    EXPECT_EQ(hub.connection_count(), 1U);
}

TEST_F(server_tls, gives_a_big_message_whole) {
    testing::server hub(options());
    hub.create_topic(topic_options("t"));
    std::vector<std::byte> raw(3'000'000);
    for (std::size_t i = 0; i < raw.size(); ++i)
        raw[i] = static_cast<std::byte>(i % 251);
    hub.append_message("t", 1, raw);
    web_socket_client client(hub.port(), trusting());
    client.ask(subscribe("g", "t"));
    client.ask(poll(2, 0));
    const auto reply = client.ask(fetch(3, 1));
    ASSERT_EQ(reply.bytes.size(), raw.size() + 56);
    EXPECT_EQ(std::memcmp(reply.bytes.data() + 56, raw.data(), raw.size()), 0);
}

TEST_F(server_tls, shows_the_certificates_between_its_own_and_the_root) {
    const certificate_authority between = ca.intermediate();
    const identity own = between.issue(loopback());
    EXPECT_NE(refusal(testing::server(options(own)), trusting()), "");
    EXPECT_EQ(
        refusal(testing::server(options({own.certificate + between.pem(), own.private_key})), trusting()),
        "");
}

TEST_F(server_tls, is_refused_by_a_client_that_checks_its_certificate) {
    EXPECT_NE(
        refusal(testing::server(options(certificate_authority("another").issue(loopback()))), trusting()), "")
        << "unknown CA";
    EXPECT_NE(refusal(testing::server(options(self_signed(loopback()))), trusting()), "") << "self-signed";
    EXPECT_NE(refusal(testing::server(options(ca.issue(loopback().expired()))), trusting()), "") << "expired";
    EXPECT_NE(refusal(testing::server(options(ca.issue(loopback().not_yet_valid()))), trusting()), "")
        << "not yet valid";
    EXPECT_NE(refusal(testing::server(options(ca.issue(certificate_request().ip("127.0.0.2")))), trusting()),
              "")
        << "another address";
    EXPECT_NE(refusal(testing::server(options(ca.issue(loopback().for_client()))), trusting()), "")
        << "a client's certificate";
}

TEST_F(server_tls, demands_a_certificate_of_its_client_ca) {
    const certificate_authority clients("clients");
    testing::server hub(options().client_ca(clients.pem()));
    EXPECT_NE(refusal(hub, trusting()), "") << "none";
    const auto with = [&](const identity& who) {
        return tls_peer{ca.pem(), who.certificate, who.private_key, 0};
    };
    EXPECT_NE(refusal(hub, with(ca.issue(certificate_request("me").for_client()))), "") << "of another CA";
    EXPECT_NE(refusal(hub, with(clients.issue(certificate_request("me").for_client().expired()))), "")
        << "expired";
    EXPECT_EQ(refusal(hub, with(clients.issue(certificate_request("me").for_client()))), "");
    EXPECT_EQ(hub.accepted_count(), 1U);
}

TEST_F(server_tls, speaks_the_versions_it_was_told) {
    tls_peer old = trusting();
    old.highest_version = TLS1_1_VERSION;
    EXPECT_NE(refusal(testing::server(options()), old), "") << "1.2 is the least by default";
    testing::server hub(options().tls_versions(tls_version::v1_1, tls_version::v1_1));
    EXPECT_EQ(web_socket_client(hub.port(), old).tls_version(), "TLSv1.1");
    EXPECT_NE(refusal(hub, trusting()), "") << "a client of today";
}

TEST_F(server_tls, says_goodbye_when_it_closes) {
    testing::server hub(options());
    web_socket_client client(hub.port(), trusting());
    client.ask(plain("version", 1));
    hub.close_all(1001);
    EXPECT_EQ(client.receive().bytes, "\x03\xe9");
    client.send(opcode::close, "\x03\xe9");
    EXPECT_EQ(client.receive().what, opcode::end_of_stream);
    EXPECT_TRUE(client.said_goodbye());
    client.drop();
    EXPECT_TRUE(hub.await_connections(0));
}

TEST_F(server_tls, stops_without_a_goodbye_and_starts_again) {
    testing::server hub(options());
    web_socket_client client(hub.port(), trusting());
    client.ask(plain("version", 1));
    hub.stop();
    EXPECT_EQ(client.receive().what, opcode::reset);
    EXPECT_FALSE(client.said_goodbye());
    hub.start();
    EXPECT_EQ(refusal(hub, trusting()), "");
}

TEST_F(server_tls, drops_what_does_not_speak_tls) {
    testing::server hub(options());
    EXPECT_THROW(web_socket_client{hub.port()}, std::runtime_error);
    EXPECT_EQ(refusal(hub, trusting()), "");
    EXPECT_EQ(hub.accepted_count(), 1U);
}

TEST_F(server_tls, sends_half_a_frame_and_ends_the_stream_without_a_goodbye) {
    testing::server hub(options());
    web_socket_client client(hub.port(), trusting());
    hub.inject(fault::partial(10).on("version"));
    client.send_text(plain("version", 1));
    const auto half = client.receive_rest();
    EXPECT_EQ(half.bytes, "\x81\x3e{\"code\":");
    EXPECT_EQ(half.what, opcode::end_of_stream);
    EXPECT_FALSE(client.said_goodbye());
}

TEST_F(server_tls, stalls_before_the_handshake) {
    testing::server hub(options());
    hub.inject(fault::stall().on("connect"));
    EXPECT_EQ(web_socket_client::answer_to_upgrade(hub.port(), milliseconds(50)).what, opcode::nothing);
    EXPECT_EQ(refusal(hub, trusting()), "");
}

TEST_F(server_tls, refuses_pem_that_it_cannot_use) {
    const identity one = ca.issue(loopback());
    const identity other = ca.issue(loopback());
    EXPECT_THROW(testing::server(options({"nonsense", one.private_key})), std::invalid_argument);
    EXPECT_THROW(testing::server(options({one.certificate, "nonsense"})), std::invalid_argument);
    EXPECT_THROW(testing::server(options({one.certificate, other.private_key})), std::invalid_argument)
        << "the key of another certificate";
    EXPECT_THROW(testing::server(options(one).client_ca("nonsense")), std::invalid_argument);
}

}  // namespace
}  // namespace tmq::test
