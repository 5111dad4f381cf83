#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdio>
#include <string_view>

namespace tmq::tools {

/// Gathers text for a stream and passes it on some 64 kB at a time, so that the memory in use does not depend
/// on how much is written. What is appended between two calls of pass_on_when_full() is held whole: at most a
/// cell.
class text_sink {
  public:
    static constexpr std::size_t enough = 64 * 1024;

    explicit text_sink(std::FILE* out) noexcept : out_(out) {}

    /// The text that is gathered, to append to.
    fmt::memory_buffer& text() noexcept { return text_; }
    /// For texts of any length: passes on what makes a chunk, with the exceptions of pass_on_when_full().
    void append(std::string_view text);
    void fill(std::size_t count, char with);

    /// Throws std::system_error when the stream does not take the text (a closed pipe, a full disk).
    void pass_on_when_full();
    /// Passes everything on, through the buffer of the stream too. Throws as pass_on_when_full().
    void flush();

  private:
    void pass_on();

    std::FILE* out_;
    fmt::memory_buffer text_;
};

}  // namespace tmq::tools
