#pragma once

#include "embedded_server/encode/byte_writer.hpp"
#include "embedded_server/server_version.hpp"
#include "tmq/meta.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tmq::embedded::encode {

/// A table change as a raw message.
struct raw_meta {
    std::uint16_t type = 0;
    byte_vector bytes;
};

/// Returns one change with its message head ("Table changes" in docs/protocol.md). Optional fields that the
/// change lacks are chosen as by a server of this version; ids are made from names, and times are 0. Throws
/// std::invalid_argument for a change that a server cannot send: names that are too long or empty, values
/// that are not of their type, fields that are missing.
raw_meta encode_raw_meta(const meta& change, std::int32_t vgroup, const server_version& version);

/// Returns the changes as one batch, raw type 5.
byte_vector encode_raw_batch(std::span<const raw_meta> changes);

/// Returns the created tables that a data message has after its rows, one element each. Throws as
/// encode_raw_meta() does.
std::vector<byte_vector> encode_created_tables(const create_table& change, const server_version& version);

}  // namespace tmq::embedded::encode
