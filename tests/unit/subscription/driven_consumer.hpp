#pragma once

#include "model_server.hpp"

#include "subscription/backoff.hpp"
#include "subscription/message_fetcher.hpp"
#include "subscription/placement.hpp"
#include "subscription/positions.hpp"
#include "subscription/read_ahead.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tmq::test {

/// Something that a consumer tells of itself.
struct told {
    enum class what : std::uint8_t { connected, disconnected, reconnecting, resumed, assigned, revoked, lost, commit_failed };
    what kind;
    std::vector<topic_partition> vgroups;
    std::int64_t from = 0;
    std::int64_t until = 0;
    std::chrono::milliseconds wait{0};
    std::uint32_t attempt = 0;
    base::failure why;
};

/// The state machines of a consumer, driven against a model server as a consumer drives them, but one call after the other.
class driven_consumer {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    enum class result : std::uint8_t { message, nothing, error };

    driven_consumer(model_server& server, const config& settings);

    /// False when it fails: see why().
    bool subscribe();
    /// Finishes the message before. After an error the next call goes on, unless the subscription is lost.
    result poll(message& out, std::chrono::milliseconds timeout);
    /// What goes on while the application works: at most so many requests.
    void work_ahead(int requests);
    void acknowledge(const message& finished) { positions_.finish(*positions_.find(finished.topic(), finished.vgroup()), finished.next_offset()); }
    /// Delivery goes on at the target, unless this fails.
    base::failure seek(const topic_partition& target);
    /// Commits what is finished, until that is done or it cannot be.
    void close();
    void look_now() { look_soon_ = true; }

    bool is_subscribed() const { return is_subscribed_; }
    const base::failure& why() const { return why_; }
    std::vector<told> events;  ///< those not asked for yet
    const subscription::positions& places() const { return positions_; }

  private:
    enum class service : std::uint8_t { down, joining, joined };

    void supervise();
    void pump();
    void poll_server();
    void fetch();
    void verify();
    void misplace(std::size_t position);
    void lose_link(const base::failure& why);
    void lose_subscription(const base::failure& why);
    base::failure rejoin();
    base::failure connect_and_join();
    base::failure place(subscription::placement& plan);
    void report(subscription::placement& plan);
    void look();
    void find_committed(const std::vector<topic_partition>& assigned);
    void commit_finished();
    void leave_out_overtaken(std::vector<topic_partition>& targets);
    base::failure send_commit(const topic_partition& at);
    void drop_connection() { server_.disconnect(); }
    void tell_disconnected(const base::failure& why);
    void wake(const base::failure& why) {
        if (why) poll_failure_ = why;
    }
    bool is_joined() const { return is_subscribed_ && service_ == service::joined; }

    model_server& server_;
    const config settings_;
    const std::vector<std::string> topics_{std::string(model_server::topic)};
    subscription::positions positions_;
    subscription::message_fetcher fetcher_;
    subscription::read_ahead ready_;
    subscription::backoff backoff_;
    service service_ = service::down;
    bool is_subscribed_ = false;
    bool is_told_connected_ = false;
    bool needs_placement_ = false;
    bool look_soon_ = false;
    bool ahead_rests_ = false;
    bool has_polled_ = false;
    bool commit_now_ = false;
    time_point next_look_;
    time_point next_commit_;
    time_point await_until_;
    base::failure link_loss_;
    base::failure poll_failure_;
    base::failure why_;
};

}  // namespace tmq::test
