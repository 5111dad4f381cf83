#pragma once

#include <cstdint>

namespace tmq {

/// How the bytes of an announced message are asked for.
enum class fetch_mode : std::uint8_t {
    automatic,  ///< raw_data, or block where the server is known to be older than 3.3.3
    raw_data,   ///< `fetch_raw_data`: the whole message in one reply; servers from 3.3.3
    raw,        ///< `fetch_raw`: the same in an older frame
    block,      ///< `fetch` and `fetch_block`, block by block; every server
};

}  // namespace tmq
