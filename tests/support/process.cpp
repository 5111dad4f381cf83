#include "support/process.hpp"

#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <utility>

extern char** environ;

namespace tmq::test {

process::process(std::vector<std::string> arguments) {
    int ends[2];
    if (pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    // An unlinked file takes any amount of stderr without a reader.
    std::FILE* file = std::tmpfile();
    if (file == nullptr) throw std::system_error(errno, std::generic_category(), "tmpfile");
    errors_ = dup(fileno(file));
    std::fclose(file);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors_, STDERR_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    std::vector<char*> argv;
    for (std::string& argument : arguments)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    const int failure = posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_ = ends[0];
    if (failure != 0) throw std::system_error(failure, std::generic_category(), arguments[0]);
}

process::~process() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    if (output_ >= 0) close(output_);
    if (errors_ >= 0) close(errors_);
}

bool process::fill(std::chrono::steady_clock::time_point deadline) {
    pollfd readable{output_, POLLIN, 0};
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0 || poll(&readable, 1, static_cast<int>(left)) == 0)
        throw std::runtime_error("no output in time, so far: " + buffer_);
    char bytes[65536];
    const ssize_t size = read(output_, bytes, sizeof bytes);
    if (size <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(size));
    return true;
}

std::string process::read_line(std::chrono::seconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    std::size_t end = 0;
    while ((end = buffer_.find('\n')) == std::string::npos) {
        if (!fill(deadline)) return std::exchange(buffer_, {});
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return line;
}

std::vector<std::string> process::read_lines(std::chrono::seconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (fill(deadline)) {
    }
    std::vector<std::string> lines;
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = buffer_.find('\n', begin)) != std::string::npos; begin = end + 1)
        lines.push_back(buffer_.substr(begin, end - begin));
    if (begin < buffer_.size()) lines.push_back(buffer_.substr(begin));
    buffer_.clear();
    return lines;
}

std::string process::errors() const {
    std::string text;
    char bytes[4096];
    off_t at = 0;
    for (ssize_t size = 0; (size = pread(errors_, bytes, sizeof bytes, at)) > 0; at += size)
        text.append(bytes, static_cast<std::size_t>(size));
    return text;
}

void process::signal(int number) const { kill(pid_, number); }

int process::wait(std::chrono::seconds limit) {
    // A descriptor that becomes readable when the process ends: waiting with a limit, without asking again
    // and again.
    const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    pollfd ended{handle, POLLIN, 0};
    const int ready = poll(&ended, 1, static_cast<int>(std::chrono::milliseconds(limit).count()));
    close(handle);
    if (ready <= 0) throw std::runtime_error("the process does not end");
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace tmq::test
