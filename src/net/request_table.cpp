#include "net/request_table.hpp"

#include <algorithm>

namespace tmq::net {

std::optional<pending_request> request_table::take_entry(std::size_t index) noexcept {
    if (index >= requests_.size()) return std::nullopt;
    const pending_request found = requests_[index];
    requests_.erase(requests_.begin() + static_cast<std::ptrdiff_t>(index));
    --pending_[index_of(found.action)];
    commands_ -= is_command(found.action) ? 1U : 0U;
    return found;
}

std::optional<pending_request> request_table::take(std::uint64_t req_id) noexcept {
    const auto found = std::find_if(requests_.begin(), requests_.end(),
                                    [req_id](const auto& request) { return request.req_id == req_id; });
    return take_entry(static_cast<std::size_t>(found - requests_.begin()));
}

std::optional<pending_request> request_table::take_oldest(protocol::action action) noexcept {
    const auto found = std::find_if(requests_.begin(), requests_.end(),
                                    [action](const auto& request) { return request.action == action; });
    return take_entry(static_cast<std::size_t>(found - requests_.begin()));
}

const pending_request* request_table::find_unmarked(std::uint64_t binary_id) const noexcept {
    const auto found = std::find_if(requests_.begin(), requests_.end(), [binary_id](const auto& request) {
        return request.action == protocol::action::fetch_block
                   ? request.binary_id == binary_id
                   : request.action == protocol::action::fetch_raw && request.req_id == binary_id;
    });
    return found == requests_.end() ? nullptr : &*found;
}

std::optional<pending_request> request_table::take_any() noexcept { return take_entry(0); }

void request_table::abandon(const reply_sink* sink) noexcept {
    for (pending_request& request : requests_)
        if (request.sink == sink) request.sink = nullptr;
}

std::optional<time_point> request_table::next_deadline() const noexcept {
    if (requests_.empty()) return std::nullopt;
    return std::min_element(requests_.begin(), requests_.end(),
                            [](const auto& a, const auto& b) { return a.deadline < b.deadline; })
        ->deadline;
}

const pending_request* request_table::late(time_point now, const ws::arrival& arrived,
                                           std::chrono::milliseconds time) noexcept {
    const std::uint64_t message = arrived.messages + 1;
    for (pending_request& request : requests_) {
        if (request.deadline > now) continue;
        if (request.message == 0) request.message = message;
        const bool arrives = arrived.has_partial_message && request.message == message;
        if (!arrives || arrived.payload - request.payload < least_progress) return &request;
        request.payload = arrived.payload;
        request.deadline = now + time;
    }
    return nullptr;
}

}  // namespace tmq::net
