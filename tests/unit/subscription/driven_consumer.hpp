#pragma once

#include "model_server.hpp"

#include "subscription/subscription.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace tmq::test {

/// A subscription, driven against a model server as a consumer drives it, but one call after the other. It
/// carries out and reports; whatever is decided, the subscription decides.
class driven_consumer {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    enum class result : std::uint8_t { message, nothing, error };

    driven_consumer(model_server& server, const config& settings)
        : server_(server), settings_(settings), core_(settings_, 1) {}

    using start_hook = std::function<std::vector<partition_offset>(std::vector<topic_partition>)>;
    void start_from(start_hook hook) {
        hook_ = std::move(hook);
        core_.ask_for_starts(static_cast<bool>(hook_));
    }
    /// What the hook throws from now on.
    void fail_hook(const base::failure& why) { hook_failure_ = why; }
    /// False when it fails: see why().
    bool subscribe();
    result poll(message& out, std::chrono::milliseconds timeout);
    /// What goes on while the application works: at most so many requests for messages.
    void work_ahead(int requests);
    void acknowledge(const message& finished);
    base::failure seek(const partition_offset& target);
    /// Commits what is processed, until that is done or it cannot be.
    void close();
    void check_soon() { core_.check_soon(); }

    bool is_subscribed() const { return core_.is_active(); }
    const base::failure& why() const { return why_; }
    std::vector<event> take_events() { return core_.take_events(); }
    const subscription::positions& places() const { return core_.places(); }

    // Single steps.
    subscription::subscription& core() { return core_; }
    void carry_out(const subscription::task& next);
    /// Sends the next request for messages; false: there is none.
    bool read(const subscription::waiting_poll& poll);

  private:
    time_point work(const subscription::waiting_poll& poll = {});
    void lose_connection(const base::failure& why);

    model_server& server_;
    const config settings_;
    subscription::subscription core_;
    base::failure why_;
    start_hook hook_;
    base::failure hook_failure_;
};

}  // namespace tmq::test
