#include "ceiling/plain_socket.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace ceiling {
namespace {

/// getrusage would tell of the process that started this one, too.
std::uint64_t peak_memory_kb() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6));
    return 0;
}

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

/// A socket connected with the first of the host's addresses where somebody listens.
int connected(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int why = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); why != 0)
        throw std::runtime_error(host + ": " + ::gai_strerror(why));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
    int why = 0;
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
        const int descriptor = ::socket(address->ai_family, address->ai_socktype, address->ai_protocol);
        if (descriptor < 0) fail("socket");
        if (::connect(descriptor, address->ai_addr, address->ai_addrlen) == 0) return descriptor;
        why = errno;
        ::close(descriptor);
    }
    errno = why;
    fail("connect");
}

}  // namespace

plain_socket::plain_socket(const std::string& host, std::uint16_t port) : descriptor_(connected(host, port)) {
    const int on = 1;
    if (::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) fail("setsockopt");
}

plain_socket::~plain_socket() { ::close(descriptor_); }

void plain_socket::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) fail("send");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::size_t plain_socket::receive(char* into, std::size_t room) {
    const ssize_t size = ::recv(descriptor_, into, room, 0);
    if (size < 0) fail("recv");
    return static_cast<std::size_t>(size);
}

void plain_socket::receive_all(char* into, std::size_t size) {
    while (size > 0) {
        const std::size_t got = receive(into, size);
        if (got == 0) throw std::runtime_error("the other side hung up");
        into += got;
        size -= got;
    }
}

void plain_socket::limit_receiving(std::chrono::seconds time) {
    const timeval limit{time.count(), 0};
    if (::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0) fail("setsockopt");
}

void plain_socket::wait_for_end(std::chrono::milliseconds limit) {
    pollfd end{descriptor_, POLLRDHUP, 0};
    if (::poll(&end, 1,
               static_cast<int>(
                   std::clamp<std::int64_t>(limit.count(), 0, std::numeric_limits<int>::max()))) < 0)
        fail("poll");
}

void print(const run_result& result) {
    std::printf(
        R"({"peer":"%s","mode":"recv","rows":%llu,"cells":0,"nulls":0,"bytes":%llu,"msgs":%llu,"blocks":0,"isum":0,"fsum":0,)"
        R"("first_s":%.6f,"seconds":%.6f,"rows_per_s":%.0f,"cpu_s":%.6f,"rss_kb":%llu})"
        "\n",
        result.peer, static_cast<unsigned long long>(result.rows),
        static_cast<unsigned long long>(result.bytes), static_cast<unsigned long long>(result.messages),
        result.first, result.seconds, static_cast<double>(result.rows) / result.seconds, result.cpu,
        static_cast<unsigned long long>(peak_memory_kb()));
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string option(int argc, char** argv, std::string_view name, const char* fallback) {
    for (int i = 1; i + 1 < argc; i += 2)
        if (argv[i] == name) return argv[i + 1];
    if (fallback != nullptr) return fallback;
    std::fprintf(stderr, "%s: %.*s VALUE is missing\n", argv[0], static_cast<int>(name.size()), name.data());
    std::exit(1);
}

}  // namespace ceiling
