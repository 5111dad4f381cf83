#pragma once

#include "ceiling/plain_socket.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// What every plain client of /rest/tmq says, and what it looks for in the replies.
namespace ceiling {

/// Makes a WebSocket of the connection, and returns the head of the answer. `more`: header lines besides,
/// each with its end. Throws std::runtime_error when the server does not switch.
std::string upgrade(plain_socket& socket, std::string_view more = {});

/// Makes `frame` one of text. Its mask is zero, which leaves the bytes as they are.
void write_text_frame(std::string& frame, std::string_view text);

struct login {
    std::string user = "root";
    std::string password = "taosdata";
};

/// The whole topic, from its beginning.
std::string subscribe_request(const std::string& topic, const std::string& group, const login& as = {});
/// Both make `request` the text of one. `message`: the one that was received last, 0 before the first.
void write_poll(std::string& request, std::uint64_t req_id, std::uint64_t message);
void write_fetch(std::string& request, std::uint64_t req_id, std::uint64_t message);

/// The message that the reply to a poll brings; 0 when there is none.
std::uint64_t find_message(std::string_view reply) noexcept;
/// The same. Throws std::runtime_error when there is none.
std::uint64_t message_id(std::string_view reply);

}  // namespace ceiling
