#include "embedded_server/broker/consumer_group.hpp"

#include <algorithm>

namespace tmq::embedded::broker {

void consumer_group::join(member_id id, std::vector<std::string> topics) {
    leave(id);
    members_.push_back({id, std::move(topics)});
}

void consumer_group::leave(member_id id) {
    std::erase_if(members_, [id](const membership& one) { return one.id == id; });
    std::erase_if(owners_, [id](const auto& one) { return one.second == id; });
}

bool consumer_group::distribute(const std::string& topic, const std::vector<std::int32_t>& vgroups) {
    struct share {
        member_id id;
        std::size_t order;  // of joining
        std::vector<std::int32_t> owned;
        std::size_t quota = 0;
    };
    std::vector<share> shares;
    for (const membership& one : members_)
        if (std::find(one.topics.begin(), one.topics.end(), topic) != one.topics.end())
            shares.push_back({one.id, shares.size(), {}, 0});
    if (shares.empty()) return false;

    std::vector<std::int32_t> free;
    std::size_t total = 0;
    for (const std::int32_t vgroup : vgroups) {
        const auto owner = owners_.find({topic, vgroup});
        ++total;
        const auto at = owner == owners_.end()
                            ? shares.end()
                            : std::find_if(shares.begin(), shares.end(),
                                           [&](const share& s) { return s.id == owner->second; });
        (at == shares.end() ? free : at->owned).push_back(vgroup);
    }
    // the larger shares go to those who have most already, so that as few vgroups as possible move
    std::sort(shares.begin(), shares.end(), [](const share& a, const share& b) {
        return a.owned.size() != b.owned.size() ? a.owned.size() > b.owned.size() : a.order < b.order;
    });
    for (std::size_t i = 0; i < shares.size(); ++i)
        shares[i].quota = total / shares.size() + (i < total % shares.size() ? 1 : 0);
    for (share& one : shares)
        while (one.owned.size() > one.quota) {
            free.push_back(one.owned.back());
            one.owned.pop_back();
        }
    auto next = free.begin();
    for (const share& one : shares)
        for (std::size_t have = one.owned.size(); have < one.quota; ++have)
            owners_[{topic, *next++}] = one.id;
    return !free.empty();
}

bool consumer_group::owns(member_id id, const vgroup_key& vgroup) const {
    const auto at = owners_.find(vgroup);
    return at != owners_.end() && at->second == id;
}

std::vector<member_id> consumer_group::members() const {
    std::vector<member_id> ids;
    for (const membership& one : members_)
        ids.push_back(one.id);
    return ids;
}

std::optional<std::int64_t> consumer_group::committed(const vgroup_key& vgroup) const {
    const auto at = committed_.find(vgroup);
    return at == committed_.end() ? std::nullopt : std::optional(at->second);
}

void consumer_group::forget(const std::string& topic) {
    std::erase_if(owners_, [&topic](const auto& one) { return one.first.first == topic; });
    std::erase_if(committed_, [&topic](const auto& one) { return one.first.first == topic; });
}

}  // namespace tmq::embedded::broker
