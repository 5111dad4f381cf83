#include "tools/tmqbench/trickle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <utility>

namespace tmq::tools::tmqbench {
namespace {

using namespace std::chrono_literals;

/// Limit for the delivery of a row, and for everything else that is awaited.
constexpr auto patience = 30s;

}  // namespace

trickle::trickle(const config& server, std::string topic, std::size_t rows, double rate)
    : rest_(server.host(), server.port(), server.user(), server.password()),
      topic_(std::move(topic)),
      pause_(std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(1 / rate))),
      answer_times_(rows + 1),
      delivery_times_(rows + 1),
      missing_rows_(rows + 1),
      last_insert_(clock::now()) {}

trickle::~trickle() {
    end_writer();
    // The server may still be removing the consumer, and then refuses to drop its topic.
    const auto deadline = clock::now() + patience;
    while (!drops_.empty() && clock::now() < deadline) {
        try {
            run(drops_.back());
            drops_.pop_back();
        } catch (const std::exception&) {
            std::this_thread::sleep_for(200ms);
        }
    }
}

void trickle::create() {
    run(fmt::format("CREATE DATABASE {} VGROUPS 1 WAL_RETENTION_PERIOD 3600", topic_));
    drops_.push_back("DROP DATABASE " + topic_);
    run(fmt::format("CREATE TABLE {0}.{0} (ts TIMESTAMP, n BIGINT)", topic_));
    run(fmt::format("CREATE TOPIC {0} AS SELECT ts, n FROM {0}.{0}", topic_));
    drops_.push_back("DROP TOPIC " + topic_);
}

void trickle::start() {
    last_insert_ = clock::now();
    writer_ = std::jthread([this] {
        try {
            write();
        } catch (...) {
            failure_ = std::current_exception();
            is_given_up_ = true;
        }
    });
}

void trickle::deliver(std::int64_t number, clock::time_point time) {
    if (number < 0 || static_cast<std::size_t>(number) >= delivery_times_.size())
        throw std::runtime_error(fmt::format("row {} was not inserted", number));
    clock::time_point& delivered = delivery_times_[static_cast<std::size_t>(number)];
    if (delivered != clock::time_point())
        throw std::runtime_error(fmt::format("row {} was delivered twice", number));
    delivered = time;
    --missing_rows_;
    if (number == 0) first_delivered_.release();
}

bool trickle::is_over() const {
    return missing_rows_ == 0 || is_given_up_ || clock::now() > last_insert_.load() + patience;
}

std::vector<double> trickle::latencies() {
    end_writer();
    if (failure_) std::rethrow_exception(failure_);
    if (missing_rows_ != 0)
        throw std::runtime_error(fmt::format("{} of {} rows were not delivered within {} s", missing_rows_,
                                             delivery_times_.size(), patience.count()));
    std::vector<double> result;
    for (std::size_t row = 1; row < delivery_times_.size(); ++row)
        result.push_back(
            std::chrono::duration<double, std::milli>(delivery_times_[row] - answer_times_[row]).count());
    std::sort(result.begin(), result.end());
    return result;
}

void trickle::end_writer() {
    is_given_up_ = true;
    first_delivered_.release();
    if (writer_.joinable()) writer_.join();
}

void trickle::write() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    first_time_ = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    insert(0);
    if (!first_delivered_.try_acquire_for(patience))
        throw std::runtime_error("the first row was not delivered");
    std::minstd_rand random(1);
    std::uniform_real_distribution<double> part(0.5, 1.5);
    auto due = clock::now();
    for (std::size_t row = 1; row < answer_times_.size() && !is_given_up_; ++row) {
        due += std::chrono::duration_cast<clock::duration>(pause_ * part(random));
        std::this_thread::sleep_until(due);
        insert(row);
    }
}

void trickle::insert(std::size_t number) {
    run(fmt::format("INSERT INTO {0}.{0} VALUES ({1}, {2})", topic_,
                    first_time_ + static_cast<std::int64_t>(number), number));
    answer_times_[number] = clock::now();
    last_insert_ = answer_times_[number];
}

void trickle::run(const std::string& statement) const {
    const test::sql_result result = rest_.run(statement, patience);
    if (result.code != 0)
        throw std::runtime_error(fmt::format("{}: {} ({:#x})", statement, result.text, result.code));
}

}  // namespace tmq::tools::tmqbench
