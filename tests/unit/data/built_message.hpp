#pragma once

#include "support/message_builder.hpp"
#include "tmq/block.hpp"
#include "tmq/detail/layout.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace tmq::test {

/// Rows as the server would send them, parsed. Its bytes are allocated to their exact size, so that a view
/// that leaves them is caught.
class built_message {
  public:
    explicit built_message(const message_spec& spec);

    block_view block(std::size_t index = 0) const { return block_view(layout_, layout_.blocks.at(index)); }

  private:
    exact_bytes bytes_;
    detail::message_layout layout_;
};

block_spec block_of(std::size_t rows, const std::vector<column_spec>& columns);
built_message one_block(std::size_t rows, const std::vector<column_spec>& columns);

/// The bytes of a value, as fixed_column takes them.
template <class T>
optional_number bits(T value) {
    std::uint64_t number = 0;
    std::memcpy(&number, &value, sizeof value);
    return number;
}

}  // namespace tmq::test
