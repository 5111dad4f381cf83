#include "e2e.hpp"
#include "ws/upgrade.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace tmq::test {
namespace {

std::string key_in(const std::string& request) {
    const std::string name = "Sec-WebSocket-Key: ";
    const std::size_t begin = request.find(name) + name.size();
    return request.substr(begin, request.find("\r\n", begin) - begin);
}

/// A TCP server that says one thing to everybody, or nothing.
class connection : public ::testing::Test {
  protected:
    asio::io_context context{1};
    asio::ip::tcp::acceptor acceptor{context, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)};

    config settings() const {
        config result = on_request_only(config());
        result.host("127.0.0.1")
            .port(acceptor.local_endpoint().port())
            .group_id("group")
            .connect_timeout(300ms)
            .handshake_timeout(300ms);
        return result;
    }
    std::string last_request;

    /// What subscribe throws, if it does; close follows when it does not.
    std::optional<error> subscribe_error(const config& how) {
        std::optional<error> result;
        tmq::consumer consumer(context, how);
        auto attempt = [&]() -> asio::awaitable<void> {
            try {
                co_await consumer.subscribe(topic);
                co_await consumer.close();
            } catch (const error& why) {
                result = why;
            }
        };
        context.restart();
        asio::co_spawn(context, attempt(), [this](std::exception_ptr) { context.stop(); });
        context.run_for(30s);
        return result;
    }
    /// What subscribe throws when the server sends `answer` after the request, and keeps the connection open
    /// or closes it.
    error subscribe_error(const config& how, std::string answer, bool close_after) {
        std::optional<error> result;
        auto serve = [&]() -> asio::awaitable<void> {
            asio::ip::tcp::socket peer = co_await acceptor.async_accept(asio::use_awaitable);
            std::string& request = last_request;
            co_await asio::async_read_until(peer, asio::dynamic_buffer(request), "\r\n\r\n",
                                            asio::use_awaitable);
            if (const std::size_t at = answer.find("ACCEPT"); at != std::string::npos)
                answer.replace(at, 6, ws::accept_value(key_in(request)));
            co_await asio::async_write(peer, asio::buffer(answer), asio::use_awaitable);
            if (close_after) co_return;
            char rest = 0;
            try {
                while (true)
                    co_await peer.async_read_some(asio::buffer(&rest, 1), asio::use_awaitable);
            } catch (const boost::system::system_error&) {
                // The client has gone.
            }
        };
        tmq::consumer consumer(context, how);
        auto attempt = [&]() -> asio::awaitable<void> {
            try {
                co_await consumer.subscribe(topic);
            } catch (const error& why) {
                result = why;
            }
        };
        asio::co_spawn(context, serve(), [](std::exception_ptr) {});
        asio::co_spawn(context, attempt(), [&](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
            acceptor.close();
        });
        context.run_for(20s);
        EXPECT_TRUE(result.has_value()) << "subscribe neither succeeded nor failed";
        return result.value_or(error(errc::closed));
    }
};

TEST_F(connection, a_refused_connection_names_the_address) {
    config nobody = settings();
    acceptor.close();
    const std::optional<error> result = subscribe_error(nobody);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->code(), boost::system::errc::connection_refused);
    EXPECT_EQ(result->kind(), error_kind::transport);
    EXPECT_TRUE(result->is_retriable());
    EXPECT_NE(std::string_view(result->what()).find("127.0.0.1:" + std::to_string(nobody.port())),
              std::string_view::npos)
        << result->what();
}

TEST_F(connection, a_server_that_says_nothing_to_tls_is_given_up_at_the_handshake_timeout) {
    const std::optional<error> why = subscribe_error(settings().tls(true));
    ASSERT_TRUE(why.has_value());
    EXPECT_EQ(why->code(), errc::handshake_timeout);
    EXPECT_TRUE(why->is_retriable());
}

