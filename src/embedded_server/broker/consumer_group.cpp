#include "embedded_server/broker/consumer_group.hpp"

#include <algorithm>

namespace tmq::embedded::broker {

void consumer_group::join(member_id id, std::vector<std::string> topics) {
    leave(id);
    members_.push_back({id, std::move(topics)});
}

void consumer_group::leave(member_id id) {
    std::erase_if(members_, [id](const membership& member) { return member.id == id; });
    std::erase_if(owners_, [id](const auto& entry) { return entry.second == id; });
}

std::vector<consumer_group::member_share> consumer_group::shares_of(const std::string& topic) const {
    std::vector<member_share> shares;
    for (const membership& member : members_)
        if (std::find(member.topics.begin(), member.topics.end(), topic) != member.topics.end())
            shares.push_back({member.id, shares.size(), {}, 0});
    return shares;
}

std::vector<std::int32_t> consumer_group::assign_owned(const std::string& topic,
                                                       const std::vector<std::int32_t>& vgroups,
                                                       std::vector<member_share>& shares) const {
    std::vector<std::int32_t> free;
    for (const std::int32_t vgroup : vgroups) {
        const auto owner = owners_.find({topic, vgroup});
        const auto is_owners = [&](const member_share& candidate) { return candidate.id == owner->second; };
        const auto share =
            owner == owners_.end() ? shares.end() : std::find_if(shares.begin(), shares.end(), is_owners);
        (share == shares.end() ? free : share->vgroups).push_back(vgroup);
    }
    return free;
}

bool consumer_group::distribute(const std::string& topic, const std::vector<std::int32_t>& vgroups) {
    std::vector<member_share> shares = shares_of(topic);
    if (shares.empty()) return false;
    std::vector<std::int32_t> free = assign_owned(topic, vgroups, shares);
    // The larger quotas go to the members with most vgroups, so that as few vgroups as possible move.
    std::sort(shares.begin(), shares.end(), [](const member_share& left, const member_share& right) {
        return left.vgroups.size() != right.vgroups.size() ? left.vgroups.size() > right.vgroups.size()
                                                           : left.order < right.order;
    });
    for (std::size_t i = 0; i < shares.size(); ++i)
        shares[i].quota = vgroups.size() / shares.size() + (i < vgroups.size() % shares.size() ? 1 : 0);
    for (member_share& share : shares)
        while (share.vgroups.size() > share.quota) {
            free.push_back(share.vgroups.back());
            share.vgroups.pop_back();
        }
    auto next = free.begin();
    for (const member_share& share : shares)
        for (std::size_t count = share.vgroups.size(); count < share.quota; ++count)
            owners_[{topic, *next++}] = share.id;
    return !free.empty();
}

bool consumer_group::owns(member_id id, const vgroup_key& vgroup) const {
    const auto owner = owners_.find(vgroup);
    return owner != owners_.end() && owner->second == id;
}

std::vector<member_id> consumer_group::members() const {
    std::vector<member_id> ids;
    for (const membership& member : members_)
        ids.push_back(member.id);
    return ids;
}

std::optional<std::int64_t> consumer_group::committed(const vgroup_key& vgroup) const {
    const auto entry = committed_.find(vgroup);
    return entry == committed_.end() ? std::nullopt : std::optional(entry->second);
}

void consumer_group::forget(const std::string& topic) {
    std::erase_if(owners_, [&topic](const auto& entry) { return entry.first.first == topic; });
    std::erase_if(committed_, [&topic](const auto& entry) { return entry.first.first == topic; });
}

}  // namespace tmq::embedded::broker
