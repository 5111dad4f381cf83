#pragma once

#include "support/message_builder.hpp"
#include "tmq/block.hpp"
#include "tmq/detail/layout.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
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

/// The least and the greatest number of a type, and those around zero.
template <class T>
std::vector<T> extremes() {
    return {std::numeric_limits<T>::lowest(), static_cast<T>(-1), T{0}, T{1}, std::numeric_limits<T>::max()};
}

}  // namespace tmq::test
