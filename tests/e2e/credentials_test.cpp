#include "e2e.hpp"

#include <stdexcept>

namespace tmq::test {
namespace {

class credentials_of_a_provider : public e2e {
  protected:
    credentials_of_a_provider() { create_topic(); }
    /// Settings whose own credentials the server refuses.
    config wrong() const {
        config changed = settings();
        changed.credentials("nobody", "wrong").reconnect(true).reconnect_interval(10ms);
        return changed;
    }
    /// Subscribes, and receives messages before and after the loss of the connection.
    asio::awaitable<void> read_over_a_loss(tmq::consumer& consumer) {
        append(0, 10);
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        server.reset_all();
        append(10, 10);
        EXPECT_TRUE(co_await consumer.poll(received, 10s));
    }
};

TEST_F(credentials_of_a_provider, are_asked_for_before_each_connection) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, wrong());
        std::vector<login_reason> asked;
        consumer.provide_credentials([&](login_reason reason) -> asio::awaitable<credentials> {
            co_await tick();
            asked.push_back(reason);
            co_return credentials::password("root", "taosdata");
        });
        co_await read_over_a_loss(consumer);
        EXPECT_EQ(asked, (std::vector<login_reason>{login_reason::subscribe, login_reason::reconnect}));
        co_await consumer.close();
    });
}

TEST_F(credentials_of_a_provider, replace_a_token_of_the_configuration) {
    run([&]() -> asio::awaitable<void> {
        config with_token = wrong();
        with_token.bearer_token("expired token");
        tmq::consumer consumer(context, with_token);
        consumer.provide_credentials([](login_reason) -> asio::awaitable<credentials> {
            co_return credentials::password("root", "taosdata");
        });
        co_await consumer.subscribe(topic);
        EXPECT_EQ(server.last_request("subscribe").find("expired token"), std::string::npos);
        co_await consumer.close();
        EXPECT_EQ(with_token.bearer_token(), "expired token") << "the application's settings stay";
    });
}

TEST_F(credentials_of_a_provider, that_throws_are_the_failure_of_subscribe) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, wrong());
        consumer.provide_credentials([](login_reason) -> asio::awaitable<credentials> {
            throw std::runtime_error("vault is sealed");
            co_return credentials::password("root", "taosdata");
        });
        std::string reason;
        try {
            co_await consumer.subscribe(topic);
        } catch (const error& failure) {
            reason = failure.what();
        }
        EXPECT_NE(reason.find("vault is sealed"), std::string::npos) << reason;
        EXPECT_EQ(server.accepted_count(), 0U);
        consumer.provide_credentials({});
        EXPECT_TRUE(co_await error_of(consumer.subscribe(topic)));
        EXPECT_EQ(server.accepted_count(), 1U);
    });
}

TEST_F(credentials_of_a_provider, that_throw_after_a_loss_are_asked_for_again) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, wrong());
        int calls = 0;
        consumer.provide_credentials([&](login_reason) -> asio::awaitable<credentials> {
            if (++calls == 2 || calls == 3) throw std::runtime_error("vault is sealed");
            co_return credentials::password("root", "taosdata");
        });
        co_await read_over_a_loss(consumer);
        EXPECT_EQ(calls, 4);
        co_await consumer.close();
    });
}

}  // namespace
}  // namespace tmq::test
