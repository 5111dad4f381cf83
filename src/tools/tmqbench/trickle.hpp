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

/// A topic whose rows are inserted one by one, in a database of the same name. Drops both in the end.
///
/// A thread of its own inserts the rows over /rest/sql. Its pauses are random, so that the rows do not keep
/// step with a server that searches for new ones at intervals. The column n holds the number of the row. Row
/// 0 is not measured: the next one is inserted only after its delivery, since the reader is ready then.
class trickle {
  public:
    using clock = std::chrono::steady_clock;

    /// `rows`: number of rows to measure; `rate`: rows per second, on average.
    trickle(const config& server, std::string topic, std::size_t rows, double rate);
    ~trickle();
    trickle(const trickle&) = delete;
    trickle& operator=(const trickle&) = delete;

    /// Creates the database and the topic.
    /// *Throws* std::runtime_error if the server refuses, for example because one of them exists.
    void create();
    /// Starts to insert. Call it after the reader has subscribed.
    void start();
    /// Records that the reader received the row `number` at `time`.
    /// *Throws* std::runtime_error for a row that was not inserted, or that is delivered again.
    void deliver(std::int64_t number, clock::time_point time);
    /// True if all rows were delivered, or no more can be expected.
    bool is_over() const;
    /// Returns the milliseconds from the answer to the insert of each row to its delivery, in ascending
    /// order.
    /// *Throws* the exception that stopped the writer, or std::runtime_error if rows are missing.
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
    std::int64_t first_time_ = 0;                    ///< timestamp of row 0 in ms; each row is one later
    std::vector<clock::time_point> answer_times_;    ///< used by the writer until it ends
    std::vector<clock::time_point> delivery_times_;  ///< used by the reader
    std::size_t missing_rows_;
    std::counting_semaphore<> first_delivered_{0};
    std::atomic<bool> is_given_up_{false};
    std::atomic<clock::time_point> last_insert_;
    std::exception_ptr failure_;
    std::jthread writer_;
};

}  // namespace tmq::tools::tmqbench
