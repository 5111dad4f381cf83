#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdio>
#include <string_view>

namespace tmq::tools {

/// Collects text for a stream and writes it in chunks of about 64 kB, so that its memory does not depend on
/// the amount of text. Text that is appended between two calls of write_when_full() is held whole: a cell at
/// most.
class text_sink {
  public:
    static constexpr std::size_t chunk_size = 64 * 1024;

    explicit text_sink(std::FILE* out) noexcept : out_(out) {}

    /// Returns the collected text, to append to.
    fmt::memory_buffer& text() noexcept { return text_; }
    /// Appends a text of any length, and writes full chunks. Throws as write_when_full().
    void append(std::string_view text);
    /// Appends `filler` `count` times, and writes full chunks. Throws as write_when_full().
    void fill(std::size_t count, char filler);

    /// Writes the collected text if it is a chunk.
    /// *Throws* std::system_error if the stream refuses the text (a closed pipe, a full disk).
    void write_when_full();
    /// Writes all text, and flushes the stream. Throws as write_when_full().
    void flush();

  private:
    void write();

    std::FILE* out_;
    fmt::memory_buffer text_;
};

}  // namespace tmq::tools
