// What a message costs between its last byte and the application: every length, count and offset is checked,
// and where columns lie is written down. Fixed-width columns are not looked into; offsets of variable ones
// are checked row by row, NCHAR becomes UTF-8.
#include "micro/meter_block.hpp"
#include "micro/parsing.hpp"

namespace tmq::bench {

std::vector<measure> validation_measures() {
    std::vector<measure> all;
    for (const std::size_t rows : {std::size_t{10}, std::size_t{100}, std::size_t{1000}, std::size_t{10000}})
        all.push_back(parsing("validate/fixed/rows:" + std::to_string(rows), "block", 1,
                              message_of(fixed_meters(rows))));
    all.push_back(parsing("validate/fixed/blocks:100", "block", 100, message_of(fixed_meters(100), 100)));
    all.push_back(parsing("validate/small", "message", 1, message_of(varchar_meters(1))));
    all.push_back(parsing("validate/varchar/rows:10000", "row", 10000, message_of(varchar_meters(10000))));
    all.push_back(parsing("validate/nchar/rows:10000", "row", 10000, message_of(nchar_meters(10000))));
    return all;
}

}  // namespace tmq::bench
