#pragma once

#include "embedded_server/broker/broker.hpp"
#include "embedded_server/fault_injector.hpp"
#include "embedded_server/message_observer.hpp"
#include "embedded_server/net/connection.hpp"
#include "embedded_server/net/ping_schedule.hpp"
#include "embedded_server/request_log.hpp"
#include "embedded_server/shared_broker.hpp"
#include "tmq/embedded_server.hpp"

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

/// One run of the server, from listening to the end: thread, acceptor, timers and clients. Replies are made
/// and written in its thread only, which keeps those of one connection in order.
class network final : private net::connection_owner {
  public:
    /// What a network works for. All of it must outlive the network.
    struct parts {
        const embedded_server_options& options;
        shared_broker& broker;
        fault_injector& faults;
        request_log& log;
        message_observer& observer;
    };

    /// Listens on a port of 127.0.0.1; 0: a free one. Throws boost::system::system_error.
    network(const parts& used, std::shared_ptr<net::server_tls> tls, std::uint16_t port);
    ~network();
    network(const network&) = delete;
    network& operator=(const network&) = delete;

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    /// True in the thread of a network that works for `broker`.
    static bool runs_here(const shared_broker& broker) noexcept {
        return current_ && &current_->broker_ == &broker;
    }

    /// Starts the thread. Once.
    void start();
    /// Drops everything and ends the thread. Not in the thread itself, which calls die().
    void stop();
    /// Drops everything; the thread ends after the current handler. In the thread, or after its end.
    void die();
    bool is_dead() const noexcept { return context_.stopped(); }

    /// Lets polls that wait read again. Any thread.
    void wake();
    /// Calls `f` with every connection, in the network's thread. Any thread.
    void for_each_client(std::function<void(net::connection&)> f);

  private:
    using tcp = boost::asio::ip::tcp;

    /// True where the state of this class may be touched.
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
    std::optional<fault> fault_of(std::string_view event) override;

    inline static thread_local const network* current_ = nullptr;  ///< whose thread this is

    const embedded_server_options& options_;
    shared_broker& broker_;
    fault_injector& faults_;
    request_log& log_;
    message_observer& observer_;
    const std::shared_ptr<net::server_tls> tls_;

    boost::asio::io_context context_{1};
    tcp::acceptor acceptor_{context_};
    boost::asio::steady_timer accept_timer_{context_};
    boost::asio::steady_timer timer_{context_};
    broker::broker::time_point armed_ = broker::broker::time_point::max();  ///< when timer_ fires
    boost::asio::steady_timer keep_alive_timer_{context_};
    net::ping_schedule peers_;
    std::map<broker::member_id, std::shared_ptr<net::connection>> clients_;
    std::atomic<bool> waking_ = false;  ///< advance() is on its way
    std::thread thread_;
};

}  // namespace tmq::embedded
