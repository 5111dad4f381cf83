#include "e2e.hpp"
#include "support/certificates.hpp"
#include "support/process.hpp"

#include <filesystem>
#include <fstream>

namespace tmq::test {
namespace {

/// Programs against a server that speaks TLS, with its authority in a file.
class secure_programs : public ::testing::Test {
  protected:
    static constexpr std::uint64_t rows = 1'000;

    void SetUp() override {
        std::filesystem::create_directories(directory);
        std::ofstream(ca_file) << authority.pem();
        server.create_topic(topic_options(std::string(topic)).kind(topic_kind::stable).vgroups(2));
        append_meters(server, topic, meter_source(7, 8, 10), 0, rows);
    }
    void TearDown() override { std::filesystem::remove_all(directory); }

    struct outcome {
        int status = 0;
        std::vector<std::string> lines;
        std::string errors;
    };
    static outcome run(const std::string& program, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), std::string(TMQ_BIN) + "/" + program);
        process child(std::move(arguments));
        outcome result;
        result.lines = child.read_lines();
        result.status = child.wait();
        result.errors = child.errors();
        return result;
    }

    const certificate_authority authority;
    const identity shown = authority.issue(loopback());
    testing::server server{testing::server_options().tls(shown.certificate, shown.private_key)};
    const std::filesystem::path directory =
        std::filesystem::path(::testing::TempDir()) / ("tmq_secure_" + std::to_string(server.port()));
    const std::string ca_file = (directory / "ca.pem").string();
};

TEST_F(secure_programs, tmqcat_prints_a_topic_over_tls_and_its_counters) {
    const outcome printed = run(
        "tmqcat", {"-b", server.url(), "-t", std::string(topic), "-G", "g", "-o", "earliest", "-J", "-e",
                   "--settle", "0.1", "--stats", "-X", "tls.ca.file=" + ca_file, "-X", "compression=true"});
    EXPECT_EQ(printed.status, 0) << printed.errors;
    EXPECT_EQ(printed.lines.size(), rows);
    EXPECT_NE(printed.errors.find(" 1000 rows, 0 commits\n"), std::string::npos) << printed.errors;
    EXPECT_NE(printed.errors.find("\n1 connections, "), std::string::npos) << printed.errors;
}

TEST_F(secure_programs, tmqcat_does_not_talk_to_a_server_that_nobody_vouches_for) {
    const outcome refused = run("tmqcat", {"-b", server.url(), "-t", std::string(topic), "-G", "g"});
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.errors.find("certificate"), std::string::npos) << refused.errors;
    EXPECT_EQ(server.request_count(), 0U);
}

#ifdef TMQ_EXAMPLES
TEST_F(secure_programs, the_example_consumes_logs_and_counts) {
    const outcome consumed = run("secure", {server.url(), ca_file});
    EXPECT_EQ(consumed.status, 0) << consumed.errors;
    ASSERT_EQ(consumed.lines.size(), 3U);
    EXPECT_NE(consumed.lines[0].find(" messages, 1000 rows, "), std::string::npos) << consumed.lines[0];
    EXPECT_NE(consumed.errors.find("connected to 127.0.0.1:" + std::to_string(server.port())),
              std::string::npos)
        << consumed.errors;
    EXPECT_NE(consumed.errors.find("subscribed to topic_meters"), std::string::npos) << consumed.errors;

    const outcome untrusted = run("secure", {server.url(), "/no/such/ca.pem"});
    EXPECT_EQ(untrusted.status, 1);
    EXPECT_NE(untrusted.errors.find("CA file /no/such/ca.pem"), std::string::npos) << untrusted.errors;
}
#endif

}  // namespace
}  // namespace tmq::test
