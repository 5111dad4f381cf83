// What a consumer reports of itself without a request: events, state and figures.
#include "consumer/consumer_impl.hpp"

#include <utility>

namespace tmq {

/// Passes on what the last call of the subscription may have changed.
void consumer::impl::report_progress() {
    static const std::vector<std::string> none;
    board_.joined(is_member(), core_.is_active() ? core_.topics() : none);
    environment_->counters.reconnects.set(core_.reconnections());
    environment_->counters.read_ahead.set(core_.reader().size());
    statistics_.moved(core_.places());
}

void consumer::impl::note_failure(const base::failure& why) {
    board_.note(base::error_of(why), std::chrono::steady_clock::now());
}

consumer_state consumer::impl::state() const {
    consumer_state out = board_.read();
    const auto heard_at = environment_->counters.heard_at.load(std::memory_order_relaxed);
    if (heard_at != 0)
        out.last_reply = consumer_state::time_point(consumer_state::time_point::duration(heard_at));
    return out;
}

asio::awaitable<event> consumer::next_event() { return client::event_queue::next(impl_->event_queue()); }
void consumer::on_event(event_handler handler) { impl_->event_queue()->set_handler(std::move(handler)); }
stats consumer::stats() const { return impl_->stats(); }
consumer_state consumer::state() const { return impl_->state(); }
std::vector<std::string> consumer::subscription() const { return impl_->state().topics; }
std::string consumer::server_version() const { return impl_->state().server_version; }

}  // namespace tmq
