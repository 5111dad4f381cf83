#include "embedded_server/broker/broker.hpp"

#include "base/server_constants.hpp"
#include "embedded_server/broker/message_blocks.hpp"
#include "tmq/server_errc.hpp"
#include "tmq/testing/announced_message.hpp"
#include "tmq/testing/server_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tmq::embedded::broker {

using protocol::action;

namespace {

constexpr std::uint32_t number(server_errc code) noexcept { return static_cast<std::uint32_t>(code); }

constexpr std::uint32_t adapter_error = number(server_errc::adapter_failed);
constexpr std::uint32_t consumer_mismatch = number(server_errc::consumer_mismatch);
constexpr std::uint32_t topic_not_exist = number(server_errc::topic_not_found);
constexpr std::uint32_t no_committed_offset = number(server_errc::no_start_offset);
constexpr std::uint32_t internal_error = 0x0138;
constexpr std::uint32_t consumer_not_exist = number(server_errc::consumer_not_found);
constexpr std::uint32_t snapshot_mode = number(server_errc::snapshot_offset);
constexpr std::uint32_t offset_out_of_range = number(server_errc::offset_out_of_range);
constexpr std::uint32_t foreign_vgroup = number(server_errc::foreign_vgroup);
constexpr std::uint32_t foreign_topic = number(server_errc::foreign_topic);
constexpr std::uint32_t not_initialised = number(server_errc::not_initialised);
constexpr std::string_view snapshot_mode_text = "Can not operate in snapshot mode";
constexpr std::string_view foreign_vgroup_text = "VgId does not belong to this consumer";
constexpr std::string_view foreign_topic_text = "Topic does not belong to this consumer";
constexpr std::int32_t raw_data_message = 4;

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Returns the real server's text for a fetch with another message id.
std::string_view wrong_message_id(action kind) noexcept {
    switch (kind) {
        case action::fetch: return "message ID are not equal";
        case action::fetch_block: return "message is nil";
        default: return "message ID is not equal";
    }
}

}  // namespace

broker::broker(const testing::server_options& options)
    : options_(options), replies_(server_version(options.version())), instances_(options.instances()) {
    if (options.rows_per_poll() == 0) throw std::invalid_argument("rows_per_poll is at least 1");
    if (options.log_growth() < 0 || options.commit_growth() < 0)
        throw std::invalid_argument("a log does not shrink");
}

member_id broker::open() {
    const member_id id = ++last_member_;
    members_[id].id = id;
    return id;
}

void broker::close(member_id id, time_point now, output& out, loss cause) {
    const auto entry = members_.find(id);
    if (entry == members_.end() || !entry->second.is_connected) return;
    member& member = entry->second;
    const bool dies_by_session_timeout =
        cause == loss::server && options_.keep_dead_members_by_session_timeout();
    const std::chrono::milliseconds stay =
        dies_by_session_timeout ? member.settings.session_timeout : options_.keep_dead_members();
    if (stay.count() > 0 && member.is_live()) {
        member.is_connected = false;
        member.departure = now + stay;
        member.holder.reset();
        member.queue.clear();
        keep_track(member, now);
    } else {
        remove(entry, now);
    }
    serve_waiting(now, out);
}

void broker::handle(member_id id, const protocol::request& request, time_point now, output& out) {
    const auto entry = members_.find(id);
    if (entry == members_.end()) return;
    operation op{request, now, std::nullopt};
    // Before 3.3.3 fetch_raw_data is an unknown action, and an unknown action gets no reply.
    if (op.kind() == action::fetch_raw_data && !replies_.version().has_fetch_raw_data()) return;
    member& member = entry->second;
    expire(now);
    if (member.is_live()) member.readers.wake(context_of(member));
    dispatch(member, std::move(op), now, out);
    keep_track(member, now);
    serve_waiting(now, out);
}

