#pragma once

#include "protocol/request.hpp"
#include "tmq/config.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tmq::protocol {

/// Translates a configuration into a subscribe request. A setting without a value is not sent.
///
/// *Lifetime*: `settings` must outlive this object, which holds the texts that the request points to.
class subscribe_settings {
  public:
    explicit subscribe_settings(const config& settings);

    /// Returns a request that points into this object, the configuration and `topics`.
    protocol::subscribe_request request(std::span<const std::string> topics) const;

  private:
    const config& settings_;
    std::string session_timeout_;
    std::string max_poll_interval_;
    std::string consume_excluded_;
    std::vector<std::pair<std::string, std::string>> map_;
};

}  // namespace tmq::protocol
