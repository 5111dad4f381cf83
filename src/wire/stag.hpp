#pragma once

#include "tmq/types.hpp"
#include "wire/defect.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tmq::wire {

constexpr std::size_t max_json_key = 256;  ///< in bytes without the NUL

/// One tag of a set. The views point into the set's bytes.
struct tag_value {
    std::string_view key;              ///< in a JSON set; UTF-8
    std::int16_t column_id = 0;        ///< in any other set
    data_type type = data_type::null;  ///< a type that blocks may have too
    /// Variable types: the value without any length; NCHAR is UCS-4LE. Fixed types: as many bytes as the type
    /// is wide. NULL: nothing.
    std::span<const std::uint8_t> bytes;
    std::uint64_t type_position = 0;   ///< of the type, inside the outermost span
    std::uint64_t bytes_position = 0;  ///< of `bytes`
};

/// Reads the server's binary form of a table's tags, and of a JSON value that is an object. Tags stand one
/// behind the other in the order of the index, so that no byte is read twice.
class tag_set_reader {
  public:
    /// `bytes` begin with the set and may go on behind it. `base`: position of the first byte inside the
    /// outermost span.
    tag_set_reader(std::span<const std::uint8_t> bytes, std::uint64_t base) noexcept
        : bytes_(bytes), base_(base) {}

    /// To be called first.
    defect read_header() noexcept;

    bool is_json() const noexcept { return json_; }
    std::size_t size() const noexcept { return bytes_.size(); }  ///< of the whole set
    std::size_t count() const noexcept {
        return count_;
    }  ///< of the tags; nulls are left out, except in JSON

    /// To be called count() times.
    defect read_tag(tag_value& out) noexcept;

  private:
    std::uint64_t values_at() const noexcept;

    std::span<const std::uint8_t> bytes_;
    std::uint64_t base_;
    bool json_ = false;
    std::size_t index_width_ = 1;
    std::size_t count_ = 0;
    std::size_t next_ = 0;
    std::uint64_t free_from_ = 0;
};

}  // namespace tmq::wire
