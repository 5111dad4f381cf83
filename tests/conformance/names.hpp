#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tmq::test {

/// Who makes names: what tells two runs of the suite apart on one server.
struct name_maker {
    std::uint32_t minute = 0;  ///< when the process began, in minutes since 1970
    std::uint32_t host = 0;    ///< 16 bits of the machine's name
    std::uint32_t process = 0;
};

/// This process.
const name_maker& this_process();

/// A name of a database, topic or group that nobody has: "tmqtest_" and what `name_maker` says, all in
/// lowercase letters, digits and underscores.
std::string unique_name();
std::string make_name(const name_maker& maker, std::uint32_t counter);

/// Whether a name was made by a run that ended without clearing up: on this machine by a process that is no
/// more, on another an hour ago.
bool is_leftover(std::string_view name);

}  // namespace tmq::test
