#include "support/system_call_counter.hpp"

#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <unistd.h>

namespace tmq::test {
namespace {

thread_local system_calls counted;

template <class Function>
Function* original(const char* name) noexcept {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

ssize_t count_receive(ssize_t size) noexcept {
    ++(size > 0 ? counted.receives : counted.empty_receives);
    return size;
}

}  // namespace

system_calls system_calls_of_this_thread() noexcept { return counted; }

system_calls operator-(const system_calls& after, const system_calls& before) noexcept {
    return {after.sends - before.sends, after.receives - before.receives,
            after.empty_receives - before.empty_receives, after.waits - before.waits,
            after.others - before.others};
}

}  // namespace tmq::test

using tmq::test::count_receive;
using tmq::test::counted;
using tmq::test::original;

extern "C" {

ssize_t send(int socket, const void* bytes, size_t size, int flags) {
    static auto* const next = original<decltype(send)>("send");
    ++counted.sends;
    return next(socket, bytes, size, flags);
}
ssize_t sendmsg(int socket, const msghdr* message, int flags) {
    static auto* const next = original<decltype(sendmsg)>("sendmsg");
    ++counted.sends;
    return next(socket, message, flags);
}
ssize_t recv(int socket, void* bytes, size_t size, int flags) {
    static auto* const next = original<decltype(recv)>("recv");
    return count_receive(next(socket, bytes, size, flags));
}
ssize_t recvmsg(int socket, msghdr* message, int flags) {
    static auto* const next = original<decltype(recvmsg)>("recvmsg");
    return count_receive(next(socket, message, flags));
}
int epoll_wait(int set, epoll_event* events, int most, int timeout) {
    static auto* const next = original<decltype(epoll_wait)>("epoll_wait");
    ++counted.waits;
    return next(set, events, most, timeout);
}
int epoll_ctl(int set, int operation, int descriptor, epoll_event* event) noexcept {
    static auto* const next = original<int(int, int, int, epoll_event*)>("epoll_ctl");
    ++counted.others;
    return next(set, operation, descriptor, event);
}
int timerfd_settime(int timer, int flags, const itimerspec* value, itimerspec* old) noexcept {
    static auto* const next = original<int(int, int, const itimerspec*, itimerspec*)>("timerfd_settime");
    ++counted.others;
    return next(timer, flags, value, old);
}
ssize_t read(int descriptor, void* bytes, size_t size) {
    static auto* const next = original<decltype(read)>("read");
    ++counted.others;
    return next(descriptor, bytes, size);
}
ssize_t write(int descriptor, const void* bytes, size_t size) {
    static auto* const next = original<decltype(write)>("write");
    ++counted.others;
    return next(descriptor, bytes, size);
}

}  // extern "C"