void broker::dispatch(member& member, operation op, time_point now, output& out) {
    const action kind = op.kind();
    if (kind == action::version)
        return reply(member, op, replies_.version_reply(op.request, elapsed(op, now)), out);
    if (kind == action::subscribe || kind == action::unsubscribe)
        return submit(member, std::move(op), now, out);
    if (!member.has_consumer) return reply_error(member, op, now, adapter_error, "tmq not init", out);
    if (kind == action::list_topics)
        return reply(member, op, replies_.topics(op.request, elapsed(op, now), member.topics), out);
    if (kind >= action::fetch && kind <= action::fetch_json_meta)
        return fetch(member, std::move(op), now, out);
    submit(member, std::move(op), now, out);
}

void broker::advance(time_point now, output& out) {
    expire(now);
    serve_waiting(now, out);
    for (const member_id id : due_members(now)) {
        member& member = members_.at(id);
        if (!member.holder) continue;
        if (member.waits_for_data() && member.next_ask && *member.next_ask <= now &&
            serve(member, reader_set::occasion::timer, now, out))
            continue;
        if (!member.holder->deadline || *member.holder->deadline > now) continue;
        if (!member.waits_for_data() || !serve(member, reader_set::occasion::growth, now, out))
            finish(member, now, out);
    }
    serve_waiting(now, out);
}

std::optional<broker::time_point> broker::next_deadline() const {
    std::optional<time_point> next;
    if (!deadlines_.empty()) next = deadlines_.begin()->first;
    for (const auto& [group, end] : rebalance_ends_)
        next = next ? std::min(*next, end) : end;
    return next;
}

std::optional<std::int64_t> broker::committed(std::string_view group, std::string_view topic,
                                              std::int32_t vgroup) const {
    const auto entry = groups_.find(group);
    return entry == groups_.end() ? std::nullopt : entry->second.committed({std::string(topic), vgroup});
}

std::size_t broker::member_count(std::string_view group) const {
    const auto entry = groups_.find(group);
    return entry == groups_.end() ? 0 : entry->second.size();
}

void broker::reply(const member& member, const operation& op, protocol::outgoing_message message,
                   output& out) {
    out.push_back({member.id, op.request.req_id, op.kind(), std::move(message)});
}

void broker::reply_error(const member& member, const operation& op, time_point now, std::uint32_t code,
                         std::string_view text, output& out) const {
    reply(member, op, replies_.error(op.request, elapsed(op, now), code, text), out);
}

void broker::submit(member& member, operation op, time_point now, output& out) {
    if (member.holder)
        enqueue(member, std::move(op));
    else
        execute(member, std::move(op), now, out);
}

void broker::enqueue(member& member, operation op) {
    // Adapters from 3.3.6 keep one waiting poll and drop an older one without a reply.
    if (op.kind() == action::poll && replies_.version().polls_with_message_id())
        std::erase_if(member.queue, [](const operation& queued) { return queued.kind() == action::poll; });
    member.queue.push_back(std::move(op));
}

void broker::run_queue(member& member, time_point now, output& out) {
    while (!member.holder && !member.queue.empty()) {
        operation next = std::move(member.queue.front());
        member.queue.pop_front();
        execute(member, std::move(next), now, out);
    }
}

void broker::execute(member& member, operation op, time_point now, output& out) {
    switch (op.kind()) {
        case action::subscribe: return start_subscribe(member, std::move(op), now, out);
        case action::unsubscribe: return unsubscribe(member, op, now, out);
        case action::poll: return poll(member, std::move(op), now, out);
        case action::commit: return commit(member, op, now, out);
        case action::commit_offset: return commit_offset(member, op, now, out);
        case action::seek: return seek(member, op, now, out);
        case action::committed:
        case action::position: return list_offsets(member, op, now, out);
        case action::assignment: return assignment(member, op, now, out);
        case action::fetch: return next_block(member, op, now, out);
        case action::fetch_block:
            if (!member.fetched_reply)
                return reply_error(member, op, now, adapter_error, "no fetch data", out);
            return reply(member, op,
                         protocol::reply_writer::with_timing(*member.fetched_reply, elapsed(op, now)), out);
        case action::fetch_raw:
        case action::fetch_raw_data: return fetch_raw(member, op, now, out);
        case action::fetch_json_meta:
            return reply(member, op, replies_.json_meta(op.request, elapsed(op, now), op.message->json.get()),
                         out);
        default: return;
    }
}

