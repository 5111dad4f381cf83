#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tmq::test {

/// How DEFLATE data is made: 0 stores, 1 is what taosAdapter uses; the strategies are zlib's.
struct deflate_options {
    int level = 1;
    int strategy = 0;
};

/// A message as permessage-deflate carries it (RFC 7692 7.2.1): flushed to an empty stored block, its last
/// four bytes left out.
std::vector<std::uint8_t> deflate_message(std::span<const std::uint8_t> content,
                                          const deflate_options& options = {});
/// DEFLATE data that ends with a final block.
std::vector<std::uint8_t> deflate_final(std::span<const std::uint8_t> content,
                                        const deflate_options& options = {});
/// A message of `count` MiB of zeros, about 1 KiB for each.
std::vector<std::uint8_t> deflate_bomb(std::size_t count);

struct inflated {
    bool valid = false;
    /// More than the limit: neither valid nor not.
    bool too_big = false;
    std::vector<std::uint8_t> content;
};

/// What zlib makes of a message in one go, by the letter of RFC 7692 7.2.2: with 00 00 FF FF behind it. Valid
/// when these bytes end a block and add nothing to the content, or a final block has left no more of the
/// message than the octet 0.
inflated inflate_at_once(std::span<const std::uint8_t> message, std::size_t limit);

}  // namespace tmq::test
