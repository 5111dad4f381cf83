#pragma once

#include "embedded_server/net/http_message.hpp"
#include "embedded_server/sql/result.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace tmq::embedded::net {

/// Executes a statement. `database` is the default database; it may be empty.
using sql_function = std::function<sql::outcome(std::string_view statement, std::string_view database)>;

/// Answers POST /rest/sql and /rest/sql/DATABASE. Any other target or method gets 404. The request must
/// authenticate as `user`.
http_answer answer_rest(const http_request& request, std::string_view user, std::string_view password,
                        const sql_function& execute);

/// Writes the reply to a request on /ws, where clients of other languages ask for `version` and log in with
/// `conn`. Empty: no reply.
std::string answer_query_socket(std::string_view request, std::string_view user, std::string_view password,
                                std::string_view version);

}  // namespace tmq::embedded::net
