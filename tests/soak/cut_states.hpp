#pragma once

#include "support/fault_proxy.hpp"
#include "tmq/testing/server.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace tmq::soak {

/// In which state of the conversation connections were cut: by the request that the server had got and whose
/// reply the consumer had not. "connect" is TCP, TLS and the upgrade, "sending" a request of which the server
/// has a part at most, "idle" none at all. May be called from any thread.
class cut_states {
  public:
    explicit cut_states(const testing::server& server) : server_(server) {}

    /// A new connection.
    void opened();
    /// A line of the consumer's log, which tells of replies.
    void logged(std::string_view line);
    void cut(const test::link_cut& what);

    /// "poll 20 subscribe 3".
    std::string summary() const;

  private:
    static constexpr std::array<std::string_view, 10> actions = {
        "version",       "subscribe", "assignment", "seek",        "fetch_raw_data",
        "commit_offset", "committed", "position",   "unsubscribe", "poll"};
    using per_action = std::array<std::size_t, actions.size()>;
    per_action requests() const;

    const testing::server& server_;
    mutable std::mutex mutex_;
    per_action requests_before_{};
    per_action replies_{};
    std::map<std::string, std::size_t> cuts_;
};

}  // namespace tmq::soak