TEST_F(connection, an_address_that_does_not_answer_is_given_up_at_the_connect_timeout) {
    // A listener whose queue is full drops what comes, as a host that is down does.
    asio::ip::tcp::acceptor full(context);
    full.open(asio::ip::tcp::v4());
    full.bind(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    full.listen(0);
    std::vector<asio::ip::tcp::socket> waiting;
    for (int i = 0; i < 4; ++i) {
        waiting.emplace_back(context);
        waiting.back().async_connect(full.local_endpoint(), [](boost::system::error_code) {});
    }
    context.run_for(50ms);
    context.restart();

    config down = settings();
    down.port(full.local_endpoint().port()).handshake_timeout(60s);
    std::optional<error> why = subscribe_error(down);
    ASSERT_TRUE(why.has_value());
    EXPECT_EQ(why->code(), errc::connect_timeout);
    EXPECT_NE(std::string_view(why->what()).find("127.0.0.1"), std::string_view::npos) << why->what();

    testing::server up;
    up.create_topic(topic_options(std::string(topic)));
    down.endpoints({endpoint("127.0.0.1", full.local_endpoint().port()), endpoint("127.0.0.1", up.port())});
    EXPECT_EQ(subscribe_error(down), std::nullopt) << "the next endpoint was not tried";
}

TEST_F(connection, a_server_that_answers_tls_with_http_is_recognised) {
    // What a Go server says to a TLS greeting; there is no HTTP request to wait for.
    std::optional<error> why;
    auto serve = [&]() -> asio::awaitable<void> {
        asio::ip::tcp::socket peer = co_await acceptor.async_accept(asio::use_awaitable);
        const std::string answer = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request";
        co_await asio::async_write(peer, asio::buffer(answer), asio::use_awaitable);
        std::string greeting;
        co_await asio::async_read(peer, asio::dynamic_buffer(greeting), asio::as_tuple(asio::use_awaitable));
    };
    asio::co_spawn(context, serve(), asio::detached);
    why = subscribe_error(settings().tls(true));
    ASSERT_TRUE(why.has_value());
    EXPECT_EQ(why->code(), errc::tls_failed);
    EXPECT_FALSE(why->is_retriable());
    EXPECT_NE(std::string_view(why->what()).find("wrong version number"), std::string_view::npos)
        << why->what();
}

TEST_F(connection, a_busy_application_is_no_silent_server) {
    testing::server server;
    server.create_topic(topic_options(std::string(topic)));
    config watchful = settings();
    watchful.port(server.port()).idle_timeout(100ms);
    std::optional<error> result;
    tmq::consumer consumer(context, watchful);
    auto work = [&]() -> asio::awaitable<void> {
        try {
            co_await consumer.subscribe(topic);
            const auto until = std::chrono::steady_clock::now() + 250ms;
            while (std::chrono::steady_clock::now() < until) {
            }
            message received;
            co_await consumer.poll(received, 300ms);
            co_await consumer.close();
        } catch (const error& why) {
            result = why;
        }
    };
    asio::co_spawn(context, work(), asio::detached);
    context.run_for(10s);
    EXPECT_EQ(result, std::nullopt) << result->what();
}

TEST_F(connection, a_refusal_that_repeats_the_cloud_token_does_not_show_it) {
    config cloud = settings();
    cloud.cloud_token("a/very secret token");
    const std::string page = "no such token: a/very secret token or a%2Fvery%20secret%20token\n";
    const error why = subscribe_error(
        cloud,
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: " + std::to_string(page.size()) + "\r\n\r\n" + page,
        false);
    EXPECT_EQ(why.code(), errc::upgrade_refused);
    EXPECT_NE(std::string_view(why.what()).find("no such token: *** or ***"), std::string_view::npos)
        << why.what();
    EXPECT_NE(last_request.find("GET /rest/tmq?token=a%2Fvery%20secret%20token HTTP/1.1\r\n"),
              std::string::npos)
        << last_request;
}

TEST_F(connection, a_web_server_without_the_endpoint_is_recognised) {
    const error why =
        subscribe_error(settings(), "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot here\n", false);
    EXPECT_EQ(why.code(), errc::upgrade_refused);
    EXPECT_NE(std::string_view(why.what()).find("404"), std::string_view::npos) << why.what();
    EXPECT_FALSE(why.is_retriable());
}

TEST_F(connection, something_that_is_not_http_is_recognised) {
    const error why = subscribe_error(settings(), "SSH-2.0-OpenSSH_9.2\r\n\r\n", false);
    EXPECT_EQ(why.code(), errc::websocket_violation);
    EXPECT_NE(std::string_view(why.what()).find("answer to the WebSocket upgrade is malformed"),
              std::string_view::npos)
        << why.what();
}

TEST_F(connection, a_close_frame_right_behind_the_upgrade_is_noticed) {
    const std::string answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n\r\n\x88\x02\x03\xE9";
    const error why = subscribe_error(settings(), answer, false);
    EXPECT_EQ(why.code(), errc::connection_closed);
    EXPECT_NE(std::string_view(why.what()).find("1001"), std::string_view::npos) << why.what();
}

TEST_F(connection, an_answer_that_is_cut_off_is_a_lost_connection) {
    EXPECT_EQ(subscribe_error(settings(), "HTTP/1.1 101 Switching", true).code(), errc::connection_lost);
    // The first connection is gone with its acceptor; nothing is left to run.
    EXPECT_EQ(context.poll(), 0U);
}

TEST_F(connection, a_name_that_does_not_resolve_is_an_error) {
    config nowhere = settings();
    nowhere.host("no-such-host.invalid").connect_timeout(10s);
    const std::optional<error> result = subscribe_error(nowhere);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->kind(), error_kind::transport);
    EXPECT_NE(std::string_view(result->what()).find("no-such-host.invalid"), std::string_view::npos)
        << result->what();
}

TEST_F(connection, several_addresses_of_a_name_are_tried) {
    // localhost is ::1 and 127.0.0.1 on most machines; the server listens on the second only. A bare
    // container may lack the name.
    boost::system::error_code unknown;
    asio::ip::tcp::resolver(context).resolve("localhost", "1", unknown);
    if (unknown) GTEST_SKIP() << "localhost does not resolve here";
    testing::server server;
    server.create_topic(topic_options(std::string(topic)));
    config by_name = settings();
    by_name.host("localhost").port(server.port()).connect_timeout(10s);
    tmq::consumer consumer(context, by_name);
    bool subscribed = false;
    auto attempt = [&]() -> asio::awaitable<void> {
        co_await consumer.subscribe(topic);
        subscribed = true;
        co_await consumer.close();
    };
    asio::co_spawn(context, attempt(), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    acceptor.close();
    context.run_for(20s);
    EXPECT_TRUE(subscribed);
}

}  // namespace
}  // namespace tmq::test
