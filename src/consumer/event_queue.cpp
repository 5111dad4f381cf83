#include "consumer/event_queue.hpp"

#include "base/failure.hpp"
#include "consumer/executor_check.hpp"
#include "text/error_text.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <cassert>
#include <utility>

namespace tmq::client {

class event_queue::stay final : public interruptible {
  public:
    explicit stay(event_queue& queue) : queue_(queue) {
        queue_.interruptions_.add(*this);
        queue_.is_awaited_ = true;
    }
    ~stay() { queue_.is_awaited_ = false; }

    void interrupt() override {
        is_interrupted_ = true;
        queue_.arrival_.post();
    }
    bool is_interrupted() const noexcept { return is_interrupted_; }

  private:
    event_queue& queue_;
    bool is_interrupted_ = false;
};

event_queue::event_queue(asio::any_io_executor executor, std::shared_ptr<net::environment> shared,
                         interruption_list& interruptions)
    : executor_(executor),
      environment_(std::move(shared)),
      interruptions_(interruptions),
      arrival_(std::move(executor)) {}

void event_queue::add(event next) {
    if (is_closed_) return;
    if (handler_ != nullptr) {
        undelivered_.push_back(next);
        if (!std::exchange(is_delivering_, true))
            asio::post(executor_, [self = shared_from_this()] { self->deliver(); });
    }
    if (kept_.size() == capacity) {
        kept_.pop_front();
        ++missed_;
    }
    kept_.push_back(std::move(next));
    arrival_.post();
}

asio::awaitable<event> event_queue::next(std::shared_ptr<event_queue> self) {
    assert(may_run_here(self->executor_));
    if (self->is_awaited_) throw error(errc::operation_in_progress);
    while (self->kept_.empty()) {
        if (self->is_closed_) throw error(errc::closed);
        stay waiting(*self);
        co_await self->arrival_.wait();
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none || waiting.is_interrupted())
            throw error(base::cancelled());
    }
    co_return self->take();
}

event event_queue::take() {
    if (missed_ != 0) return events::missed(std::exchange(missed_, 0));
    event next = std::move(kept_.front());
    kept_.pop_front();
    return next;
}

void event_queue::set_handler(event_handler handler) {
    undelivered_.clear();
    handler_ = handler ? std::make_shared<const event_handler>(std::move(handler)) : nullptr;
}

void event_queue::close() {
    is_closed_ = true;
    undelivered_.clear();
    arrival_.post();
}

void event_queue::deliver() {
    while (!undelivered_.empty()) {
        const event next = std::move(undelivered_.front());
        undelivered_.pop_front();
        call(next);
    }
    is_delivering_ = false;
}

void event_queue::call(const event& next) noexcept {
    try {
        const std::shared_ptr<const event_handler> handler = handler_;
        (*handler)(*owner_, next);
    } catch (const std::exception& thrown) {
        environment_->log.write(log_level::error, "the handler of events threw at {}: {}", next.name(),
                                text::exception_text(thrown));
    } catch (...) {
        environment_->log.write(log_level::error, "the handler of events threw at {}", next.name());
    }
}

}  // namespace tmq::client
