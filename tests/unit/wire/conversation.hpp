#pragma once

#include "tmq/detail/layout.hpp"
#include "wire/envelope.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace tmq::test {

/// A message of a transcript as its binary frames brought it: whole, block by block, or both ways. Owns what
/// the layouts point to.
struct received_message {
    std::uint64_t id = 0;
    std::string poll_reply;
    std::string fetch_request;  ///< of the raw message
    std::deque<std::vector<std::uint8_t>> frames;
    bool has_raw = false;
    wire::fetch_reply reply;  ///< of the raw message
    detail::message_layout raw;
    bool has_blocks = false;
    detail::message_layout blocks;
};

/// A binary frame as what the request before made it.
struct received_frame {
    enum class kind { fetch_raw_data, fetch_raw, fetch_block };
    kind what{};
    std::vector<std::uint8_t> bytes;

    /// With the function that is meant for it.
    wire::defect parse(wire::fetch_reply& out) const { return parse(bytes, out); }
    wire::defect parse(std::span<const std::uint8_t> part, wire::fetch_reply& out) const;
};

std::vector<received_frame> load_frames(const std::string& transcript);

/// Throws std::runtime_error when a frame does not parse, or does not belong to the request before it.
std::vector<std::unique_ptr<received_message>> load_messages(const std::string& transcript);

}  // namespace tmq::test
