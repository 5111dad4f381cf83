#pragma once

#include "embedded_server/encode/byte_writer.hpp"
#include "embedded_server/server_version.hpp"
#include "tmq/meta.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace tmq::embedded::encode {

/// A change of tables as a raw message.
struct raw_meta {
    std::uint16_t type = 0;
    byte_vector bytes;
};

/// One change with its message head. What the change does not say is as a server of this version chooses it;
/// ids are made from names, times are 0. Throws std::invalid_argument for what a server cannot send: names
/// that are too long or empty, values that are not of their type, fields that are missing.
raw_meta encode_raw_meta(const meta& change, std::int32_t vgroup, const server_version& version);

/// Raw type 5.
byte_vector encode_raw_batch(std::span<const raw_meta> changes);

/// Tables as they stand behind the rows of the inserts that created them. Throws as encode_raw_meta does.
std::vector<byte_vector> encode_created_tables(const create_table& change, const server_version& version);

}  // namespace tmq::embedded::encode
