#pragma once

#include "soak/message_log.hpp"
#include "tmq/message.hpp"
#include "tmq/testing/meters.hpp"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::soak {

inline constexpr std::string_view topic = "topic_meters";
inline constexpr std::int32_t vgroup_count = 4;
inline constexpr std::uint32_t table_count = 8;

/// Writes meter rows to a topic of four vgroups, in messages of random size: mostly small, some of several
/// hundred kilobytes. A table lives in one vgroup, and its rows come in the order of their numbers.
class feeder {
  public:
    /// Creates the topic. With gaps the logs also grow by offsets without a message, as real ones do.
    feeder(testing::server& server, message_log& log, std::uint64_t seed, bool with_gaps);

    /// Appends one message of at most so many rows.
    void append(std::uint64_t most_rows = 1 << 20);
    /// Appends messages until the log has exactly so many rows.
    void append_until(std::uint64_t rows);

    const std::vector<std::int32_t>& vgroups() const noexcept { return vgroups_; }
    const testing::meter_source& meters() const noexcept { return meters_; }

  private:
    testing::server& server_;
    message_log& log_;
    testing::meter_source meters_;
    std::mt19937_64 random_;
    bool with_gaps_;
    std::vector<std::int32_t> vgroups_;
    std::vector<std::uint64_t> next_row_;  ///< of each table
};

/// The numbers of a message's rows, in order. Throws std::runtime_error for a row that differs from its
/// source in any value.
std::vector<std::uint64_t> row_numbers(const message& received, const testing::meter_source& source);

}  // namespace tmq::soak
