#pragma once

#include "tmq/message.hpp"
#include "tools/table_printer.hpp"
#include "tools/text_sink.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace tmq::tools {

/// Prints messages to a stream: one JSON object per row, or an aligned table. Prints table changes before the
/// rows, one line each. Its memory is bounded, however long the text of a message is.
class row_printer {
  public:
    row_printer(std::FILE* out, bool json) noexcept : out_(out), table_(out_), json_(json) {}
    row_printer(const row_printer&) = delete;
    row_printer& operator=(const row_printer&) = delete;

    /// Prints at most `limit` rows of the message, and returns their number.
    /// *Throws* std::system_error if the stream refuses them (a closed pipe, a full disk).
    std::uint64_t print(const message& source, std::uint64_t limit);

  private:
    void print_position(const message& source);
    void print_meta(const message& source, const meta& change);
    void print_json_row(const message& source, const block_view& block, std::size_t row);

    text_sink out_;
    table_printer table_;
    bool json_;
};

}  // namespace tmq::tools
