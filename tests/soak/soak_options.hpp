#pragma once

#include "tmq/config.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tmq::soak {

enum class transport : std::uint8_t { plain, tls, compressed };

/// What one run does.
struct run_options {
    std::uint64_t rows = 20'000;
    std::size_t cuts = 100;
    std::uint64_t seed = 1;
    bool auto_commit = false;
    std::size_t commit_every = 10;  ///< messages; without auto commit
    std::size_t prefetch = 1;
    offset_reset start = offset_reset::earliest;
    transport over = transport::plain;
    std::uint64_t messages =
        0;  ///< other than 0: the rows are read again and again until so many messages were delivered
    unsigned patience = 60;  ///< seconds without progress
    bool trace = false;      ///< what happens goes to stderr

    /// "auto prefetch 8 latest tls".
    std::string describe() const;
};

enum class matrix : std::uint8_t { quick, short_runs, long_runs };

struct options {
    run_options run;
    std::optional<matrix> all;

    /// The runs that were asked for.
    std::vector<run_options> runs() const;
};

/// Throws std::runtime_error for what it does not know.
options parse(int argc, char** argv);
const char* usage() noexcept;

}  // namespace tmq::soak
