#include "model_replies.hpp"

#include "support/message_builder.hpp"

#include <cstring>

namespace tmq::test {
namespace {

/// A message without blocks, which ends at `until`.
std::vector<std::uint8_t> raw_message(std::int64_t from, std::int64_t until) {
    static const byte_builder empty = build_message(message_spec());
    std::vector<std::uint8_t> bytes = empty.bytes();
    std::memcpy(bytes.data() + empty.at("request_offset") + 1, &from, sizeof(from));
    std::memcpy(bytes.data() + empty.at("response_offset") + 1, &until, sizeof(until));
    return bytes;
}

base::defect_code deliver_fetched(subscription::subscription& core, const model_answer& said,
                                  std::uint32_t code, model_server::time_point now) {
    wire::fetch_reply reply;
    reply.code = code;
    detail::byte_buffer memory;
    if (said.found) {
        const std::vector<std::uint8_t> bytes = raw_message(said.found->from, said.found->until);
        memory.grow(bytes.size(), 0);
        std::memcpy(memory.data(), bytes.data(), bytes.size());
        reply.message_id = said.found->id;
        reply.raw_type = 2;
        reply.raw = {memory.data(), bytes.size()};
    }
    return core.on_fetch_reply(reply, [&memory](detail::byte_buffer& into) { swap(memory, into); }, now);
}

}  // namespace

subscription::answer act(model_server& server, const subscription::request& asked) {
    subscription::answer said;
    switch (asked.action) {
        case protocol::action::assignment: said.refused = server.assignment(said.assignment); break;
        case protocol::action::position:
            said.refused = server.position(asked.partitions, said.offsets);
            break;
        case protocol::action::committed:
            said.refused = server.committed(asked.partitions, said.offsets);
            break;
        case protocol::action::seek: said.refused = server.seek(asked.partitions[0]); break;
        case protocol::action::commit: said.refused = server.commit(); break;
        default: said.refused = server.commit_offset(asked.partitions[0]);
    }
    return said;
}

model_answer act(model_server& server, const subscription::read_request& request, const message* announced) {
    model_answer said;
    if (request.action == protocol::action::poll) {
        said.refused = server.poll(request.message_id, request.wait, said.found);
    } else if (request.action == protocol::action::position) {
        std::vector<partition_offset> partitions;
        partitions.emplace_back(announced->topic(), announced->vgroup(), -1);
        said.refused = server.position(partitions, said.offsets);
    } else {
        said.refused = server.fetch(request.message_id, said.found.emplace());
        if (said.refused) said.found.reset();
    }
    return said;
}

base::defect_code deliver(subscription::subscription& core, const subscription::read_request& request,
                          const model_answer& said, model_server::time_point now) {
    protocol::reply reply;
    reply.action = request.action;
    reply.code = said.refused ? static_cast<std::uint32_t>(said.refused.code.value()) : 0;
    if (request.action == protocol::action::position) {
        reply.has_position = !said.refused;
        reply.position = said.offsets;
        return core.on_fetch_reply(reply, now);
    }
    if (request.action != protocol::action::poll) return deliver_fetched(core, said, reply.code, now);
    reply.has_have_message = true;
    reply.have_message = reply.has_vgroup = reply.has_offset = said.found.has_value();
    reply.topic = model_server::topic;
    reply.message_type = 1;
    if (said.found) {
        reply.vgroup = said.found->vgroup;
        reply.message_id = said.found->id;
        reply.offset = said.found->from;
    }
    return core.on_poll_reply(reply, now, {});
}

}  // namespace tmq::test
