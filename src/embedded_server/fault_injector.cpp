#include "embedded_server/fault_injector.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cassert>
#include <string>
#include <utility>

namespace tmq::embedded {

using testing::fault;

namespace {

protocol::outgoing_message bytes_frame(const std::vector<std::byte>& bytes) {
    return {std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), nullptr, true};
}

}  // namespace

void fault_injector::add(fault value) {
    const std::lock_guard lock(mutex_);
    faults_.add(std::move(value));
}

void fault_injector::clear() {
    const std::lock_guard lock(mutex_);
    faults_.clear();
}

std::optional<fault> fault_injector::match_event(std::string_view event) {
    const std::lock_guard lock(mutex_);
    return faults_.match_event(event);
}

void fault_injector::add_connection(broker::member_id id) {
    [[maybe_unused]] const bool is_new = connections_.try_emplace(id).second;
    assert(is_new);
}

void fault_injector::remove_connection(broker::member_id id) { connections_.erase(id); }

std::optional<fault> fault_injector::match(broker::member_id id, protocol::parsed_request& parsed) {
    std::optional<fault> value;
    {
        const std::lock_guard lock(mutex_);
        value = faults_.match(parsed.action);
    }
    if (!value || !value->carried_out() || !parsed.request) return value;
    if (value->what() == fault::kind::wrong_req_id) ++parsed.request->req_id;
    if (value->what() == fault::kind::leave_out_vgroup) parsed.request->omitted_vgroup = value->vgroup();
    const auto open = connections_.find(id);
    if (open != connections_.end())
        open->second.requests.insert_or_assign(parsed.request->req_id,
                                               faulty_request{*parsed.request, *value});
    return value;
}

void fault_injector::answer(net::connection& client, const std::optional<protocol::request>& request,
                            const fault& value) {
    assert(!value.carried_out());
    strike(client, value, request ? error_frame(*request, value) : protocol::outgoing_message{});
}

void fault_injector::deliver(const std::shared_ptr<net::connection>& client, broker::outgoing_reply reply,
                             boost::asio::io_context& context) {
    const std::optional<faulty_request> faulty = take(reply);
    if (!faulty) return send(*client, std::move(reply.message));
    const fault& value = faulty->value;
    switch (value.what()) {
        case fault::kind::delay: return send_later(client, std::move(reply.message), value.time(), context);
        case fault::kind::duplicate:
            send(*client, reply.message);
            return send(*client, std::move(reply.message));
        case fault::kind::withhold: return withhold(*client, {std::move(reply.message), value.size()});
        case fault::kind::partial:
            return client->send_part(std::move(reply.message), value.size(), value.after());
        case fault::kind::wrong_req_id:
        case fault::kind::leave_out_vgroup:
        case fault::kind::replace_text:
        case fault::kind::replace_binary:
        case fault::kind::wrong_action:
        case fault::kind::text_for_binary:
        case fault::kind::binary_for_text: return send(*client, falsify(std::move(reply.message), *faulty));
        default: return strike(*client, value, error_frame(faulty->request, value));
    }
}

void fault_injector::send(net::connection& client, protocol::outgoing_message message) {
    client.send(std::move(message));
    const auto open = connections_.find(client.id);
    if (open == connections_.end()) return;
    std::vector<withheld_reply> due_replies;
    std::vector<withheld_reply> kept_replies;
    for (withheld_reply& reply : open->second.withheld_replies) {
        assert(reply.remaining > 0);
        --reply.remaining;
        (reply.remaining == 0 ? due_replies : kept_replies).push_back(std::move(reply));
    }
    open->second.withheld_replies = std::move(kept_replies);
    for (withheld_reply& reply : due_replies)
        send(client, std::move(reply.message));
}

std::optional<fault_injector::faulty_request> fault_injector::take(const broker::outgoing_reply& reply) {
    const auto open = connections_.find(reply.recipient);
    if (open == connections_.end()) return std::nullopt;
    const auto node = open->second.requests.extract(reply.req_id);
    return node.empty() ? std::nullopt : std::optional(std::move(node.mapped()));
}

void fault_injector::withhold(net::connection& client, withheld_reply reply) {
    if (reply.remaining == 0) return send(client, std::move(reply.message));
    const auto open = connections_.find(client.id);
    if (open != connections_.end()) open->second.withheld_replies.push_back(std::move(reply));
}

void fault_injector::send_later(const std::shared_ptr<net::connection>& client,
                                protocol::outgoing_message message, std::chrono::milliseconds time,
                                boost::asio::io_context& context) {
    auto timer = std::make_shared<boost::asio::steady_timer>(context, time);
    timer->async_wait([this, timer, client, message = std::move(message)](boost::system::error_code failure) {
        if (!failure) send(*client, message);
    });
}

void fault_injector::strike(net::connection& client, const fault& value,
                            const protocol::outgoing_message& error) {
    constexpr std::uint16_t going_away = 1001;
    switch (value.what()) {
        case fault::kind::close: {
            const std::uint16_t code =
                value.code() == 0 ? going_away : static_cast<std::uint16_t>(value.code());
            return client.close(code, value.text());
        }
        case fault::kind::reset: return client.reset();
        case fault::kind::garbage_text: return send(client, {value.text(), nullptr, false});
        case fault::kind::garbage_binary: return send(client, bytes_frame(value.bytes()));
        case fault::kind::error_reply: return send(client, error);
        case fault::kind::raw_bytes: return client.send_raw(bytes_frame(value.bytes()).head);
        default: return;
    }
}

protocol::outgoing_message fault_injector::error_frame(const protocol::request& request,
                                                       const fault& value) const {
    return replies_.error(request, std::chrono::nanoseconds(0), value.code(), value.text());
}

protocol::outgoing_message fault_injector::falsify(protocol::outgoing_message reply,
                                                   const faulty_request& faulty) const {
    const bool binary = reply.binary;
    const fault& value = faulty.value;
    switch (value.what()) {
        case fault::kind::replace_binary: return binary ? bytes_frame(value.bytes()) : std::move(reply);
        case fault::kind::text_for_binary:
            return binary ? replies_.success(faulty.request, {}) : std::move(reply);
        case fault::kind::replace_text: {
            const std::size_t part = binary ? std::string::npos : reply.head.find(value.text());
            if (part != std::string::npos) reply.head.replace(part, value.text().size(), value.other_text());
            return reply;
        }
        case fault::kind::wrong_action:
            return protocol::reply_writer::renamed(std::move(reply), faulty.request, value.text());
        case fault::kind::binary_for_text: {
            if (binary) return reply;
            protocol::request raw = faulty.request;
            raw.kind = protocol::action::fetch_raw_data;
            return replies_.raw(raw, {}, 2, std::make_shared<const std::vector<std::byte>>());
        }
        default: return reply;
    }
}

}  // namespace tmq::embedded
