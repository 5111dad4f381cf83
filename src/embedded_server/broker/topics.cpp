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
    if (entry.message_type == metadata_message) entry.announced = entry.end;
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
    const iterator at = first_from(offset);
    if (at == entries_.cend() || at->begin != offset) return;
    entries_.erase(at);
    gathered_ = {};  // may have been made with it
}

vgroup_log::iterator vgroup_log::first_from(std::int64_t position) const noexcept {
    return std::partition_point(entries_.cbegin(), entries_.cend(),
                                [position](const log_entry& one) { return one.end <= position; });
}

const log_entry* vgroup_log::find(std::int64_t position) const noexcept {
    const iterator at = first_from(position);
    return at == entries_.cend() ? nullptr : &*at;
}

std::optional<found_message> vgroup_log::read(std::int64_t position, const gathering& how) {
    const iterator first = first_from(position);
    if (first == entries_.cend()) return std::nullopt;
    found_message found;
    found.begin = std::max(position, begin_);
    found.end = first->end;
    found.announced = first->announced.value_or(found.begin);
    found.raw_type = first->raw_type;
    found.message_type = first->message_type;
    found.json = first->json;
    if (first->kind == log_entry_kind::insert) {
        gather(first, how, found);
    } else if (first->kind == log_entry_kind::sealed || first->announced) {
        found.raw = first->raw;
    } else {
        const bool recorded = first->kind == log_entry_kind::recorded && first->rows != 0;
        if (recorded) found.end = end_before(first + 1, first->rows >= how.rows);
        found.raw = encode::with_offsets(first->raw, found.begin, found.end);
    }
    return found;
}

std::int64_t vgroup_log::end_before(iterator next, bool content) const noexcept {
    if (content) return std::prev(next)->end;
    return next == entries_.cend() ? end_ : next->begin;
}

void vgroup_log::gather(iterator first, const gathering& how, found_message& into) {
    std::vector<std::span<const std::byte>> entries;
    std::size_t rows = 0;
    std::size_t size = 0;
    iterator next = first;
    for (; next != entries_.cend() && next->kind == log_entry_kind::insert && rows < how.rows; ++next) {
        size += next->raw->size();
        if (size > most_bytes_gathered && next != first) break;
        rows += next->rows;
        entries.emplace_back(*next->raw);
    }
    into.end = end_before(next, rows >= how.rows || size > most_bytes_gathered);
    const std::int64_t last = std::prev(next)->end;
    encode::shared_bytes raw = gathered_.find(first->begin, last);
    if (!raw) {
        raw = std::make_shared<const std::vector<std::byte>>(
            encode_gathered(entries, how, into.begin, into.end));
        gathered_.add(first->begin, last, raw);
    }
    into.raw = encode::with_offsets(std::move(raw), into.begin, into.end);
}

bool vgroup_log::has_snapshot() const noexcept {
    return std::all_of(entries_.begin(), entries_.end(), [](const log_entry& one) {
        return one.message_type == metadata_message || one.kind == log_entry_kind::insert ||
               one.kind == log_entry_kind::message;
    });
}

std::vector<encode::shared_bytes> vgroup_log::snapshot(const gathering& how) const {
    std::vector<std::span<const std::byte>> rows;
    for (const log_entry& one : entries_)
        if (one.message_type != metadata_message)
            rows.push_back(one.kind == log_entry_kind::insert ? std::span(*one.raw)
                                                              : encode::blocks_of(*one.raw));
    return encode_snapshot(rows, how, end_);
}

bool vgroup_log::contains(const std::vector<std::byte>& raw) const noexcept {
    return std::any_of(entries_.begin(), entries_.end(),
                       [&raw](const log_entry& one) { return *one.raw == raw; });
}

std::vector<std::int32_t> topic::vgroup_ids() const {
    std::vector<std::int32_t> ids;
    for (const vgroup_log& one : vgroups_)
        ids.push_back(one.id());
    return ids;
}

vgroup_log* topic::find(std::int32_t id) noexcept {
    const auto at = std::find_if(vgroups_.begin(), vgroups_.end(),
                                 [id](const vgroup_log& one) { return one.id() == id; });
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
    if (options.vgroups() < 1 || options.vgroups() > most_vgroups)
        throw std::invalid_argument("a topic has 1 to 1024 vgroups");
    if (options.retention() && *options.retention() < 1)
        throw std::invalid_argument("a vgroup keeps at least 1 offset");
    const std::int32_t first = options.first_vgroup_id().value_or(free_vgroup_id());
    if (first < 1) throw std::invalid_argument("vgroup ids start at 1");
    const auto [at, added] = topics_.try_emplace(options.name(), options);
    for (std::int32_t i = 0; i < options.vgroups(); ++i)
        at->second.add_vgroup(first + i);
    return at->second;
}

topic& topic_catalog::get_or_create(const std::string& name, const std::string& database) {
    return topics_.try_emplace(name, topic_options(name).database(database)).first->second;
}

void topic_catalog::erase(std::string_view name) {
    const auto at = topics_.find(name);
    if (at != topics_.end()) topics_.erase(at);
}

std::vector<std::string> topic_catalog::names() const {
    std::vector<std::string> all;
    for (const auto& [name, one] : topics_)
        all.push_back(name);
    return all;
}

std::int32_t topic_catalog::free_vgroup_id() const noexcept {
    std::int32_t last = last_reserved_;
    for (const auto& [name, one] : topics_)
        for (const vgroup_log& log : one.vgroups())
            last = std::max(last, log.id());
    return last + 1;
}

std::int32_t topic_catalog::reserve_vgroups(std::int32_t count) {
    const std::int32_t first = free_vgroup_id();
    last_reserved_ = first + count - 1;
    return first;
}

topic* topic_catalog::find(std::string_view name) noexcept {
    const auto at = topics_.find(name);
    return at == topics_.end() ? nullptr : &at->second;
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
