#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace tmq::soak {

/// Ends the process with status 2 when nothing goes forward for a time, and says what was being done. In a
/// thread of its own, so that it also sees a loop that never waits. All members may be called from any
/// thread.
class watchdog {
  public:
    explicit watchdog(std::string name, std::chrono::seconds patience = std::chrono::seconds(60));
    ~watchdog();
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;

    void progress();
    /// What is being done from now on.
    void at(std::string_view step);
    /// How far it has come; shown with the step.
    void stands_at(std::string text);

  private:
    void watch();

    std::string name_;
    std::chrono::seconds patience_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool ending_ = false;
    std::chrono::steady_clock::time_point last_progress_ = std::chrono::steady_clock::now();
    std::string step_;
    std::string place_;
    std::thread thread_;
};

/// Resident memory of this process in MiB.
double resident_mebibytes();

}  // namespace tmq::soak
