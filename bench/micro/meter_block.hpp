#pragma once

#include "support/message_builder.hpp"
#include "tmq/detail/layout.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tmq::bench {

/// Smart meter readings, six columns: TIMESTAMP, FLOAT, INT (every `null_every`th row is null, 0 for none),
/// DOUBLE, BIGINT, and `last`.
test::block_spec fixed_meters(std::size_t rows, std::size_t null_every = 0);  // last: UINT
test::block_spec varchar_meters(std::size_t rows,
                                std::size_t null_every = 0);  // last: VARCHAR, 20 to 23 bytes
test::block_spec nchar_meters(std::size_t rows);  // last: NCHAR, 12 characters, 2 of them not ASCII

/// A message of type 2 with `copies` of one block, as it lies in memory when it was received.
std::vector<std::uint8_t> message_of(const test::block_spec& block, std::size_t copies = 1);

/// A parsed message that stays where it is.
struct parsed_message {
    std::vector<std::uint8_t> bytes;
    detail::message_layout layout;
};
std::shared_ptr<const parsed_message> parsed(const test::block_spec& block);

}  // namespace tmq::bench
