#pragma once

#include "embedded_server/broker/broker.hpp"
#include "embedded_server/fault_injector.hpp"
#include "embedded_server/message_observer.hpp"
#include "embedded_server/net/connection.hpp"
#include "embedded_server/net/ping_schedule.hpp"
#include "embedded_server/request_log.hpp"
#include "embedded_server/shared_broker.hpp"
#include "tmq/testing/fault.hpp"
#include "tmq/testing/server_options.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>

namespace tmq::embedded {

/// One run of the server, from listening to the end: thread, acceptor, timers and clients.
/// Only its thread makes and writes replies, so the replies of one connection stay in order.
class network final : private net::connection_owner {
  public:
    /// Objects that a network uses.
    /// Lifetime: all of them must outlive the network.
    struct environment {
        const testing::server_options& options;
        shared_broker& broker;
        fault_injector& faults;
        request_log& log;
        message_observer& observer;
    };

    /// Listens on a port of 127.0.0.1; 0 means a free port.
    /// Throws boost::system::system_error.
    network(const environment& parts, std::shared_ptr<net::server_tls> tls, std::uint16_t port);
    ~network();
    network(const network&) = delete;
    network& operator=(const network&) = delete;

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    /// True in the thread of a network that uses `broker`.
    static bool runs_here(const shared_broker& broker) noexcept {
        return current_ && &current_->broker_ == &broker;
    }

    /// Starts the thread. Call it once.
    void start();
    /// Drops everything and ends the thread.
    /// Threads: any but the network's own, which calls die().
    void stop();
    /// Drops everything. The thread ends after the current handler.
    /// Threads: the network's own, or any after its end.
    void die();
    bool is_dead() const noexcept { return context_.stopped(); }

    /// Lets waiting polls read again.
    /// Threads: any.
    void wake();
    /// Calls `action` with every connection, in the network's thread.
    /// Threads: any.
    void for_each_client(std::function<void(net::connection&)> action);

  private:
    using tcp = boost::asio::ip::tcp;

    /// True in threads that may use the members of this class.
    bool is_own_thread() const noexcept { return current_ == this || !thread_.joinable(); }

    void accept();
    void accept_later();
    void break_connections();
    void advance();
    void deliver(broker::broker::output replies);
    void arm_timer();
    void arm_keep_alive();
    void keep_alive_now();
    std::shared_ptr<net::connection> find_client(broker::member_id id) const;

    void on_open(const std::shared_ptr<net::connection>& client) override;
    void on_closed(net::connection& client) override;
    void on_text(net::connection& client, std::string_view text) override;
    net::http_answer on_http(const net::http_request& request) override;
    void on_ping() override;
    void on_pong(net::connection& client) override;
    std::optional<testing::fault> take_fault(std::string_view event) override;

    inline static thread_local const network* current_ = nullptr;  ///< Network of this thread.

    const testing::server_options& options_;
    shared_broker& broker_;
    fault_injector& faults_;
    request_log& log_;
    message_observer& observer_;
    const std::shared_ptr<net::server_tls> tls_;

    boost::asio::io_context context_{1};
    tcp::acceptor acceptor_{context_};
    boost::asio::steady_timer accept_timer_{context_};
    boost::asio::steady_timer timer_{context_};
    broker::broker::time_point timer_deadline_ = broker::broker::time_point::max();  ///< Of timer_.
    boost::asio::steady_timer keep_alive_timer_{context_};
    net::ping_schedule peers_;
    std::map<broker::member_id, std::shared_ptr<net::connection>> clients_;
    std::atomic<bool> is_waking_ = false;  ///< A call of advance() is posted.
    std::thread thread_;
};

}  // namespace tmq::embedded
