#pragma once

#include "tmq/testing/block_builder.hpp"
#include "tmq/testing/server.hpp"
#include "tmq/types.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tmq::testing {

/// One row of a smart meter.
struct meter_row {
    timestamp ts;
    float current = 0;
    std::int32_t voltage = 0;
    float phase = 0;
    std::int32_t groupid = 0;
    std::optional<std::string> location;
};

/// An endless stream of smart meter rows, the same for the same seed, table count and null_every. Row i
/// belongs to child table i % tables() and has the time start + i ms. Columns: ts TIMESTAMP, current FLOAT,
/// voltage INT, phase FLOAT, groupid INT, location VARCHAR(64).
class meter_source {
  public:
    /// Creates the stream. `tables` is the number of child tables, at least 1. `null_every`: location is null
    /// in every row whose index is a multiple of it; 0 = never.
    explicit meter_source(std::uint64_t seed = 1, std::uint32_t tables = 4, std::uint64_t null_every = 0);

    /// Returns row number `index`, its time in milliseconds.
    meter_row row(std::uint64_t index) const;
    /// Returns the index of the row that has this time. Only for times of this stream.
    static std::uint64_t index_of(const timestamp& ts) noexcept;

    std::uint32_t tables() const noexcept { return tables_; }
    std::uint32_t table_of(std::uint64_t index) const noexcept {
        return static_cast<std::uint32_t>(index % tables_);
    }
    /// Returns the name of a child table: "d0", "d1", ...
    static std::string table_name(std::uint32_t table);

    /// Returns an empty block with the columns of a meter.
    block_builder make_block(std::uint32_t table,
                             time_precision precision = time_precision::milliseconds) const;
    /// Adds row `index` to a block made by make_block().
    void add_row(block_builder& block, std::uint64_t index) const;

  private:
    std::uint64_t seed_;
    std::uint32_t tables_;
    std::uint64_t null_every_;
};

/// Appends rows first_index .. first_index + rows - 1 of `source`. Each table is in one vgroup of the topic.
/// A block holds up to `rows_per_block` rows of one table, a message up to `blocks_per_message` blocks of one
/// vgroup.
void append_meters(server& server, std::string_view topic, const meter_source& source,
                   std::uint64_t first_index, std::uint64_t rows, std::size_t rows_per_block = 100,
                   std::size_t blocks_per_message = 1);

}  // namespace tmq::testing
