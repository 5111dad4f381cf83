#pragma once

#include "tools/tmqbench/member_options.hpp"
#include "tools/tmqbench/touch.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace tmq::tools::tmqbench {

struct consume_options : member_options {
    std::uint64_t rows = 0;
    std::string mode_name = "rows";
    touch_mode mode = touch_mode::rows;
    bool commit = false;
    std::chrono::microseconds work{0};
    bool own_groups = false;
};

/// Parses the options of consume.
/// *Throws* usage_error, or tmq::error for settings that the library refuses.
consume_options parse_consume_options(arguments& args);

}  // namespace tmq::tools::tmqbench
