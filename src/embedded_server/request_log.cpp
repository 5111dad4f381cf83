#include "embedded_server/request_log.hpp"

#include <cassert>

namespace tmq::embedded {

void request_log::add_connection() {
    const std::lock_guard lock(mutex_);
    ++connections_;
    ++accepted_connections_;
}

void request_log::remove_connection() {
    const std::lock_guard lock(mutex_);
    assert(connections_ > 0);
    --connections_;
}

void request_log::add_request(const std::string& action, std::string_view text) {
    const std::lock_guard lock(mutex_);
    action_record& record = actions_[action];
    ++record.count;
    record.last_text = text;
    ++requests_;
    assert(requests_ >= record.count);
}

void request_log::add_ping() {
    const std::lock_guard lock(mutex_);
    ++pings_;
}

void request_log::add_pong() {
    const std::lock_guard lock(mutex_);
    ++pongs_;
}

void request_log::set_waiting_polls(std::size_t count) {
    const std::lock_guard lock(mutex_);
    waiting_polls_ = count;
}

std::size_t request_log::connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
}

std::size_t request_log::accepted_connections() const {
    const std::lock_guard lock(mutex_);
    return accepted_connections_;
}

std::size_t request_log::requests(std::string_view action) const {
    const std::lock_guard lock(mutex_);
    return count_requests(action);
}

std::string request_log::last_request(std::string_view action) const {
    const std::lock_guard lock(mutex_);
    const auto entry = actions_.find(action);
    return entry == actions_.end() ? std::string() : entry->second.last_text;
}

std::size_t request_log::pings() const {
    const std::lock_guard lock(mutex_);
    return pings_;
}

std::size_t request_log::pongs() const {
    const std::lock_guard lock(mutex_);
    return pongs_;
}

std::size_t request_log::waiting_polls() const {
    const std::lock_guard lock(mutex_);
    return waiting_polls_;
}

bool request_log::await_requests(std::string_view action, std::size_t count,
                                 std::chrono::milliseconds timeout) const {
    return await(timeout, [&] { return count_requests(action) >= count; });
}

bool request_log::await_waiting_polls(std::size_t count, std::chrono::milliseconds timeout) const {
    return await(timeout, [&] { return waiting_polls_ >= count; });
}

bool request_log::await_pongs(std::size_t count, std::chrono::milliseconds timeout) const {
    return await(timeout, [&] { return pongs_ >= count; });
}

bool request_log::await_connections(std::size_t count, std::chrono::milliseconds timeout) const {
    return await(timeout, [&] { return connections_ == count; });
}

std::size_t request_log::count_requests(std::string_view action) const {
    if (action.empty()) return requests_;
    const auto entry = actions_.find(action);
    return entry == actions_.end() ? 0 : entry->second.count;
}

bool request_log::await(std::chrono::milliseconds timeout, const std::function<bool()>& condition) const {
    std::unique_lock lock(mutex_);
    return change_.wait_for(lock, timeout, condition);
}

}  // namespace tmq::embedded
