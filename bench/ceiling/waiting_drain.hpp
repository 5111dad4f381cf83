#pragma once

#include "ceiling/plain_requests.hpp"
#include "ceiling/plain_web_socket.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ceiling {

/// `drain` for a topic that grows: it waits for messages, in one poll after the other, and fetches each as
/// soon as it is announced. The earliest that a client can have them.
class waiting_drain {
  public:
    waiting_drain(const std::string& host, std::uint16_t port, const login& as, const std::string& topic,
                  const std::string& group);

    /// The reply that brings the next message, until the next call; empty when a poll has waited in vain.
    /// Throws std::runtime_error when the server refuses, and when it says nothing for ten seconds.
    std::string_view next();
    void unsubscribe();

  private:
    std::vector<char> buffer_;
    plain_web_socket server_;
    std::string request_;
    std::uint64_t id_ = 1;
    std::uint64_t message_ = 0;
};

}  // namespace ceiling
