#pragma once

#include <exception>

namespace tmq::tools {

enum exit_status : int { done = 0, usage = 1, connection_failed = 2, bad_data = 3 };

/// Says why the program ends, and returns its exit status. `has_connected`: a server had its part in it, so
/// that it is no mistake in the command line.
exit_status explain_end(const std::exception_ptr& failure, bool has_connected);

}  // namespace tmq::tools
