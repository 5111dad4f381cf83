#include "e2e.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace tmq::test {
namespace {

/// The conversation of a consumer, one step per action of the protocol.
struct step {
    const char* action;
    friend std::ostream& operator<<(std::ostream& out, const step& s) { return out << s.action; }
};

class fault_at : public e2e, public ::testing::WithParamInterface<step> {
  protected:
    void SetUp() override {
        create_topic();
        append(0, 100, 10, 1);
    }

    std::string action() const { return GetParam().action; }

    /// Goes through every step and returns the first error.
    boost::system::error_code first_error(const config& how) {
        boost::system::error_code code;
        run([&]() -> asio::awaitable<void> {
            tmq::consumer consumer(context, how);
            try {
                co_await consumer.subscribe(topic);
                message received;
                co_await consumer.poll(received, 5s);
                co_await consumer.commit(received);
                co_await consumer.assignment(topic);
                std::vector<topic_partition> partitions;
                partitions.emplace_back(topic, received.vgroup());
                co_await consumer.position(partitions);
                co_await consumer.unsubscribe();
            } catch (const error& why) {
                code = why.code();
                last = why.what();
            }
            co_await consumer.close();
        });
        EXPECT_TRUE(server.await_connections(0));
        return code;
    }
    config impatient() const {
        config result = settings();
        result.request_timeout(200ms).close_timeout(200ms);
        return result;
    }

    std::string last;
};

TEST_P(fault_at, no_fault_no_error) { EXPECT_EQ(first_error(settings()), boost::system::error_code()); }

TEST_P(fault_at, a_close_by_the_server_is_reported_with_its_reason) {
    server.inject(fault::close(1011, "out of order").on(action()));
    EXPECT_EQ(first_error(settings()), errc::connection_closed);
    EXPECT_NE(last.find("1011"), std::string::npos) << last;
    EXPECT_NE(last.find("out of order"), std::string::npos) << last;
    EXPECT_NE(last.find(action()), std::string::npos) << last;
}

TEST_P(fault_at, a_reset_is_a_lost_connection) {
    server.inject(fault::reset().on(action()));
    EXPECT_EQ(first_error(settings()), errc::connection_lost);
}

TEST_P(fault_at, a_reply_that_never_comes_is_missed_at_its_deadline) {
    server.inject(fault::stall().on(action()));
    EXPECT_EQ(first_error(impatient()), errc::request_timeout);
    EXPECT_NE(last.find(action()), std::string::npos) << last;
}

TEST_P(fault_at, text_that_is_not_json_ends_the_connection) {
    server.inject(fault::garbage_text().on(action()));
    EXPECT_EQ(first_error(settings()), errc::reply_not_json);
}

TEST_P(fault_at, bytes_that_are_no_message_end_the_connection) {
    server.inject(fault::garbage_binary().on(action()));
    EXPECT_EQ(kind_of(first_error(settings())), error_kind::protocol);
}

TEST_P(fault_at, an_error_of_the_server_is_passed_on_with_its_text) {
    server.inject(fault::error_reply(0x03EF, "Rebalancing, please wait").on(action()));
    EXPECT_EQ(first_error(settings()), make_server_error(0x03EF));
    EXPECT_NE(last.find("Rebalancing, please wait"), std::string::npos) << last;
}

INSTANTIATE_TEST_SUITE_P(every_action, fault_at,
                         ::testing::Values(step{"version"}, step{"subscribe"}, step{"poll"}, step{"fetch_raw_data"}, step{"commit_offset"},
                                           step{"assignment"}, step{"position"}, step{"unsubscribe"}),
                         [](const auto& tested) { return std::string(tested.param.action); });

/// Of the actions whose replies carry an id: not version, which adapters of 3.3.5 answer without.
class fault_of_id : public fault_at {};

TEST_P(fault_of_id, a_reply_with_a_foreign_id_is_no_reply) {
    server.inject(fault::wrong_req_id().on(action()));
    EXPECT_EQ(first_error(impatient()), errc::request_timeout);
}

INSTANTIATE_TEST_SUITE_P(every_action, fault_of_id,
                         ::testing::Values(step{"subscribe"}, step{"poll"}, step{"fetch_raw_data"}, step{"commit_offset"}, step{"assignment"},
                                           step{"position"}, step{"unsubscribe"}),
                         [](const auto& tested) { return std::string(tested.param.action); });

class fault_in_message : public e2e {
  protected:
    void SetUp() override { create_topic(); }
};

TEST_F(fault_in_message, a_malformed_message_is_an_error_with_its_place_and_is_not_skipped) {
    append(0, 20, 10, 1);
    std::vector<int> seen(20);
    server.inject(fault::error_reply(0xFFFF, "try again").on("fetch_raw_data"));
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        message received;
        try {
            co_await consumer.poll(received, 5s);
            ADD_FAILURE() << "accepted";
        } catch (const error& why) {
            EXPECT_EQ(why.code(), make_server_error(0xFFFF));
            EXPECT_NE(std::string_view(why.what()).find("topic topic_meters, vgroup 1, offset 0"), std::string_view::npos) << why.what();
        }
        EXPECT_TRUE(received.empty());
        while (co_await consumer.poll(received, 200ms)) check_rows(received, meters, seen);
        EXPECT_EQ(server.accepted_count(), 1U);
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{20, 0, 0}));
}

