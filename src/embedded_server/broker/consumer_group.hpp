#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tmq::embedded::broker {

using member_id = std::uint64_t;
/// A vgroup of a topic.
using vgroup_key = std::pair<std::string, std::int32_t>;

/// A consumer group: who owns which vgroup, and what is committed. Offsets outlive the members.
class consumer_group {
  public:
    void join(member_id member, std::vector<std::string> topics);
    void leave(member_id member);
    std::size_t size() const noexcept { return members_.size(); }

    /// Divides the vgroups of a topic among its members, as evenly as can be; whether they are alive nobody
    /// knows before they leave. A member keeps what it has unless others have too little. Returns whether a
    /// member got a vgroup.
    bool distribute(const std::string& topic, const std::vector<std::int32_t>& vgroups);
    bool owns(member_id member, const vgroup_key& vgroup) const;
    std::vector<member_id> members() const;

    void commit(const vgroup_key& vgroup, std::int64_t offset) { committed_[vgroup] = offset; }
    std::optional<std::int64_t> committed(const vgroup_key& vgroup) const;
    /// The topic is gone, and with it what was committed.
    void forget(const std::string& topic);

  private:
    struct membership {
        member_id id;
        std::vector<std::string> topics;
    };

    std::vector<membership> members_;  // in the order in which they joined
    std::map<vgroup_key, member_id> owners_;
    std::map<vgroup_key, std::int64_t> committed_;
};

}  // namespace tmq::embedded::broker