void broker::finish(member& member, time_point now, output& out) {
    const lock_holder holder = std::move(*member.holder);
    member.holder.reset();
    if (holder.op.kind() == action::subscribe) {
        finish_subscribe(member, holder.op, now, out);
    } else {
        member.last_poll = now;
        if (!member.is_expelled && !is_rebalancing(member))
            member.readers.ask(reader_set::occasion::end, context_of(member), now);
        reply(member, holder.op, replies_.poll(holder.op.request, elapsed(holder.op, now), nullptr), out);
    }
    run_queue(member, now, out);
    keep_track(member, now);
}

bool broker::serve(member& member, reader_set::occasion cause, time_point now, output& out) {
    const bool is_done = try_poll(member, member.holder->op, cause, now, out);
    if (is_done) {
        member.holder.reset();
        run_queue(member, now, out);
    }
    keep_track(member, now);
    return is_done;
}

void broker::serve_waiting(time_point now, output& out) {
    while (std::exchange(needs_serving_, false))
        for (const member_id id : std::vector<member_id>(waiting_.begin(), waiting_.end()))
            if (member& member = members_.at(id); member.waits_for_data())
                serve(member, reader_set::occasion::growth, now, out);
}

void broker::start_subscribe(member& member, operation op, time_point now, output& out) {
    if (member.has_consumer && member.is_subscribed)
        return reply_error(member, op, now, adapter_error, "tmq should have unsubscribed first", out);
    if (!member.has_consumer) {
        protocol::subscribe_verdict verdict = protocol::check_subscribe(
            op.request.subscribe, replies_.version(), options_.user(), options_.password());
        if (verdict.hangs) {
            member.holder = lock_holder{std::move(op), std::nullopt};
            return;
        }
        if (verdict.refusal)
            return reply_error(member, op, now, verdict.refusal->code, verdict.refusal->text, out);
        member.settings = std::move(verdict.settings);
    }
    for (const std::string& name : op.request.subscribe.topics)
        if (!topics_.find(name)) return reply_error(member, op, now, topic_not_exist, "Topic not exist", out);
    if (options_.subscribe_time().count() <= 0) return finish_subscribe(member, op, now, out);
    member.holder = lock_holder{std::move(op), now + options_.subscribe_time()};
}

void broker::finish_subscribe(member& member, const operation& op, time_point now, output& out) {
    // A topic may have been dropped while the subscribe took its time.
    for (const std::string& name : op.request.subscribe.topics)
        if (!topics_.find(name)) return reply_error(member, op, now, topic_not_exist, "Topic not exist", out);
    member.has_consumer = true;
    member.is_subscribed = true;
    member.is_initialised = false;
    member.last_poll = member.subscribe_time = now;
    if (readmit(member)) {
        member.settling_end = now + options_.settle_time();
        join_group(member, op.request.subscribe.topics, now);
    }
    reply(member, op, replies_.subscribe(op.request, elapsed(op, now), instances_), out);
}

void broker::join_group(member& member, const std::vector<std::string>& topics, time_point now) {
    member.topics.clear();
    for (const std::string& name : topics)
        if (!contains(member.topics, name)) member.topics.push_back(name);
    for (const std::string& name : member.topics)
        for (vgroup_log& log : topics_.at(name).vgroups())
            log.advance(options_.log_growth());
    if (member.topics.empty()) return;
    groups_[member.settings.group].join(member.id, member.topics);
    rebalance(member.settings.group, now);
}

