#include "consumer/poll_gate.hpp"

#include <algorithm>
#include <cassert>
#include <memory>
#include <utility>

namespace tmq::client {
poll_gate::poll_gate(asio::any_io_executor executor, std::function<void()> on_time)
    : on_time_(std::move(on_time)),
      point_(executor),
      timer_(executor),
      self_(std::make_shared<poll_gate*>(this)) {}

poll_gate::visit::visit(poll_gate& gate, time_point now, milliseconds timeout) noexcept : gate_(gate) {
    assert(!gate_.is_polling_);
    gate_.is_polling_ = gate_.is_unanswered_ = true;
    gate_.deadline_ = timeout == unlimited ? time_point::max() : now + std::max(timeout, milliseconds(0));
}

poll_gate::visit::~visit() { gate_.is_polling_ = gate_.is_unanswered_ = false; }

/// Leaves a timer that fires early enough as it is: the deadlines of polls move with every message, and
/// setting a timer is a system call.
void poll_gate::arm(time_point due) {
    due = std::min(due, deadline_);
    if (is_armed_ && timer_.expiry() <= due) return;
    is_armed_ = true;
    timer_.expires_at(due);
    timer_.async_wait([weak = std::weak_ptr<poll_gate*>(self_)](boost::system::error_code ec) {
        const auto self = weak.lock();
        if (!ec && self != nullptr) (*self)->on_timer();
    });
}

void poll_gate::disarm() {
    is_armed_ = false;
    timer_.cancel();
}

void poll_gate::on_timer() {
    is_armed_ = false;
    if (!is_polling_) return;
    if (std::chrono::steady_clock::now() >= deadline_) return wake();
    arm(deadline_);
    on_time_();
}

}  // namespace tmq::client
