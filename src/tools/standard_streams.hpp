#pragma once

namespace tmq::tools {

/// Puts /dev/null in the place of stdin, stdout and stderr that are closed, so that no file or socket becomes
/// one of them. What is written to a stdout that was closed is still refused.
void occupy_standard_streams() noexcept;

}  // namespace tmq::tools
