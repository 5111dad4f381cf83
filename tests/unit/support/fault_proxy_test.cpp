#include "support/fault_proxy.hpp"
#include "segments_received.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tmq::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

/// What a socket brings until it ends, and how it ends.
struct received {
    std::string bytes;
    error_code end;
};

received read_all(tcp::socket& from) {
    received all;
    asio::read(from, asio::dynamic_buffer(all.bytes), all.end);
    return all;
}
std::string read_exactly(tcp::socket& from, std::size_t size) {
    std::string bytes(size, '\0');
    error_code ended;
    bytes.resize(asio::read(from, asio::buffer(bytes), ended));
    return bytes;
}
void send(tcp::socket& to, std::string_view bytes) { asio::write(to, asio::buffer(bytes)); }

/// Bytes that differ from their neighbours.
std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>(i * 7 + i / 251);
    return bytes;
}

class fault_proxy_test : public ::testing::Test {
  protected:
    asio::io_context context;
    tcp::acceptor target{context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
    fault_proxy proxy{target.local_endpoint().port()};

    tcp::socket connect() {
        tcp::socket client(context);
        client.connect(tcp::endpoint(asio::ip::address_v4::loopback(), proxy.port()));
        return client;
    }
    /// What connecting and reading ends with.
    error_code refusal_of_connecting() {
        tcp::socket client(context);
        error_code failed;
        client.connect(tcp::endpoint(asio::ip::address_v4::loopback(), proxy.port()), failed);
        return failed ? failed : read_all(client).end;
    }
    struct pair {
        tcp::socket client;
        tcp::socket server;
        tcp::socket& sender(direction way) { return way == direction::to_server ? client : server; }
        tcp::socket& receiver(direction way) { return way == direction::to_server ? server : client; }
    };
    pair connect_through() {
        tcp::socket client = connect();
        return {std::move(client), target.accept()};
    }
};

constexpr direction both[] = {direction::to_server, direction::to_client};
constexpr direction other(direction way) {
    return way == direction::to_server ? direction::to_client : direction::to_server;
}

TEST_F(fault_proxy_test, relays_every_byte_of_both_directions_and_counts_them) {
    const std::string request = pattern(3'000'000);
    const std::string reply = pattern(2'000'001);
    pair link = connect_through();
    auto sent = std::async(std::launch::async, [&] {
        send(link.client, request);
        link.client.shutdown(tcp::socket::shutdown_send);
    });
    EXPECT_EQ(read_all(link.server).bytes, request);
    sent.get();
    auto answered = std::async(std::launch::async, [&] {
        send(link.server, reply);
        link.server.close();
    });
    const received all = read_all(link.client);
    answered.get();
    EXPECT_EQ(all.bytes, reply);
    EXPECT_EQ(all.end, asio::error::eof);
    EXPECT_EQ(proxy.bytes(direction::to_server), request.size());
    EXPECT_EQ(proxy.bytes(direction::to_client), reply.size());
    EXPECT_EQ(proxy.connections(), 1U);
    EXPECT_EQ(proxy.cuts(), 0U);
    EXPECT_TRUE(proxy.await_open_connections(0));
}

TEST_F(fault_proxy_test, relays_connections_side_by_side) {
    pair first = connect_through();
    pair second = connect_through();
    send(second.client, "two");
    send(first.client, "one");
    EXPECT_EQ(read_exactly(first.server, 3), "one");
    EXPECT_EQ(read_exactly(second.server, 3), "two");
    EXPECT_EQ(proxy.connections(), 2U);
    EXPECT_EQ(proxy.open_connections(), 2U);
    first.client.close();
    EXPECT_EQ(read_all(first.server).end, asio::error::eof);
    first.server.close();
    EXPECT_TRUE(proxy.await_open_connections(1));
}

TEST_F(fault_proxy_test, passes_a_reset_on) {
    for (const direction way : both) {
        pair link = connect_through();
        send(link.sender(way), "last words");
        EXPECT_EQ(read_exactly(link.receiver(way), 10), "last words");
        link.sender(way).set_option(asio::socket_base::linger(true, 0));
        link.sender(way).close();
        EXPECT_EQ(read_all(link.receiver(way)).end, asio::error::connection_reset);
    }
}

TEST_F(fault_proxy_test, resets_a_client_when_nobody_listens_behind_it) {
    target.close();
    EXPECT_EQ(refusal_of_connecting(), asio::error::connection_reset);
    EXPECT_TRUE(proxy.await_open_connections(0));
}

TEST_F(fault_proxy_test, cuts_behind_exactly_so_many_bytes) {
    const std::string sent = pattern(200'000);
    std::size_t cuts = 0;
    for (const direction way : both)
        for (const cut_kind how : {cut_kind::fin, cut_kind::rst})
            for (const std::size_t size : {0U, 1U, 2U, 1000U, 65536U, 65537U, 199'999U, 200'000U}) {
                proxy.next_plan(link_plan().cut(way, size, how));
                const std::uint64_t before = proxy.bytes(way);
                pair link = connect_through();
                error_code unsent;  // the link may be gone before all is sent
                auto sending = std::async(std::launch::async,
                                          [&] { asio::write(link.sender(way), asio::buffer(sent), unsent); });
                const received all = read_all(link.receiver(way));
                EXPECT_EQ(all.bytes, sent.substr(0, size)) << size;
                EXPECT_EQ(all.end, how == cut_kind::fin ? error_code(asio::error::eof)
                                                        : error_code(asio::error::connection_reset))
                    << size;
                EXPECT_EQ(proxy.bytes(way) - before, size);
                EXPECT_EQ(proxy.cuts(), ++cuts);
                sending.get();
                // The direction that was not counted ends as well.
                const error_code end = unsent ? unsent : read_all(link.sender(way)).end;
                EXPECT_EQ(end, how == cut_kind::fin ? error_code(asio::error::eof)
                                                    : error_code(asio::error::connection_reset));
            }
    EXPECT_EQ(proxy.cuts(cut_kind::fin), cuts / 2);
    EXPECT_EQ(proxy.cuts(cut_kind::rst), cuts / 2);
    EXPECT_EQ(proxy.cuts(cut_kind::stall), 0U);
}

TEST_F(fault_proxy_test, a_message_that_reaches_the_cut_needs_no_byte_behind_it) {
    proxy.next_plan(link_plan().cut(direction::to_client, 5, cut_kind::fin));
    pair link = connect_through();
    send(link.server, "12345");
    const received all = read_all(link.client);
    EXPECT_EQ(all.bytes, "12345");
    EXPECT_EQ(all.end, asio::error::eof);
}

TEST_F(fault_proxy_test, a_link_that_ends_before_its_cut_is_not_cut) {
    proxy.next_plan(link_plan().cut(direction::to_client, 6, cut_kind::rst));
    pair link = connect_through();
    send(link.server, "12345");
    link.server.close();
    const received all = read_all(link.client);
    EXPECT_EQ(all.bytes, "12345");
    EXPECT_EQ(all.end, asio::error::eof);
    EXPECT_EQ(proxy.cuts(), 0U);
}

TEST_F(fault_proxy_test, the_first_of_two_cuts_counts) {
    proxy.next_plan(
        link_plan().cut(direction::to_client, 10, cut_kind::fin).cut(direction::to_server, 3, cut_kind::rst));
    pair link = connect_through();
    send(link.server, "123456789");
    EXPECT_EQ(read_exactly(link.client, 9), "123456789");
    send(link.client, "abcd");
    const received all = read_all(link.server);
    EXPECT_EQ(all.bytes, "abc");
    EXPECT_EQ(all.end, asio::error::connection_reset);
    EXPECT_EQ(proxy.cuts(), 1U);
    EXPECT_EQ(proxy.cuts(cut_kind::rst), 1U);
}

TEST_F(fault_proxy_test, a_stalled_link_is_open_and_silent_in_both_directions) {
    for (const direction way : both) {
        proxy.next_plan(link_plan().cut(way, 4, cut_kind::stall));
        const std::uint64_t before = proxy.bytes(way);
        const std::size_t cuts = proxy.cuts(cut_kind::stall);
        pair link = connect_through();
        send(link.sender(way), "12345678");
        EXPECT_EQ(read_exactly(link.receiver(way), 4), "1234");
        EXPECT_TRUE(proxy.await_cuts(proxy.cuts(cut_kind::fin) + proxy.cuts(cut_kind::rst) + cuts + 1));
        send(link.sender(way), "more");
        send(link.receiver(way), "the other direction");
        EXPECT_EQ(proxy.open_connections(), 1U);
        EXPECT_EQ(proxy.cuts(cut_kind::stall), cuts + 1);

        proxy.cut_all(cut_kind::rst);
        const received all = read_all(link.receiver(way));
        EXPECT_EQ(all.bytes, "") << "it came through the stall";
        EXPECT_EQ(all.end, asio::error::connection_reset);
        EXPECT_EQ(read_all(link.sender(way)).bytes, "") << "it came through the stall";
        EXPECT_TRUE(proxy.await_open_connections(0));
        EXPECT_EQ(proxy.bytes(way) - before, 4U);
        EXPECT_EQ(proxy.cuts(cut_kind::rst), 0U) << "an end of a stall is no cut of its own";
    }
}

TEST_F(fault_proxy_test, a_stall_ends_when_the_client_gives_up) {
    proxy.next_plan(link_plan().cut(direction::to_client, 0, cut_kind::stall));
    pair link = connect_through();
    EXPECT_TRUE(proxy.await_cuts(1));
    link.client.close();
    EXPECT_TRUE(read_all(link.server).end);
    EXPECT_TRUE(proxy.await_open_connections(0));
}

TEST_F(fault_proxy_test, a_stall_outlasts_the_server) {
    proxy.next_plan(link_plan().cut(direction::to_client, 0, cut_kind::stall));
    pair link = connect_through();
    EXPECT_TRUE(proxy.await_cuts(1));
    link.server.close();
    pair later = connect_through();  // the proxy has had its turn
    EXPECT_TRUE(proxy.await_cuts(2));
    link.client.non_blocking(true);
    char byte = 0;
    error_code nothing;
    EXPECT_EQ(link.client.read_some(asio::buffer(&byte, 1), nothing), 0U);
    EXPECT_EQ(nothing, asio::error::would_block);
}

TEST_F(fault_proxy_test, cuts_every_link_when_told_to) {
    pair first = connect_through();
    pair second = connect_through();
    proxy.cut_all(cut_kind::fin);
    EXPECT_EQ(read_all(first.client).end, asio::error::eof);
    EXPECT_EQ(read_all(first.server).end, asio::error::eof);
    EXPECT_EQ(read_all(second.client).end, asio::error::eof);
    EXPECT_EQ(proxy.cuts(cut_kind::fin), 2U);
    for (tcp::socket* const one : {&first.client, &first.server, &second.client, &second.server})
        one->close();
    EXPECT_TRUE(proxy.await_open_connections(0));

    pair third = connect_through();
    send(third.client, "not cut");
    EXPECT_EQ(read_exactly(third.server, 7), "not cut");
    proxy.cut_all(cut_kind::rst);
    EXPECT_EQ(read_all(third.client).end, asio::error::connection_reset);
    EXPECT_EQ(proxy.cuts(cut_kind::rst), 1U);
}

TEST_F(fault_proxy_test, asks_for_a_plan_for_each_connection_by_its_number) {
    proxy.next_plan([](std::size_t number) {
        link_plan plan;
        if (number == 1) plan.refused();
        return plan.cut(direction::to_client, number, cut_kind::fin);
    });
    pair first = connect_through();
    EXPECT_EQ(read_all(first.client).bytes, "");
    EXPECT_EQ(refusal_of_connecting(), asio::error::connection_reset);
    pair third = connect_through();
    send(third.server, "123");
    EXPECT_EQ(read_all(third.client).bytes, "12");
    EXPECT_EQ(proxy.connections(), 3U);
    EXPECT_EQ(proxy.resets_at_accept(), 1U);
}

TEST_F(fault_proxy_test, tells_of_every_cut) {
    std::mutex mutex;
    std::vector<link_cut> told;
    proxy.on_cut([&](const link_cut& cut) {
        const std::lock_guard lock(mutex);
        told.push_back(cut);
    });
    proxy.next_plan([](std::size_t number) {
        return number == 0 ? link_plan().cut(direction::to_server, 3, cut_kind::rst) : link_plan();
    });
    pair first = connect_through();
    send(first.server, "hello");
    EXPECT_EQ(read_exactly(first.client, 5), "hello");
    send(first.client, "12345");
    EXPECT_EQ(read_all(first.server).bytes, "123");
    pair second = connect_through();
    proxy.cut_all(cut_kind::stall);

    const std::lock_guard lock(mutex);
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].connection, 0U);
    EXPECT_EQ(told[0].how, cut_kind::rst);
    EXPECT_EQ(told[0].way, direction::to_server);
    EXPECT_EQ(told[0].to_server, 3U);
    EXPECT_EQ(told[0].to_client, 5U);
    EXPECT_EQ(told[1].connection, 1U);
    EXPECT_EQ(told[1].how, cut_kind::stall);
    EXPECT_EQ(told[1].way, std::nullopt);
}

