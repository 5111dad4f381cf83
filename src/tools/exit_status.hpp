#pragma once

#include <exception>

namespace tmq::tools {

enum exit_status : int { success = 0, usage = 1, connection_failed = 2, bad_data = 3 };

/// Prints the reason why the program ends to stderr, and returns its exit status. `has_connected`: a server
/// was reached, so the reason is not a mistake in the command line.
exit_status explain_end(const std::exception_ptr& failure, bool has_connected);

}  // namespace tmq::tools
