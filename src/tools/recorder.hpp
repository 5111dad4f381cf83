#pragma once

#include "tmq/traffic.hpp"
#include "tmq/types.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace tmq::tools {

/// Writes a conversation to a file, one JSON object per line, in the form that `tmqsim --replay` reads.
/// What it is given has no secrets, see traffic_secrets::hidden.
class recorder {
  public:
    /// Creates the file, or truncates it.
    /// *Throws* std::system_error if it cannot be written.
    explicit recorder(const std::string& path);

    void write(const traffic& message);
    /// Closes the file. Returns false if not everything could be written.
    bool close();

  private:
    void write_text(std::string_view text);
    void write_hex(bytes_view bytes);

    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

}  // namespace tmq::tools