TEST_F(fault_proxy_test, refuses_new_connections_until_it_accepts_again) {
    pair open = connect_through();
    proxy.refuse(fault_proxy::refusal::not_listening);
    EXPECT_EQ(refusal_of_connecting(), asio::error::connection_refused);
    EXPECT_EQ(proxy.connections(), 1U);
    proxy.refuse(fault_proxy::refusal::reset);
    EXPECT_EQ(refusal_of_connecting(), asio::error::connection_reset);
    EXPECT_EQ(proxy.connections(), 2U);
    EXPECT_EQ(proxy.resets_at_accept(), 1U);
    send(open.client, "still there");
    EXPECT_EQ(read_exactly(open.server, 11), "still there");

    proxy.accept();
    pair later = connect_through();
    send(later.client, "again");
    EXPECT_EQ(read_exactly(later.server, 5), "again");
}

TEST_F(fault_proxy_test, refuses_for_a_while) {
    for (const fault_proxy::refusal how :
         {fault_proxy::refusal::not_listening, fault_proxy::refusal::reset}) {
        const auto start = std::chrono::steady_clock::now();
        proxy.refuse(how, 50ms);
        std::size_t refused = 0;
        while (true) {
            tcp::socket client(context);
            error_code failed;
            client.connect(tcp::endpoint(asio::ip::address_v4::loopback(), proxy.port()), failed);
            if (!failed) {
                client.non_blocking(true);
                target.non_blocking(true);
                tcp::socket server(context);
                error_code nothing = asio::error::would_block;
                while (!failed && nothing) {
                    target.accept(server, nothing);
                    char byte = 0;
                    client.read_some(asio::buffer(&byte, 1), failed);
                    if (failed == asio::error::would_block) failed.clear();
                }
                target.non_blocking(false);
                if (!nothing) break;
            }
            ++refused;
        }
        EXPECT_GT(refused, 0U);
        EXPECT_GE(std::chrono::steady_clock::now() - start, 50ms);
    }
}