bool broker::readmit(member& member) const {
    if (!member.is_expelled) return true;
    const bool knows = !member.expulsion_notice || *member.expulsion_notice <= member.last_poll;
    const bool stays_out = knows && (replies_.version().reports_eviction() || ++member.comebacks < 2);
    if (stays_out) return false;
    member.is_expelled = false;
    member.comebacks = 0;
    member.expulsion_notice.reset();
    return true;
}

void broker::unsubscribe(member& member, const operation& op, time_point now, output& out) {
    if (!member.has_consumer) return reply_error(member, op, now, adapter_error, "tmq not init", out);
    leave_group(member, now);
    member.current.reset();
    reply(member, op, replies_.success(op.request, elapsed(op, now)), out);
}

void broker::fetch(member& member, operation op, time_point now, output& out) {
    if (!member.current) return reply_error(member, op, now, adapter_error, "message has been freed", out);
    const current_message& message = *member.current;
    const action kind = op.kind();
    if (kind == action::fetch_json_meta && replies_.version().has_json_meta_of_meta_only() &&
        !message.has_meta())
        return reply_error(
            member, op, now, adapter_error,
            fmt::format("message type can not get meta, type: {}", message.announcement.message_type), out);
    if (message.announcement.message_id != op.request.message_id.value_or(0))
        return reply_error(member, op, now, adapter_error, wrong_message_id(kind), out);
    if ((kind == action::fetch || kind == action::fetch_block) && !message.has_rows())
        return reply_error(member, op, now, adapter_error, "message type is not data", out);
    // The adapter checks the id before it takes the lock, and copies the bytes under the lock.
    op.message = message;
    submit(member, std::move(op), now, out);
}

void broker::fetch_raw(member& member, const operation& op, time_point now, output& out) {
    const current_message& message = *op.message;
    const bool is_repeated = std::exchange(message.cursor->is_raw_sent, true);
    if (is_repeated && message.announcement.message_type == raw_data_message) {
        out.push_back({member.id, op.request.req_id, op.kind(), {}, {}, true});
        return;
    }
    member.fetched_reply = replies_.raw(op.request, elapsed(op, now), message.raw_type, message.raw);
    reply(member, op, *member.fetched_reply, out);
}

void broker::next_block(member& member, const operation& op, time_point now, output& out) {
    const current_message& message = *op.message;
    block_cursor& cursor = *message.cursor;
    if (!std::exchange(cursor.is_split, true))
        cursor.blocks = split_blocks(message.raw_type, *message.raw.stored);
    if (!cursor.blocks)
        return reply_error(member, op, now, adapter_error, "this message cannot be split into blocks", out);
    const protocol::message_block* const block =
        cursor.next < cursor.blocks->size() ? &(*cursor.blocks)[cursor.next++] : nullptr;
    if (block) member.fetched_reply = protocol::reply_writer::block(op.request, *block);
    reply(member, op, replies_.fetch(op.request, elapsed(op, now), block), out);
}

void broker::poll(member& member, operation op, time_point now, output& out) {
    member.is_initialised = true;
    if (!member.is_expelled) member.last_poll = now;
    const bool is_guarded = replies_.version().polls_with_message_id() && op.request.message_id.has_value();
    if (is_guarded && member.current && member.current->announcement.message_id != *op.request.message_id)
        return reply(member, op, replies_.poll(op.request, elapsed(op, now), &member.current->announcement),
                     out);
    if (member.settings.auto_commit && now >= member.next_commit) {
        commit_positions(member);
        member.next_commit = now + member.settings.auto_commit_interval;
    }
    if (try_poll(member, op, reader_set::occasion::call, now, out)) return;
    if (op.request.blocking_time == 0)
        return reply(member, op, replies_.poll(op.request, elapsed(op, now), nullptr), out);
    constexpr std::int64_t a_year = 365LL * 24 * 3600 * 1000;
    std::optional<time_point> deadline;
    if (op.request.blocking_time > 0)
        deadline = now + std::chrono::milliseconds(std::min(op.request.blocking_time, a_year));
    member.holder = lock_holder{std::move(op), deadline};
}

