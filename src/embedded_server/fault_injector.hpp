#pragma once

#include "embedded_server/broker/broker.hpp"
#include "embedded_server/fault_list.hpp"
#include "embedded_server/net/connection.hpp"
#include "embedded_server/protocol/replies.hpp"
#include "embedded_server/protocol/requests.hpp"
#include "tmq/testing/fault.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace tmq::embedded {

/// Holds injected faults and applies them to requests and replies. Every reply is sent through it.
class fault_injector {
  public:
    /// Lifetime: `replies` must outlive the injector.
    explicit fault_injector(const protocol::reply_writer& replies) : replies_(replies) {}

    // Threads: any.
    void add(testing::fault value);
    void clear();
    void silence(bool value) noexcept { silent_ = value; }
    bool is_silent() const noexcept { return silent_; }
    /// Takes the fault of an event that is not a request: "connect" or "upgrade".
    std::optional<testing::fault> match_event(std::string_view event);

    // Threads: the server's thread, or any thread after its end.
    void add_connection(broker::member_id id);
    void remove_connection(broker::member_id id);
    void remove_all_connections() noexcept { connections_.clear(); }

    /// Takes the fault of a request, if there is one. If the fault lets the request be carried out, `parsed`
    /// is changed as the fault requires, and deliver() applies the fault to the reply.
    std::optional<testing::fault> match(broker::member_id id, protocol::parsed_request& parsed);
    /// Answers a request that is not carried out.
    void answer(net::connection& client, const std::optional<protocol::request>& request,
                const testing::fault& value);
    /// Sends a reply, changed by the fault of its request. `context`: runs a reply that comes later.
    void deliver(const std::shared_ptr<net::connection>& client, broker::outgoing_reply reply,
                 boost::asio::io_context& context);
    /// Sends a message, then the withheld replies that are due after it.
    void send(net::connection& client, protocol::outgoing_message message);

  private:
    struct faulty_request {
        protocol::request request;
        testing::fault value;
    };
    /// Reply that is sent after `remaining` more.
    struct withheld_reply {
        protocol::outgoing_message message;
        std::size_t remaining = 0;
    };
    struct connection_faults {
        /// Requests in progress whose reply gets a fault, by req_id.
        std::map<std::uint64_t, faulty_request> requests;
        std::vector<withheld_reply> withheld_replies;
    };

    std::optional<faulty_request> take(const broker::outgoing_reply& reply);
    void withhold(net::connection& client, withheld_reply reply);
    void send_later(const std::shared_ptr<net::connection>& client, protocol::outgoing_message message,
                    std::chrono::milliseconds time, boost::asio::io_context& context);
    /// Applies a fault to the connection instead of sending a reply.
    void strike(net::connection& client, const testing::fault& value,
                const protocol::outgoing_message& error);
    protocol::outgoing_message error_frame(const protocol::request& request,
                                           const testing::fault& value) const;
    /// Returns the reply as the fault changes it.
    protocol::outgoing_message falsify(protocol::outgoing_message reply, const faulty_request& faulty) const;

    const protocol::reply_writer& replies_;
    std::mutex mutex_;  ///< Guards faults_.
    fault_list faults_;
    std::atomic<bool> silent_ = false;
    std::map<broker::member_id, connection_faults> connections_;  ///< Only open connections.
};

}  // namespace tmq::embedded
