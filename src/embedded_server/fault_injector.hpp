#pragma once

#include "embedded_server/broker/broker.hpp"
#include "embedded_server/fault_list.hpp"
#include "embedded_server/net/connection.hpp"
#include "embedded_server/protocol/replies.hpp"
#include "embedded_server/protocol/requests.hpp"
#include "tmq/embedded_server.hpp"

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

/// The faults that tests ask for, and what they do to requests and replies. Every reply goes out through it.
class fault_injector {
  public:
    /// `replies` must outlive it.
    explicit fault_injector(const protocol::reply_writer& replies) : replies_(replies) {}

    // Any thread.
    void add(fault value);
    void clear();
    void silence(bool value) noexcept { silent_ = value; }
    bool is_silent() const noexcept { return silent_; }
    /// Fault of something that is no request: "connect" or "upgrade".
    std::optional<fault> match_event(std::string_view event);

    // The server's thread, or any thread after its end.
    void add_connection(broker::member_id id);
    void remove_connection(broker::member_id id);
    void remove_all_connections() noexcept { connections_.clear(); }

    /// Takes the fault of a request, if there is one. If the request is carried out, it is changed as the
    /// fault demands, and its reply will suffer.
    std::optional<fault> match(broker::member_id id, protocol::parsed_request& parsed);
    /// Answers a request that is not carried out.
    void answer(net::connection& client, const std::optional<protocol::request>& refused, const fault& value);
    /// Sends a reply, changed by the fault of its request. `context`: runs a reply that comes later.
    void deliver(const std::shared_ptr<net::connection>& client, broker::outgoing_reply reply,
                 boost::asio::io_context& context);
    /// Sends a message, and the replies that were withheld until it.
    void send(net::connection& client, protocol::outgoing_message message);

  private:
    struct faulty_request {
        protocol::request asked;
        fault value;
    };
    /// A reply that goes out after `others` more.
    struct withheld_reply {
        protocol::outgoing_message message;
        std::size_t others = 0;
    };
    struct connection_faults {
        std::map<std::uint64_t, faulty_request>
            requests;  ///< by req_id: under way, with a reply that is to go wrong
        std::vector<withheld_reply> withheld;
    };

    std::optional<faulty_request> take(const broker::outgoing_reply& reply);
    void withhold(net::connection& client, withheld_reply reply);
    void send_later(const std::shared_ptr<net::connection>& client, protocol::outgoing_message message,
                    std::chrono::milliseconds time, boost::asio::io_context& context);
    /// Does to a connection what the fault says, in the place of a reply.
    void strike(net::connection& client, const fault& value, const protocol::outgoing_message& error);
    protocol::outgoing_message error_frame(const protocol::request& asked, const fault& value) const;
    protocol::outgoing_message falsified(protocol::outgoing_message reply,
                                         const faulty_request& faulty) const;

    const protocol::reply_writer& replies_;
    std::mutex mutex_;  ///< guards faults_
    fault_list faults_;
    std::atomic<bool> silent_ = false;
    std::map<broker::member_id, connection_faults> connections_;  ///< those that are open
};

}  // namespace tmq::embedded
