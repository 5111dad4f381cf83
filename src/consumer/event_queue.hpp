#pragma once

#include "consumer/interruption.hpp"
#include "consumer/wait_point.hpp"
#include "net/environment.hpp"
#include "tmq/event.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

namespace tmq::client {

namespace asio = boost::asio;

/// Delivers events to the application: to the coroutine that awaits next(), and to its handler. The handler
/// is called on the consumer's executor, one event at a time, in order, never inside a call of the consumer.
/// It may use the consumer, and so cause further events.
class event_queue : public std::enable_shared_from_this<event_queue> {
  public:
    /// `interruptions` must live until close().
    event_queue(asio::any_io_executor executor, std::shared_ptr<net::environment> shared,
                interruption_list& interruptions);

    void add(event next);
    /// Waits for the next event, see consumer::next_event.
    static asio::awaitable<event> next(std::shared_ptr<event_queue> self);
    /// Sets the handler of the events that are added from now on.
    void set_handler(event_handler handler);
    /// Sets the consumer that the handler gets.
    void set_owner(consumer& owner) noexcept { owner_ = &owner; }
    /// Ends the delivery: what the handler has not got is dropped, and all later events.
    void close();

  private:
    /// Events kept for next().
    static constexpr std::size_t capacity = 64;

    /// The wait of next().
    class stay;

    event take();
    void deliver();
    void call(const event& next) noexcept;

    asio::any_io_executor executor_;
    std::shared_ptr<net::environment> environment_;
    interruption_list& interruptions_;  ///< of the consumer
    consumer* owner_ = nullptr;

    std::deque<event> kept_;    ///< for next()
    std::uint64_t missed_ = 0;  ///< events that were dropped before the first of kept_
    wait_point arrival_;
    bool is_awaited_ = false;

    std::shared_ptr<const event_handler> handler_;  ///< shared: it may be replaced while it runs
    std::deque<event> undelivered_;                 ///< for the handler
    bool is_delivering_ = false;
    bool is_closed_ = false;
};

}  // namespace tmq::client
