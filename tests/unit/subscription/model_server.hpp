#pragma once

#include "base/failure.hpp"
#include "protocol/vgroup_assignment.hpp"
#include "tmq/partition_offset.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace tmq::test {

enum class operation : std::uint8_t {
    open,
    version,
    subscribe,
    assignment,
    position,
    committed,
    seek,
    poll,
    fetch,
    commit_offset,
    commit
};
constexpr std::size_t operations = 11;
std::string_view to_string(operation what);

/// What goes wrong with one operation.
enum class trouble : std::uint8_t {
    none,
    lost_before,  ///< the connection, before the server acted
    lost_after,   ///< after it acted: the reply is lost
    late,         ///< it acted, and its reply does not come in time
    mismatched,   ///< the server does not count the consumer among its group any more, and says 0x4001 from
                  ///< then on
    closed,       ///< the same with 0x4002
    passing,      ///< refused this time, with what fits the operation
};
constexpr std::size_t troubles = 7;
std::string_view to_string(trouble what);

/// A message that the model server has announced.
struct model_message {
    std::uint64_t id = 0;
    std::int32_t vgroup = 0;
    std::int64_t from = 0;
    std::int64_t until = 0;
};

/// One topic of a server with one consumer of interest, on one connection at a time, with a clock of its own.
/// Each row has an offset.
///
/// Every poll asks all vgroups, so that replies of those that it does not bring wait for the next one. A seek
/// does not take such a reply back: it is brought once, the position stays where the seek has put it, and the
/// next poll reads from there.
class model_server {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    using announced_message = model_message;
    struct vgroup {
        std::int32_t id = 0;
        std::int64_t begin = 0;
        std::int64_t end = 0;
        std::optional<std::int64_t> committed;
        bool is_ours = true;
        bool was_elsewhere = false;  ///< another member has had it
        time_point free_from{};      ///< not given to the consumer before
        bool is_trimmed = false;  ///< its log was, and nobody has asked for it since: it is not read before
        bool is_served = false;   ///< on this connection, from `start` on
        std::int64_t start = 0;
        std::int64_t position = 0;
        std::optional<announced_message> waiting;  ///< what the next poll of it brings
        bool is_stale = false;                     ///< the vgroup was sought since
        bool is_held = false;  ///< it has stayed through a rebalance, and has brought nothing since
    };

    static constexpr std::string_view topic = "meters";
    static constexpr std::chrono::milliseconds request_timeout{10'000};

    explicit model_server(bool starts_at_latest = false) : starts_at_latest_(starts_at_latest) {}

    /// Chooses what goes wrong, from the operation and how many of its kind there were, this one included.
    std::function<trouble(operation, int)> choose = [](operation, int) { return trouble::none; };
    /// Told of every commit before it takes effect.
    std::function<void(const vgroup&, std::int64_t)> on_commit = [](const vgroup&, std::int64_t) {};
    /// Chooses vgroups that an assignment lacks, though the consumer has them.
    std::function<bool(const vgroup&)> leaves_out = [](const vgroup&) { return false; };
    std::vector<vgroup> vgroups;
    std::int64_t rows_in_message = 3;
    std::chrono::milliseconds time_to_release{0};  ///< what a lost connection keeps its vgroups
    std::chrono::milliseconds time_to_know{0};     ///< after a subscription the bounds of the logs are -1

    base::failure open();
    base::failure version();
    base::failure subscribe();
    base::failure assignment(std::vector<protocol::vgroup_assignment>& out);
    base::failure position(const std::vector<partition_offset>& places, std::vector<std::int64_t>& out);
    base::failure committed(const std::vector<partition_offset>& places, std::vector<std::int64_t>& out);
    base::failure seek(const partition_offset& target);
    /// `slice`: how long an empty poll takes.
    base::failure poll(std::uint64_t message_id, std::chrono::milliseconds slice,
                       std::optional<announced_message>& out);
    base::failure fetch(std::uint64_t message_id, announced_message& out);
    base::failure commit_offset(const partition_offset& at);
    /// Commits all that was polled, also of vgroups that are held.
    base::failure commit();

    time_point now() const { return now_; }
    void sleep_until(time_point until) { now_ = std::max(now_, until); }
    bool is_connected() const { return is_connected_; }
    void disconnect();
    int calls(operation what) const { return calls_[static_cast<std::size_t>(what)]; }
    /// Vgroups 1 to `count`, with so many rows each.
    void add_vgroups(std::int32_t count, std::int64_t rows);
    vgroup& at(std::int32_t id);
    /// Removes the beginning of a log, and what was to be brought of it.
    void trim(vgroup& one, std::int64_t begin);
    /// Another member reads it from where it was committed, and commits that.
    void move_away(vgroup& one, std::int64_t rows_read);
    void move_back(vgroup& one) { one.is_ours = true; }
    /// The vgroups that stay have neither bounds nor positions before they bring something or an assignment
    /// is asked for.
    void rebalance() {
        for (vgroup& one : vgroups)
            one.is_held = one.is_served;
    }
    int stale_messages() const { return stale_messages_; }

  private:
    template <class Act>
    base::failure call(operation what, Act act);
    bool serves(vgroup& one);
    static void stop_serving(vgroup& one) {
        one.is_served = one.is_stale = one.is_held = false;
        one.waiting.reset();
    }
    void wait_for_poll(vgroup& one);
    bool bring(vgroup& one);
    void ask_again();

    bool starts_at_latest_;
    time_point now_{std::chrono::seconds(1'000)};
    time_point known_from_{};
    bool is_connected_ = false;
    bool is_subscribed_ = false;
    std::uint32_t eviction_ = 0;
    std::optional<announced_message> kept_;
    std::uint64_t last_id_ = 0;
    std::size_t turn_ = 0;
    int stale_messages_ = 0;
    std::array<int, operations> calls_{};
};

}  // namespace tmq::test
