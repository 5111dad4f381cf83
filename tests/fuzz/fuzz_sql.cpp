// SQL statements as /rest/sql takes them: read, and executed where some tables are.
#include "embedded_server/broker/broker.hpp"
#include "embedded_server/sql/executor.hpp"
#include "embedded_server/sql/parser.hpp"
#include "fuzz.hpp"

#include <chrono>
#include <variant>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tmq;
    const fuzz::exact_copy input({data, size});
    const std::string_view text(reinterpret_cast<const char*>(input.get().data()), size);
    const auto read = embedded::sql::parse(text);
    const auto* const refused = std::get_if<embedded::sql::error>(&read);
    if (refused) {
        fuzz::require(refused->code == embedded::sql::syntax_error,
                      "a parser refuses nothing but the syntax");
        return 0;
    }
    embedded::broker::broker broker{testing::server_options().version("3.4.1.6")};
    embedded::sql::executor executor(broker);
    const auto run = [&executor](std::string_view statement, std::string_view database) {
        return executor.execute(statement, database,
                                std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000)));
    };
    for (const std::string_view statement :
         {"create database d vgroups 1",
          "create stable d.s (ts timestamp, v int, w varchar(8), g geometry(99), b varbinary(8)) tags (t "
          "int, n nchar(8))",
          "create table d.a using d.s tags (1, 'x')", "create table d.n (ts timestamp, x double)",
          "create topic o with meta as database d"})
        fuzz::require(std::holds_alternative<embedded::sql::result>(run(statement, {})),
                      "the tables can be made");
    fuzz::require(!embedded::sql::to_json(run(text, "d")).empty(), "every statement has an answer");
    fuzz::require(std::holds_alternative<embedded::sql::result>(run("show topics", {})),
                  "the next statement is executed");
    return 0;
}