bool broker::try_poll(member& member, const operation& op, reader_set::occasion cause, time_point now,
                      output& out) {
    if (member.is_expelled) return refuse_poll(member, op, now, out);
    if (is_rebalancing(member)) return false;
    const reading_context context = context_of(member);
    member.readers.wake(context);
    // Newer versions deliver the replies that wait before they ask for more.
    if (replies_.version().asks_during_wait() && handle_replies(member, op, now, out)) return true;
    member.readers.ask(cause, context, now);
    return handle_replies(member, op, now, out);
}

bool broker::refuse_poll(member& member, const operation& op, time_point now, output& out) const {
    if (replies_.version().reports_eviction()) {
        reply_error(member, op, now, consumer_not_exist, "Consumer not exist", out);
        return true;
    }
    // libtaos asks for its vgroups in the first poll after the expulsion, and gets the reply one round trip
    // later, while the poll waits.
    constexpr std::chrono::milliseconds round_trip{25};
    if (member.expulsion_notice) {
        member.expulsion_notice = std::min(*member.expulsion_notice, now + round_trip);
        if (now < *member.expulsion_notice) return false;
    }
    reply_error(member, op, now, consumer_mismatch, "Consumer mismatch", out);
    return true;
}

bool broker::handle_replies(member& member, const operation& op, time_point now, output& out) {
    while (vgroup_reader* const reader = member.readers.first_reply()) {
        handled_reply result = reader->handle(now);
        if (result.lacks_start && replies_.version().reports_no_start()) {
            reply_error(member, op, now, no_committed_offset, "TQ no committed offset", out);
            return true;
        }
        if (result.message) {
            announce(member, op, reader->vgroup(), std::move(*result.message), now, out);
            return true;
        }
    }
    return false;
}

void broker::announce(member& member, const operation& op, const vgroup_key& vgroup, found_message found,
                      time_point now, output& out) {
    member.last_poll = now;
    if (found.message_type == raw_data_message && !replies_.version().has_raw_data_messages())
        return reply_error(member, op, now, adapter_error, "unavailable tmq type:4", out);
    const auto& [name, id] = vgroup;
    const protocol::poll_result announcement{name,
                                             topics_.at(name).database(),
                                             id,
                                             found.message_type,
                                             ++member.last_message_id,
                                             found.announced_offset};
    member.current = current_message{announcement, found.raw_type, std::move(found.raw),
                                     std::move(found.json), std::make_shared<block_cursor>()};
    reply(member, op, replies_.poll(op.request, elapsed(op, now), &announcement), out);
    out.back().announcement = testing::announced_message{
        member.settings.group, name, id, announcement.message_type, announcement.offset, 0};
}

void broker::commit(member& member, const operation& op, time_point now, output& out) {
    commit_positions(member);
    reply(member, op, replies_.commit(op.request, elapsed(op, now)), out);
}

void broker::commit_offset(member& member, const operation& op, time_point now, output& out) {
    if (const auto error = check_offset(member, op.request))
        return reply_error(member, op, now, error->code, error->text, out);
    set_committed(member.settings.group, {op.request.topic, op.request.vgroup_id}, op.request.offset);
    reply(member, op, replies_.commit_offset(op.request, elapsed(op, now)), out);
}

void broker::seek(member& member, const operation& op, time_point now, output& out) {
    if (const auto error = check_offset(member, op.request))
        return reply_error(member, op, now, error->code, error->text, out);
    if (member.is_expelled) return reply_error(member, op, now, consumer_mismatch, "Consumer mismatch", out);
    member.readers.seek(*member.readers.find(op.request.topic, op.request.vgroup_id), op.request.offset,
                        context_of(member));
    reply(member, op, replies_.success(op.request, elapsed(op, now)), out);
}

