#pragma once

#include "config/endpoint_list.hpp"
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

/// Fate of a request whose reply is lost with the connection.
enum class lost_link : std::uint8_t {
    fail,    ///< it fails
    resend,  ///< it is sent again on the next connection: for requests that may be carried out twice
};

/// Subject of a question. Lifetime: it holds views and must not outlive their targets.
struct subject {
    protocol::action action = protocol::action::version;
    std::string_view topic;            ///< of assignment, and of a seek or commit of one offset
    std::int32_t vgroup = 0;           ///< of a seek or commit of one offset
    std::int64_t offset = 0;           ///< the same
    std::optional<std::size_t> index;  ///< the same: of the vgroup in the positions, where it has one
    const std::vector<topic_partition>* partitions = nullptr;   ///< of position and committed
    const protocol::subscribe_request* subscription = nullptr;  ///< of subscribe

    explicit subject(protocol::action what) noexcept : action(what) {}
    explicit subject(const subscription::request& asked) noexcept;
    static subject of_topic(protocol::action what, std::string_view topic) noexcept;
    static subject of_offset(protocol::action what, std::string_view topic, std::int32_t vgroup,
                             std::int64_t offset) noexcept;
    static subject of_partitions(protocol::action what,
                                 const std::vector<topic_partition>& partitions) noexcept;
};

/// One request and the wait for its reply, in the frame of a coroutine. Sent when made, or as soon as the
/// consumer is a member again. Taking it away abandons the request.
class question final
    : public net::reply_sink,
      public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  public:
    question(requests& owner, const subject& about, lost_link when_lost);
    question(const question&) = delete;
    question& operator=(const question&) = delete;
    ~question() { abandon(); }

    /// Until the reply was handled, or the coroutine is cancelled. Says cancelled also when the reply came
    /// first: the coroutine cannot await anything more.
    asio::awaitable<void> wait();
    const base::failure& why() const noexcept { return answer.refused; }
    /// The offset that was committed, which may be more than was asked for: see positions::commit_target.
    std::int64_t offset() const noexcept { return about_.offset; }

    subscription::answer answer;
    std::string version;              ///< of version
    std::vector<std::string> topics;  ///< of list_topics
    std::vector<endpoint> instances;  ///< of subscribe

  private:
    friend class requests;

    void send();
    void write(protocol::text_buffer& out, std::uint64_t req_id) const;
    void give_up(const base::failure& why);
    bool survives(const base::failure& why);
    /// Copies what is needed out of a successful reply; false when it lacks something.
    bool accept(const protocol::reply& reply);
    void abandon() noexcept;
    void finish();

    errc on_reply(const protocol::reply& reply) override;
    errc on_binary(const wire::fetch_reply&) override { return errc::reply_unexpected; }
    void on_failure(const base::failure& why) override;

    requests& owner_;
    subject about_;
    lost_link when_lost_;
    std::shared_ptr<net::session> link_;  ///< that the request went over
    asio::steady_timer signal_;
    bool is_done_ = false;
    std::uint64_t req_id_ = 0;
    std::uint32_t losses_ = 0;
};

/// The requests of a consumer other than polls and fetches, over whatever connection it has.
class requests {
  public:
    requests(asio::any_io_executor executor, const config& settings, std::shared_ptr<net::session>& link,
             subscription::subscription& core)
        : executor_(std::move(executor)), settings_(settings), link_(link), core_(core) {}

    /// Sends what has waited for the consumer to be a member again.
    void send_waiting();
    void fail_waiting(const base::failure& why);

  private:
    friend class question;
    using waiting_list = boost::intrusive::list<question, boost::intrusive::constant_time_size<false>>;

    asio::any_io_executor executor_;
    const config& settings_;
    std::shared_ptr<net::session>& link_;
    subscription::subscription& core_;
    waiting_list waiting_;
};

}  // namespace tmq::client
