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

/// A consumer group: the owner of each vgroup, and the committed offsets. Offsets outlive the members.
class consumer_group {
  public:
    void join(member_id id, std::vector<std::string> topics);
    void leave(member_id id);
    std::size_t size() const noexcept { return members_.size(); }

    /// Divides the vgroups of a topic among its members, as evenly as possible. Dead members count until they
    /// leave. A member keeps its vgroups unless others have too few. Returns true if a member got a vgroup.
    bool distribute(const std::string& topic, const std::vector<std::int32_t>& vgroups);
    bool owns(member_id id, const vgroup_key& vgroup) const;
    std::vector<member_id> members() const;

    void commit(const vgroup_key& vgroup, std::int64_t offset) { committed_[vgroup] = offset; }
    std::optional<std::int64_t> committed(const vgroup_key& vgroup) const;
    /// Removes owners and committed offsets of a topic that is dropped.
    void forget(const std::string& topic);

  private:
    struct membership {
        member_id id;
        std::vector<std::string> topics;
    };
    /// The vgroups of a topic that one member has, and the number that it should have.
    struct member_share {
        member_id id;
        std::size_t order;  ///< In the order of joining.
        std::vector<std::int32_t> vgroups;
        std::size_t quota = 0;
    };

    std::vector<member_share> shares_of(const std::string& topic) const;
    /// Adds the vgroups to the shares of their owners. Returns those without an owner.
    std::vector<std::int32_t> assign_owned(const std::string& topic, const std::vector<std::int32_t>& vgroups,
                                           std::vector<member_share>& shares) const;

    std::vector<membership> members_;  ///< In the order in which they joined.
    std::map<vgroup_key, member_id> owners_;
    std::map<vgroup_key, std::int64_t> committed_;
};

}  // namespace tmq::embedded::broker
