// error: no member named .*new_name
#include "tmq/tmq.hpp"

#include <string>

std::string read(const tmq::alterations::add_column& added) { return added.new_name; }
