#pragma once

#include "embedded_server/broker/consumer_group.hpp"
#include "embedded_server/broker/topics.hpp"
#include "embedded_server/broker/vgroup_reader.hpp"
#include "embedded_server/protocol/subscribe_rules.hpp"
#include "embedded_server/server_version.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tmq::embedded::broker {

/// The topics that the readers of a consumer read, and the rules by which they read.
struct reading_context {
    topic_catalog& topics;
    const consumer_group& group;
    const protocol::consumer_settings& settings;
    const server_version& version;
    std::size_t rows_per_poll = 0;
    std::chrono::milliseconds pace{0};  ///< 0: libtaos does not wait before it asks again.
};

/// Does what libtaos does inside the polls of one consumer: asks the vnodes of its vgroups, and handles their
/// replies in the order in which they came.
class reader_set {
  public:
    using time_point = vgroup_reader::time_point;

    /// Occasions at which libtaos asks vnodes.
    enum class occasion {
        call,    ///< A poll of the client begins.
        growth,  ///< A poll waits, and logs may have grown.
        timer,   ///< A poll waits, and next_ask() has come.
        end      ///< A poll has waited in vain; a reply that comes now waits for the next poll.
    };
    /// Time for which libtaos does not ask a vgroup that had nothing.
    static constexpr std::chrono::milliseconds rest{10};
    static constexpr std::chrono::milliseconds tick_time{1000};

    std::vector<vgroup_reader>& all() noexcept { return readers_; }
    const std::vector<vgroup_reader>& all() const noexcept { return readers_; }
    /// Sets the readers after a rebalance: those of the vgroups that stayed, and new ones.
    void assign(std::vector<vgroup_reader> readers) noexcept { readers_ = std::move(readers); }
    void clear() noexcept { readers_.clear(); }
    /// Removes the readers of a topic that is dropped.
    void forget(const std::string& topic);
    /// Returns null if the vgroup is not the consumer's.
    vgroup_reader* find(const std::string& topic, std::int32_t vgroup) noexcept;

    void ask(occasion cause, const reading_context& context, time_point now);
    /// Tries held polls again, after inserts.
    void wake(const reading_context& context);
    /// Returns the reader whose reply is to be handled next; null if no reply waits.
    vgroup_reader* first_reply() noexcept;
    void seek(vgroup_reader& reader, std::int64_t target, const reading_context& context);
    /// Returns when libtaos asks again for a waiting poll although no log grows. `subscribe_time`: start of
    /// the timer of libtaos.
    std::optional<time_point> next_ask(const reading_context& context, time_point subscribe_time,
                                       time_point now) const;

  private:
    static bool should_ask(const vgroup_reader& reader, occasion cause, const vgroup_log& log,
                           const reading_context& context, bool holds, time_point now);

    std::vector<vgroup_reader> readers_;
    std::uint64_t arrivals_ = 0;
};

/// Returns how vnodes reply to this consumer's polls of a topic.
poll_style style_of(const topic& topic, const reading_context& context);

}  // namespace tmq::embedded::broker
