#pragma once

#include "tmq/config.hpp"

#include <string>

namespace tmq::settings {

/// Blots out the passwords and tokens of a configuration in what a server said, which may repeat what it was
/// sent. Before the text is cut or cleaned: half a secret is harder to find. Takes time in proportion to the
/// text.
void hide_secrets(std::string& text, const config& settings);

/// The path of the upgrade, with the token of TDengine Cloud.
std::string upgrade_target(const config& settings);

}  // namespace tmq::settings
