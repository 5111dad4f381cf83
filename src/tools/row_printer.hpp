#pragma once

#include "tmq/message.hpp"
#include "tools/table_printer.hpp"
#include "tools/text_sink.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace tmq::tools {

/// Prints messages to a stream: one JSON object per row, or an aligned table. Changes of tables come before
/// the rows, one line each. Takes a bounded amount of memory, however long the text of a message is.
class row_printer {
  public:
    row_printer(std::FILE* out, bool json) noexcept : out_(out), table_(out_), json_(json) {}
    row_printer(const row_printer&) = delete;
    row_printer& operator=(const row_printer&) = delete;

    /// Prints the first `limit` rows of the message and returns how many that were. Throws std::system_error
    /// when the stream does not take them (a closed pipe, a full disk).
    std::uint64_t print(const message& from, std::uint64_t limit);

  private:
    void print_place(const message& from);
    void print_meta(const message& from, const meta& change);
    void print_json_row(const message& from, const block_view& block, std::size_t row);

    text_sink out_;
    table_printer table_;
    bool json_;
};

}  // namespace tmq::tools
