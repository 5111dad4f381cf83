#pragma once

#include "tmq/config.hpp"

#include <map>
#include <string>

namespace tmq::test {

using fields = std::map<std::string, std::string>;

/// The arguments of the subscribe request that the configuration leads to, as a JSON reader sees them; those
/// of `config` are "config.<key>". Topics and req_id are left out. A value that is no string (of
/// list_instances: no bool) is a failure of the test.
fields subscribe_fields(const config& settings);

}  // namespace tmq::test
