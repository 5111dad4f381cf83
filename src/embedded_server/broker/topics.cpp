#include "embedded_server/broker/topics.hpp"

#include "embedded_server/encode/block_writer.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace tmq::embedded::broker {

const log_entry& vgroup_log::append(std::uint16_t raw_type, std::vector<std::byte> raw,
                                    std::shared_ptr<const std::string> json, log_entry_kind kind) {
    log_entry entry;
    entry.begin = end_++;
    entry.end = end_;
    entry.kind = kind;
    entry.raw_type = raw_type;
    entry.message_type = encode::message_type_of(raw_type);
    if (entry.message_type == metadata_message) entry.announced_offset = entry.end;
    entry.raw = std::make_shared<const std::vector<std::byte>>(std::move(raw));
    entry.json = std::move(json);
    return entries_.emplace_back(std::move(entry));
}

void vgroup_log::insert(std::vector<std::byte> encoded, std::size_t rows) {
    if (rows == 0) return insert_unselected();
    log_entry entry;
    entry.begin = end_++;
    entry.end = end_;
    entry.kind = log_entry_kind::insert;
    entry.raw_type = 2;
    entry.message_type = encode::message_type_of(entry.raw_type);
    entry.rows = rows;
    entry.raw = std::make_shared<const std::vector<std::byte>>(std::move(encoded));
    entries_.push_back(std::move(entry));
}

const log_entry& vgroup_log::append_recorded(log_entry message) {
    message.kind = log_entry_kind::recorded;
    message.begin = next_begin();
    message.end = std::max(message.end, message.begin + 1);
    end_ = std::max(end_, message.end);
    return entries_.emplace_back(std::move(message));
}

void vgroup_log::truncate(std::int64_t offset) {
    if (offset <= begin_) return;
    begin_ = offset;
    entries_.erase(entries_.cbegin(), first_from(offset));
}

void vgroup_log::erase(std::int64_t offset) {
    const iterator entry = first_from(offset);
    if (entry == entries_.cend() || entry->begin != offset) return;
    entries_.erase(entry);
    cache_ = {};  // Its messages may contain the entry.
}

vgroup_log::iterator vgroup_log::first_from(std::int64_t position) const noexcept {
    return std::partition_point(entries_.cbegin(), entries_.cend(),
                                [position](const log_entry& entry) { return entry.end <= position; });
}

const log_entry* vgroup_log::find(std::int64_t position) const noexcept {
    const iterator entry = first_from(position);
    return entry == entries_.cend() ? nullptr : &*entry;
}

std::optional<found_message> vgroup_log::read(std::int64_t position, const gathering& rules) {
    const iterator first = first_from(position);
    if (first == entries_.cend()) return std::nullopt;
    found_message found;
    found.begin = std::max(position, begin_);
    found.end = first->end;
    found.announced_offset = first->announced_offset.value_or(found.begin);
    found.raw_type = first->raw_type;
    found.message_type = first->message_type;
    found.json = first->json;
    if (first->kind == log_entry_kind::insert) {
        gather(first, rules, found);
    } else if (first->kind == log_entry_kind::sealed || first->announced_offset) {
        found.raw = first->raw;
    } else {
        const bool is_gathered = first->kind == log_entry_kind::recorded && first->rows != 0;
        if (is_gathered) found.end = end_before(first + 1, first->rows >= rules.rows);
        found.raw = encode::with_offsets(first->raw, found.begin, found.end);
    }
    return found;
}

std::int64_t vgroup_log::end_before(iterator next, bool is_full) const noexcept {
    if (is_full) return std::prev(next)->end;
    return next == entries_.cend() ? end_ : next->begin;
}

void vgroup_log::gather(iterator first, const gathering& rules, found_message& message) {
    std::vector<std::span<const std::byte>> entries;
    std::size_t rows = 0;
    std::size_t size = 0;
    iterator next = first;
    for (; next != entries_.cend() && next->kind == log_entry_kind::insert && rows < rules.rows; ++next) {
        size += next->raw->size();
        if (size > most_bytes_gathered && next != first) break;
        rows += next->rows;
        entries.emplace_back(*next->raw);
    }
    message.end = end_before(next, rows >= rules.rows || size > most_bytes_gathered);
    const std::int64_t last = std::prev(next)->end;
    encode::shared_bytes raw = cache_.find(first->begin, last);
    if (!raw) {
        raw = std::make_shared<const std::vector<std::byte>>(
            encode_gathered(entries, rules, message.begin, message.end));
        cache_.add(first->begin, last, raw);
    }
    message.raw = encode::with_offsets(std::move(raw), message.begin, message.end);
}

