#include "soak/watchdog.hpp"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <utility>

namespace tmq::soak {

watchdog::watchdog(std::string name, std::chrono::seconds patience)
    : name_(std::move(name)), patience_(patience), thread_([this] { watch(); }) {}

watchdog::~watchdog() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void watchdog::progress() {
    const std::lock_guard lock(mutex_);
    last_progress_ = std::chrono::steady_clock::now();
}

void watchdog::at(std::string_view step) {
    const std::lock_guard lock(mutex_);
    step_ = step;
}

void watchdog::stands_at(std::string text) {
    const std::lock_guard lock(mutex_);
    place_ = std::move(text);
}

void watchdog::watch() {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_until(lock, last_progress_ + patience_, [this] { return ending_; })) {
        if (std::chrono::steady_clock::now() < last_progress_ + patience_) continue;
        std::printf("%s: no progress for %lld s, at: %s; %s\n", name_.c_str(),
                    static_cast<long long>(patience_.count()), step_.c_str(), place_.c_str());
        std::fflush(stdout);
        _exit(2);
    }
}

double resident_mebibytes() {
    std::ifstream status("/proc/self/statm");
    double pages = 0;
    double resident = 0;
    status >> pages >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

}  // namespace tmq::soak
