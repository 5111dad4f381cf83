#include "consumer/state_board.hpp"

#include "base/failure.hpp"

namespace tmq::client {
namespace {

bool is_of_caller(const error& failure) {
    return failure.kind() == error_kind::usage || failure.code() == errc::closed ||
           failure.code() == base::cancelled();
}

}  // namespace

void state_board::note(const event& occurrence, time_point now) {
    if (const auto* const open = std::get_if<events::connected>(&occurrence)) {
        const std::scoped_lock lock(mutex_);
        state_.connected = true;
        state_.peer = open->peer;
    } else if (const auto* const lost = std::get_if<events::disconnected>(&occurrence)) {
        note(lost->reason, now);
        const std::scoped_lock lock(mutex_);
        state_.connected = state_.joined = false;
    } else if (const auto* const failed = std::get_if<events::commit_failed>(&occurrence)) {
        note(failed->reason, now);
    }
}

void state_board::note(const error& failure, time_point now) {
    if (is_of_caller(failure)) return;
    const std::scoped_lock lock(mutex_);
    state_.last_error = failure;
    state_.last_error_at = now;
}

void state_board::joined(bool is_joined, const std::vector<std::string>& topics) {
    const std::scoped_lock lock(mutex_);
    state_.joined = is_joined;
    if (state_.topics != topics) state_.topics = topics;
}

void state_board::paused(bool is_paused) {
    const std::scoped_lock lock(mutex_);
    state_.paused = is_paused;
}

void state_board::server_version(const std::string& version) {
    const std::scoped_lock lock(mutex_);
    state_.server_version = version;
}

consumer_state state_board::read() const {
    const std::scoped_lock lock(mutex_);
    return state_;
}

}  // namespace tmq::client
