#include "e2e.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace tmq::test {
namespace {

/// Passes bytes on between one client and the server; those of the server only so fast.
class slow_link {
  public:
    slow_link(asio::io_context& context, std::uint16_t server_port, std::size_t bytes_per_tick)
        : acceptor_(context, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
          client_(context),
          server_(context),
          server_port_(server_port),
          bytes_per_tick_(bytes_per_tick) {
        asio::co_spawn(context, serve(), asio::detached);
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  private:
    static constexpr std::chrono::milliseconds tick = 20ms;

    asio::awaitable<void> serve() {
        client_ = co_await acceptor_.async_accept(asio::use_awaitable);
        co_await server_.async_connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), server_port_), asio::use_awaitable);
        asio::co_spawn(client_.get_executor(), pass_on(client_, server_, 0ms), asio::detached);
        co_await pass_on(server_, client_, tick);
    }
    asio::awaitable<void> pass_on(asio::ip::tcp::socket& from, asio::ip::tcp::socket& to, std::chrono::milliseconds pause) {
        std::vector<std::byte> bytes(bytes_per_tick_);
        asio::steady_timer timer(from.get_executor());
        std::size_t since_pause = 0;
        try {
            while (true) {
                const std::size_t size = co_await from.async_read_some(asio::buffer(bytes), asio::use_awaitable);
                co_await asio::async_write(to, asio::buffer(bytes, size), asio::use_awaitable);
                since_pause += size;
                if (pause == 0ms || since_pause < bytes_per_tick_) continue;
                since_pause = 0;
                timer.expires_after(pause);
                co_await timer.async_wait(asio::use_awaitable);
            }
        } catch (const boost::system::system_error&) {
            boost::system::error_code ignored;
            to.close(ignored);
        }
    }

    asio::ip::tcp::acceptor acceptor_;
    asio::ip::tcp::socket client_;
    asio::ip::tcp::socket server_;
    std::uint16_t server_port_;
    std::size_t bytes_per_tick_;
};

class over_a_slow_link : public e2e {
  protected:
    static constexpr std::uint64_t rows = 100'000;

    void SetUp() override {
        create_topic();
        append(0, rows, 10'000, 10);
    }
    config settings_over(const slow_link& link) const {
        config how = settings();
        how.port(link.port()).request_timeout(200ms);
        return how;
    }
};

TEST_F(over_a_slow_link, a_message_is_waited_for_longer_than_a_request_as_long_as_it_arrives) {
    slow_link link(context, server.port(), 128 * 1024);
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, settings_over(link));
        co_await consumer.subscribe(topic);
        message received;
        const auto start = std::chrono::steady_clock::now();
        EXPECT_TRUE(co_await consumer.poll(received, 20s));
        EXPECT_GT(std::chrono::steady_clock::now() - start, 400ms) << "the link was not slow";
        EXPECT_GT(received.row_count(), rows / 2);
        co_await consumer.close();
    });
}

TEST_F(over_a_slow_link, a_message_that_only_trickles_is_given_up) {
    slow_link link(context, server.port(), 1024);
    run([&]() -> asio::awaitable<void> {
        tmq::consumer consumer(context, settings_over(link));
        co_await consumer.subscribe(topic);
        message received;
        const auto start = std::chrono::steady_clock::now();
        EXPECT_EQ(co_await error_of(consumer.poll(received, 20s)), errc::request_timeout);
        EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
        co_await consumer.close();
    });
}

}  // namespace
}  // namespace tmq::test
