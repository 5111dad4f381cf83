#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tmq::test {

/// What came of an SQL statement.
struct sql_result {
    unsigned http_status = 0;
    std::int64_t code = -1;  ///< 0: success; -1: no reply in JSON
    std::string text;        ///< what the server says about a failure
    /// Rows of columns, as text: strings as they are, everything else as JSON.
    std::vector<std::vector<std::string>> data;
};

/// SQL over taosAdapter's /rest/sql: one blocking request per connection. Throws std::runtime_error when
/// there is no answer.
class rest_client {
  public:
    rest_client(std::string host, std::uint16_t port, std::string_view user, std::string_view password);

    sql_result run(std::string_view statement, std::chrono::seconds timeout = std::chrono::seconds(60)) const;

  private:
    std::string host_;
    std::uint16_t port_;
    std::string authorization_;
};

}  // namespace tmq::test
