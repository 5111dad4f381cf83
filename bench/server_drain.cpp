// How fast the embedded server gives its messages away, and what they cost it: a client of plain blocking
// sockets, which does nothing with them, drains a server in a process of its own.
//
//   server_drain [--connections N] [--messages N] [--rows N] [--waiting N]
//
// Each of the connections (default 1) is alone in its group, polls and fetches so many messages (default
// 1000) of so many rows (default 20000, about 1 MiB). In addition so many connections (default 0) wait for
// data in a poll the whole time.

#include "ceiling/plain_requests.hpp"
#include "ceiling/plain_web_socket.hpp"
#include "tmq/testing/meters.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct parameters {
    std::size_t connections = 1;
    std::size_t messages = 1000;
    std::size_t rows = 20000;
    std::size_t waiting = 0;
};

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

/// The server in a process of its own, which tells the CPU time it has used so far.
class server_process {
  public:
    explicit server_process(const parameters& with) {
        int to[2], from[2];
        if (::pipe(to) != 0 || ::pipe(from) != 0) fail("pipe");
        process_ = ::fork();
        if (process_ < 0) fail("fork");
        if (process_ == 0) {
            ::close(to[1]);
            ::close(from[0]);
            serve(with, to[0], from[1]);
            ::_exit(0);
        }
        ::close(to[0]);
        ::close(from[1]);
        requests_ = to[1];
        answers_ = from[0];
        port_ = static_cast<std::uint16_t>(answer());
    }
    ~server_process() {
        ::close(requests_);
        ::close(answers_);
        ::waitpid(process_, nullptr, 0);
    }
    server_process(const server_process&) = delete;
    server_process& operator=(const server_process&) = delete;

    std::uint16_t port() const { return port_; }
    double cpu_seconds() {
        if (::write(requests_, "?", 1) != 1) fail("write");
        return answer();
    }

  private:
    static void serve(const parameters& with, int requests, int answers) {
        // a message is kept as often as one connection reads it
        tmq::testing::server server(
            tmq::testing::server_options().compression(false).ping_interval(std::chrono::milliseconds(0)));
        server.create_topic(tmq::testing::topic_options("drained"));
        server.create_topic(tmq::testing::topic_options("empty"));
        const tmq::testing::meter_source meters(1, 1);
        tmq::testing::block_builder block = meters.make_block(0);
        for (std::size_t i = 0; i < with.rows; ++i)
            meters.add_row(block, i);
        const std::int32_t vgroup = server.vgroups("drained")[0];
        for (std::size_t i = 0; i < with.messages; ++i)
            server.append("drained", vgroup, block);
        double said = server.port();
        char asked = 0;
        do {
            if (::write(answers, &said, sizeof said) != sizeof said) return;
            if (::read(requests, &asked, 1) != 1) return;
            rusage used{};
            ::getrusage(RUSAGE_SELF, &used);
            const auto seconds = [](const timeval& time) {
                return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
            };
            said = seconds(used.ru_utime) + seconds(used.ru_stime);
        } while (true);
    }
    double answer() {
        double said = 0;
        if (::read(answers_, &said, sizeof said) != sizeof said) fail("the server's process");
        return said;
    }

    pid_t process_ = -1;
    int requests_ = -1;
    int answers_ = -1;
    std::uint16_t port_ = 0;
};

using client = ceiling::plain_web_socket;

void subscribe(client& to, const std::string& topic, const std::string& group) {
    to.send(ceiling::subscribe_request(topic, group));
    to.expect(R"("code":0,)");
}

std::string request(const char* action, const char* argument, std::size_t value) {
    return std::string(R"({"action":")") + action + R"(","args":{"req_id":2,")" + argument +
           "\":" + std::to_string(value) + "}}";
}

void drain(const parameters& with) {
    server_process server(with);
    std::vector<char> buffer;  // of all, since one reply is received at a time
    std::deque<client> readers, waiting;
    for (std::size_t i = 0; i < with.connections; ++i) {
        readers.emplace_back(server.port(), buffer);
        subscribe(readers.back(), "drained", "g" + std::to_string(i));
    }
    for (std::size_t i = 0; i < with.waiting; ++i) {
        waiting.emplace_back(server.port(), buffer);
        subscribe(waiting.back(), "empty", "w" + std::to_string(i));
        waiting.back().send(request("poll", "blocking_time", 3'600'000));
    }
    // more replies than these at once would be of interest to the kernel's memory only
    constexpr std::size_t fetches_ahead = 8;
    const double cpu_before = server.cpu_seconds();
    const auto begun = std::chrono::steady_clock::now();
    std::uint64_t bytes = 0;
    for (std::size_t message = 1; message <= with.messages; ++message) {
        for (client& one : readers)
            one.send(request("poll", "blocking_time", 1000));
        for (std::size_t i = 0; i < readers.size() + fetches_ahead; ++i) {
            if (i < readers.size()) {
                readers[i].expect(R"("have_message":true)");
                readers[i].send(request("fetch_raw_data", "message_id", message));
            }
            if (i < fetches_ahead) continue;
            bytes += readers[i - fetches_ahead].receive().size();
        }
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    const double cpu = server.cpu_seconds() - cpu_before;
    const auto messages = static_cast<double>(with.messages * with.connections);
    std::printf(
        "connections %zu, waiting %zu, messages %.0f of %.0f bytes: %.2f GB/s, %.1f us of the server's CPU "
        "per message\n",
        with.connections, with.waiting, messages, static_cast<double>(bytes) / messages,
        static_cast<double>(bytes) / seconds / 1e9, cpu / messages * 1e6);
}

parameters read(int count, char** arguments) {
    parameters with;
    for (int i = 1; i < count; i += 2) {
        const std::string_view name = arguments[i];
        std::size_t* const value = name == "--connections" ? &with.connections
                                   : name == "--messages"  ? &with.messages
                                   : name == "--rows"      ? &with.rows
                                   : name == "--waiting"   ? &with.waiting
                                                           : nullptr;
        if (!value || i + 1 == count)
            throw std::invalid_argument(
                "server_drain [--connections N] [--messages N] [--rows N] [--waiting N]");
        *value = std::stoul(arguments[i + 1]);
    }
    return with;
}

}  // namespace

int main(int count, char** arguments) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    try {
        drain(read(count, arguments));
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "server_drain: %s\n", failure.what());
        return 1;
    }
}
