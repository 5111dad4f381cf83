#pragma once

#include "conformance/rest_client.hpp"
#include "tmq/config.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace tmq::testing {
class server;
}

namespace tmq::test {

/// The server that this process tests: the one that TMQ_TEST_URL names, or an embedded one, which
/// TMQ_TEST_VERSION gives a version.
class server_under_test {
  public:
    /// Made when it is first asked for; drops then what killed runs have left on the server. Throws
    /// std::runtime_error when nobody answers.
    static server_under_test& get();
    ~server_under_test();

    /// Whether a version is wished for of a server that is not embedded.
    static bool is_twice_named();
    bool is_embedded() const noexcept { return embedded_ != nullptr; }
    const std::string& host() const noexcept { return settings_.host(); }
    std::uint16_t port() const noexcept { return settings_.port(); }
    const std::string& user() const noexcept { return settings_.user(); }
    const std::string& password() const noexcept { return settings_.password(); }
    /// Address and login, without a group.
    const config& settings() const noexcept { return settings_; }

    /// As the TMQ protocol's version action tells it.
    const std::string& version() const noexcept { return version_; }
    bool at_least(unsigned a, unsigned b, unsigned c = 0, unsigned d = 0) const noexcept {
        return parts_ >= std::array<unsigned, 4>{a, b, c, d};
    }

    /// Runs a statement. What only says that the server is busy with another change is tried again.
    sql_result sql(std::string_view statement) const;

    /// How long a test waits for what must come: a real server takes its time.
    std::chrono::seconds patience() const noexcept {
        return is_embedded() ? std::chrono::seconds(10) : std::chrono::seconds(60);
    }
    /// How long a test looks whether something comes that must not.
    std::chrono::milliseconds glance() const noexcept {
        return is_embedded() ? std::chrono::milliseconds(30) : std::chrono::milliseconds(1500);
    }

  private:
    server_under_test();
    void drop_leftovers() const;

    std::unique_ptr<testing::server> embedded_;
    config settings_;
    rest_client rest_;
    std::string version_;
    std::array<unsigned, 4> parts_{};
};

}  // namespace tmq::test
