#pragma once

#include "tmq/config.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tmq::tools {

/// The command line of tmqcat.
struct tmqcat_options {
    config settings;
    std::vector<std::string> topics;
    bool exit_at_end = false;
    bool json = false;
    bool commit = false;  ///< commits each message after its rows were printed
    bool stats = false;
    std::optional<std::string> record;  ///< file for the conversation
    std::uint64_t max_rows = std::numeric_limits<std::uint64_t>::max();
    std::optional<std::chrono::milliseconds> idle_timeout;
    /// Time for which the vgroups must not change before the end.
    std::chrono::milliseconds settle_time{2'000};

    /// True if anything is committed. A message is the unit of commit, so it must be printed whole then.
    bool commits() const noexcept { return commit || settings.auto_commit(); }
};

/// The options, or the exit code if there is nothing to do: 0 if --help was printed to stdout, 1 if a usage
/// error was printed to stderr.
struct parsed_options {
    std::optional<tmqcat_options> options;
    int exit_code = 0;
};
/// Parses the command line. Prints the help, or usage errors.
parsed_options parse_tmqcat_options(int argc, char** argv);

}  // namespace tmq::tools
