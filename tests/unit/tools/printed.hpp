#pragma once

#include "tmq/message.hpp"
#include "tools/row_printer.hpp"

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::test {

/// A row_printer and what it has printed.
class printed {
  public:
    explicit printed(bool json);
    ~printed();
    printed(const printed&) = delete;
    printed& operator=(const printed&) = delete;

    /// The lines that a message adds.
    std::vector<std::string> lines_of(const message& from);
    std::string_view text() const { return {memory_, size_}; }

  private:
    char* memory_ = nullptr;
    std::size_t size_ = 0;
    std::FILE* file_;
    tools::row_printer printer_;
};

}  // namespace tmq::test
