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

/// What the readers of a consumer read, and by which rules.
struct reading_context {
    topic_catalog& topics;
    const consumer_group& group;
    const protocol::consumer_settings& settings;
    const server_version& version;
    std::size_t rows_per_poll = 0;
    std::chrono::milliseconds pace{0};  ///< 0: libtaos does not wait before it asks again
};

/// What libtaos does inside the polls of one consumer: it asks the vnodes of its vgroups, and handles their
/// replies in the order in which they came.
class reader_set {
  public:
    using time_point = vgroup_reader::time_point;

    /// When libtaos looks whom to ask.
    enum class occasion {
        call,    ///< a poll of the client begins
        growth,  ///< a poll waits, and logs may have grown
        timer,   ///< a poll waits, and next_look() has come
        end      ///< a poll has waited in vain; what is answered now waits for the next one
    };
    /// How long libtaos leaves a vgroup alone that had nothing.
    static constexpr std::chrono::milliseconds rest{10};
    static constexpr std::chrono::milliseconds tick_time{1000};

    std::vector<vgroup_reader>& all() noexcept { return readers_; }
    const std::vector<vgroup_reader>& all() const noexcept { return readers_; }
    /// The readers after a rebalance: those of the vgroups that stayed, and new ones.
    void assign(std::vector<vgroup_reader> readers) noexcept { readers_ = std::move(readers); }
    void clear() noexcept { readers_.clear(); }
    /// The topic is gone.
    void forget(const std::string& topic);
    /// Null when the vgroup is not the consumer's.
    vgroup_reader* find(const std::string& topic, std::int32_t vgroup) noexcept;

    void ask(occasion why, const reading_context& context, time_point now);
    /// Lets inserts wake held polls.
    void wake(const reading_context& context);
    /// The reader whose reply is to be handled next; null when none waits.
    vgroup_reader* first_reply() noexcept;
    void seek(vgroup_reader& which, std::int64_t target, const reading_context& context);
    /// When a waiting poll has to look again although no log grows. `subscribed`: since when libtaos' timer
    /// runs.
    std::optional<time_point> next_look(const reading_context& context, time_point subscribed,
                                        time_point now) const;

  private:
    static bool asks(const vgroup_reader& one, occasion why, const vgroup_log& log,
                     const reading_context& context, bool holds, time_point now);

    std::vector<vgroup_reader> readers_;
    std::uint64_t arrivals_ = 0;
};

/// How vnodes answer this consumer's polls of a topic.
poll_style style_of(const topic& from, const reading_context& context);

}  // namespace tmq::embedded::broker
