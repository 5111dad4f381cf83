#pragma once

#include <string>

namespace tmq::embedded::net {

/// Parts of an HTTP request without an upgrade that a reply depends on.
struct http_request {
    std::string method;
    std::string target;
    std::string authorization;  ///< Empty: no such field.
    std::string body;
};

struct http_answer {
    unsigned status = 200;
    std::string json;  ///< Empty: no body.
};

}  // namespace tmq::embedded::net