void broker::list_offsets(member& member, const operation& op, time_point now, output& out) {
    const bool lists_commits = op.kind() == action::committed;
    std::vector<std::int64_t> offsets;
    for (const auto& [topic, vgroup] : op.request.topic_vgroups) {
        auto error =
            lists_commits ? check_owner(member, topic, vgroup) : check_position(member, topic, vgroup);
        if (!error && lists_commits && !member.is_initialised && is_rebalancing(member))
            error = request_error{foreign_vgroup, foreign_vgroup_text};
        std::int64_t offset = base::nothing_committed;
        if (!error) {
            const auto commit = committed(member, {topic, vgroup});
            if (lists_commits) {
                offset = commit.value_or(base::nothing_committed);
            } else {
                const auto position = member.readers.find(topic, vgroup)->position(commit);
                if (!position && replies_.version().reports_no_start())
                    error = request_error{internal_error, "Internal error"};
                offset = position.value_or(0);
            }
        }
        // The adapter takes a negative offset for an error code.
        if (!error && offset < 0 && offset != base::nothing_committed)
            error = request_error{adapter_error, "fail"};
        if (error) return reply_error(member, op, now, error->code, error->text, out);
        offsets.push_back(offset);
    }
    reply(member, op, replies_.offsets(op.request, elapsed(op, now), offsets), out);
}

void broker::assignment(member& member, const operation& op, time_point now, output& out) {
    if (is_rebalancing(member))
        return reply_error(member, op, now, consumer_mismatch, "Consumer mismatch", out);
    if (!contains(member.topics, op.request.topic))
        return reply_error(member, op, now, foreign_topic, foreign_topic_text, out);
    member.is_initialised = true;
    std::vector<vgroup_reader*> readers;
    for (vgroup_reader& reader : member.readers.all())
        if (reader.vgroup().first == op.request.topic) readers.push_back(&reader);
    const bool is_asked = std::any_of(readers.begin(), readers.end(),
                                      [](const vgroup_reader* reader) { return !reader->is_placed(); });
    if (is_asked && member.is_expelled)
        return reply_error(member, op, now, consumer_mismatch, "Consumer mismatch", out);
    if (is_asked && crashes_now())
        return out.push_back({member.id, op.request.req_id, op.kind(), {}, {}, true});
    std::vector<protocol::vgroup_assignment> vgroups;
    for (vgroup_reader* const reader : readers) {
        const auto& [name, vgroup] = reader->vgroup();
        if (now < member.settling_end) {
            vgroups.push_back({vgroup, -1, -1, -1});
            continue;
        }
        if (reader->reads_snapshot())
            return reply_error(member, op, now, snapshot_mode, snapshot_mode_text, out);
        const vgroup_log& log = topics_.at(name, vgroup);
        if (is_asked && op.request.omitted_vgroup == vgroup &&
            replies_.version().counts_assignments_too_early())
            continue;
        if (is_asked) reader->learn({log.begin(), log.end()});
        const std::int64_t offset = reader->assigned_offset(log, committed(member, reader->vgroup()));
        vgroups.push_back({vgroup, offset, reader->bounds().begin, reader->bounds().end});
    }
    reply(member, op, replies_.assignment(op.request, elapsed(op, now), vgroups), out);
}

bool broker::crashes_now() {
    const std::uint64_t interval = options_.assignment_crash();
    return interval != 0 && replies_.version().counts_assignments_too_early() &&
           ++asked_assignments_ % interval == 0;
}

void broker::commit_positions(const member& member) {
    for (const vgroup_reader& reader : member.readers.all())
        if (const auto offset = reader.committable())
            set_committed(member.settings.group, reader.vgroup(), *offset);
}

void broker::set_committed(const std::string& name, const vgroup_key& vgroup, std::int64_t offset) {
    consumer_group& group = groups_[name];
    // A real server writes no log entry for the offset that is committed already.
    if (group.committed(vgroup) == offset) return;
    group.commit(vgroup, offset);
    topics_.at(vgroup.first, vgroup.second).advance(options_.commit_growth());
}

reading_context broker::context_of(const member& member) {
    return {topics_,
            groups_[member.settings.group],
            member.settings,
            replies_.version(),
            options_.rows_per_poll(),
            options_.poll_pace()};
}

