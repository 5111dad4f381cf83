// A cancellation that arrives together with the reply: the operation has its answer, but the coroutine can
// await nothing more.
#include "e2e.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <functional>

namespace tmq::test {
namespace {

using call = std::function<asio::awaitable<void>(tmq::consumer&)>;

class same_turn_cancellation : public e2e {
  protected:
    /// What `run_it` throws when it is cancelled the moment the first reply to `action` has come.
    boost::system::error_code cancelled_at(const std::string& action, const call& run_it) {
        asio::cancellation_signal signal;
        bool armed = false;
        config how = settings();
        how.log(log_level::debug, [&](log_level, std::string_view line) {
            if (armed && line.starts_with(action + " ")) {
                armed = false;
                signal.emit(asio::cancellation_type::terminal);
            }
        });
        boost::system::error_code code;
        run_subscribed(how, [&](tmq::consumer& consumer) -> asio::awaitable<void> {
            message received;
            const bool got = co_await consumer.poll(received, 5s);
            EXPECT_TRUE(got);
            armed = true;
            bool done = false;
            auto attempt = [&]() -> asio::awaitable<void> {
                try {
                    co_await run_it(consumer);
                } catch (const error& why) {
                    code = why.code();
                }
            };
            asio::co_spawn(context, attempt(),
                           asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown) {
                               done = true;
                               EXPECT_EQ(thrown, nullptr) << "not a tmq::error";
                           }));
            co_await until([&] { return done; });
            EXPECT_FALSE(armed) << "was not cancelled";
        });
        return code;
    }
};

TEST_F(same_turn_cancellation, operations_of_several_requests_end_as_cancelled) {
    create_topic(2);
    append(0, 400);
    EXPECT_EQ(cancelled_at("assignment",
                           [](tmq::consumer& consumer) -> asio::awaitable<void> { co_await consumer.lag(); }),
              asio::error::operation_aborted);
    EXPECT_EQ(cancelled_at("assignment",
                           [](tmq::consumer& consumer) -> asio::awaitable<void> {
                               co_await consumer.seek_to_end(topic);
                           }),
              asio::error::operation_aborted);
    const std::size_t seeks = server.request_count("seek");
    EXPECT_EQ(cancelled_at("seek",
                           [](tmq::consumer& consumer) -> asio::awaitable<void> {
                               co_await consumer.seek_to_end(topic);
                           }),
              asio::error::operation_aborted);
    EXPECT_EQ(server.request_count("seek") - seeks, 3U)
        << "two belong to the subscription; the second seek must not leave after the cancellation";
    EXPECT_EQ(
        cancelled_at("commit_offset",
                     [](tmq::consumer& consumer) -> asio::awaitable<void> { co_await consumer.commit(); }),
        asio::error::operation_aborted);
}

TEST_F(same_turn_cancellation, close_never_fails_and_leaves_no_connection) {
    create_topic();
    append(0, 10);
    EXPECT_FALSE(cancelled_at(
        "unsubscribe", [](tmq::consumer& consumer) -> asio::awaitable<void> { co_await consumer.close(); }));
}

}  // namespace
}  // namespace tmq::test
