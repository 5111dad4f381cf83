#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tmq::bench {

/// One thing to be timed, and to have its instructions counted. A pass is long enough to hide the call, and
/// the same each time.
struct measure {
    std::string name;
    std::string item;  ///< what a pass goes through: "row", "block"
    std::uint64_t items = 1;
    std::uint64_t bytes = 0;  ///< read by a pass, for throughput; 0 when that says nothing
    std::function<void()> pass;
};

std::vector<measure> validation_measures();
std::vector<measure> column_measures();
std::vector<measure> row_measures();
std::vector<measure> nchar_measures();
std::vector<measure> decimal_measures();
std::vector<measure> inflate_measures();
std::vector<measure> ws_measures();
std::vector<measure> json_measures();
std::vector<measure> request_measures();

}  // namespace tmq::bench
