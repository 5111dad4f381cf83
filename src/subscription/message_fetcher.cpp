#include "subscription/message_fetcher.hpp"

#include "base/server_constants.hpp"
#include "protocol/json_meta.hpp"
#include "text/printable.hpp"
#include "wire/data_message.hpp"
#include "wire/meta/meta_message.hpp"
#include "wire/raw_data.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace tmq::subscription {
namespace {

/// Returns the kind that a poll reply's `message_type` stands for.
std::optional<message_kind> kind_of_type(std::int32_t message_type) noexcept {
    switch (message_type) {
        case 1: return message_kind::data;
        case 2: return message_kind::metadata;
        case 3: return message_kind::metadata_and_data;
        case 4: return message_kind::raw_data;
        default: return std::nullopt;
    }
}

/// Returns the kind of a message by the type of its raw bytes. Changes of tables are a batch, or one request
/// to a vnode, types 0x200 to 0x2FF: unknown ones are passed on.
std::optional<message_kind> kind_of_raw_type(std::uint16_t raw_type) noexcept {
    constexpr unsigned requests_to_vnodes = 2;
    switch (raw_type) {
        case wire::raw_type_data: return message_kind::data;
        case wire::raw_type_meta_data: return message_kind::metadata_and_data;
        case wire::raw_type_raw_data: return message_kind::raw_data;
        case wire::raw_type_batch_meta: return message_kind::metadata;
        default:
            return raw_type >> 8 == requests_to_vnodes ? std::optional(message_kind::metadata) : std::nullopt;
    }
}

/// Code of taosAdapter's own refusals, which do not touch the message.
constexpr std::uint32_t adapter_error = 0xFFFF;

/// Takes the end of a metadata message from the poll reply, which reports where the next message starts.
void end_at_poll_offset(detail::message_content& content) noexcept {
    content.layout.response_offset.kind =
        content.poll_offset >= 0 ? detail::offset_kind::log : detail::offset_kind::none;
    content.layout.response_offset.version = content.poll_offset;
}

/// Parses content.raw by its type.
wire::defect parse(detail::message_content& content) {
    switch (content.raw_type) {
        case wire::raw_type_data:
            content.kind = message_kind::data;
            return wire::parse_data_message(content.raw, content.layout);
        case wire::raw_type_meta_data: {
            content.kind = message_kind::metadata_and_data;
            const wire::defect why =
                wire::parse_meta_data_message(content.raw, content.layout, content.created_tables);
            return why ? why : wire::parse_created_tables(content.raw, content.created_tables, content.metas);
        }
        case wire::raw_type_raw_data:
            content.kind = message_kind::raw_data;
            return wire::parse_raw_data_head(content.raw, content.layout);
        default: {
            content.kind = message_kind::metadata;
            // The head has no offsets.
            end_at_poll_offset(content);
            return wire::parse_meta_message(content.raw_type, content.raw, content.metas);
        }
    }
}

}  // namespace

failure message_fetcher::on_poll_reply(const protocol::reply& reply) {
    step_ = step::poll;
    if (reply.code != 0) return failure_of(reply);
    if (!reply.has_have_message)
        return failure(defect_code::reply_malformed, "no have_message")
            .name_request(to_string(reply.action), reply.req_id);
    if (!reply.have_message) return {};
    if (reply.message_id == 0 || reply.topic.empty() || !reply.has_vgroup || !reply.has_offset)
        return failure(defect_code::reply_malformed, "no message_id, topic, vgroup_id or offset")
            .name_request(to_string(reply.action), reply.req_id);

    if (reply.topic.size() > base::max_name_size || reply.database.size() > base::max_name_size)
        return failure(defect_code::reply_malformed, "a name that is too long")
            .name_request(to_string(reply.action), reply.req_id);

    detail::message_content& content = detail::message_access::content(message_);
    content.topic.assign(reply.topic);
    content.database.assign(reply.database);
    content.vgroup = reply.vgroup;
    content.message_id = reply.message_id;
    content.poll_offset = reply.offset;
    content.layout.clear();
    content.metas.clear();
    content.raw = {};
    content.raw_type = 0;
    last_message_id_ = reply.message_id;
    is_announced_ = true;
    step_ = step::fetch;
    const std::optional<message_kind> kind = kind_of_type(reply.message_type);
    if (!kind)
        return stuck(defect_code::message_type_unsupported,
                     fmt::format("message type {}", reply.message_type));
    content.kind = announced_kind_ = *kind;
    announced_type_ = reply.message_type;
    ask_position_ = true;
    blocks_.begin(max_message_size_);
    fetch_next(first_fetch());
    return {};
}

