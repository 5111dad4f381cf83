#pragma once

namespace tmq::tools {

/// Opens /dev/null for each of stdin, stdout and stderr that is closed, so that no file or socket gets its
/// number. A write to a stdout that was closed still fails.
void occupy_standard_streams() noexcept;

}  // namespace tmq::tools
