#pragma once

#include "tmq/types.hpp"
#include "wire/defect.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tmq::wire {

constexpr std::size_t max_json_key = 256;  ///< in bytes without the NUL

/// One tag of a set. Its views point into the bytes of the set.
struct tag_value {
    std::string_view key;              ///< in a JSON set; UTF-8
    std::int16_t column_id = 0;        ///< in any other set
    data_type type = data_type::null;  ///< a type that blocks may have too
    /// The value without any length: NCHAR as UCS-4LE, exactly the width of a type of fixed width, nothing
    /// for NULL.
    std::span<const std::uint8_t> bytes;
    std::uint64_t type_position = 0;   ///< of the type, inside the outermost span
    std::uint64_t bytes_position = 0;  ///< of `bytes`
};

/// Reads a tag set: the server's binary form of a table's tags, and of a JSON value that is an object
/// (docs/protocol.md, "Block"). The tags must follow each other in the order of the index, so that no byte is
/// read twice.
class tag_set_reader {
  public:
    /// `bytes` begins with the set and may be longer. `base` is the position of the first byte inside the
    /// outermost span.
    tag_set_reader(std::span<const std::uint8_t> bytes, std::uint64_t base) noexcept
        : bytes_(bytes), base_(base) {}

    /// Reads the header. Call it before everything else.
    defect read_header() noexcept;

    bool is_json() const noexcept { return json_; }
    /// Returns the size of the whole set.
    std::size_t size() const noexcept { return bytes_.size(); }
    /// Returns the number of tags. A NULL is only in a JSON set.
    std::size_t count() const noexcept { return count_; }

    /// Reads the next tag. Call it at most count() times.
    defect read_tag(tag_value& out) noexcept;

  private:
    std::uint64_t values_offset() const noexcept;

    std::span<const std::uint8_t> bytes_;
    std::uint64_t base_;
    bool json_ = false;
    std::size_t index_width_ = 1;
    std::size_t count_ = 0;
    std::size_t next_ = 0;
    std::uint64_t next_free_ = 0;
};

}  // namespace tmq::wire
