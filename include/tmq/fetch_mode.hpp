#pragma once

#include <cstdint>

namespace tmq {

/// Ways to fetch the bytes of a message from the server. See docs/protocol.md, Poll and fetch.
enum class fetch_mode : std::uint8_t {
    automatic,  ///< raw_data, or block from a server that reports a version older than 3.3.3
    raw_data,   ///< whole, with fetch_raw_data: taosAdapter 3.3.3 and newer
    raw,        ///< whole, with fetch_raw: any taosAdapter, which sends refusals as text
    /// Block by block, with fetch and fetch_block, and metadata as JSON with fetch_json_meta: more round
    /// trips, no message::raw(), and numbers in metadata that JSON does not hold exactly. Raw data messages
    /// are fetched whole nevertheless.
    block,
};

}  // namespace tmq
