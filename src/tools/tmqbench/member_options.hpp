#pragma once

#include "tmq/config.hpp"
#include "tools/arguments.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace tmq::tools::tmqbench {

/// Options shared by the commands with consumers.
struct member_options {
    /// Sets a default group that is unique to this process.
    member_options();

    /// Reads the current option. Returns false if it is none of these.
    /// *Throws* usage_error.
    bool read(arguments& args);
    /// Applies the options; call it after the last one.
    /// *Throws* usage_error if a required one is missing, or tmq::error for settings that the library
    /// refuses.
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
