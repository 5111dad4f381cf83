#include "soak/cut_states.hpp"

#include <fmt/format.h>

namespace tmq::soak {

cut_states::per_action cut_states::requests() const {
    per_action counts{};
    for (std::size_t i = 0; i < actions.size(); ++i)
        counts[i] = server_.request_count(actions[i]);
    return counts;
}

void cut_states::opened() {
    const std::lock_guard lock(mutex_);
    requests_before_ = requests();
    replies_ = {};
}

void cut_states::logged(std::string_view line) {
    // "poll 17: code 0 after 120 us"
    const std::size_t space = line.find(' ');
    if (space == line.npos || line.find(": code ") == line.npos) return;
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < actions.size(); ++i)
        if (line.substr(0, space) == actions[i]) ++replies_[i];
}

void cut_states::cut(const test::link_cut& what) {
    const std::lock_guard lock(mutex_);
    const per_action now = requests();
    std::string_view state = "idle";
    bool any = false;
    for (std::size_t i = 0; i < actions.size(); ++i) {
        const std::size_t arrived = now[i] - requests_before_[i];
        any = any || arrived != 0;
        // The last one, poll, waits most of the time: another request tells more.
        if (state == "idle" && arrived > replies_[i]) state = actions[i];
    }
    if (!any) state = "connect";
    if (any && what.way == test::direction::to_server && (state == "idle" || state == "poll"))
        state = "sending";
    ++cuts_[std::string(state)];
}

std::string cut_states::summary() const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const auto& [state, count] : cuts_)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", state, count);
    return text;
}

}  // namespace tmq::soak
