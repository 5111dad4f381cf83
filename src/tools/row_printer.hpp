#pragma once

#include "tmq/message.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace tmq::tools {

/// Prints messages to a stream: one JSON object per row, or an aligned table whose header comes again when the columns change. Changes of
/// tables come before the rows, one line each.
class row_printer {
  public:
    row_printer(std::FILE* out, bool json) : out_(out), json_(json) {}

    /// Prints the first `limit` rows of the message and returns how many that were. Throws std::system_error when the
    /// stream does not take them (a closed pipe, a full disk).
    std::uint64_t print(const message& from, std::uint64_t limit);

  private:
    void add_place(const message& from);
    void add_meta(const message& from, const meta& change);
    void add_json_row(const message& from, const block_view& block, std::size_t row);
    void add_table(const block_view& block, std::size_t rows);

    std::FILE* out_;
    bool json_;
    fmt::memory_buffer text_;
    std::string header_;               ///< names of the columns printed last
    std::vector<std::size_t> widths_;  ///< of the same columns; they only grow, so that rows stay below each other
};

}  // namespace tmq::tools
