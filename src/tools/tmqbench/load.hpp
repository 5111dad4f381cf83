#pragma once

#include "tmq/block.hpp"
#include "tmq/embedded_server.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace tmq::tools::tmqbench {

/// The topic that is read. Columns: ts TIMESTAMP, current FLOAT, voltage INT, phase FLOAT, groupid INT,
/// location VARCHAR(64), null in every fiftieth row, sequence BIGINT; 53 bytes of values a row.
struct load {
    std::string topic = "bench";
    std::uint64_t rows = 2'000'000;
    bool stable = false;  ///< blocks carry the names of eight child tables
    std::int32_t vgroups = 2;
    std::size_t rows_per_block = 1000;
    std::size_t blocks_per_message = 5;
};

/// Makes all messages of the load in the order in which they are written. `take`: gets the blocks of each,
/// and its vgroup counted from 0.
void make_messages(
    const load& load,
    const std::function<void(std::size_t vgroup, std::span<const block_builder> blocks)>& take);

/// Creates the topic and all of its messages. `sequence` goes from 0 to rows - 1.
void append(embedded_server& server, const load& load);

/// Whether the columns of a block are those of the load, in number and type.
bool has_columns_of_load(const block_view& block);

}  // namespace tmq::tools::tmqbench