protocol::action message_fetcher::first_fetch() const noexcept {
    switch (mode_) {
        case fetch_mode::raw: return protocol::action::fetch_raw;
        case fetch_mode::block:
            // fetch and fetch_json_meta refuse raw data.
            if (message_.kind() == message_kind::raw_data) break;
            return message_.kind() == message_kind::data ? protocol::action::fetch
                                                         : protocol::action::fetch_json_meta;
        case fetch_mode::automatic:
        case fetch_mode::raw_data: break;
    }
    return protocol::action::fetch_raw_data;
}

void message_fetcher::fetch_next(protocol::action action) noexcept {
    action_ = action;
    step_ = step::fetch;
}

failure message_fetcher::on_fetch_reply(const wire::fetch_reply& reply,
                                        const std::function<void(detail::byte_buffer&)>& take_payload) {
    if (reply.code != 0) {
        failure why(make_server_error(reply.code));
        why.server_message = text::printable(reply.error_text, 1024);
        return fetch_failed(std::move(why)).name_request(to_string(action_), reply.req_id);
    }
    if (!protocol::is_binary(action_))
        return fetch_failed({defect_code::reply_unexpected, "a binary message instead of text"});
    if (reply.message_id != last_message_id_)
        return fetch_failed({defect_code::reply_message_id,
                             fmt::format("message {} instead of {}", reply.message_id, last_message_id_)});
    if (action_ == protocol::action::fetch_block) return on_block(reply);
    // Rows under a wrong type would pass for unknown changes, and nobody would read them.
    const std::optional<message_kind> kind = kind_of_raw_type(reply.raw_type);
    if (kind != announced_kind_) {
        const std::string types =
            fmt::format("raw type {} in a message of type {}", reply.raw_type, announced_type_);
        if (!kind) return stuck(defect_code::message_type_unsupported, types);
        return fetch_failed({defect_code::message_type_mismatch, types});
    }

    detail::message_content& content = detail::message_access::content(message_);
    take_payload(content.bytes);
    content.raw = reply.raw;
    content.raw_type = reply.raw_type;
    if (const wire::defect malformed = parse(content)) return fetch_failed(failure_of(malformed));
    step_ = step::take;
    return {};
}

failure message_fetcher::on_fetch_text(const protocol::reply& reply) {
    switch (action_) {
        case protocol::action::fetch: return on_schema(reply);
        case protocol::action::position: return is_verifying_ ? on_verified(reply) : on_position(reply);
        case protocol::action::fetch_json_meta: return on_json_meta(reply);
        default: break;
    }
    if (reply.code != 0) return fetch_failed(failure_of(reply));
    return fetch_failed({defect_code::reply_unexpected, "text instead of a binary message"});
}

failure message_fetcher::on_schema(const protocol::reply& reply) {
    if (reply.code != 0) {
        failure why = fetch_failed(failure_of(reply));
        if (reply.code == adapter_error) step_ = step::fetch;
        return why;
    }
    if (!reply.has_completed) return misfit(defect_code::reply_malformed, "no completed", reply);
    if (reply.message_id != last_message_id_)
        return misfit(defect_code::reply_message_id,
                      fmt::format("message {} instead of {}", reply.message_id, last_message_id_), reply);
    if (reply.completed) {
        if (ask_position_)
            fetch_next(protocol::action::position);
        else
            step_ = step::take;
        return {};
    }
    if (!blocks_.expect(reply))
        return misfit(defect_code::reply_malformed, "fields of different number", reply);
    schema_id_ = reply.req_id;
    fetch_next(protocol::action::fetch_block);
    return {};
}

