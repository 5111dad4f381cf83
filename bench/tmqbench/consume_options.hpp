#pragma once

#include "tmq/config.hpp"
#include "tmqbench/arguments.hpp"
#include "tmqbench/touch.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tmq::bench {

struct consume_options {
    config settings;
    std::string group;
    std::string topic;
    std::uint64_t rows = 0;
    std::string mode_name = "rows";
    touch_mode mode = touch_mode::rows;
    bool commit = false;
    std::chrono::microseconds work{0};
    std::size_t consumers = 1;
    bool own_groups = false;
    std::size_t threads = 1;
};

/// Throws usage_error; tmq::error for settings that the library refuses.
consume_options parse_consume_options(arguments& args);

}  // namespace tmq::bench