TEST_F(fault_in_message, bytes_that_break_the_format_name_topic_vgroup_offset_and_byte) {
    // A head with a negative number of blocks.
    std::vector<std::byte> raw = {std::byte{0x64}, std::byte{18}, std::byte{0}, std::byte{0}, std::byte{0}};
    for (const int version : {0, 1}) {
        raw.push_back(std::byte{0x11});
        raw.push_back(static_cast<std::byte>(version));
        raw.insert(raw.end(), 7, std::byte{0});
    }
    raw.insert(raw.end(), 4, std::byte{0xFF});
    server.append_message(topic, server.vgroups(topic)[0], raw);
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        message received;
        for (int attempt = 0; attempt < 2; ++attempt) {
            try {
                co_await consumer.poll(received, 5s);
                ADD_FAILURE() << "accepted";
            } catch (const error& why) {
                EXPECT_EQ(why.kind(), error_kind::protocol);
                EXPECT_NE(std::string_view(why.what()).find("vgroup 1, offset 0: at byte 23"), std::string_view::npos) << why.what();
            }
        }
        EXPECT_TRUE(received.empty());
        co_await consumer.close();
    });
    EXPECT_EQ(server.accepted_count(), 1U);
}

TEST_F(fault_in_message, raw_data_is_asked_for_only_once) {
    server.append_message(topic, server.vgroups(topic)[0], std::vector<std::byte>(20), 6);
    server.inject(fault::error_reply(0xFFFF, "no").on("fetch_raw_data"));
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), make_server_error(0xFFFF));
        EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), make_server_error(0xFFFF));
        co_await consumer.close();
    });
    EXPECT_EQ(server.request_count("fetch_raw_data"), 1U);
}

TEST_F(fault_in_message, a_binary_reply_to_a_poll_ends_the_connection_and_delivers_nothing) {
    // A well-formed error frame with the id of the first poll: version is 1, subscribe 2.
    std::vector<std::byte> frame(50, std::byte{0});
    std::fill_n(frame.begin(), 8, std::byte{0xFF});
    frame[8] = std::byte{8};
    frame[16] = std::byte{1};
    frame[26] = std::byte{3};
    frame[34] = std::byte{1};
    server.inject(fault::garbage_binary(frame).on("poll"));
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        message received;
        EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), errc::reply_unexpected);
        EXPECT_TRUE(received.empty());
        co_await consumer.close();
    });
    EXPECT_TRUE(server.await_connections(0));
}

TEST_F(fault_in_message, a_loop_that_polls_again_after_every_error_lets_others_run) {
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        server.reset_all();
        bool others_ran = false;
        asio::post(context, [&others_ran] { others_ran = true; });
        message received;
        for (int i = 0; i < 3; ++i) EXPECT_EQ(co_await error_of(consumer.poll(received, 5s)), errc::connection_lost);
        EXPECT_TRUE(others_ran);
        co_await consumer.close();
    });
}

TEST_F(fault_in_message, a_late_reply_to_an_abandoned_request_is_dropped) {
    append(0, 1);
    server.inject(fault::delay(100ms).on("assignment"));
    run([&]() -> asio::awaitable<void> {
        auto consumer = make_consumer();
        co_await consumer.subscribe(topic);
        asio::cancellation_signal cancel;
        boost::system::error_code code;
        bool finished = false;
        auto ask = [&]() -> asio::awaitable<void> {
            code = co_await error_of(consumer.assignment(topic));
            finished = true;
        };
        asio::co_spawn(context, ask(), asio::bind_cancellation_slot(cancel.slot(), asio::detached));
        co_await until([&] { return server.request_count("assignment") != 0; });
        cancel.emit(asio::cancellation_type::terminal);
        message received;
        EXPECT_TRUE(co_await consumer.poll(received, 5s));
        EXPECT_TRUE(finished);
        EXPECT_EQ(code, errc::cancelled);
        EXPECT_EQ((co_await consumer.assignment(topic)).size(), 1U);
        co_await consumer.close();
    });
}

TEST_F(fault_in_message, a_lost_connection_is_reported_until_the_next_subscribe) {
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
        while (co_await consumer.poll(received, 200ms)) check_rows(received, meters, seen);
        co_await consumer.close();
    });
    EXPECT_EQ(count(seen), (delivery{10, 0, 0}));
}

}  // namespace
}  // namespace tmq::test
