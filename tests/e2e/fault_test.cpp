#include "e2e.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

namespace tmq::test {
namespace {

class message_fault : public e2e {
  protected:
    void SetUp() override { create_topic(); }
};

TEST_F(message_fault, a_malformed_message_is_an_error_with_its_place_and_is_not_skipped) {
    append(0, 20, 10, 1);
    std::vector<int> seen(20);
    server.inject(fault::error_reply(0xFFFF, "try again").on("fetch_raw_data"));
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        try {
            co_await consumer.poll(received, 5s);
            ADD_FAILURE() << "accepted";
        } catch (const error& why) {
            EXPECT_EQ(why.code(), make_server_error(0xFFFF));
            EXPECT_NE(std::string_view(why.what()).find("topic topic_meters, vgroup 1, offset 0"),
                      std::string_view::npos)
                << why.what();
        }
        EXPECT_TRUE(received.empty());
        while (co_await consumer.poll(received, 200ms))
            check_rows(received, meters, seen);
        EXPECT_EQ(server.accepted_count(), 1U);
    });
    EXPECT_EQ(count(seen), (delivery{20, 0, 0}));
}

TEST_F(message_fault, bytes_that_break_the_format_name_topic_vgroup_offset_and_byte) {
    // A head with a negative number of blocks.
    std::vector<std::byte> raw = {std::byte{0x64}, std::byte{18}, std::byte{0}, std::byte{0}, std::byte{0}};
    for (const int version : {0, 1}) {
        raw.push_back(std::byte{0x11});
        raw.push_back(static_cast<std::byte>(version));
        raw.insert(raw.end(), 7, std::byte{0});
    }
    raw.insert(raw.end(), 4, std::byte{0xFF});
    server.append_message(topic, server.vgroups(topic)[0], raw);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        for (int attempt = 0; attempt < 2; ++attempt) {
            try {
                co_await consumer.poll(received, 5s);
                ADD_FAILURE() << "accepted";
            } catch (const error& why) {
                EXPECT_EQ(why.kind(), error_kind::protocol);
                EXPECT_NE(std::string_view(why.what()).find("vgroup 1, offset 0: at byte 23"),
                          std::string_view::npos)
                    << why.what();
            }
        }
        EXPECT_TRUE(received.empty());
    });
    EXPECT_EQ(server.accepted_count(), 1U);
}

class raw_data_fault : public e2e {
  protected:
    raw_data_fault() : e2e(testing::server_options().version("3.4.1.6.community")) {}
};

TEST_F(raw_data_fault, is_no_reason_to_ask_twice) {
    create_topic();
    server.append_message(topic, server.vgroups(topic)[0], std::vector<std::byte>(20), 6);
    server.inject(fault::error_reply(0xFFFF, "no").on("fetch_raw_data"));
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        message received;
        EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), make_server_error(0xFFFF));
        EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), make_server_error(0xFFFF));
    });
    EXPECT_EQ(server.request_count("fetch_raw_data"), 1U);
}

TEST_F(message_fault, a_loop_that_polls_again_after_every_error_lets_others_run) {
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        server.reset_all();
        bool others_ran = false;
        asio::post(context, [&others_ran] { others_ran = true; });
        message received;
        for (int i = 0; i < 3; ++i)
            EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), errc::connection_lost);
        EXPECT_TRUE(others_ran);
    });
}

TEST_F(message_fault, a_late_reply_to_an_abandoned_request_is_dropped) {
    append(0, 1);
    run_subscribed([&](tmq::consumer& consumer) -> asio::awaitable<void> {
        server.inject(fault::delay(100ms).on("assignment"));
        const std::size_t asked = server.request_count("assignment");
        asio::cancellation_signal cancel;
        boost::system::error_code code;
        bool finished = false;
        auto ask = [&]() -> asio::awaitable<void> {
            code = co_await error_of(consumer.assignment());
            finished = true;
        };
        asio::co_spawn(context, ask(), asio::bind_cancellation_slot(cancel.slot(), asio::detached));
        co_await until([&] { return server.request_count("assignment") != asked; });
        cancel.emit(asio::cancellation_type::terminal);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_TRUE(finished);
        EXPECT_EQ(code, asio::error::operation_aborted);
        EXPECT_EQ((co_await consumer.assignment()).size(), 1U);
    });
}

TEST_F(message_fault, a_lost_connection_is_reported_until_the_next_subscribe) {
    append(0, 10);
    std::vector<int> seen(10);
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        server.reset_all();
        message received;
        EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), errc::connection_lost);
        EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), errc::connection_lost);
        EXPECT_EQ(co_await error_of(consumer.commit(received)), errc::connection_lost);
        co_await consumer.subscribe(topic);
        while (co_await consumer.poll(received, 200ms))
            check_rows(received, meters, seen);
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{10, 0, 0}));
}

}  // namespace
}  // namespace tmq::test
