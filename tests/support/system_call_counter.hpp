#pragma once

#include <cstdint>

namespace tmq::test {

/// System calls of this thread. Counted where the C library's functions are called, which a program that
/// links this has replaced.
struct system_calls {
    std::uint64_t sends = 0;
    std::uint64_t receives = 0;        ///< that brought bytes
    std::uint64_t empty_receives = 0;  ///< that found none
    std::uint64_t waits = 0;           ///< epoll_wait
    std::uint64_t others =
        0;  ///< epoll_ctl, timerfd_settime, read and write: timers, and wake-ups between threads

    std::uint64_t all() const noexcept { return sends + receives + empty_receives + waits + others; }
};

system_calls system_calls_of_this_thread() noexcept;

system_calls operator-(const system_calls& after, const system_calls& before) noexcept;

}  // namespace tmq::test
