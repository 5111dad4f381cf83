#include "embedded_server/broker/broker.hpp"

#include "embedded_server/broker/message_blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tmq::embedded::broker {

using protocol::action;

namespace {

constexpr std::uint32_t adapter_error = 65535;
constexpr std::uint32_t consumer_mismatch = 0x4001;
constexpr std::uint32_t topic_not_exist = 0x03E1;
constexpr std::uint32_t no_committed_offset = 0x0A0D;
constexpr std::uint32_t internal_error = 0x0138;
constexpr std::uint32_t consumer_not_exist = 0x03E6;
constexpr std::uint32_t snapshot_mode = 0x4006;
constexpr std::uint32_t offset_out_of_range = 0x4007;
constexpr std::uint32_t foreign_vgroup = 0x4008;
constexpr std::uint32_t foreign_topic = 0x4009;
constexpr std::uint32_t not_initialised = 0x4010;
constexpr std::string_view snapshot_mode_text = "Can not operate in snapshot mode";
constexpr std::string_view foreign_vgroup_text = "VgId does not belong to this consumer";
constexpr std::string_view foreign_topic_text = "Topic does not belong to this consumer";
constexpr std::int64_t nothing_committed = -2147467247;
constexpr std::int32_t raw_data_message = 4;

bool contains(const std::vector<std::string>& all, std::string_view one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

/// The real server's texts.
std::string_view wrong_message_id(action what) noexcept {
    switch (what) {
        case action::fetch: return "message ID are not equal";
        case action::fetch_block: return "message is nil";
        default: return "message ID is not equal";
    }
}

}  // namespace

broker::broker(const embedded_server_options& options)
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

void broker::close(member_id id, time_point now, output& out, loss with) {
    const auto at = members_.find(id);
    if (at == members_.end() || !at->second.connected) return;
    member& gone = at->second;
    const bool by_session_timeout = with == loss::server && options_.keep_dead_members_by_session_timeout();
    const std::chrono::milliseconds kept =
        by_session_timeout ? gone.settings.session_timeout : options_.keep_dead_members();
    if (kept.count() > 0 && gone.is_live_member()) {
        gone.connected = false;
        gone.leaves = now + kept;
        gone.running.reset();
        gone.queue.clear();
        keep_track(gone, now);
    } else {
        remove(at, now);
    }
    serve_waiting(now, out);
}

void broker::handle(member_id id, const protocol::request& what, time_point now, output& out) {
    const auto at = members_.find(id);
    if (at == members_.end()) return;
    // an unknown action gets no reply
    if (what.kind == action::fetch_raw_data && !replies_.version().has_fetch_raw_data()) return;
    member& on = at->second;
    expire(now);
    if (on.is_live_member()) on.readers.wake(context_of(on));
    operation of{what, now, std::nullopt};
    switch (what.kind) {
        case action::version: reply(on, of, replies_.version_reply(what, since(of, now)), out); break;
        case action::subscribe:
        case action::unsubscribe:
            on.running ? enqueue(on, std::move(of)) : execute(on, std::move(of), now, out);
            break;
        default:
            if (!on.has_consumer) {
                reply_error(on, of, now, adapter_error, "tmq not init", out);
            } else if (what.kind == action::list_topics) {
                reply(on, of, replies_.topics(what, since(of, now), on.topics), out);
            } else if (what.kind >= action::fetch && what.kind <= action::fetch_json_meta) {
                fetch(on, std::move(of), now, out);
            } else if (on.running) {
                enqueue(on, std::move(of));
            } else {
                execute(on, std::move(of), now, out);
            }
    }
    keep_track(on, now);
    serve_waiting(now, out);
}

void broker::advance(time_point now, output& out) {
    expire(now);
    serve_waiting(now, out);
    for (const member_id id : due_members(now)) {
        member& on = members_.at(id);
        if (!on.running) continue;
        if (on.waits_for_data() && on.next_look && *on.next_look <= now &&
            serve(on, reader_set::occasion::timer, now, out))
            continue;
        if (!on.running->due || *on.running->due > now) continue;
        if (!on.waits_for_data() || !serve(on, reader_set::occasion::growth, now, out)) finish(on, now, out);
    }
    serve_waiting(now, out);
}

std::optional<broker::time_point> broker::next_deadline() const {
    std::optional<time_point> next;
    if (!deadlines_.empty()) next = deadlines_.begin()->first;
    for (const auto& [group, until] : rebalancing_)
        next = next ? std::min(*next, until) : until;
    return next;
}

std::optional<std::int64_t> broker::committed(std::string_view group, std::string_view topic,
                                              std::int32_t vgroup) const {
    const auto at = groups_.find(group);
    return at == groups_.end() ? std::nullopt : at->second.committed({std::string(topic), vgroup});
}

std::size_t broker::member_count(std::string_view group) const {
    const auto at = groups_.find(group);
    return at == groups_.end() ? 0 : at->second.size();
}

void broker::reply(const member& to, const operation& of, protocol::outgoing_message message, output& out) {
    out.push_back({to.id, of.what.req_id, of.what.kind, std::move(message)});
}

void broker::reply_error(const member& to, const operation& of, time_point now, std::uint32_t code,
                         std::string_view text, output& out) const {
    reply(to, of, replies_.error(of.what, since(of, now), code, text), out);
}

void broker::enqueue(member& on, operation of) {
    // newer adapters keep one waiting poll and forget an older one without a reply
    if (of.what.kind == action::poll && replies_.version().polls_with_message_id())
        std::erase_if(on.queue, [](const operation& queued) { return queued.what.kind == action::poll; });
    on.queue.push_back(std::move(of));
}

void broker::run_queue(member& on, time_point now, output& out) {
    while (!on.running && !on.queue.empty()) {
        operation next = std::move(on.queue.front());
        on.queue.pop_front();
        execute(on, std::move(next), now, out);
    }
}

void broker::execute(member& on, operation of, time_point now, output& out) {
    switch (of.what.kind) {
        case action::subscribe: return start_subscribe(on, std::move(of), now, out);
        case action::unsubscribe:
            if (!on.has_consumer) return reply_error(on, of, now, adapter_error, "tmq not init", out);
            leave_group(on, now);
            on.current.reset();
            return reply(on, of, replies_.success(of.what, since(of, now)), out);
        case action::poll: return poll(on, std::move(of), now, out);
        case action::commit: return commit(on, of, now, out);
        case action::commit_offset: return commit_offset(on, of, now, out);
        case action::seek: return seek(on, of, now, out);
        case action::committed:
        case action::position: return list_offsets(on, of, now, out);
        case action::assignment: return assignment(on, of, now, out);
        case action::fetch: return next_block(on, of, now, out);
        case action::fetch_block:
            if (!on.fetched) return reply_error(on, of, now, adapter_error, "no fetch data", out);
            return reply(on, of, protocol::reply_writer::with_timing(*on.fetched, since(of, now)), out);
        case action::fetch_raw:
        case action::fetch_raw_data: return fetch_raw(on, of, now, out);
        case action::fetch_json_meta:
            return reply(on, of, replies_.json_meta(of.what, since(of, now), of.message->json.get()), out);
        default: return;
    }
}

/// The operation that held the lock has come to its time.
void broker::finish(member& on, time_point now, output& out) {
    const lock_holder done = std::move(*on.running);
    on.running.reset();
    if (done.held.what.kind == action::subscribe) {
        finish_subscribe(on, done.held, now, out);
    } else {
        on.last_poll = now;
        if (!on.expelled && !rebalancing(on)) on.readers.ask(reader_set::occasion::end, context_of(on), now);
        reply(on, done.held, replies_.poll(done.held.what, since(done.held, now), nullptr), out);
    }
    run_queue(on, now, out);
    keep_track(on, now);
}

bool broker::serve(member& on, reader_set::occasion why, time_point now, output& out) {
    const bool done = try_poll(on, on.running->held, why, now, out);
    if (done) {
        on.running.reset();
        run_queue(on, now, out);
    }
    keep_track(on, now);
    return done;
}

/// Lets waiting polls look again, until no vgroup moves any more.
void broker::serve_waiting(time_point now, output& out) {
    while (std::exchange(moved_, false))
        for (const member_id id : std::vector<member_id>(waiting_.begin(), waiting_.end()))
            if (member& on = members_.at(id); on.waits_for_data())
                serve(on, reader_set::occasion::growth, now, out);
}

void broker::start_subscribe(member& on, operation of, time_point now, output& out) {
    if (on.has_consumer && on.subscribed)
        return reply_error(on, of, now, adapter_error, "tmq should have unsubscribed first", out);
    if (!on.has_consumer) {
        protocol::subscribe_verdict verdict = protocol::check_subscribe(of.what.subscribe, replies_.version(),
                                                                        options_.user(), options_.password());
        if (verdict.hangs) {
            on.running = lock_holder{std::move(of), std::nullopt};
            return;
        }
        if (verdict.refusal)
            return reply_error(on, of, now, verdict.refusal->code, verdict.refusal->text, out);
        on.settings = std::move(verdict.settings);
    }
    for (const std::string& name : of.what.subscribe.topics)
        if (!topics_.find(name)) return reply_error(on, of, now, topic_not_exist, "Topic not exist", out);
    if (options_.subscribe_time().count() <= 0) return finish_subscribe(on, of, now, out);
    on.running = lock_holder{std::move(of), now + options_.subscribe_time()};
}

void broker::finish_subscribe(member& on, const operation& of, time_point now, output& out) {
    // one may have been dropped meanwhile
    for (const std::string& name : of.what.subscribe.topics)
        if (!topics_.find(name)) return reply_error(on, of, now, topic_not_exist, "Topic not exist", out);
    on.has_consumer = true;
    on.subscribed = true;
    on.initialised = false;
    on.last_poll = on.subscribed_at = now;
    if (!takes_back(on)) return reply(on, of, replies_.subscribe(of.what, since(of, now), instances_), out);
    on.settles = now + options_.settle_time();
    on.topics.clear();
    for (const std::string& name : of.what.subscribe.topics)
        if (!contains(on.topics, name)) on.topics.push_back(name);
    for (const std::string& name : on.topics)
        for (vgroup_log& log : topics_.at(name).vgroups())
            log.advance(options_.log_growth());
    if (!on.topics.empty()) {
        groups_[on.settings.group].join(on.id, on.topics);
        rebalance(on.settings.group, now);
    }
    reply(on, of, replies_.subscribe(of.what, since(of, now), instances_), out);
}

bool broker::takes_back(member& on) const {
    if (!on.expelled) return true;
    const bool heard = !on.hears_at || *on.hears_at <= on.last_poll;
    const bool lost = heard && (replies_.version().reports_eviction() || ++on.comebacks < 2);
    if (lost) return false;
    on.expelled = false;
    on.comebacks = 0;
    on.hears_at.reset();
    return true;
}

void broker::fetch(member& on, operation of, time_point now, output& out) {
    if (!on.current) return reply_error(on, of, now, adapter_error, "message has been freed", out);
    const action what = of.what.kind;
    if (what == action::fetch_json_meta && replies_.version().has_json_meta_of_meta_only() &&
        !on.current->has_meta())
        return reply_error(
            on, of, now, adapter_error,
            fmt::format("message type can not get meta, type: {}", on.current->shown.message_type), out);
    if (on.current->shown.message_id != of.what.message_id.value_or(0))
        return reply_error(on, of, now, adapter_error, wrong_message_id(what), out);
    if ((what == action::fetch || what == action::fetch_block) && !on.current->has_rows())
        return reply_error(on, of, now, adapter_error, "message type is not data", out);
    of.message = on.current;
    // the id was checked without the lock, the bytes are copied under it
    on.running ? enqueue(on, std::move(of)) : execute(on, std::move(of), now, out);
}

void broker::fetch_raw(member& on, const operation& of, time_point now, output& out) {
    const delivered& message = *of.message;
    if (std::exchange(message.cursor->brought, true) && message.shown.message_type == raw_data_message) {
        out.push_back({on.id, of.what.req_id, of.what.kind, {}, {}, true});
        return;
    }
    on.fetched = replies_.raw(of.what, since(of, now), message.raw_type, message.raw);
    reply(on, of, *on.fetched, out);
}

void broker::next_block(member& on, const operation& of, time_point now, output& out) {
    const delivered& message = *of.message;
    block_cursor& cursor = *message.cursor;
    if (!std::exchange(cursor.split, true))
        cursor.blocks = split_blocks(message.raw_type, *message.raw.stored);
    if (!cursor.blocks)
        return reply_error(on, of, now, adapter_error, "this message cannot be split into blocks", out);
    const protocol::message_block* const block =
        cursor.next < cursor.blocks->size() ? &(*cursor.blocks)[cursor.next++] : nullptr;
    if (block) on.fetched = protocol::reply_writer::block(of.what, *block);
    reply(on, of, replies_.fetch(of.what, since(of, now), block), out);
}

void broker::poll(member& on, operation of, time_point now, output& out) {
    on.initialised = true;
    if (!on.expelled) on.last_poll = now;
    const bool guarded = replies_.version().polls_with_message_id() && of.what.message_id.has_value();
    if (guarded && on.current && on.current->shown.message_id != *of.what.message_id)
        return reply(on, of, replies_.poll(of.what, since(of, now), &on.current->shown), out);
    if (on.settings.auto_commit && now >= on.next_commit) {
        commit_positions(on);
        on.next_commit = now + on.settings.auto_commit_interval;
    }
    if (try_poll(on, of, reader_set::occasion::call, now, out)) return;
    if (of.what.blocking_time == 0)
        return reply(on, of, replies_.poll(of.what, since(of, now), nullptr), out);
    constexpr std::int64_t a_year = 365LL * 24 * 3600 * 1000;
    std::optional<time_point> due;
    if (of.what.blocking_time > 0)
        due = now + std::chrono::milliseconds(std::min(of.what.blocking_time, a_year));
    on.running = lock_holder{std::move(of), due};
}

bool broker::try_poll(member& on, const operation& of, reader_set::occasion why, time_point now,
                      output& out) {
    if (on.expelled) return refuse_poll(on, of, now, out);
    if (rebalancing(on)) return false;
    const reading_context context = context_of(on);
    on.readers.wake(context);
    // newer ones deliver what waits before they ask for more
    if (replies_.version().asks_during_wait() && handle_replies(on, of, now, out)) return true;
    on.readers.ask(why, context, now);
    return handle_replies(on, of, now, out);
}

bool broker::refuse_poll(member& on, const operation& of, time_point now, output& out) const {
    if (replies_.version().reports_eviction())
        return reply_error(on, of, now, consumer_not_exist, "Consumer not exist", out), true;
    // libtaos asks for its vgroups in the first poll that comes, and hears the answer while it waits
    constexpr std::chrono::milliseconds round_trip{25};
    if (on.hears_at) on.hears_at = std::min(*on.hears_at, now + round_trip);
    if (on.hears_at && now < *on.hears_at) return false;
    return reply_error(on, of, now, consumer_mismatch, "Consumer mismatch", out), true;
}

bool broker::handle_replies(member& on, const operation& of, time_point now, output& out) {
    while (vgroup_reader* const next = on.readers.first_reply()) {
        handled_reply got = next->handle(now);
        if (got.nowhere_to_start && replies_.version().reports_no_start())
            return reply_error(on, of, now, no_committed_offset, "TQ no committed offset", out), true;
        if (got.message) return announce(on, of, next->vgroup(), std::move(*got.message), now, out), true;
    }
    return false;
}

void broker::announce(member& on, const operation& of, const vgroup_key& vgroup, found_message found,
                      time_point now, output& out) {
    on.last_poll = now;
    if (found.message_type == raw_data_message && !replies_.version().has_raw_data_messages())
        return reply_error(on, of, now, adapter_error, "unavailable tmq type:4", out);
    const auto& [name, id] = vgroup;
    const protocol::poll_result shown{
        name, topics_.at(name).database(), id, found.message_type, ++on.last_message_id, found.announced};
    on.current = delivered{shown, found.raw_type, std::move(found.raw), std::move(found.json),
                           std::make_shared<block_cursor>()};
    reply(on, of, replies_.poll(of.what, since(of, now), &shown), out);
    out.back().announces =
        announced_message{on.settings.group, name, id, shown.message_type, shown.offset, 0};
}

void broker::commit(member& on, const operation& of, time_point now, output& out) {
    commit_positions(on);
    reply(on, of, replies_.commit(of.what, since(of, now)), out);
}

void broker::commit_offset(member& on, const operation& of, time_point now, output& out) {
    if (const auto failed = check_offset(on, of.what))
        return reply_error(on, of, now, failed->code, failed->text, out);
    set_committed(on.settings.group, {of.what.topic, of.what.vgroup_id}, of.what.offset);
    reply(on, of, replies_.commit_offset(of.what, since(of, now)), out);
}

void broker::seek(member& on, const operation& of, time_point now, output& out) {
    if (const auto failed = check_offset(on, of.what))
        return reply_error(on, of, now, failed->code, failed->text, out);
    if (on.expelled) return reply_error(on, of, now, consumer_mismatch, "Consumer mismatch", out);
    on.readers.seek(*on.readers.find(of.what.topic, of.what.vgroup_id), of.what.offset, context_of(on));
    reply(on, of, replies_.success(of.what, since(of, now)), out);
}

void broker::list_offsets(member& on, const operation& of, time_point now, output& out) {
    const bool of_group = of.what.kind == action::committed;
    std::vector<std::int64_t> offsets;
    for (const protocol::topic_vgroup& asked : of.what.topic_vgroups) {
        auto failed = of_group ? check_owner(on, asked.topic, asked.vgroup)
                               : check_position(on, asked.topic, asked.vgroup);
        if (!failed && of_group && !on.initialised && rebalancing(on))
            failed = request_error{foreign_vgroup, foreign_vgroup_text};
        std::int64_t offset = nothing_committed;
        if (!failed) {
            const auto known = committed(on, {asked.topic, asked.vgroup});
            const auto found = of_group ? known : on.readers.find(asked.topic, asked.vgroup)->position(known);
            if (!of_group && !found && replies_.version().reports_no_start())
                failed = request_error{internal_error, "Internal error"};
            offset = found.value_or(of_group ? nothing_committed : 0);
        }
        // the adapter takes a negative offset for an error code
        if (!failed && offset < 0 && offset != nothing_committed)
            failed = request_error{adapter_error, "fail"};
        if (failed) return reply_error(on, of, now, failed->code, failed->text, out);
        offsets.push_back(offset);
    }
    reply(on, of, replies_.offsets(of.what, since(of, now), offsets), out);
}

void broker::assignment(member& on, const operation& of, time_point now, output& out) {
    if (rebalancing(on)) return reply_error(on, of, now, consumer_mismatch, "Consumer mismatch", out);
    if (!contains(on.topics, of.what.topic))
        return reply_error(on, of, now, foreign_topic, foreign_topic_text, out);
    on.initialised = true;
    std::vector<vgroup_reader*> readers;
    for (vgroup_reader& one : on.readers.all())
        if (one.vgroup().first == of.what.topic) readers.push_back(&one);
    const bool asked =
        std::any_of(readers.begin(), readers.end(), [](const vgroup_reader* one) { return !one->placed(); });
    if (asked && on.expelled) return reply_error(on, of, now, consumer_mismatch, "Consumer mismatch", out);
    if (asked && crashes_now()) return out.push_back({on.id, of.what.req_id, of.what.kind, {}, {}, true});
    std::vector<protocol::vgroup_assignment> vgroups;
    for (vgroup_reader* const one : readers) {
        const auto& [name, vgroup] = one->vgroup();
        if (now < on.settles) {
            vgroups.push_back({vgroup, -1, -1, -1});
            continue;
        }
        const auto known = committed(on, one->vgroup());
        if (one->in_snapshot()) return reply_error(on, of, now, snapshot_mode, snapshot_mode_text, out);
        const vgroup_log& log = topics_.at(name, vgroup);
        if (asked && of.what.omitted_vgroup == vgroup && replies_.version().counts_assignments_too_early())
            continue;
        if (asked) one->learn({log.begin(), log.end()});
        vgroups.push_back({vgroup, one->assigned_offset(log, known), one->bounds().begin, one->bounds().end});
    }
    reply(on, of, replies_.assignment(of.what, since(of, now), vgroups), out);
}

bool broker::crashes_now() {
    const std::uint64_t every = options_.assignment_crash();
    return every != 0 && replies_.version().counts_assignments_too_early() &&
           ++assignments_asked_ % every == 0;
}

void broker::commit_positions(const member& of) {
    for (const vgroup_reader& one : of.readers.all())
        if (const auto offset = one.committable()) set_committed(of.settings.group, one.vgroup(), *offset);
}

void broker::set_committed(const std::string& group, const vgroup_key& vgroup, std::int64_t offset) {
    consumer_group& of = groups_[group];
    // the same once more is nothing to write down
    if (of.committed(vgroup) == offset) return;
    of.commit(vgroup, offset);
    topics_.at(vgroup.first, vgroup.second).advance(options_.commit_growth());
}

reading_context broker::context_of(const member& of) {
    return {topics_,
            groups_[of.settings.group],
            of.settings,
            replies_.version(),
            options_.rows_per_poll(),
            options_.poll_pace()};
}

std::optional<std::int64_t> broker::committed(const member& of, const vgroup_key& vgroup) const {
    const auto at = groups_.find(of.settings.group);
    return at == groups_.end() ? std::nullopt : at->second.committed(vgroup);
}

void broker::remove(std::map<member_id, member>::iterator gone, time_point now) {
    member& one = gone->second;
    leave_group(one, now);
    one.connected = false;
    one.running.reset();
    one.leaves.reset();
    keep_track(one, now);
    members_.erase(gone);
}

void broker::leave_group(member& who, time_point now) {
    who.subscribed = false;
    who.readers.clear();
    const std::vector<std::string> topics = std::exchange(who.topics, {});
    if (topics.empty()) return;
    groups_[who.settings.group].leave(who.id);
    rebalance(who.settings.group, now);
}

void broker::rebalance(const std::string& name, time_point now) {
    consumer_group& group = groups_[name];
    std::vector<std::string> topics;
    for (const member_id id : group.members())
        for (const std::string& topic : members_.at(id).topics)
            if (!contains(topics, topic)) topics.push_back(topic);
    bool moved = false;
    for (const std::string& topic : topics)
        moved |= group.distribute(topic, topics_.at(topic).vgroup_ids());
    if (moved && options_.rebalance_time().count() > 0) rebalancing_[name] = now + options_.rebalance_time();
    for (const member_id id : group.members()) {
        member& owner = members_.at(id);
        std::vector<vgroup_reader> readers;
        for (const std::string& topic : owner.topics)
            for (const std::int32_t vgroup : topics_.at(topic).vgroup_ids()) {
                if (!group.owns(id, {topic, vgroup})) continue;
                vgroup_reader* const kept = owner.readers.find(topic, vgroup);
                readers.push_back(kept ? std::move(*kept) : new_reader(owner, {topic, vgroup}));
                readers.back().rebalanced();
            }
        owner.readers.assign(std::move(readers));
    }
    moved_ = true;
}

void broker::rebalance_all(time_point now) {
    for (const auto& [name, group] : groups_)
        rebalance(name, now);
}

void broker::expire(time_point now) {
    for (const member_id id : due_members(now)) {
        const auto here = members_.find(id);
        member& on = here->second;
        if (on.is_live_member() && !on.running && on.last_poll + on.settings.max_poll_interval <= now) {
            expel(on, now);
            if (!replies_.version().reports_eviction()) on.hears_at = time_point::max();
        }
        if (on.leaves && *on.leaves <= now) remove(here, now);
    }
    if (rebalancing_.empty()) return;
    if (std::erase_if(rebalancing_, [now](const auto& one) { return one.second <= now; }) != 0) moved_ = true;
}

std::vector<member_id> broker::due_members(time_point now) const {
    std::vector<member_id> due;
    for (auto at = deadlines_.begin(); at != deadlines_.end() && at->first <= now; ++at)
        due.push_back(at->second);
    std::sort(due.begin(), due.end());
    return due;
}

void broker::keep_track(member& of, time_point now) {
    of.next_look.reset();
    if (of.waits_for_data() && !of.expelled && !rebalancing(of))
        of.next_look = of.readers.next_look(context_of(of), of.subscribed_at, now);
    of.waits_for_data() ? void(waiting_.insert(of.id)) : void(waiting_.erase(of.id));
    std::optional<time_point> deadline = of.running ? of.running->due : std::nullopt;
    if (of.next_look) deadline = deadline ? std::min(*deadline, *of.next_look) : of.next_look;
    if (of.leaves) deadline = of.leaves;
    if (of.is_live_member() && !of.running) deadline = of.last_poll + of.settings.max_poll_interval;
    if (deadline == of.deadline) return;
    if (of.deadline) deadlines_.erase({*of.deadline, of.id});
    if (deadline) deadlines_.emplace(*deadline, of.id);
    of.deadline = deadline;
}

void broker::expel(member& who, time_point now) {
    // libtaos keeps what it knows; newer ones forget it
    const bool forgets = replies_.version().reports_eviction();
    std::vector<std::string> topics = forgets ? std::vector<std::string>() : who.topics;
    reader_set readers = forgets ? reader_set() : std::move(who.readers);
    leave_group(who, now);
    who.topics = std::move(topics);
    who.readers = std::move(readers);
    who.subscribed = true;
    who.expelled = true;
    keep_track(who, now);
}

std::size_t broker::evict(std::string_view group, time_point now) {
    std::size_t count = 0;
    for (auto& [id, on] : members_) {
        if (!on.is_live_member() || on.settings.group != group) continue;
        expel(on, now);
        ++count;
    }
    moved_ = true;
    return count;
}

member_id broker::add_ghost(const std::string& group, const std::string& topic, time_point now) {
    topics_.at(topic);
    member& ghost = members_[open()];
    ghost.connected = false;
    ghost.subscribed = true;
    ghost.settings.group = group;
    ghost.topics = {topic};
    groups_[group].join(ghost.id, ghost.topics);
    rebalance(group, now);
    return ghost.id;
}

void broker::remove_ghost(member_id id, time_point now) {
    const auto at = members_.find(id);
    if (at == members_.end() || at->second.connected || at->second.leaves)
        throw std::invalid_argument("no ghost " + std::to_string(id));
    remove(at, now);
}

bool broker::drop_topic(const std::string& name) {
    const auto uses = [&name](const auto& one) {
        return one.second.subscribed && !one.second.expelled && contains(one.second.topics, name);
    };
    if (std::any_of(members_.begin(), members_.end(), uses)) return false;
    for (auto& [id, one] : members_)
        one.readers.forget(name);
    for (auto& [group, one] : groups_)
        one.forget(name);
    topics_.erase(name);
    return true;
}

vgroup_reader broker::new_reader(const member& of, const vgroup_key& vgroup) const {
    const vgroup_log& log = topics_.at(vgroup.first, vgroup.second);
    const bool snapshot = of.settings.snapshot && of.settings.reset == protocol::offset_reset::earliest &&
                          !committed(of, vgroup) && log.has_snapshot();
    return {vgroup, of.settings.reset, snapshot};
}

std::optional<broker::request_error> broker::check_owner(member& of, const std::string& topic,
                                                         std::int32_t vgroup) {
    if (!contains(of.topics, topic)) return request_error{foreign_topic, foreign_topic_text};
    if (!of.readers.find(topic, vgroup)) return request_error{foreign_vgroup, foreign_vgroup_text};
    return std::nullopt;
}

std::optional<broker::request_error> broker::check_position(member& of, const std::string& topic,
                                                            std::int32_t vgroup) {
    if (const auto failed = check_owner(of, topic, vgroup)) return failed;
    const vgroup_reader& reader = *of.readers.find(topic, vgroup);
    if (reader.in_snapshot()) return request_error{snapshot_mode, snapshot_mode_text};
    if (!reader.bounds().known())
        return request_error{not_initialised, "Assignment or poll interface need to be called first"};
    return std::nullopt;
}

std::optional<broker::request_error> broker::check_offset(member& of, const protocol::request& what) {
    if (const auto failed = check_position(of, what.topic, what.vgroup_id)) return failed;
    // libtaos compares with what it remembers
    const log_bounds& bounds = of.readers.find(what.topic, what.vgroup_id)->bounds();
    const bool inside = what.offset >= bounds.begin && what.offset <= bounds.end;
    // -1 stands for no particular offset and is accepted
    if (!inside && what.offset != -1) return request_error{offset_out_of_range, "Offset out of range"};
    return std::nullopt;
}

}  // namespace tmq::embedded::broker
