#pragma once

#include "tmq/config.hpp"
#include "tmq/traffic.hpp"
#include "tmq/types.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::tools {

/// Writes a conversation to a file, one JSON object per line, in the form that `tmqsim --replay` reads.
/// Replaces passwords and tokens by "***".
class recorder {
  public:
    /// Creates the file, or truncates it.
    /// *Throws* std::system_error if it cannot be written.
    recorder(const std::string& path, const config& settings);

    void write(const traffic& message);
    /// Closes the file. Returns false if not everything could be written.
    bool close();

  private:
    void write_text(std::string_view text);
    void write_hex(bytes_view bytes);
    std::string without_secrets(const traffic& message) const;

    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    std::vector<std::string> secrets_;  ///< every form in which a server may repeat them
};

}  // namespace tmq::tools
