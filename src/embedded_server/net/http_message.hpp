#pragma once

#include <string>

namespace tmq::embedded::net {

/// What matters of an HTTP request that asks for no WebSocket.
struct http_request {
    std::string method;
    std::string target;
    std::string authorization;  ///< empty: none
    std::string body;
};

struct http_answer {
    unsigned status = 200;
    std::string json;  ///< empty: no body
};

}  // namespace tmq::embedded::net
