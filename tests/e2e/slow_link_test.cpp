#include "e2e.hpp"
#include "support/certificates.hpp"
#include "support/fault_proxy.hpp"

namespace tmq::test {
namespace {

class slow_link : public e2e {
  protected:
    static constexpr std::uint64_t rows = 100'000;

    explicit slow_link(testing::server_options options = {}) : e2e(std::move(options)) {}

    void SetUp() override {
        create_topic();
        append(0, rows, 10'000, 10);
    }
    /// What the server sends comes in portions of so many bytes.
    config settings_over_link(std::size_t bytes_per_tick) {
        return settings_over(link_plan().rate(direction::to_client, bytes_per_tick, 20ms));
    }
    config settings_over(const link_plan& plan) {
        link.next_plan(plan);
        config how = settings();
        how.port(link.port()).request_timeout(200ms);
        return how;
    }
    void expect_slow_message(const config& how) {
        run_subscribed(how, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
            message received;
            const auto start = std::chrono::steady_clock::now();
            EXPECT_TRUE(co_await consumer.poll(received, 20s));
            EXPECT_GT(std::chrono::steady_clock::now() - start, 400ms) << "the link was not slow";
            EXPECT_GT(received.row_count(), rows / 2);
            EXPECT_EQ(consumer.stats().connections, 1U);
        });
    }

    fault_proxy link{server.port()};
};

TEST_F(slow_link, a_message_is_waited_for_longer_than_a_request_as_long_as_it_arrives) {
    expect_slow_message(settings_over_link(128 * 1024));
}

/// A server that compresses sends each message in fragments of 4 KiB.
TEST_F(slow_link, a_compressed_message_is_waited_for_wherever_its_fragments_end) {
    expect_slow_message(settings_over_link(24 * 1024 + 1).compression(true));
}

TEST_F(slow_link, a_compressed_message_is_waited_for_whose_fragments_come_one_by_one) {
    expect_slow_message(
        settings_over(link_plan().rate(direction::to_client, 24 * 1024, 20ms).frames()).compression(true));
}

struct slow_tls_link : slow_link {
    slow_tls_link() : slow_tls_link(certificate_authority()) {}
    explicit slow_tls_link(const certificate_authority& issuer)
        : slow_tls_link(issuer, issuer.issue(loopback())) {}
    slow_tls_link(const certificate_authority& issuer, const identity& shown)
        : slow_link(testing::server_options().tls(shown.certificate, shown.private_key)),
          trusted(issuer.pem()) {}

    std::string trusted;
};

TEST_F(slow_tls_link, a_message_is_waited_for_as_long_as_it_arrives) {
    for (const bool compressed : {false, true})
        expect_slow_message(settings_over_link(24 * 1024)
                                .compression(compressed)
                                .group_id(compressed ? "compressed" : "plain")
                                .tls_settings(tls_options().ca_pem(trusted)));
}

TEST_F(slow_link, a_message_that_only_trickles_is_given_up) {
    run_subscribed(settings_over_link(1024), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        const auto start = std::chrono::steady_clock::now();
        EXPECT_EQ(co_await error_of(consumer.poll(received, 20s)), errc::request_timeout);
        EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
    });
}

}  // namespace
}  // namespace tmq::test
