#pragma once

#include "tmq/config.hpp"

#include <string>

namespace tmq::settings {

/// Replaces the passwords and tokens of `settings` in the text of a server, which may repeat what it was
/// sent. Call it before the text is cut or cleaned: half a secret is harder to find. Takes time in proportion
/// to the text.
void hide_secrets(std::string& text, const config& settings);

/// Returns the path of the upgrade request, with the token of TDengine Cloud if there is one.
std::string upgrade_target(const config& settings);

}  // namespace tmq::settings
