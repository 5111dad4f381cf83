#include "consumer/event_queue.hpp"

#include "text/error_text.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace tmq::client {

event_queue::event_queue(asio::any_io_executor executor, std::shared_ptr<net::environment> shared)
    : executor_(std::move(executor)), environment_(std::move(shared)) {}

void event_queue::add(event next) {
    if (is_closed_ || !environment_->settings.event_target()) return;
    events_.push_back(std::move(next));
    if (is_delivering_) return;
    is_delivering_ = true;
    asio::post(executor_, [self = shared_from_this()] { self->deliver(); });
}

void event_queue::close() noexcept {
    is_closed_ = true;
    events_.clear();
}

void event_queue::deliver() {
    while (!events_.empty()) {
        const event next = std::move(events_.front());
        events_.pop_front();
        call(next);
    }
    is_delivering_ = false;
}

void event_queue::call(const event& next) noexcept {
    try {
        environment_->settings.event_target()(next);
    } catch (const std::exception& thrown) {
        environment_->log.write(log_level::error, "the handler of events threw at {}: {}",
                                next.name(), text::exception_text(thrown));
    } catch (...) {
        environment_->log.write(log_level::error, "the handler of events threw at {}",
                                next.name());
    }
}

}  // namespace tmq::client
