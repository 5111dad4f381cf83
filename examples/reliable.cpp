// A service that survives its connections: messages are worked on by other threads and acknowledged when they
// are done, in any order; what happens by itself is told in events; a signal ends it without losing or
// repeating anything. Needs no server, and ends by itself. Longer than the other examples, since it also
// plays the server, the disturbances and the signal.
#include <tmq/format.hpp>
#include <tmq/testing/meters.hpp>
#include <tmq/tmq.hpp>

#include <fmt/format.h>
#include <boost/asio.hpp>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr const char* topic = "topic_meters";
constexpr std::uint64_t all_rows = 2'000;
constexpr std::size_t most_in_work = 16;

// What a service would send to its log and its alarms.
void print(tmq::consumer&, const tmq::event& event) {
    fmt::print("event: {}\n", to_string(event));
    if (const auto* lost = std::get_if<tmq::events::data_lost>(&event))
        fmt::print("alarm: {} offsets of vgroup {} are lost\n", lost->end - lost->first,
                   lost->partition.vgroup());
}

class service {
  public:
    service(asio::io_context& context, const tmq::config& settings)
        : consumer_(context, settings), work_done_(context) {
        consumer_.on_event(print);
    }

    asio::awaitable<void> run() {
        co_await consumer_.subscribe(topic);
        tmq::message message;
        while (!stopping_) {
            if (!co_await consumer_.poll(message, 200ms))
                continue;  // nothing came, or there is no connection at the moment
            hand_over(std::move(message));
            while (in_work_ >= most_in_work)
                co_await some_work();
        }
        // What was taken is finished, then committed by close.
        while (in_work_ > 0)
            co_await some_work();
        co_await consumer_.close();
    }
    void stop() { stopping_ = true; }
    std::uint64_t rows() const { return rows_; }
    tmq::stats stats() const { return consumer_.stats(); }

  private:
    // A message owns its bytes: it may go to another thread, and outlive the connection it came from.
    void hand_over(tmq::message message) {
        ++in_work_;
        auto shared = std::make_shared<const tmq::message>(std::move(message));
        asio::post(workers_, [this, shared] {
            const std::uint64_t rows = work_on(*shared);
            // Any thread may acknowledge a receipt. Everything else belongs to the consumer's executor.
            consumer_.acknowledge(shared->receipt());
            asio::post(consumer_.get_executor(), [this, rows] {
                rows_ += rows;
                --in_work_;
                work_done_.cancel();
            });
        });
    }
    static std::uint64_t work_on(const tmq::message& message) {
        std::uint64_t rows = 0;
        for (const tmq::block_view block : message.blocks())
            rows += block.row_count();
        return rows;
    }
    asio::awaitable<void> some_work() {
        boost::system::error_code ignored;
        work_done_.expires_at(asio::steady_timer::time_point::max());
        co_await work_done_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

    tmq::consumer consumer_;
    asio::thread_pool workers_{2};
    asio::steady_timer work_done_;
    std::size_t in_work_ = 0;
    std::uint64_t rows_ = 0;
    bool stopping_ = false;
};

// The world outside: rows arrive, connections break, and in the end somebody stops the service.
asio::awaitable<void> disturb(tmq::testing::server& server, const service& served) {
    const tmq::testing::meter_source meters(42, 8);
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (std::uint64_t row = 0; row < all_rows; row += 50) {
        tmq::testing::append_meters(server, topic, meters, row, 50, 10);
        if (row % 500 == 250) server.reset_all();
        timer.expires_after(25ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
    for (int tries = 0; tries < 200 && served.rows() < all_rows; ++tries) {
        timer.expires_after(10ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
    std::raise(SIGTERM);
}

int main() {
    try {
        tmq::testing::server server;
        server.create_topic(tmq::testing::topic_options(topic).vgroups(2));

        tmq::config config(server.url());
        config.group_id("example").start_at(tmq::offset_reset::earliest);
        config.acknowledge(tmq::acknowledge_mode::by_hand).auto_commit_interval(100ms).prefetch(4);
        config.reconnect_retries(10).reconnect_interval(100ms);

        asio::io_context context(1);
        service served(context, config);
        asio::signal_set signals(context, SIGINT, SIGTERM);
        signals.async_wait([&](boost::system::error_code ec, int number) {
            if (ec) return;
            fmt::print("signal {}\n", number);
            served.stop();
        });
        const auto rethrow = [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        };
        asio::co_spawn(context, served.run(), rethrow);
        asio::co_spawn(context, disturb(server, served), rethrow);
        context.run();

        // Whoever comes next in this group starts where everything is read.
        std::int64_t uncommitted = 0;
        for (const std::int32_t vgroup : server.vgroups(topic))
            uncommitted +=
                server.end_offset(topic, vgroup) - server.committed("example", topic, vgroup).value_or(0);
        fmt::print("{} rows of {}, {} connections made again, {} messages not committed\n", served.rows(),
                   all_rows, served.stats().reconnects, uncommitted);
        return served.rows() == all_rows && served.stats().reconnects > 0 && uncommitted == 0 ? 0 : 1;
    } catch (const std::exception& why) {
        fmt::print(stderr, "{}\n", why.what());
        return 1;
    }
}
