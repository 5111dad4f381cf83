#pragma once

#include "config/endpoint_list.hpp"
#include "consumer/interruption.hpp"
#include "net/session.hpp"
#include "protocol/request.hpp"
#include "subscription/subscription.hpp"
#include "tmq/config.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::client {

namespace asio = boost::asio;

class requests;

using waiting_hook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// Fate of a request whose reply is lost with the connection.
enum class lost_link : std::uint8_t {
    fail,    ///< it fails
    resend,  ///< it is sent again on the next connection: for requests that may be carried out twice
};

/// Subject of a question. Lifetime: it holds views and must not outlive their targets.
struct subject {
    protocol::action action = protocol::action::version;
    std::string_view topic;   ///< for assignment, and for a seek or commit of one offset
    std::int32_t vgroup = 0;  ///< for a seek or commit of one offset
    std::int64_t offset = 0;  ///< for a seek or commit of one offset
    /// Index of `vgroup` in the positions, if it has one.
    std::optional<std::size_t> index;
    const std::vector<partition_offset>* partitions = nullptr;  ///< for position and committed
    const protocol::subscribe_request* subscription = nullptr;  ///< for subscribe

    explicit subject(protocol::action kind) noexcept : action(kind) {}
    explicit subject(const subscription::request& asked) noexcept;
    static subject of_topic(protocol::action kind, std::string_view topic) noexcept;
    static subject of_offset(protocol::action kind, std::string_view topic, std::int32_t vgroup,
                             std::int64_t offset) noexcept;
    static subject of_partitions(protocol::action kind,
                                 const std::vector<partition_offset>& partitions) noexcept;
};

/// One request and the wait for its reply, in the frame of a coroutine. Sent when constructed, or as soon as
/// the consumer is a member again. Its destruction abandons the request.
class question final : public net::reply_sink, public interruptible, public waiting_hook {
  public:
    question(requests& owner, const subject& target, lost_link when_lost);
    question(const question&) = delete;
    question& operator=(const question&) = delete;
    ~question() { abandon(); }

    /// Waits for the application until the reply was handled, the coroutine is cancelled, or the consumer's
    /// operations are. Cancelled, why() is base::cancelled() even if the reply came first: the coroutine
    /// cannot await anything more.
    asio::awaitable<void> wait();
    /// The same for a duty, which consumer::cancel() does not end.
    asio::awaitable<void> wait_for_reply();
    /// The same for a coroutine that must not cost a frame: await signal() while not is_done(), and call
    /// cancel() if the coroutine is cancelled.
    auto signal() { return signal_.async_wait(net::nothrow); }
    bool is_done() const noexcept { return is_done_; }
    void cancel();
    void interrupt() override;
    const base::failure& why() const noexcept { return answer.refused; }
    /// Returns the committed offset, which may be beyond the requested one: see positions::commit_target.
    std::int64_t offset() const noexcept { return subject_.offset; }

    subscription::answer answer;
    std::string version;              ///< for version
    std::vector<std::string> topics;  ///< for list_topics
    std::vector<endpoint> instances;  ///< for subscribe

  private:
    friend class requests;

    void send();
    void write(protocol::text_buffer& out, std::uint64_t req_id) const;
    void give_up(const base::failure& why);
    bool survives(const base::failure& why);
    /// Copies the results from a successful reply. False if it lacks one.
    bool accept(const protocol::reply& reply);
    void abandon() noexcept;
    void finish();

    base::defect_code on_reply(const protocol::reply& reply) override;
    base::defect_code on_binary(const wire::fetch_reply&) override {
        return base::defect_code::reply_unexpected;
    }
    void on_failure(const base::failure& why) override;

    requests& owner_;
    subject subject_;
    lost_link when_lost_;
    std::shared_ptr<net::session> link_;  ///< the request was sent over it
    asio::steady_timer signal_;
    bool is_done_ = false;
    std::uint64_t req_id_ = 0;
    std::uint32_t losses_ = 0;
};

/// Requests of a consumer other than polls and fetches, over its current connection.
class requests {
  public:
    requests(asio::any_io_executor executor, const config& settings, std::shared_ptr<net::session>& link,
             subscription::subscription& core, interruption_list& interruptions)
        : executor_(std::move(executor)),
          settings_(settings),
          link_(link),
          core_(core),
          interruptions_(interruptions) {}

    /// Sends the requests that have waited for the consumer to be a member again.
    void send_waiting();
    void fail_waiting(const base::failure& why);

  private:
    friend class question;
    using waiting_list = boost::intrusive::list<question, boost::intrusive::constant_time_size<false>>;

    asio::any_io_executor executor_;
    const config& settings_;
    std::shared_ptr<net::session>& link_;
    subscription::subscription& core_;
    interruption_list& interruptions_;
    waiting_list waiting_;
};

}  // namespace tmq::client
