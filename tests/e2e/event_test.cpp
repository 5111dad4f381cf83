#include "reconnecting.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace tmq::test {
namespace {

class event_delivery : public reconnecting_e2e {
  protected:
    event_delivery() { create_topic(); }

    void prepare(tmq::consumer&) override {}

    /// Awaits events until there is one of this kind, and returns the names of all.
    template <class Kind>
    static asio::awaitable<std::string> names_until(tmq::consumer& consumer) {
        std::string names;
        for (;;) {
            const event one = co_await consumer.next_event();
            names.append(names.empty() ? "" : " ").append(one.name());
            if (std::holds_alternative<Kind>(one)) break;
        }
        co_return names;
    }
};

TEST_F(event_delivery, begins_with_the_first_event_whenever_it_is_awaited) {
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        const event first = co_await consumer.next_event();
        EXPECT_EQ(first, event(events::connected(endpoint("127.0.0.1", server.port()))));
        const event second = co_await consumer.next_event();
        EXPECT_EQ(second.name(), "assigned");
    });
}

TEST_F(event_delivery, stands_beside_the_poll_loop) {
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        std::string names;
        auto listening = [&]() -> asio::awaitable<void> {
            names = co_await names_until<events::resumed>(consumer);
        };
        asio::co_spawn(context, listening(), asio::detached);
        server.reset_all();
        message received;
        while (names.empty()) {
            const bool got = co_await consumer.poll(received, 10ms);
            EXPECT_FALSE(got);
        }
        EXPECT_EQ(names, "connected assigned disconnected reconnecting connected resumed");
    });
}

TEST_F(event_delivery, counts_the_events_that_nobody_took) {
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        listen(consumer);
        message received;
        while (said.events.size() < 80) {
            server.reset_all();
            const std::size_t before = said.count<events::resumed>();
            while (said.count<events::resumed>() == before) {
                const bool got = co_await consumer.poll(received, 10ms);
                EXPECT_FALSE(got);
            }
        }
        const std::size_t all = 2 + said.events.size();
        EXPECT_EQ(co_await consumer.next_event(), event(events::missed(all - 64)));
        for (std::size_t i = said.events.size() - 64; i < said.events.size(); ++i) {
            const event one = co_await consumer.next_event();
            EXPECT_EQ(one, said.events[i]) << i;
        }
    });
}

TEST_F(event_delivery, loses_nothing_when_it_is_cancelled) {
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await names_until<events::assigned>(consumer);
        asio::cancellation_signal signal;
        boost::system::error_code code;
        bool has_ended = false;
        auto waiting = [&]() -> asio::awaitable<void> {
            code = co_await error_of(consumer.next_event());
            has_ended = true;
        };
        asio::co_spawn(context, waiting(), asio::bind_cancellation_slot(signal.slot(), asio::detached));
        co_await tick();
        EXPECT_EQ(co_await error_of(consumer.next_event()), errc::operation_in_progress);
        signal.emit(asio::cancellation_type::terminal);
        co_await until([&] { return has_ended; });
        EXPECT_EQ(code, asio::error::operation_aborted);
        server.reset_all();
        EXPECT_EQ(co_await names_until<events::resumed>(consumer),
                  "disconnected reconnecting connected resumed");
    });
}

TEST_F(event_delivery, is_ended_by_cancel_and_loses_nothing) {
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await names_until<events::assigned>(consumer);
        boost::system::error_code code;
        bool has_ended = false;
        auto waiting = [&]() -> asio::awaitable<void> {
            code = co_await error_of(consumer.next_event());
            has_ended = true;
        };
        asio::co_spawn(context, waiting(), asio::detached);
        co_await tick();
        consumer.cancel();
        EXPECT_FALSE(has_ended) << "inside the call";
        co_await until([&] { return has_ended; });
        EXPECT_EQ(code, asio::error::operation_aborted);
        server.reset_all();
        EXPECT_EQ(co_await names_until<events::resumed>(consumer),
                  "disconnected reconnecting connected resumed");
    });
}

TEST_F(event_delivery, is_ended_by_cancel_before_and_during_subscribe) {
    server.inject(fault::stall().on("upgrade"));
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, reconnecting());
        for (const bool is_subscribing : {false, true}) {
            boost::system::error_code code;
            bool has_ended = false;
            auto waiting = [&]() -> asio::awaitable<void> {
                code = co_await error_of(consumer.next_event());
                has_ended = true;
            };
            boost::system::error_code subscribed;
            auto subscribing = [&]() -> asio::awaitable<void> {
                subscribed = co_await error_of(consumer.subscribe(topic));
            };
            asio::co_spawn(context, waiting(), asio::detached);
            if (is_subscribing) asio::co_spawn(context, subscribing(), asio::detached);
            co_await tick();
            consumer.cancel();
            co_await until([&] { return has_ended && (!is_subscribing || subscribed.failed()); });
            EXPECT_EQ(code, asio::error::operation_aborted) << is_subscribing;
            if (is_subscribing) {
                EXPECT_EQ(subscribed, asio::error::operation_aborted);
            }
        }
        co_await consumer.close();
    });
}

