#pragma once

#include "net/transport.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>

namespace tmq::client {

namespace asio = boost::asio;

struct interruption_tag;
using interruption_hook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<interruption_tag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// A wait of the application that consumer::cancel() ends.
class interruptible : public interruption_hook {
  public:
    interruptible() = default;
    interruptible(const interruptible&) = delete;
    interruptible& operator=(const interruptible&) = delete;
    /// Ends the wait in a later turn of the event loop.
    virtual void interrupt() = 0;

  protected:
    ~interruptible() = default;
};

/// The waits of a consumer's application. A wait leaves the list by its destruction.
class interruption_list {
  public:
    void add(interruptible& wait) { waits_.push_back(wait); }
    void interrupt_all() {
        for (interruptible& wait : waits_)
            wait.interrupt();
    }

  private:
    boost::intrusive::list<interruptible, boost::intrusive::base_hook<interruption_hook>,
                           boost::intrusive::constant_time_size<false>>
        waits_;
};

/// A wait for a time to pass.
class pause final : public interruptible {
  public:
    pause(interruption_list& list, const asio::any_io_executor& executor, std::chrono::milliseconds time)
        : timer_(executor, time) {
        list.add(*this);
    }
    auto wait() { return timer_.async_wait(net::nothrow); }
    void interrupt() override { timer_.cancel(); }

  private:
    asio::steady_timer timer_;
};

}  // namespace tmq::client
