#include "conversation.hpp"

#include "support/captures.hpp"
#include "wire/data_message.hpp"
#include "wire/fetched_block.hpp"
#include "wire/reader.hpp"

#include <simdjson.h>

#include <map>
#include <stdexcept>

namespace tmq::test {
namespace {

namespace dom = simdjson::dom;

struct request {
    std::string action;
    std::string text;
};

/// The reply to `fetch`, kept beyond its text.
struct fetched_schema {
    explicit fetched_schema(const dom::element& reply) : table(std::string_view(reply["table_name"])) {
        for (const std::string_view name : dom::array(reply["fields_names"]))
            names.emplace_back(name);
        std::size_t i = 0;
        for (const std::uint64_t type : dom::array(reply["fields_types"]))
            fields.push_back({names.at(i++), static_cast<std::uint8_t>(type)});
        schema = {table, std::int64_t(reply["rows"]), std::int64_t(reply["precision"]), fields};
    }

    std::string table;
    std::deque<std::string> names;
    std::vector<wire::field_schema> fields;
    wire::block_schema schema;
};

/// Follows a conversation message by message.
class listener {
  public:
    void hear(const captured_message& message) {
        if (message.binary) return;
        const dom::element text = parser_.parse(message.text);
        if (message.from_server)
            hear_reply(text, message.text);
        else
            requests_[std::uint64_t(text["args"]["req_id"])] = {std::string(std::string_view(text["action"])),
                                                                message.text};
    }

    received_frame::kind kind_of(const std::vector<std::uint8_t>& frame) const {
        if (wire::load_le<std::uint64_t>(frame.data()) == 0xFFFF'FFFF'FFFF'FFFF)
            return received_frame::kind::fetch_raw_data;
        const bool raw = requests_.at(wire::load_le<std::uint64_t>(frame.data() + 8)).action == "fetch_raw";
        return raw ? received_frame::kind::fetch_raw : received_frame::kind::fetch_block;
    }

    const request& of(std::uint64_t req_id) const { return requests_.at(req_id); }
    const fetched_schema& schema_of(std::uint64_t req_id) const { return *schemas_.at(req_id); }
    const std::string& poll_reply() const { return poll_reply_; }

  private:
    void hear_reply(const dom::element& reply, const std::string& text) {
        const std::string_view action = reply["action"];
        bool flag = false;
        if (action == "poll" && reply["have_message"].get(flag) == simdjson::SUCCESS && flag)
            poll_reply_ = text;
        if (action == "fetch" && !bool(reply["completed"]))
            schemas_[std::uint64_t(reply["req_id"])] = std::make_unique<fetched_schema>(reply);
    }

    dom::parser parser_;
    std::map<std::uint64_t, request> requests_;
    std::map<std::uint64_t, std::unique_ptr<fetched_schema>> schemas_;
    std::string poll_reply_;
};

void require(const wire::defect& error) {
    if (error)
        throw std::runtime_error(std::string(to_string(error.code)) + " at " +
                                 std::to_string(error.position));
}

void add(received_message& to, const received_frame& frame, const listener& heard) {
    to.frames.push_back(frame.bytes);
    wire::fetch_reply reply;
    require(frame.parse(to.frames.back(), reply));
    if (frame.what == received_frame::kind::fetch_block) {
        require(wire::append_block(reply.raw, heard.schema_of(reply.req_id).schema, to.blocks));
        to.has_blocks = true;
        return;
    }
    if (reply.raw_type == wire::raw_type_data) require(wire::parse_data_message(reply.raw, to.raw));
    to.reply = reply;
    to.fetch_request = heard.of(reply.req_id).text;
    to.has_raw = true;
}

}  // namespace

wire::defect received_frame::parse(std::span<const std::uint8_t> part, wire::fetch_reply& out) const {
    switch (what) {
        case kind::fetch_raw_data: return wire::parse_fetch_raw_data(part, out);
        case kind::fetch_raw: return wire::parse_fetch_raw(part, out);
        case kind::fetch_block: break;
    }
    return wire::parse_fetch_block(part, out);
}

std::vector<received_frame> load_frames(const std::string& transcript) {
    listener heard;
    std::vector<received_frame> frames;
    for (auto& message : load_transcript(transcript)) {
        heard.hear(message);
        if (message.binary) frames.push_back({heard.kind_of(message.bytes), std::move(message.bytes)});
    }
    return frames;
}

std::vector<std::unique_ptr<received_message>> load_messages(const std::string& transcript) {
    listener heard;
    std::vector<std::unique_ptr<received_message>> messages;
    for (auto& message : load_transcript(transcript)) {
        heard.hear(message);
        if (!message.binary) continue;
        const received_frame frame{heard.kind_of(message.bytes), std::move(message.bytes)};
        wire::fetch_reply reply;
        require(frame.parse(reply));
        if (messages.empty() || messages.back()->id != reply.message_id) {
            messages.push_back(std::make_unique<received_message>());
            messages.back()->id = reply.message_id;
            messages.back()->poll_reply = heard.poll_reply();
        }
        add(*messages.back(), frame, heard);
    }
    return messages;
}

}  // namespace tmq::test
