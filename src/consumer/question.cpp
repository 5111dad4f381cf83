#include "consumer/question.hpp"

#include "config/secrets.hpp"
#include "text/printable.hpp"

#include <boost/asio/this_coro.hpp>

#include <cassert>
#include <utility>

namespace tmq::client {

subject::subject(const subscription::request& asked) noexcept : action(asked.action), topic(asked.topic) {
    if (action == protocol::action::seek || action == protocol::action::commit_offset) {
        const partition_offset& partition = asked.partitions.front();
        topic = partition.topic();
        vgroup = partition.vgroup();
        offset = partition.offset();
    } else {
        partitions = &asked.partitions;
    }
}

subject subject::of_topic(protocol::action kind, std::string_view topic) noexcept {
    subject result(kind);
    result.topic = topic;
    return result;
}

subject subject::of_offset(protocol::action kind, std::string_view topic, std::int32_t vgroup,
                           std::int64_t offset) noexcept {
    subject result(kind);
    result.topic = topic;
    result.vgroup = vgroup;
    result.offset = offset;
    return result;
}

subject subject::of_partitions(protocol::action kind,
                               const std::vector<partition_offset>& partitions) noexcept {
    subject result(kind);
    result.partitions = &partitions;
    return result;
}

question::question(requests& owner, const subject& target, lost_link when_lost)
    : owner_(owner),
      subject_(target),
      when_lost_(when_lost),
      signal_(owner.executor_, net::time_point::max()) {
    if (when_lost_ == lost_link::resend && owner_.core_.is_active() && !owner_.core_.is_up())
        owner_.waiting_.push_back(*this);
    else
        send();
}

asio::awaitable<void> question::wait() {
    owner_.interruptions_.add(*this);
    return wait_for_reply();
}

asio::awaitable<void> question::wait_for_reply() {
    for (;;) {
        if (!is_done_) co_await signal();
        const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) cancel();
        if (is_done_) break;
    }
}

void question::cancel() {
    abandon();
    if (!answer.refused) answer.refused = base::failure(base::cancelled());
}

void question::interrupt() {
    if (is_done_) return;
    cancel();
    signal_.cancel();
}

void question::send() {
    link_ = owner_.link_;
    if (link_ == nullptr) return give_up(base::failure(errc::connection_lost));
    if (subject_.action == protocol::action::commit_offset && subject_.index) {
        subscription::positions& places = owner_.core_.places();
        subject_.offset = places.commit_target(*subject_.index, subject_.offset);
        places.trying(*subject_.index, subject_.offset);
    }
    // On a new connection no poll can delay the request.
    const bool is_first =
        subject_.action == protocol::action::version || subject_.action == protocol::action::subscribe;
    const bool is_at_once = is_first && !owner_.core_.is_up();
    const auto patience = is_at_once ? std::chrono::milliseconds(0) : owner_.settings_.poll_slice();
    link_->request(subject_.action, this, patience, [this](protocol::text_buffer& out, std::uint64_t req_id) {
        req_id_ = req_id;
        write(out, req_id);
    });
}

void question::write(protocol::text_buffer& out, std::uint64_t req_id) const {
    switch (subject_.action) {
        case protocol::action::version: return protocol::write_version(out, req_id);
        case protocol::action::subscribe:
            return protocol::write_subscribe(out, req_id, *subject_.subscription);
        case protocol::action::assignment: return protocol::write_assignment(out, req_id, subject_.topic);
        case protocol::action::position: return protocol::write_position(out, req_id, *subject_.partitions);
        case protocol::action::committed: return protocol::write_committed(out, req_id, *subject_.partitions);
        case protocol::action::seek:
            return protocol::write_seek(out, req_id, subject_.topic, subject_.vgroup, subject_.offset);
        case protocol::action::commit_offset:
            // Positions may move in memory while a request waits to be sent.
            return protocol::write_commit_offset(
                out, req_id, subject_.index ? owner_.core_.places()[*subject_.index].topic : subject_.topic,
                subject_.vgroup, subject_.offset);
        case protocol::action::commit: return protocol::write_commit(out, req_id);
        case protocol::action::list_topics: return protocol::write_list_topics(out, req_id);
        case protocol::action::unsubscribe: return protocol::write_unsubscribe(out, req_id);
        default: assert(false);
    }
}

bool question::accept(const protocol::reply& reply) {
    switch (subject_.action) {
        case protocol::action::version: version = text::printable(reply.version, 64); return true;
        case protocol::action::subscribe:
            for (const std::string_view instance : reply.list_instances)
                if (const auto address = settings::parse_endpoint(instance)) instances.push_back(*address);
            return true;
        case protocol::action::assignment: answer.assignment = reply.assignment; return reply.has_assignment;
        case protocol::action::position: answer.offsets = reply.position; return reply.has_position;
        case protocol::action::committed: answer.offsets = reply.committed; return reply.has_committed;
        case protocol::action::list_topics:
            topics.assign(reply.topics.begin(), reply.topics.end());
            return reply.has_topics;
        default: return true;
    }
}

base::defect_code question::on_reply(const protocol::reply& reply) {
    if (reply.code != 0)
        answer.refused = failure_of(reply);
    else if (!accept(reply))
        return base::defect_code::reply_malformed;
    finish();
    return {};
}

void question::on_failure(const base::failure& why) {
    if (!survives(why)) give_up(why);
}

/// True if the request is sent again on the next connection. A request that has broken this one is not.
bool question::survives(const base::failure& why) {
    const bool is_own_fault = why.req_id == req_id_ && kind_of(why.code) == error_kind::protocol;
    if (when_lost_ == lost_link::fail || is_own_fault || !owner_.core_.recovers_from(why)) return false;
    if (losses_++ > owner_.settings_.reconnect_retries()) return false;
    owner_.waiting_.push_back(*this);
    return true;
}

void question::give_up(const base::failure& why) {
    answer.refused = why;
    finish();
}

void question::abandon() noexcept {
    if (!is_done_ && link_ != nullptr) link_->abandon(this);
    if (waiting_hook::is_linked()) waiting_hook::unlink();
    is_done_ = true;
}

void question::finish() {
    is_done_ = true;
    signal_.cancel();
}

void requests::send_waiting() {
    waiting_list waiting;
    waiting.swap(waiting_);
    while (!waiting.empty()) {
        question& next = waiting.front();
        waiting.pop_front();
        next.send();
    }
}

void requests::fail_waiting(const base::failure& why) {
    waiting_list waiting;
    waiting.swap(waiting_);
    while (!waiting.empty()) {
        question& next = waiting.front();
        waiting.pop_front();
        next.give_up(why);
    }
}

}  // namespace tmq::client
