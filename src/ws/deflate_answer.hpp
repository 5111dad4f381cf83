#pragma once

#include <string_view>

namespace tmq::ws {

/// Checks a server's answer to the offer "permessage-deflate; server_no_context_takeover;
/// client_no_context_takeover" (RFC 7692 7.1). `extensions` is the value of Sec-WebSocket-Extensions and not
/// empty. Returns the objection, or an empty text if the answer can be accepted.
std::string_view deflate_objection(std::string_view extensions) noexcept;

}  // namespace tmq::ws
