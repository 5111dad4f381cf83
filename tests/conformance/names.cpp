#include "conformance/names.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <functional>

namespace tmq::test {

namespace {

constexpr std::string_view prefix = "tmqtest_";

std::uint32_t minutes_now() {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::minutes>(std::chrono::system_clock::now().time_since_epoch())
            .count());
}

name_maker make_this_process() {
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    const std::size_t hash = std::hash<std::string_view>()(host.data());
    return {minutes_now(), static_cast<std::uint32_t>(hash & 0xffff), static_cast<std::uint32_t>(::getpid())};
}

bool runs(std::uint32_t process) { return ::kill(static_cast<pid_t>(process), 0) == 0 || errno == EPERM; }

/// Takes hexadecimal digits and the '_' behind them; false when there are none.
bool take(std::string_view& text, std::uint32_t& out) {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out, 16);
    if (failure != std::errc() || end == text.data() + text.size() || *end != '_') return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return true;
}

}  // namespace

const name_maker& this_process() {
    static const name_maker maker = make_this_process();
    return maker;
}

std::string make_name(const name_maker& maker, std::uint32_t counter) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%x_%x_%x_%x", maker.minute, maker.host, maker.process, counter);
    return std::string(prefix) + text.data();
}

std::string unique_name() {
    static std::atomic<std::uint32_t> counter = 0;
    return make_name(this_process(), counter++);
}

bool is_leftover(std::string_view name) {
    if (!name.starts_with(prefix)) return false;
    name.remove_prefix(prefix.size());
    name_maker maker;
    if (!take(name, maker.minute) || !take(name, maker.host) || !take(name, maker.process)) return false;
    const name_maker& self = this_process();
    if (maker.host == self.host) return maker.process != self.process && !runs(maker.process);
    return std::uint64_t{maker.minute} + 60 < minutes_now();
}

}  // namespace tmq::test
