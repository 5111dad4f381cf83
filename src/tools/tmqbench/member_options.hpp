#pragma once

#include "tmq/config.hpp"
#include "tools/tmqbench/arguments.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace tmq::tools::tmqbench {

/// What the commands with consumers have in common: of what, how many, and how.
struct member_options {
    /// A group for this process alone, unless one is named.
    member_options();

    /// Reads the option at hand; false when it is none of these. Throws usage_error.
    bool read(arguments& args);
    /// To be called behind the last one. Throws usage_error when one is missing; tmq::error for settings that
    /// the library refuses.
    void complete();

    config settings;
    std::string group;
    std::string topic;
    std::size_t consumers = 1;
    std::size_t threads = 1;

  private:
    std::string url_;
    std::optional<std::uint64_t> prefetch_;
    bool compress_ = false;
};

}  // namespace tmq::tools::tmqbench
