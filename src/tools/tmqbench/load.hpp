#pragma once

#include "tmq/block.hpp"
#include "tmq/testing/server.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace tmq::tools::tmqbench {

/// The topic of a benchmark. Columns: ts TIMESTAMP, current FLOAT, voltage INT, phase FLOAT, groupid INT,
/// location VARCHAR(64), null in every fiftieth row, sequence BIGINT; 53 bytes of values a row.
struct load {
    std::string topic = "bench";
    std::uint64_t rows = 2'000'000;
    bool stable = false;  ///< topic of a super table: blocks have the names of eight child tables
    std::int32_t vgroups = 2;
    std::size_t rows_per_block = 1000;
    std::size_t blocks_per_message = 5;
};

/// Makes all messages of the load in their order. Calls `take` with the vgroup of each, counted from 0, and
/// its blocks.
void make_messages(
    const load& load,
    const std::function<void(std::size_t vgroup, std::span<const testing::block_builder> blocks)>& take);

/// Creates the topic with all of its messages. `sequence` counts from 0 to rows - 1.
void append(testing::server& server, const load& load);

/// True if a block has the columns of the load, in number and type.
bool has_columns_of_load(const block_view& block);

}  // namespace tmq::tools::tmqbench
