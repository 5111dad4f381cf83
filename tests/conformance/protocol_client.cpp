#include "conformance/protocol_client.hpp"

#include "embedded_server/web_socket_client.hpp"

#include <simdjson.h>

namespace tmq::test {

namespace {

using opcode = web_socket_client::opcode;

protocol_reply::form form_of(opcode what) {
    switch (what) {
        case opcode::text: return protocol_reply::form::text;
        case opcode::binary: return protocol_reply::form::binary;
        case opcode::pong: return protocol_reply::form::pong;
        case opcode::nothing:
        case opcode::ping: return protocol_reply::form::nothing;
        default: return protocol_reply::form::end;
    }
}

/// Calls `look` with a field of a JSON object, when there is one.
template <class Look>
void look_at(const std::string& json, std::string_view field, const Look& look) {
    simdjson::dom::parser parser;
    simdjson::dom::element reply;
    simdjson::dom::element value;
    if (parser.parse(json).get(reply) == simdjson::SUCCESS && reply[field].get(value) == simdjson::SUCCESS)
        look(value);
}

std::int64_t to_number(simdjson::dom::element value) {
    bool flag = false;
    std::int64_t number = -1;
    if (value.get(flag) == simdjson::SUCCESS) return flag ? 1 : 0;
    if (value.get(number) != simdjson::SUCCESS) return -1;
    return number;
}

}  // namespace

std::int64_t protocol_reply::number(std::string_view field) const {
    std::int64_t out = -1;
    look_at(bytes_, field, [&](simdjson::dom::element value) { out = to_number(value); });
    return out;
}

std::uint64_t protocol_reply::unsigned_number(std::string_view field) const {
    std::uint64_t out = 0;
    look_at(bytes_, field, [&](simdjson::dom::element value) {
        if (value.get(out) != simdjson::SUCCESS) out = 0;
    });
    return out;
}

std::string protocol_reply::text(std::string_view field) const {
    std::string out;
    look_at(bytes_, field, [&](simdjson::dom::element value) {
        std::string_view text;
        if (value.get(text) == simdjson::SUCCESS) out = text;
    });
    return out;
}

std::string protocol_reply::json(std::string_view field) const {
    std::string out;
    look_at(bytes_, field, [&](simdjson::dom::element value) { out = simdjson::minify(value); });
    return out;
}

std::vector<std::int64_t> protocol_reply::numbers(std::string_view list, std::string_view field) const {
    std::vector<std::int64_t> out;
    look_at(bytes_, list, [&](simdjson::dom::element value) {
        simdjson::dom::array items;
        if (value.get(items) != simdjson::SUCCESS) return;
        for (const simdjson::dom::element item : items) {
            simdjson::dom::element one = item;
            if (!field.empty() && item[field].get(one) != simdjson::SUCCESS) continue;
            out.push_back(to_number(one));
        }
    });
    return out;
}

std::vector<std::string> protocol_reply::texts(std::string_view list) const {
    std::vector<std::string> out;
    look_at(bytes_, list, [&](simdjson::dom::element value) {
        simdjson::dom::array items;
        if (value.get(items) != simdjson::SUCCESS) return;
        for (const simdjson::dom::element item : items) {
            std::string_view text;
            if (item.get(text) == simdjson::SUCCESS) out.emplace_back(text);
        }
    });
    return out;
}

std::uint64_t protocol_reply::little_endian(std::size_t offset, std::size_t size) const {
    std::uint64_t out = 0;
    for (std::size_t i = size; i-- != 0;)
        if (offset + i < bytes_.size()) out = out << 8 | static_cast<unsigned char>(bytes_[offset + i]);
    return out;
}

protocol_client::protocol_client(const std::string& host, std::uint16_t port, std::string_view extensions)
    : socket_(std::make_unique<web_socket_client>(host, port, "/rest/tmq", extensions)) {}

protocol_client::protocol_client(protocol_client&&) noexcept = default;
protocol_client::~protocol_client() = default;

const std::string& protocol_client::upgrade_answer() const { return socket_->upgrade_answer(); }

std::uint64_t protocol_client::send(std::string_view action, std::string_view arguments) {
    const std::uint64_t id = next_id_++;
    std::string request = R"({"action":")";
    request.append(action).append(R"(","args":{"req_id":)").append(std::to_string(id));
    if (!arguments.empty()) request.append(",").append(arguments);
    send_text(request.append("}}"));
    return id;
}

void protocol_client::send_text(std::string_view text) { socket_->send_text(text); }
void protocol_client::send_binary(std::string_view bytes) { socket_->send(opcode::binary, bytes); }
void protocol_client::send_ping(std::string_view bytes) { socket_->send(opcode::ping, bytes); }

protocol_reply protocol_client::receive(std::chrono::milliseconds timeout) {
    web_socket_client::received frame = socket_->receive(timeout);
    return {form_of(frame.what), std::move(frame.bytes)};
}

protocol_reply protocol_client::ask(std::string_view action, std::string_view arguments,
                                    std::chrono::milliseconds timeout) {
    send(action, arguments);
    return receive(timeout);
}

void protocol_client::drop() { socket_->drop(); }

}  // namespace tmq::test
