#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace tmq::test {

/// A child process whose stdout is read by the test. Ended with SIGKILL when it still runs at the end of its
/// scope.
class process {
  public:
    /// `arguments[0]` is the path of the program. Throws std::system_error.
    explicit process(std::vector<std::string> arguments);
    ~process();
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    /// The next line of stdout without its end; empty at the end of the stream. Throws std::runtime_error
    /// when none comes in time.
    std::string read_line(std::chrono::seconds limit = std::chrono::seconds(20));
    /// All lines that are left.
    std::vector<std::string> read_lines(std::chrono::seconds limit = std::chrono::seconds(60));
    /// What was written to stderr until the end of the process, which must have been waited for.
    std::string errors() const;
    void signal(int number) const;
    /// Exit status, or 128 + the signal that ended it. Throws std::runtime_error when it does not end in
    /// time.
    int wait(std::chrono::seconds limit = std::chrono::seconds(20));

  private:
    bool fill(std::chrono::steady_clock::time_point deadline);

    pid_t pid_ = -1;
    int output_ = -1;
    int errors_ = -1;
    std::string buffer_;
};

}  // namespace tmq::test
