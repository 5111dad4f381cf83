#pragma once

#include "embedded_server/broker/broker.hpp"
#include "embedded_server/request_log.hpp"
#include "embedded_server/sql/executor.hpp"
#include "tmq/testing/server_options.hpp"

#include <chrono>
#include <mutex>
#include <string_view>
#include <utility>

namespace tmq::embedded {

/// Holds the broker and its SQL engine, and keeps the number of waiting polls in the log current.
/// Threads: any. One mutex guards both.
class shared_broker {
  public:
    /// Lifetime: `log` must outlive the broker.
    shared_broker(const testing::server_options& options, request_log& log) : log_(log), broker_(options) {}

    template <class F>
    auto read(F&& f) const {
        const std::lock_guard lock(mutex_);
        return std::forward<F>(f)(broker_);
    }

    template <class F>
    auto change(F&& f) {
        const std::lock_guard lock(mutex_);
        const waiting_polls_update update{*this};
        return std::forward<F>(f)(broker_);
    }

    sql::outcome execute(std::string_view statement, std::string_view database) {
        return change([&](broker::broker&) {
            return sql_.execute(statement, database, std::chrono::system_clock::now());
        });
    }

    /// Returns the writer of replies. It never changes, so it needs no lock.
    const protocol::reply_writer& replies() const noexcept { return broker_.replies(); }

  private:
    /// Updates the log before the mutex is released, after an exception too.
    struct waiting_polls_update {
        shared_broker& owner;
        ~waiting_polls_update() { owner.log_.set_waiting_polls(owner.broker_.waiting_polls()); }
    };

    request_log& log_;
    mutable std::mutex mutex_;
    broker::broker broker_;
    sql::executor sql_{broker_};
};

}  // namespace tmq::embedded
