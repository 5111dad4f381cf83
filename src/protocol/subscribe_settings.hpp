#pragma once

#include "protocol/request.hpp"
#include "tmq/config.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tmq::protocol {

/// What a configuration says in a subscribe request: what was not set is not sent. Holds the texts that the
/// request points to.
class subscribe_settings {
  public:
    explicit subscribe_settings(const config& settings);

    /// Points into this object and into the configuration and the topics.
    protocol::subscribe_request request(std::span<const std::string> topics) const;

  private:
    const config& settings_;
    std::string session_timeout_;
    std::string max_poll_interval_;
    std::string consume_excluded_;
    std::vector<std::pair<std::string, std::string>> map_;
};

}  // namespace tmq::protocol
