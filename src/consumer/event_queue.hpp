#pragma once

#include "net/environment.hpp"
#include "tmq/event.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <deque>
#include <memory>

namespace tmq::client {

namespace asio = boost::asio;

/// Delivers events to the handler of the application: on the consumer's executor, one at a time, in order,
/// never inside a call of the consumer. The handler may use the consumer, and so cause further events.
class event_queue : public std::enable_shared_from_this<event_queue> {
  public:
    event_queue(asio::any_io_executor executor, std::shared_ptr<net::environment> shared);

    void add(event next);
    /// Drops undelivered events and all later ones.
    void close() noexcept;

  private:
    void deliver();
    void call(const event& next) noexcept;

    asio::any_io_executor executor_;
    std::shared_ptr<net::environment> environment_;
    std::deque<event> events_;
    bool is_delivering_ = false;
    bool is_closed_ = false;
};

}  // namespace tmq::client
