#pragma once

#include "tmq/block.hpp"
#include "tools/column_widths.hpp"
#include "tools/text_sink.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <vector>

namespace tmq::tools {

/// Prints rows as an aligned table. Repeats the header when the columns change. Aligns the rows in chunks of
/// about 64 kB: a wide cell widens its column for its chunk and the next ones, not for ever.
class table_printer {
  public:
    explicit table_printer(text_sink& out) noexcept : out_(out) {}

    /// Prints the first `rows` rows.
    void print(const block_view& block, std::size_t rows);

  private:
    class lines;

    std::size_t print_chunk(const lines& table, std::size_t first, std::size_t end);
    std::size_t measure(const lines& table, std::size_t first, std::size_t end);
    void print_line(const lines& table, std::size_t line, const std::size_t* cell_widths);
    void print_rule();

    text_sink& out_;
    std::string header_;  ///< names of the last columns, printable
    column_widths widths_{text_sink::chunk_size};
    std::vector<std::size_t> cell_widths_;  ///< of the next lines to print, line by line
    fmt::memory_buffer scratch_;
};

}  // namespace tmq::tools
