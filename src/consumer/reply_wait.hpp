#pragma once

#include "net/request_table.hpp"
#include "net/session.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace tmq::client {

/// Waits in a coroutine for the reply to one request. Lives in the coroutine's frame; taking it away abandons the request.
class reply_wait : public net::reply_sink {
  public:
    explicit reply_wait(std::shared_ptr<net::session> link, asio::any_io_executor executor)
        : link_(std::move(link)), signal_(std::move(executor), net::time_point::max()) {}
    reply_wait(const reply_wait&) = delete;
    reply_wait& operator=(const reply_wait&) = delete;

    /// Until the reply was handled, or the coroutine is cancelled. Says cancelled also when the reply came first: the coroutine cannot
    /// await anything more.
    asio::awaitable<void> wait() {
        for (;;) {
            if (!done_) co_await signal_.async_wait(net::nothrow);
            const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
            if (cancellation.cancelled() != asio::cancellation_type::none) {
                abandon();
                if (!why_) why_ = base::failure(errc::cancelled);
            }
            if (done_) break;
        }
    }
    const base::failure& why() const noexcept { return why_; }

    errc on_reply(const protocol::reply& reply) final {
        if (reply.code != 0)
            why_ = failure_of(reply);
        else if (!accept(reply))
            return errc::reply_malformed;
        finish();
        return {};
    }
    errc on_binary(const wire::fetch_reply&) final { return errc::reply_unexpected; }
    void on_failure(const base::failure& why) final {
        if (!survives(why)) give_up(why);
    }
    void give_up(const base::failure& why) {
        why_ = why;
        finish();
    }

  protected:
    ~reply_wait() { abandon(); }
    /// The connection that the request goes over next.
    void go_over(std::shared_ptr<net::session> link) noexcept { link_ = std::move(link); }

  private:
    /// Copies what is needed out of a successful reply; false when it lacks something.
    virtual bool accept(const protocol::reply&) { return true; }
    /// Whether the request, which will not be answered, is sent again later.
    virtual bool survives(const base::failure&) { return false; }

    void abandon() noexcept {
        if (!done_ && link_ != nullptr) link_->abandon(this);
        done_ = true;
    }
    void finish() {
        done_ = true;
        signal_.cancel();
    }

    std::shared_ptr<net::session> link_;
    asio::steady_timer signal_;
    bool done_ = false;
    base::failure why_;
};

struct plain_wait : reply_wait {
    using reply_wait::reply_wait;
};

/// Keeps one field of the reply, which must be there.
template <auto IsThere, auto Field>
struct field_wait : reply_wait {
    using reply_wait::reply_wait;
    bool accept(const protocol::reply& reply) override {
        value = reply.*Field;
        return reply.*IsThere;
    }
    std::remove_cvref_t<decltype(std::declval<protocol::reply>().*Field)> value;
};

using assignment_wait = field_wait<&protocol::reply::has_assignment, &protocol::reply::assignment>;
using position_wait = field_wait<&protocol::reply::has_position, &protocol::reply::position>;
using committed_wait = field_wait<&protocol::reply::has_committed, &protocol::reply::committed>;

}  // namespace tmq::client