TEST_F(event_delivery, returns_the_disconnection_after_disconnect) {
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        co_await names_until<events::assigned>(consumer);
        std::string names;
        auto waiting = [&]() -> asio::awaitable<void> {
            names = co_await names_until<events::disconnected>(consumer);
        };
        asio::co_spawn(context, waiting(), asio::detached);
        co_await tick();
        consumer.disconnect();
        co_await until([&] { return !names.empty(); });
        EXPECT_EQ(names, "disconnected");
    });
}

TEST_F(event_delivery, ends_when_the_consumer_is_closed_or_destroyed) {
    for (const bool is_destroyed : {false, true}) {
        run([&]() -> asio::awaitable<void> {
            auto consumer = std::make_unique<tmq::consumer>(context, reconnecting());
            boost::system::error_code code;
            bool has_ended = false;
            auto waiting = [&]() -> asio::awaitable<void> {
                code = co_await error_of(consumer->next_event());
                has_ended = true;
            };
            asio::co_spawn(context, waiting(), asio::detached);
            co_await tick();
            if (is_destroyed)
                consumer.reset();
            else
                co_await consumer->close();
            co_await until([&] { return has_ended; });
            EXPECT_EQ(code, errc::closed);
            if (is_destroyed) co_return;
            EXPECT_EQ(co_await error_of(consumer->next_event()), errc::closed);
        });
    }
}

TEST_F(event_delivery, returns_the_events_from_before_the_close) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, reconnecting());
        co_await consumer.subscribe(topic);
        co_await consumer.close();
        EXPECT_EQ(co_await names_until<events::assigned>(consumer), "connected assigned");
        EXPECT_EQ(co_await error_of(consumer.next_event()), errc::closed);
    });
}

TEST_F(event_delivery, ends_with_its_context) {
    // Under AddressSanitizer this is a leak test.
    auto local = std::make_unique<asio::io_context>(1);
    auto consumer = std::make_unique<tmq::consumer>(*local, settings());
    auto waiting = [&]() -> asio::awaitable<void> { co_await consumer->next_event(); };
    asio::co_spawn(*local, waiting(), asio::detached);
    local->poll();
    consumer.reset();
    local.reset();
}

TEST_F(event_delivery, gives_the_handler_the_consumer_wherever_it_has_moved) {
    run([&]() -> asio::awaitable<void> {
        tmq::consumer first(context, reconnecting());
        std::vector<const tmq::consumer*> seen;
        first.on_event([&](tmq::consumer& of, const event&) { seen.push_back(&of); });
        tmq::consumer second(std::move(first));
        co_await second.subscribe(topic);
        co_await until([&] { return seen.size() == 2; });
        tmq::consumer third(context, reconnecting());
        third = std::move(second);
        server.reset_all();
        co_await until([&] { return seen.size() >= 4; });
        EXPECT_EQ(std::count(seen.begin(), seen.begin() + 2, &second), 2);
        EXPECT_EQ(std::count(seen.begin() + 2, seen.end(), &third), std::ssize(seen) - 2);
        co_await third.close();
    });
}

TEST_F(event_delivery, is_to_the_last_handler_that_was_set) {
    run_subscribed(reconnecting(), [&](tmq::consumer& consumer) -> asio::awaitable<void> {
        std::string calls;
        consumer.on_event([](tmq::consumer&, const event&) { ADD_FAILURE() << "replaced before any event"; });
        consumer.on_event([&](tmq::consumer& of, const event&) {
            calls += 'a';
            of.on_event([&](tmq::consumer& again, const event&) {
                calls += 'b';
                again.on_event({});
            });
        });
        server.reset_all();
        co_await names_until<events::resumed>(consumer);
        co_await until([&] { return calls.size() == 2; });
        EXPECT_EQ(calls, "ab");
    });
}

TEST_F(event_delivery, is_never_inside_a_call_and_survives_a_handler_that_throws) {
    bool is_in_call = false;
    std::size_t calls = 0;
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, reconnecting());
        consumer.on_event([&](tmq::consumer&, const event&) {
            EXPECT_FALSE(is_in_call);
            ++calls;
            throw std::runtime_error("never mind");
        });
        co_await consumer.subscribe(topic);
        is_in_call = true;
        consumer.disconnect();
        is_in_call = false;
        co_await until([&] { return calls == 3; });
        co_await consumer.close();
    });
}

TEST_F(event_delivery, lets_the_handler_destroy_or_close_the_consumer) {
    for (const bool is_destroyed : {false, true}) {
        boost::system::error_code code;
        std::size_t calls = 0;
        run([&]() -> asio::awaitable<void> {
            auto consumer = std::make_unique<tmq::consumer>(context, reconnecting());
            consumer->on_event([&](tmq::consumer& of, const event& what) {
                ++calls;
                if (!std::holds_alternative<events::assigned>(what)) return;
                if (is_destroyed)
                    consumer.reset();
                else
                    asio::co_spawn(context, of.close(), asio::detached);
            });
            co_await consumer->subscribe(topic);
            message received;
            tmq::consumer* const polled = consumer.get();
            if (polled != nullptr) code = co_await error_of(polled->poll(received, 10s));
        });
        EXPECT_EQ(code, errc::closed) << is_destroyed;
        EXPECT_EQ(calls, 2U) << "connected, assigned, and nothing after";
        EXPECT_TRUE(server.await_connections(0));
    }
}

}  // namespace
}  // namespace tmq::test
