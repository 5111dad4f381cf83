#include "conformance/server.hpp"

#include "conformance/names.hpp"
#include "conformance/protocol_client.hpp"
#include "tmq/testing/server.hpp"

#include <cctype>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace tmq::test {

using namespace std::chrono_literals;

namespace {

std::string_view environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

std::unique_ptr<testing::server> make_embedded() {
    if (!environment("TMQ_TEST_URL").empty()) return nullptr;
    // As slow and as restless as a real one, though not for so long.
    testing::server_options options;
    options.subscribe_time(5ms)
        .rebalance_time(20ms)
        .settle_time(10ms)
        .log_growth(2)
        .commit_growth(1)
        .poll_pace(10ms);
    if (!environment("TMQ_TEST_VERSION").empty())
        options.version(std::string(environment("TMQ_TEST_VERSION")));
    return std::make_unique<testing::server>(std::move(options));
}

config make_settings(const testing::server* embedded) {
    config settings(embedded != nullptr ? embedded->url() : std::string(environment("TMQ_TEST_URL")));
    if (settings.tls()) throw std::runtime_error("TMQ_TEST_URL: the conformance suite speaks ws:// only");
    return settings;
}

std::array<unsigned, 4> parts_of(std::string_view version) {
    std::array<unsigned, 4> parts{};
    std::size_t part = 0;
    for (const char c : version) {
        if (c == '.' && ++part == parts.size()) break;
        if (std::isdigit(static_cast<unsigned char>(c)) != 0)
            parts[part] = parts[part] * 10 + static_cast<unsigned>(c - '0');
    }
    return parts;
}

/// Another change of the same objects is under way: a transaction, a rebalance.
bool is_busy(std::int64_t code) {
    constexpr std::int64_t transaction_conflict = 0x03D3, rebalancing = 0x03EF;
    return code == transaction_conflict || code == rebalancing;
}

}  // namespace

bool server_under_test::is_twice_named() {
    return !environment("TMQ_TEST_URL").empty() && !environment("TMQ_TEST_VERSION").empty();
}

server_under_test& server_under_test::get() {
    static server_under_test server;
    return server;
}

server_under_test::server_under_test()
    : embedded_(make_embedded()),
      settings_(make_settings(embedded_.get())),
      rest_(settings_.host(), settings_.port(), settings_.user(), settings_.password()) {
    protocol_client client(host(), port());
    version_ = client.ask("version").text("version");
    parts_ = parts_of(version_);
    if (!is_embedded()) drop_leftovers();
}

server_under_test::~server_under_test() = default;

sql_result server_under_test::sql(std::string_view statement) const {
    const auto deadline = std::chrono::steady_clock::now() + patience();
    sql_result result = rest_.run(statement);
    while (is_busy(result.code) && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(20ms);
        result = rest_.run(statement);
    }
    return result;
}

void server_under_test::drop_leftovers() const {
    for (const std::vector<std::string>& row : sql("SHOW TOPICS").data)
        if (!row.empty() && is_leftover(row[0])) sql("DROP TOPIC IF EXISTS " + row[0]);
    for (const std::vector<std::string>& row : sql("SHOW DATABASES").data)
        if (!row.empty() && is_leftover(row[0])) sql("DROP DATABASE IF EXISTS " + row[0]);
}

}  // namespace tmq::test
