#pragma once

#include "tmq/config.hpp"

#include <string>
#include <vector>

namespace tmq::settings {

/// Replaces the passwords and tokens of `settings` in the text of a server, which may repeat what it was
/// sent. Call it before the text is cut or cleaned: half a secret is harder to find. Takes time in proportion
/// to the text.
void hide_secrets(std::string& text, const config& settings);

/// Replaces passwords and tokens in whole messages of a conversation, for config::on_traffic.
class redactor {
  public:
    explicit redactor(const config& settings);

    /// Replaces the values of the members of a request that carry a secret, however short.
    void redact_request(std::string& text) const;
    /// Replaces secrets in a reply with an error, which may repeat what it was sent. Other replies are left:
    /// a database may well have the name of a password.
    void redact_reply(std::string& text) const;

  private:
    std::vector<std::string> secrets_;  ///< every form in which a server may repeat them
};

/// Returns the path of the upgrade request, with the token of TDengine Cloud if there is one.
std::string upgrade_target(const config& settings);

}  // namespace tmq::settings