TEST_F(fault_proxy_test, passes_every_piece_on_later) {
    for (const direction way : both) {
        proxy.next_plan(link_plan().delay(way, 60ms));
        pair link = connect_through();
        auto start = std::chrono::steady_clock::now();
        send(link.sender(way), "late");
        EXPECT_EQ(read_exactly(link.receiver(way), 4), "late");
        EXPECT_GE(std::chrono::steady_clock::now() - start, 60ms);
        link.sender(way).close();
        const received all = read_all(link.receiver(way));
        EXPECT_EQ(all.bytes, "");
        EXPECT_EQ(all.end, asio::error::eof);
    }
}

TEST_F(fault_proxy_test, the_end_of_the_stream_comes_behind_delayed_bytes) {
    proxy.next_plan(link_plan().delay(direction::to_client, 30ms));
    const std::string sent = pattern(100'000);
    pair link = connect_through();
    send(link.server, sent);
    link.server.close();
    const received all = read_all(link.client);
    EXPECT_EQ(all.bytes, sent);
    EXPECT_EQ(all.end, asio::error::eof);
}

TEST_F(fault_proxy_test, limits_the_rate_of_one_direction) {
    for (const direction way : both) {
        proxy.next_plan(link_plan().rate(way, 1000, 20ms));
        const std::string sent = pattern(5000);
        pair link = connect_through();
        send(link.sender(other(way)), sent);
        EXPECT_EQ(read_exactly(link.receiver(other(way)), sent.size()), sent);
        const auto start = std::chrono::steady_clock::now();
        send(link.sender(way), sent);
        EXPECT_EQ(read_exactly(link.receiver(way), sent.size()), sent);
        EXPECT_GE(std::chrono::steady_clock::now() - start, 80ms) << "four pauses";
    }
}

TEST_F(fault_proxy_test, passes_bytes_on_in_tiny_segments) {
    proxy.next_plan(link_plan().segments(direction::to_client, 7));
    const std::string sent = pattern(60);
    pair link = connect_through();
    send(link.server, sent);
    EXPECT_EQ(read_exactly(link.client, sent.size()), sent);
    EXPECT_EQ(segments_received(link.client.native_handle()), 9U);
}

TEST_F(fault_proxy_test, cuts_exactly_whatever_else_it_does) {
    const std::string sent = pattern(1000);
    for (const direction way : both)
        for (const cut_kind how : {cut_kind::fin, cut_kind::rst}) {
            proxy.next_plan(
                link_plan().cut(way, 777, how).segments(way, 10).delay(way, 5ms).rate(way, 64, 1ms));
            pair link = connect_through();
            send(link.sender(way), sent);
            EXPECT_EQ(read_all(link.receiver(way)).bytes, sent.substr(0, 777));
        }
}

TEST_F(fault_proxy_test, goes_away_with_links_in_every_state) {
    std::optional<fault_proxy> mortal(std::in_place, target.local_endpoint().port());
    const auto through = [&] {
        tcp::socket client(context);
        client.connect(tcp::endpoint(asio::ip::address_v4::loopback(), mortal->port()));
        return pair{std::move(client), target.accept()};
    };
    pair open = through();
    mortal->next_plan(link_plan().cut(direction::to_server, 0, cut_kind::stall));
    pair stalled = through();
    mortal->next_plan(link_plan().delay(direction::to_server, 1h));
    pair delayed = through();
    send(delayed.client, "never");
    EXPECT_TRUE(mortal->await_cuts(1));
    mortal.reset();
    for (pair* const one : {&open, &stalled, &delayed}) {
        EXPECT_TRUE(read_all(one->client).end);
        const received all = read_all(one->server);
        EXPECT_TRUE(all.end);
        EXPECT_EQ(all.bytes, "");
    }
}

}  // namespace
}  // namespace tmq::test
