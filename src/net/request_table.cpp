#include "net/request_table.hpp"

#include <algorithm>

namespace tmq::net {

std::optional<pending_request> request_table::take_at(std::size_t index) noexcept {
    if (index >= requests_.size()) return std::nullopt;
    const pending_request found = requests_[index];
    requests_.erase(requests_.begin() + static_cast<std::ptrdiff_t>(index));
    return found;
}

std::optional<pending_request> request_table::take(std::uint64_t req_id) noexcept {
    const auto at = std::find_if(requests_.begin(), requests_.end(),
                                 [req_id](const auto& r) { return r.req_id == req_id; });
    return take_at(static_cast<std::size_t>(at - requests_.begin()));
}

std::optional<pending_request> request_table::take_oldest(protocol::action what) noexcept {
    const auto at =
        std::find_if(requests_.begin(), requests_.end(), [what](const auto& r) { return r.what == what; });
    return take_at(static_cast<std::size_t>(at - requests_.begin()));
}

const pending_request* request_table::find_unmarked(std::uint64_t binary_id) const noexcept {
    const auto at = std::find_if(requests_.begin(), requests_.end(), [binary_id](const auto& r) {
        return r.what == protocol::action::fetch_block
                   ? r.binary_id == binary_id
                   : r.what == protocol::action::fetch_raw && r.req_id == binary_id;
    });
    return at == requests_.end() ? nullptr : &*at;
}

std::optional<pending_request> request_table::take_any() noexcept { return take_at(0); }

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

bool request_table::has(protocol::action what) const noexcept {
    return std::any_of(requests_.begin(), requests_.end(), [what](const auto& r) { return r.what == what; });
}

bool request_table::has_command() const noexcept {
    return std::any_of(requests_.begin(), requests_.end(), [](const auto& r) {
        return r.what != protocol::action::poll && !protocol::is_fetch(r.what);
    });
}

}  // namespace tmq::net