std::optional<std::int64_t> broker::committed(const member& member, const vgroup_key& vgroup) const {
    const auto entry = groups_.find(member.settings.group);
    return entry == groups_.end() ? std::nullopt : entry->second.committed(vgroup);
}

void broker::remove(std::map<member_id, member>::iterator entry, time_point now) {
    member& member = entry->second;
    leave_group(member, now);
    member.is_connected = false;
    member.holder.reset();
    member.departure.reset();
    keep_track(member, now);
    members_.erase(entry);
}

void broker::leave_group(member& member, time_point now) {
    member.is_subscribed = false;
    member.readers.clear();
    const std::vector<std::string> topics = std::exchange(member.topics, {});
    if (topics.empty()) return;
    groups_[member.settings.group].leave(member.id);
    rebalance(member.settings.group, now);
}

void broker::rebalance(const std::string& name, time_point now) {
    consumer_group& group = groups_[name];
    std::vector<std::string> topics;
    for (const member_id id : group.members())
        for (const std::string& topic : members_.at(id).topics)
            if (!contains(topics, topic)) topics.push_back(topic);
    bool has_moved = false;
    for (const std::string& topic : topics)
        has_moved |= group.distribute(topic, topics_.at(topic).vgroup_ids());
    if (has_moved && options_.rebalance_time().count() > 0)
        rebalance_ends_[name] = now + options_.rebalance_time();
    for (const member_id id : group.members()) {
        member& owner = members_.at(id);
        std::vector<vgroup_reader> readers;
        for (const std::string& topic : owner.topics)
            for (const std::int32_t vgroup : topics_.at(topic).vgroup_ids()) {
                if (!group.owns(id, {topic, vgroup})) continue;
                vgroup_reader* const known = owner.readers.find(topic, vgroup);
                readers.push_back(known ? std::move(*known) : new_reader(owner, {topic, vgroup}));
                readers.back().forget_bounds();
            }
        owner.readers.assign(std::move(readers));
    }
    needs_serving_ = true;
}

void broker::rebalance_all(time_point now) {
    for (const auto& [name, group] : groups_)
        rebalance(name, now);
}

void broker::expire(time_point now) {
    for (const member_id id : due_members(now)) {
        const auto entry = members_.find(id);
        member& member = entry->second;
        if (member.is_live() && !member.holder &&
            member.last_poll + member.settings.max_poll_interval <= now) {
            expel(member, now);
            if (!replies_.version().reports_eviction()) member.expulsion_notice = time_point::max();
        }
        if (member.departure && *member.departure <= now) remove(entry, now);
    }
    const auto is_over = [now](const auto& rebalance) { return rebalance.second <= now; };
    if (std::erase_if(rebalance_ends_, is_over) != 0) needs_serving_ = true;
}

std::vector<member_id> broker::due_members(time_point now) const {
    std::vector<member_id> members;
    for (const auto& [deadline, id] : deadlines_) {
        if (deadline > now) break;
        members.push_back(id);
    }
    std::sort(members.begin(), members.end());
    return members;
}

void broker::keep_track(member& member, time_point now) {
    member.next_ask.reset();
    if (member.waits_for_data() && !member.is_expelled && !is_rebalancing(member))
        member.next_ask = member.readers.next_ask(context_of(member), member.subscribe_time, now);
    if (member.waits_for_data())
        waiting_.insert(member.id);
    else
        waiting_.erase(member.id);
    std::optional<time_point> deadline = member.holder ? member.holder->deadline : std::nullopt;
    if (member.next_ask) deadline = deadline ? std::min(*deadline, *member.next_ask) : member.next_ask;
    if (member.departure) deadline = member.departure;
    if (member.is_live() && !member.holder) deadline = member.last_poll + member.settings.max_poll_interval;
    if (deadline == member.deadline) return;
    if (member.deadline) deadlines_.erase({*member.deadline, member.id});
    if (deadline) deadlines_.emplace(*deadline, member.id);
    member.deadline = deadline;
}

