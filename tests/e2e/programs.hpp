// tmqsim and tmqcat as processes.
#pragma once

#include "support/process.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace tmq::test {

inline std::string program(const char* name) { return std::string(TMQ_BIN) + "/" + name; }

/// A running tmqsim.
class simulator {
  public:
    explicit simulator(std::vector<std::string> arguments) : process_(with_program(std::move(arguments))) {
        const std::string line = process_.read_line();
        EXPECT_EQ(line.rfind("listening on ", 0), 0U) << line;
        url = "ws://127.0.0.1:" + line.substr(std::string("listening on ").size());
    }
    std::uint16_t port() const {
        return static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
    }
    int stop() {
        process_.signal(SIGTERM);
        return process_.wait();
    }
    std::string url;

  private:
    static std::vector<std::string> with_program(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {program("tmqsim"), "--port", "0"});
        return arguments;
    }
    process process_;
};

class temporary_file {
  public:
    explicit temporary_file(const std::string& content) {
        const int file = ::mkstemp(path_.data());
        EXPECT_EQ(::write(file, content.data(), content.size()), static_cast<ssize_t>(content.size()));
        ::close(file);
    }
    ~temporary_file() { ::unlink(path_.c_str()); }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    const std::string& path() const { return path_; }

  private:
    std::string path_ = ::testing::TempDir() + "tmqXXXXXX";
};

struct output {
    int status = 0;
    std::vector<std::string> lines;
    std::string errors;
};

/// Runs a program, `arguments[0]`, to its end.
inline output output_of(std::vector<std::string> arguments) {
    process child(std::move(arguments));
    output result;
    result.lines = child.read_lines();
    result.status = child.wait();
    result.errors = child.errors();
    return result;
}

/// A command line of tmqcat. With -e its vgroups need not be the same for long, unless `arguments` say so.
inline std::vector<std::string> tmqcat_line(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {program("tmqcat"), "--settle", "0.1"});
    return arguments;
}

inline output tmqcat(std::vector<std::string> arguments) {
    return output_of(tmqcat_line(std::move(arguments)));
}

/// An empty directory, removed with what it holds at the end.
class temporary_directory {
  public:
    temporary_directory() { EXPECT_NE(::mkdtemp(path_.data()), nullptr); }
    ~temporary_directory() { std::filesystem::remove_all(path_); }
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;
    std::string operator/(const char* name) const { return path_ + "/" + name; }
    const std::string& path() const { return path_; }

  private:
    std::string path_ = ::testing::TempDir() + "tmqXXXXXX";
};

inline std::string content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in) << path;
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tmq::test
