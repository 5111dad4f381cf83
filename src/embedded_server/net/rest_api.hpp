#pragma once

#include "embedded_server/net/http_message.hpp"
#include "embedded_server/sql/result.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace tmq::embedded::net {

/// Executes a statement, in a database or in none.
using sql_function = std::function<sql::outcome(std::string_view statement, std::string_view database)>;

/// Answers POST /rest/sql and /rest/sql/DATABASE for who proves to be this user; 404 to anything else.
http_answer answer_rest(const http_request& request, std::string_view user, std::string_view password,
                        const sql_function& execute);

/// The reply to a request on /ws, where the clients of other languages ask for `version` and say who they are
/// with `conn`; empty when there is none.
std::string answer_query_socket(std::string_view request, std::string_view user, std::string_view password,
                                std::string_view version);

}  // namespace tmq::embedded::net