void broker::expel(member& member, time_point now) {
    // Older libtaos keeps its topics and positions; newer ones forget them.
    const bool forgets = replies_.version().reports_eviction();
    std::vector<std::string> topics = forgets ? std::vector<std::string>() : member.topics;
    reader_set readers = forgets ? reader_set() : std::move(member.readers);
    leave_group(member, now);
    member.topics = std::move(topics);
    member.readers = std::move(readers);
    member.is_subscribed = true;
    member.is_expelled = true;
    keep_track(member, now);
}

std::size_t broker::evict(std::string_view group, time_point now) {
    std::size_t count = 0;
    for (auto& [id, member] : members_) {
        if (!member.is_live() || member.settings.group != group) continue;
        expel(member, now);
        ++count;
    }
    needs_serving_ = true;
    return count;
}

member_id broker::add_ghost(const std::string& group, const std::string& topic, time_point now) {
    topics_.at(topic);
    member& ghost = members_[open()];
    ghost.is_connected = false;
    ghost.is_subscribed = true;
    ghost.settings.group = group;
    ghost.topics = {topic};
    groups_[group].join(ghost.id, ghost.topics);
    rebalance(group, now);
    return ghost.id;
}

void broker::remove_ghost(member_id id, time_point now) {
    const auto entry = members_.find(id);
    if (entry == members_.end() || entry->second.is_connected || entry->second.departure)
        throw std::invalid_argument("no ghost " + std::to_string(id));
    remove(entry, now);
}

bool broker::drop_topic(const std::string& name) {
    const auto uses = [&name](const auto& entry) {
        const member& member = entry.second;
        return member.is_subscribed && !member.is_expelled && contains(member.topics, name);
    };
    if (std::any_of(members_.begin(), members_.end(), uses)) return false;
    for (auto& [id, member] : members_)
        member.readers.forget(name);
    for (auto& [group_name, group] : groups_)
        group.forget(name);
    topics_.erase(name);
    return true;
}

vgroup_reader broker::new_reader(const member& member, const vgroup_key& vgroup) const {
    const vgroup_log& log = topics_.at(vgroup.first, vgroup.second);
    const bool reads_snapshot = member.settings.snapshot &&
                                member.settings.reset == protocol::offset_reset::earliest &&
                                !committed(member, vgroup) && log.has_snapshot();
    return {vgroup, member.settings.reset, reads_snapshot};
}

std::optional<broker::request_error> broker::check_owner(member& member, const std::string& topic,
                                                         std::int32_t vgroup) {
    if (!contains(member.topics, topic)) return request_error{foreign_topic, foreign_topic_text};
    if (!member.readers.find(topic, vgroup)) return request_error{foreign_vgroup, foreign_vgroup_text};
    return std::nullopt;
}

std::optional<broker::request_error> broker::check_position(member& member, const std::string& topic,
                                                            std::int32_t vgroup) {
    if (const auto error = check_owner(member, topic, vgroup)) return error;
    const vgroup_reader& reader = *member.readers.find(topic, vgroup);
    if (reader.reads_snapshot()) return request_error{snapshot_mode, snapshot_mode_text};
    if (!reader.bounds().known())
        return request_error{not_initialised, "Assignment or poll interface need to be called first"};
    return std::nullopt;
}

std::optional<broker::request_error> broker::check_offset(member& member, const protocol::request& request) {
    if (const auto error = check_position(member, request.topic, request.vgroup_id)) return error;
    // libtaos compares with the bounds that it remembers, not with those of the log.
    const log_bounds& bounds = member.readers.find(request.topic, request.vgroup_id)->bounds();
    const bool is_inside = request.offset >= bounds.begin && request.offset <= bounds.end;
    // -1 stands for no particular offset and is accepted.
    if (!is_inside && request.offset != -1) return request_error{offset_out_of_range, "Offset out of range"};
    return std::nullopt;
}

}  // namespace tmq::embedded::broker
