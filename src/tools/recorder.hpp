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

/// Writes a conversation to a file, one JSON object per line, as tmqsim serves it again. Passwords and tokens
/// are not in it.
class recorder {
  public:
    /// Throws std::system_error when the file cannot be written. What it holds is lost.
    recorder(const std::string& path, const config& settings);

    void hear(const traffic& message);
    /// Whether everything could be written.
    bool finish();

  private:
    void write(std::string_view text);
    void write_hex(bytes_view bytes);
    std::string without_secrets(const traffic& message) const;

    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    std::vector<std::string> secrets_;  ///< in every form in which a server may repeat them
};

}  // namespace tmq::tools
