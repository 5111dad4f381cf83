#pragma once

#include <string_view>

namespace tmq::ws {

/// What is wrong with a server's answer to the offer "permessage-deflate; server_no_context_takeover;
/// client_no_context_takeover" (RFC 7692 7.1): the value of Sec-WebSocket-Extensions, not empty. Empty when
/// it may be accepted.
std::string_view deflate_objection(std::string_view extensions) noexcept;

}  // namespace tmq::ws
