#pragma once

#include <cstdint>

namespace tmq {

/// How the bytes of a message are fetched from the server.
enum class fetch_mode : std::uint8_t {
    automatic,  ///< raw_data; block from a server that says it is older than 3.3.3
    raw_data,   ///< whole, with fetch_raw_data: taosAdapter 3.3.3 and newer
    raw,        ///< whole, with fetch_raw: any taosAdapter, whose refusals come as text
    /// Block by block, with fetch and fetch_block, and metadata as JSON with fetch_json_meta: more round
    /// trips, no message::raw(), and numbers in metadata that JSON does not hold exactly. Raw data messages
    /// are fetched whole all the same.
    block,
};

}  // namespace tmq
