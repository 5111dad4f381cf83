#pragma once

#include "tmq/config.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tmq::tools {

/// What the command line of tmqcat asks for.
struct tmqcat_options {
    config settings;
    std::vector<std::string> topics;
    bool exit_at_end = false;
    bool json = false;
    bool commit = false;  ///< each message after it was printed
    bool stats = false;
    std::optional<std::string> record;  ///< where the conversation is written to
    std::uint64_t max_rows = std::numeric_limits<std::uint64_t>::max();
    std::optional<std::chrono::milliseconds> idle_timeout;
    std::chrono::milliseconds settle_time{
        2'000};  ///< for which the vgroups must have been the same at the end

    /// Whether anything is committed. A message is the unit of that, so it has to be printed whole.
    bool commits() const noexcept { return commit || settings.auto_commit(); }
};

/// The options, or the exit code when there is nothing to do: 0 after --help (printed to stdout), 1 after a
/// usage error (to stderr).
struct parsed_options {
    std::optional<tmqcat_options> options;
    int exit_code = 0;
};
parsed_options parse_tmqcat_options(int argc, char** argv);

}  // namespace tmq::tools
