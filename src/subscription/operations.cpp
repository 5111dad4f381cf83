// Decisions of a subscription about the operations of the application: the meaning of a refusal, and answers
// that need no request.
#include "subscription/refusal.hpp"
#include "subscription/subscription.hpp"

#include <algorithm>
#include <utility>

namespace tmq::subscription {

void subscription::add_event(event added) { events_.push_back(std::move(added)); }

void subscription::check_soon() noexcept {
    if (watch_.is_hinted()) return;
    watch_.hint();
    has_attention_ = true;
}

void subscription::commit_in_background(const partition_offset& partition, commit_queue::handler done) {
    commits_.add(partition, std::move(done));
    has_attention_ = true;
}

bool subscription::begin_leaving() {
    positions_.mark_processed();
    const bool has_any = commits_.has_any_asked() || (settings_.auto_commit() && positions_.has_to_commit());
    if (!is_active() || !has_any) return false;
    is_leaving_ = true;
    commits_.hurry();
    has_attention_ = true;
    return true;
}

void subscription::end_leaving() noexcept {
    is_leaving_ = false;
    commits_.calm();
}

bool subscription::is_ours(std::optional<std::size_t> index) const noexcept {
    return index && (positions_[*index].is_placed || positions_[*index].is_awaited);
}

subscription::verdict subscription::classify_refusal(const failure& refused,
                                                     std::optional<std::size_t> index) const noexcept {
    if (refused.code == errc::bounds_unknown) return verdict::retry;
    if (refused.code == condition::vgroup_moved)
        return keeps_places() && is_ours(index) ? verdict::retry : verdict::fail;
    return is_refused_for_a_while(refused) ? verdict::retry : verdict::fail;
}

subscription::verdict subscription::classify_commit_refusal(const failure& refused,
                                                            std::optional<std::size_t> index,
                                                            int tries) const noexcept {
    if (is_awaited(index)) return verdict::await;
    constexpr int tries_before_rejoining = 4;
    const bool is_stuck = refused.code == server_errc::not_initialised && tries >= tries_before_rejoining;
    if (is_stuck && recovers_from(refused)) return verdict::rejoin;
    return classify_refusal(refused, index);
}

/// 3.3.5 refuses commit_offset for a vgroup that stays through a rebalance, until its next reply, and a poll
/// that is held there gets none before rows come; commit works (seen). The first try after an assignment
/// mostly succeeds.
bool subscription::may_commit_in_bulk(const failure& refused, std::optional<std::size_t> index,
                                      int tries) noexcept {
    return index && refused.code == server_errc::not_initialised && tries != 0;
}

bool subscription::can_commit_in_bulk(std::size_t index, std::int64_t offset) const noexcept {
    return can_commit_all() && positions_.is_only_uncommitted(index, offset);
}

std::optional<std::size_t> subscription::common_vgroup(
    const std::vector<partition_offset>& partitions) const noexcept {
    std::optional<std::size_t> index;
    for (const partition_offset& partition : partitions) {
        index = positions_.find(partition.topic(), partition.vgroup());
        if (!is_ours(index)) return std::nullopt;
    }
    return index;
}

failure subscription::note_commit(std::optional<std::size_t> index, std::int64_t offset,
                                  const failure& refused) {
    // Committing the same offset again is what the caller asked for.
    if (!refused || refused.code == server_errc::same_offset) {
        if (index) positions_.committed(*index, offset);
        return {};
    }
    if (index && refused.code == condition::vgroup_moved) check_soon();
    return refused;
}

void subscription::give_up_commit(std::optional<std::size_t> index, const failure& why) noexcept {
    if (index && why.code == condition::vgroup_moved) positions_.refused(*index);
}

void subscription::sought(const partition_offset& target) {
    reader_.sought(target);
    // The connection may be gone since the reply came: the next one has to put the vgroup there too.
    if (!is_up()) positions_.displaced(*positions_.find(target.topic(), target.vgroup()));
}

void subscription::return_to(std::size_t index, std::optional<std::int64_t> offset) {
    if (!is_active() || index >= positions_.size()) return;
    const vgroup_position& vgroup = positions_[index];
    if (offset && vgroup.next != offset) positions_.sought(vgroup.topic, vgroup.vgroup, *offset);
    reader_.displace(index);
    reader_.found_backlog();
    has_attention_ = true;
}

bool subscription::is_complete(const std::string& topic,
                               const std::vector<protocol::vgroup_assignment>& listed) const {
    for (std::size_t i = 0; i < positions_.size(); ++i) {
        const vgroup_position& vgroup = positions_[i];
        if (vgroup.topic != topic || !vgroup.is_placed) continue;
        const bool is_listed = std::any_of(
            listed.begin(), listed.end(),
            [&](const protocol::vgroup_assignment& entry) { return entry.vgroup() == vgroup.vgroup; });
        if (!is_listed) return false;
    }
    return true;
}

/// The bounds of a vgroup that stays through a rebalance are -1 until its next reply: they are what they
/// were.
void subscription::fill_in(const std::string& topic, std::vector<protocol::vgroup_assignment>& listed) {
    for (protocol::vgroup_assignment& entry : listed) {
        const auto index = positions_.find(topic, entry.vgroup());
        if (!index || !positions_[*index].is_placed) {
            check_soon();
            continue;
        }
        if (entry.log_begin() >= 0 && entry.log_end() >= 0) {
            positions_.bounded(*index, entry.log_begin(), entry.log_end());
            continue;
        }
        const vgroup_position& known = positions_[*index];
        if (known.log_begin >= 0)
            entry = protocol::vgroup_assignment(entry.vgroup(), known.next.value_or(entry.offset()),
                                                known.log_begin, known.log_end);
    }
}

bool subscription::know_positions(std::vector<partition_offset>& partitions) const {
    for (partition_offset& partition : partitions) {
        const auto index = positions_.find(partition.topic(), partition.vgroup());
        if (!index || !positions_[*index].is_placed || !positions_[*index].next) return false;
        partition.set_offset(*positions_[*index].next);
    }
    return true;
}

void subscription::correct_positions(std::vector<partition_offset>& partitions) const {
    for (partition_offset& partition : partitions) {
        const auto index = positions_.find(partition.topic(), partition.vgroup());
        const vgroup_position* const known = index ? &positions_[*index] : nullptr;
        const message* const waiting = reader_.undelivered(partition.topic(), partition.vgroup());
        // Messages of a lost connection are delivered again, and those that waited in the server before a
        // seek do not count.
        if (known != nullptr && known->next && (!known->is_placed || known->unproven))
            partition.set_offset(*known->next);
        else if (waiting != nullptr && waiting->kind() != message_kind::metadata)
            partition.set_offset(waiting->offset());
        else if (waiting != nullptr)  // The server reports only the end of metadata.
            partition.set_offset(known != nullptr ? known->next.value_or(-1) : -1);
    }
}

std::optional<std::int64_t> subscription::entries_left(const std::string& topic,
                                                       const protocol::vgroup_assignment& listed,
                                                       std::int64_t position) {
    std::optional<std::int64_t> left;
    if (listed.log_end() >= 0 && position >= 0)
        left = position >= listed.log_end() ? 0 : listed.log_end() - position;
    const auto index = positions_.find(topic, listed.vgroup());
    if (left == 0 || !index) return left;
    // An undelivered message is left to read, however silent the server is.
    const bool is_waiting = reader_.undelivered(topic, listed.vgroup()) != nullptr;
    const bool is_silent = reader_.is_silent(*index, position, listed.log_end());
    return is_silent && !is_waiting ? std::optional<std::int64_t>(0) : left;
}

std::vector<protocol::vgroup_assignment> subscription::known_vgroups(const std::string& topic) const {
    std::vector<protocol::vgroup_assignment> known;
    for (std::size_t i = 0; i < positions_.size(); ++i)
        if (positions_[i].topic == topic && positions_[i].is_placed)
            known.emplace_back(positions_[i].vgroup, -1, -1, -1);
    return known;
}

}  // namespace tmq::subscription
