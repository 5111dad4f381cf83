#pragma once

#include "support/process.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <csignal>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tmq::test {

struct output {
    int status = 0;
    std::string line;  ///< all that was printed
    std::string errors;
};

/// Runs a program of the bench to its end.
inline output run_program(const std::string& name, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), std::string(TMQ_BIN) + "/" + name);
    process child(std::move(arguments));
    output result;
    for (const std::string& line : child.read_lines())
        result.line += line;
    result.status = child.wait();
    result.errors = child.errors();
    return result;
}

/// `drain` ends with 2 when it is to read more messages than the topic `bench` has, or of a topic that the
/// server does not have.
inline void expect_drain_to_miss(const std::string& port, const std::string& too_many) {
    const output failed = run_program(
        "drain", {"--port", port, "--topic", "bench", "--messages", too_many, "--rows", too_many});
    EXPECT_EQ(failed.status, 2);
    EXPECT_NE(failed.errors.find("no more messages"), std::string::npos) << failed.errors;
    const output refused =
        run_program("drain", {"--port", port, "--topic", "no_such", "--messages", "1", "--rows", "1"});
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.errors.find("Topic not exist"), std::string::npos) << refused.errors;
}

/// The line of results that a program has printed.
class result {
  public:
    explicit result(const output& printed) {
        EXPECT_EQ(printed.status, 0) << printed.errors;
        const simdjson::error_code failure = parser_.parse(printed.line).get(object_);
        EXPECT_EQ(failure, simdjson::SUCCESS) << printed.line;
    }
    std::int64_t integer(const char* key) const { return object_[key].get_int64(); }
    double number(const char* key) const { return object_[key].get_double(); }
    std::string text(const char* key) const { return std::string(object_[key].get_string().value()); }

  private:
    simdjson::dom::parser parser_;
    simdjson::dom::element object_;
};

/// A running server that says on which port it listens.
class server_program {
  public:
    server_program(const std::string& name, std::vector<std::string> arguments)
        : process_(with_path(name, std::move(arguments))) {
        const std::string line = process_.read_line();
        EXPECT_EQ(line.rfind("listening on ", 0), 0U) << line;
        port = line.substr(std::string("listening on ").size());
        url = "ws://127.0.0.1:" + port;
    }
    int stop(int signal = SIGTERM) {
        process_.signal(signal);
        return process_.wait();
    }
    /// What it has written to stderr; after stop().
    std::string errors() const { return process_.errors(); }
    std::string port;
    std::string url;

  private:
    static std::vector<std::string> with_path(const std::string& name, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), std::string(TMQ_BIN) + "/" + name);
        return arguments;
    }
    process process_;
};

/// A running `tmqbench serve`.
class bench_server : public server_program {
  public:
    explicit bench_server(std::vector<std::string> arguments)
        : server_program("tmqbench", with_command(std::move(arguments))) {}

  private:
    static std::vector<std::string> with_command(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "serve");
        return arguments;
    }
};

}  // namespace tmq::test
