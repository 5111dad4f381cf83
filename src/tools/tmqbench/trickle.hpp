#pragma once

#include "conformance/rest_client.hpp"
#include "tmq/config.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace tmq::tools::tmqbench {

/// A topic whose rows come one by one, in a database of the same name; it drops both in the end. A thread of
/// its own inserts the rows over /rest/sql, with random pauses, so that they do not keep step with a server
/// that looks for new ones at intervals. Every row has its number in the column n. Row 0 is waited for and
/// not measured: once it is there, the reader is ready.
class trickle {
  public:
    using clock = std::chrono::steady_clock;

    /// `rows`: that are measured; `rate`: of them in a second, on average.
    trickle(const config& server, std::string topic, std::size_t rows, double rate);
    ~trickle();
    trickle(const trickle&) = delete;
    trickle& operator=(const trickle&) = delete;

    /// Creates the database and the topic. Throws std::runtime_error when the server refuses, as it does when
    /// one of them is there.
    void create();
    /// Starts to insert; to be called by a reader that has subscribed.
    void start();
    /// The reader has had this row since then. Throws std::runtime_error for a row that was not inserted or
    /// that comes a second time.
    void deliver(std::int64_t number, clock::time_point since);
    /// All rows were delivered, or there is no hope for more.
    bool is_over() const;
    /// Milliseconds from the answer to the insert of each row to its delivery, in ascending order. Throws
    /// what stopped the writer, and std::runtime_error when rows are missing.
    std::vector<double> latencies();

  private:
    void write();
    void insert(std::size_t number);
    void end_writer();
    void run(const std::string& statement) const;

    test::rest_client rest_;
    std::string topic_;
    std::vector<std::string> drops_;  ///< statements that undo what was created
    clock::duration pause_;
    std::int64_t first_time_ = 0;               ///< of row 0, in milliseconds; each row is one later
    std::vector<clock::time_point> answered_;   ///< the writer's until it has ended
    std::vector<clock::time_point> delivered_;  ///< the reader's
    std::size_t missing_;
    std::counting_semaphore<> first_delivered_{0};
    std::atomic<bool> is_given_up_{false};
    std::atomic<clock::time_point> last_insert_;
    std::exception_ptr failure_;
    std::jthread writer_;
};

}  // namespace tmq::tools::tmqbench
