#include "embedded_server/topics.hpp"

#include "embedded_server/raw_head.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace tmq::embedded {

const log_message& vgroup_log::append(std::uint16_t raw_type, std::vector<std::byte> raw, std::shared_ptr<const std::string> json) {
    log_message message;
    message.begin = next_begin();
    message.end = ++end_;
    message.raw_type = raw_type;
    message.message_type = message_type_of(raw_type);
    message.announced = message.message_type == 2 ? message.end : message.begin;
    message.raw = std::make_shared<const std::vector<std::byte>>(std::move(raw));
    message.json = std::move(json);
    return messages_.emplace_back(std::move(message));
}

const log_message& vgroup_log::append_recorded(log_message message) {
    message.begin = next_begin();
    message.end = std::max(message.end, message.begin + 1);
    end_ = std::max(end_, message.end);
    return messages_.emplace_back(std::move(message));
}

void vgroup_log::truncate(std::int64_t offset) {
    if (offset <= begin_) return;
    begin_ = offset;
    const auto kept = std::partition_point(messages_.begin(), messages_.end(), [offset](const log_message& one) { return one.end <= offset; });
    messages_.erase(messages_.begin(), kept);
    if (messages_.empty()) return;
    log_message& first = messages_.front();
    if (first.announced == first.begin) first.announced = std::max(first.begin, offset);
    first.begin = std::max(first.begin, offset);
}

const log_message* vgroup_log::find(std::int64_t position) const noexcept {
    const auto at = std::partition_point(messages_.begin(), messages_.end(), [position](const log_message& one) { return one.end <= position; });
    return at == messages_.end() ? nullptr : &*at;
}

bool vgroup_log::contains(const std::vector<std::byte>& raw) const noexcept {
    return std::any_of(messages_.begin(), messages_.end(), [&raw](const log_message& one) { return *one.raw == raw; });
}

std::vector<std::int32_t> topic::vgroup_ids() const {
    std::vector<std::int32_t> ids;
    for (const vgroup_log& one : vgroups_) ids.push_back(one.id());
    return ids;
}

vgroup_log* topic::find(std::int32_t id) noexcept {
    const auto at = std::find_if(vgroups_.begin(), vgroups_.end(), [id](const vgroup_log& one) { return one.id() == id; });
    return at == vgroups_.end() ? nullptr : &*at;
}

const vgroup_log* topic::find(std::int32_t id) const noexcept { return const_cast<topic*>(this)->find(id); }

void topic::retain(vgroup_log& log) const {
    if (retention_ && log.end() > *retention_) log.truncate(log.end() - *retention_);
}

topic& topic_catalog::create(const topic_options& options) {
    constexpr std::int32_t most_vgroups = 1024;
    if (options.name().empty()) throw std::invalid_argument("a topic needs a name");
    if (find(options.name())) throw std::invalid_argument("topic '" + options.name() + "' exists");
    if (options.vgroups() < 1 || options.vgroups() > most_vgroups) throw std::invalid_argument("a topic has 1 to 1024 vgroups");
    if (options.retention() && *options.retention() < 1) throw std::invalid_argument("a vgroup keeps at least 1 offset");
    std::int32_t first = 1;
    for (const auto& [name, one] : topics_)
        for (const vgroup_log& log : one.vgroups()) first = std::max(first, log.id() + 1);
    first = options.first_vgroup_id().value_or(first);
    if (first < 1) throw std::invalid_argument("vgroup ids start at 1");
    const auto [at, added] = topics_.try_emplace(options.name(), options);
    for (std::int32_t i = 0; i < options.vgroups(); ++i) at->second.add_vgroup(first + i);
    return at->second;
}

topic& topic_catalog::get_or_create(const std::string& name, const std::string& database) {
    return topics_.try_emplace(name, topic_options(name).database(database)).first->second;
}

topic* topic_catalog::find(std::string_view name) noexcept {
    const auto at = topics_.find(name);
    return at == topics_.end() ? nullptr : &at->second;
}

const topic* topic_catalog::find(std::string_view name) const noexcept { return const_cast<topic_catalog*>(this)->find(name); }

topic& topic_catalog::at(std::string_view name) {
    if (topic* found = find(name)) return *found;
    throw std::invalid_argument("no topic '" + std::string(name) + "'");
}

const topic& topic_catalog::at(std::string_view name) const { return const_cast<topic_catalog*>(this)->at(name); }

vgroup_log& topic_catalog::at(std::string_view name, std::int32_t vgroup) {
    if (vgroup_log* found = at(name).find(vgroup)) return *found;
    throw std::invalid_argument("topic '" + std::string(name) + "' has no vgroup " + std::to_string(vgroup));
}

const vgroup_log& topic_catalog::at(std::string_view name, std::int32_t vgroup) const { return const_cast<topic_catalog*>(this)->at(name, vgroup); }

}  // namespace tmq::embedded