failure message_fetcher::on_block(const wire::fetch_reply& reply) {
    // After a failure a frame of an earlier request may arrive; the id of its fetch identifies it.
    if (reply.req_id != schema_id_)
        return fetch_failed({defect_code::reply_unexpected,
                             fmt::format("the block of request {} instead of {}", reply.req_id, schema_id_)});
    const wire::defect malformed =
        blocks_.append(reply.raw, detail::message_access::content(message_).layout);
    if (malformed.code == defect_code::message_too_big)
        return stuck(malformed.code, fmt::format("more than {} bytes in blocks", max_message_size_));
    if (malformed) return fetch_failed(failure_of(malformed));
    fetch_next(protocol::action::fetch);
    return {};
}

failure message_fetcher::on_json_meta(const protocol::reply& reply) {
    if (reply.code != 0) return fetch_failed(failure_of(reply));
    if (!reply.has_data) return misfit(defect_code::reply_malformed, "no data", reply);
    if (reply.message_id != last_message_id_)
        return misfit(defect_code::reply_message_id,
                      fmt::format("message {} instead of {}", reply.message_id, last_message_id_), reply);
    detail::message_content& content = detail::message_access::content(message_);
    const defect_code malformed = protocol::parse_json_meta(reply.data, content.metas);
    if (malformed != defect_code{})
        return fetch_failed({defect_code::meta_json_malformed, to_string(malformed)});
    if (content.metas.empty()) {
        // The server could not express the change in JSON. Its existence must not get lost.
        unknown_meta unknown;
        unknown.json = "null";
        content.metas.emplace_back(std::move(unknown));
    }
    if (content.kind == message_kind::metadata_and_data) {
        fetch_next(protocol::action::fetch);
    } else {
        end_at_poll_offset(content);
        step_ = step::take;
    }
    return {};
}

/// Without a position the message is complete, but cannot be committed exactly.
failure message_fetcher::on_position(const protocol::reply& reply) {
    if (reply.code == 0 && (!reply.has_position || reply.position.size() != 1))
        return misfit(defect_code::reply_malformed, "one position is due", reply);
    detail::message_content& content = detail::message_access::content(message_);
    if (reply.code == 0 && ask_position_ && reply.position[0] >= 0 &&
        reply.position[0] > content.poll_offset) {
        content.layout.response_offset.kind = detail::offset_kind::log;
        content.layout.response_offset.version = reply.position[0];
    }
    step_ = step::take;
    return {};
}

failure message_fetcher::on_verified(const protocol::reply& reply) {
    if (reply.code == 0 && (!reply.has_position || reply.position.size() != 1))
        return misfit(defect_code::reply_malformed, "one position is due", reply);
    is_verifying_ = false;
    position_.reset();
    if (reply.code == 0 && reply.position[0] >= 0) position_ = reply.position[0];
    step_ = step::prove;
    return {};
}

void message_fetcher::on_no_reply() {
    step_ = sent_;
    if (step_ == step::fetch)
        fetch_failed(failure(action_ == protocol::action::fetch ? defect_code::block_unanswered
                                                                : defect_code::raw_data_unanswered));
}

/// Repeats neither a fetch of raw data, which would crash taosAdapter 3.4.1, nor fetch, since a second one
/// would skip the block that the first one has reached.
failure message_fetcher::fetch_failed(failure why) {
    step_ = announced_kind_ == message_kind::raw_data || action_ == protocol::action::fetch ? step::stuck
                                                                                            : step::fetch;
    obstacle_ = located(std::move(why));
    return obstacle_;
}

failure message_fetcher::misfit(defect_code why, std::string_view text, const protocol::reply& reply) {
    return fetch_failed({why, text}).name_request(to_string(reply.action), reply.req_id);
}

void message_fetcher::take(message& out) noexcept {
    std::swap(message_, out);
    discard();
}

void message_fetcher::reset(fetch_mode mode, std::uint64_t max_message_size) noexcept {
    discard();
    mode_ = mode;
    max_message_size_ = max_message_size;
    last_message_id_ = 0;
}

failure message_fetcher::stuck(defect_code why, std::string_view text) {
    step_ = step::stuck;
    obstacle_ = located({why, text});
    return obstacle_;
}

failure message_fetcher::located(failure why) const {
    const std::string place =
        fmt::format("topic {}, vgroup {}, offset {}", text::printable(message_.topic(), base::max_name_size),
                    message_.vgroup(), message_.offset());
    why.context = why.context.empty() ? place : fmt::format("{}: {}", place, why.context);
    return why;
}

}  // namespace tmq::subscription
