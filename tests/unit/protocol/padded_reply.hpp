#pragma once

#include "protocol/reply.hpp"
#include "support/bytes.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tmq::test {

/// A text with exactly reply_padding bytes behind it, the last of its allocation.
class padded_reply {
  public:
    /// `behind` is repeated as the padding, whose values must not matter.
    explicit padded_reply(std::string_view text, std::string_view behind = " ");

    std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.view().data()), size_}; }

  private:
    std::size_t size_;
    exact_bytes bytes_;
};

std::string name_of(base::defect_code code);

}  // namespace tmq::test