bool vgroup_log::has_snapshot() const noexcept {
    return std::all_of(entries_.begin(), entries_.end(), [](const log_entry& entry) {
        return entry.message_type == metadata_message || entry.kind == log_entry_kind::insert ||
               entry.kind == log_entry_kind::message;
    });
}

std::vector<encode::shared_bytes> vgroup_log::snapshot(const gathering& rules) const {
    std::vector<std::span<const std::byte>> rows;
    for (const log_entry& entry : entries_)
        if (entry.message_type != metadata_message)
            rows.push_back(entry.kind == log_entry_kind::insert ? std::span(*entry.raw)
                                                                : encode::blocks_of(*entry.raw));
    return encode_snapshot(rows, rules, end_);
}

bool vgroup_log::contains(const std::vector<std::byte>& raw) const noexcept {
    return std::any_of(entries_.begin(), entries_.end(),
                       [&raw](const log_entry& entry) { return *entry.raw == raw; });
}

std::vector<std::int32_t> topic::vgroup_ids() const {
    std::vector<std::int32_t> ids;
    for (const vgroup_log& log : vgroups_)
        ids.push_back(log.id());
    return ids;
}

vgroup_log* topic::find(std::int32_t id) noexcept {
    const auto log = std::find_if(vgroups_.begin(), vgroups_.end(),
                                  [id](const vgroup_log& candidate) { return candidate.id() == id; });
    return log == vgroups_.end() ? nullptr : &*log;
}

const vgroup_log* topic::find(std::int32_t id) const noexcept { return const_cast<topic*>(this)->find(id); }

void topic::retain(vgroup_log& log) const {
    if (retention_ && log.end() > *retention_) log.truncate(log.end() - *retention_);
}

topic& topic_catalog::create(const testing::topic_options& options) {
    constexpr std::int32_t most_vgroups = 1024;
    if (options.name().empty()) throw std::invalid_argument("a topic needs a name");
    if (find(options.name())) throw std::invalid_argument("topic '" + options.name() + "' exists");
    if (options.vgroups() < 1 || options.vgroups() > most_vgroups)
        throw std::invalid_argument("a topic has 1 to 1024 vgroups");
    if (options.retention() && *options.retention() < 1)
        throw std::invalid_argument("a vgroup keeps at least 1 offset");
    const std::int32_t first = options.first_vgroup_id().value_or(free_vgroup_id());
    if (first < 1) throw std::invalid_argument("vgroup ids start at 1");
    topic& created = topics_.try_emplace(options.name(), options).first->second;
    for (std::int32_t i = 0; i < options.vgroups(); ++i)
        created.add_vgroup(first + i);
    return created;
}

topic& topic_catalog::get_or_create(const std::string& name, const std::string& database) {
    return topics_.try_emplace(name, testing::topic_options(name).database(database)).first->second;
}

void topic_catalog::erase(std::string_view name) {
    const auto entry = topics_.find(name);
    if (entry != topics_.end()) topics_.erase(entry);
}

std::vector<std::string> topic_catalog::names() const {
    std::vector<std::string> names;
    for (const auto& [name, topic] : topics_)
        names.push_back(name);
    return names;
}

std::int32_t topic_catalog::free_vgroup_id() const noexcept {
    std::int32_t last = last_reserved_;
    for (const auto& [name, topic] : topics_)
        for (const vgroup_log& log : topic.vgroups())
            last = std::max(last, log.id());
    return last + 1;
}

std::int32_t topic_catalog::reserve_vgroups(std::int32_t count) {
    const std::int32_t first = free_vgroup_id();
    last_reserved_ = first + count - 1;
    return first;
}

topic* topic_catalog::find(std::string_view name) noexcept {
    const auto entry = topics_.find(name);
    return entry == topics_.end() ? nullptr : &entry->second;
}

const topic* topic_catalog::find(std::string_view name) const noexcept {
    return const_cast<topic_catalog*>(this)->find(name);
}

topic& topic_catalog::at(std::string_view name) {
    if (topic* found = find(name)) return *found;
    throw std::invalid_argument("no topic '" + std::string(name) + "'");
}

const topic& topic_catalog::at(std::string_view name) const {
    return const_cast<topic_catalog*>(this)->at(name);
}

vgroup_log& topic_catalog::at(std::string_view name, std::int32_t vgroup) {
    if (vgroup_log* found = at(name).find(vgroup)) return *found;
    throw std::invalid_argument("topic '" + std::string(name) + "' has no vgroup " + std::to_string(vgroup));
}

const vgroup_log& topic_catalog::at(std::string_view name, std::int32_t vgroup) const {
    return const_cast<topic_catalog*>(this)->at(name, vgroup);
}

}  // namespace tmq::embedded::broker
