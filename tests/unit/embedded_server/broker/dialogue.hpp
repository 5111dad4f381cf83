#pragma once

#include "embedded_server/broker/broker.hpp"
#include "tmq/testing/server_options.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::test {

using namespace testing;

using embedded::broker::member_id;
using embedded::protocol::outgoing_message;

/// Talks to a broker without sockets, on a clock of its own.
class dialogue {
  public:
    explicit dialogue(const testing::server_options& options = {}) : broker_(options) {}

    embedded::broker::broker& state() { return broker_; }
    member_id connect() { return broker_.open(); }
    void disconnect(member_id id,
                    embedded::broker::broker::loss with = embedded::broker::broker::loss::connection);

    /// Sends a request; replies go to the inbox.
    void send(member_id id, std::string_view request);
    /// Sends a request and returns its reply, with "timing" 0, after as much time as it takes. "no reply"
    /// when none ever comes.
    std::string ask(member_id id, std::string_view request);
    outgoing_message ask_frame(member_id id, std::string_view request);
    outgoing_message ask_frame(member_id id, const embedded::protocol::request& request);
    /// Lets time pass, stopping at every deadline on the way.
    void pass(std::chrono::milliseconds time);
    /// Lets time pass while the broker is not told.
    void stand_still(std::chrono::milliseconds time) { now_ += time; }
    embedded::broker::broker::time_point now() const { return now_; }
    /// Lets waiting polls see what was appended.
    void wake();

    /// Takes the replies that have come to a session since the last call, with "timing" 0.
    std::vector<std::string> inbox(member_id id);
    /// Time since the start.
    std::chrono::milliseconds elapsed() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(now_ - start_);
    }

    /// Appends a message with one row, and returns the offset behind it.
    std::int64_t append_row(const std::string& topic, std::int32_t vgroup);

  private:
    std::optional<outgoing_message> take(member_id id, std::uint64_t req_id);

    embedded::broker::broker broker_;
    embedded::broker::broker::time_point start_{};
    embedded::broker::broker::time_point now_ = start_;
    embedded::broker::broker::output inbox_;
};

/// A reply without the time it took.
std::string without_timing(std::string text);

/// Requests as clients write them.
std::string subscribe(std::string_view group, std::string_view topic, std::string_view reset = "earliest",
                      std::string_view more = {});
std::string poll(std::uint64_t req_id, std::int64_t blocking_time);
std::string fetch(std::uint64_t req_id, std::uint64_t message_id);
std::string plain(std::string_view action, std::uint64_t req_id);
std::string with_offset(std::string_view action, std::uint64_t req_id, std::string_view topic,
                        std::int32_t vgroup, std::int64_t offset);
/// committed or position of one vgroup.
std::string offset_of(std::string_view action, std::uint64_t req_id, std::string_view topic,
                      std::int32_t vgroup);
std::string assignment(std::uint64_t req_id, std::string_view topic);

}  // namespace tmq::test
