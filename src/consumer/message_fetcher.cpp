#include "consumer/message_fetcher.hpp"

#include "text/printable.hpp"
#include "wire/data_message.hpp"
#include "wire/meta/meta_message.hpp"
#include "wire/raw_data.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace tmq {
namespace {

/// The `message_type` of a poll reply.
std::optional<message_kind> kind_of_type(std::int32_t message_type) noexcept {
    switch (message_type) {
        case 1: return message_kind::data;
        case 2: return message_kind::metadata;
        case 3: return message_kind::metadata_and_data;
        case 4: return message_kind::raw_data;
        default: return std::nullopt;
    }
}

/// Reads content.raw, which decides by its own type what it is.
wire::failure parse(detail::message_content& content) {
    switch (content.raw_type) {
        case wire::raw_type_data: content.kind = message_kind::data; return wire::parse_data_message(content.raw, content.layout);
        case wire::raw_type_meta_data: {
            content.kind = message_kind::metadata_and_data;
            const wire::failure why = wire::parse_meta_data_message(content.raw, content.layout, content.created_tables);
            return why ? why : wire::parse_created_tables(content.raw, content.created_tables, content.metas);
        }
        case wire::raw_type_raw_data: content.kind = message_kind::raw_data; return wire::parse_raw_data_head(content.raw, content.layout);
        default: {
            content.kind = message_kind::metadata;
            // The head has no offsets; the poll's is already the next one.
            content.layout.response_offset.kind = content.poll_offset >= 0 ? detail::offset_kind::log : detail::offset_kind::none;
            content.layout.response_offset.version = content.poll_offset;
            return wire::parse_meta_message(content.raw_type, content.raw, content.metas);
        }
    }
}

}  // namespace

failure message_fetcher::on_poll_reply(const protocol::reply& reply) {
    step_ = step::poll;
    if (reply.code != 0) return failure_of(reply);
    if (!reply.has_have_message) return failure(make_error_code(errc::reply_malformed), "no have_message").of(reply.what, reply.req_id);
    if (!reply.have_message) return {};
    if (reply.message_id == 0 || reply.topic.empty() || !reply.has_vgroup || !reply.has_offset)
        return failure(make_error_code(errc::reply_malformed), "no message_id, topic, vgroup_id or offset").of(reply.what, reply.req_id);

    detail::message_content& content = detail::message_access::content(message_);
    content.topic.assign(reply.topic);
    content.database.assign(reply.database);
    content.vgroup = reply.vgroup;
    content.message_id = reply.message_id;
    content.poll_offset = reply.offset;
    content.layout.clear();
    content.metas.clear();
    last_message_id_ = reply.message_id;
    is_announced_ = true;
    step_ = step::fetch;
    const std::optional<message_kind> kind = kind_of_type(reply.message_type);
    if (!kind) return stuck(errc::message_type_unsupported, fmt::format("message type {}", reply.message_type));
    content.kind = *kind;
    return {};
}

failure message_fetcher::on_fetch_reply(const wire::fetch_reply& reply, const std::function<void(detail::byte_buffer&)>& take_payload) {
    if (reply.code != 0) {
        failure why(make_server_error(reply.code));
        why.server_message = text::printable(reply.error_text, 1024);
        return fetch_failed(std::move(why)).of(protocol::action::fetch_raw_data, reply.req_id);
    }
    if (reply.message_id != last_message_id_)
        return fetch_failed({make_error_code(errc::reply_message_id), fmt::format("message {} instead of {}", reply.message_id, last_message_id_)});
    if (reply.raw_type < wire::raw_type_data) return stuck(errc::message_type_unsupported, fmt::format("raw type {}", reply.raw_type));

    detail::message_content& content = detail::message_access::content(message_);
    take_payload(content.bytes);
    content.raw = reply.raw;
    content.raw_type = reply.raw_type;
    if (const wire::failure malformed = parse(content)) return fetch_failed(failure_of(malformed));
    step_ = step::take;
    return {};
}

failure message_fetcher::on_fetch_text(const protocol::reply& reply) {
    if (reply.code != 0) return fetch_failed(failure_of(reply));
    return fetch_failed({make_error_code(errc::reply_unexpected), "text instead of a binary message"});
}

void message_fetcher::on_no_reply() {
    step_ = sent_;
    if (step_ == step::fetch) fetch_failed(failure(errc::raw_data_unanswered));
}

/// A message of raw data is fetched only once: the second time would crash taosAdapter 3.4.1.
failure message_fetcher::fetch_failed(failure why) {
    step_ = message_.kind() == message_kind::raw_data ? step::stuck : step::fetch;
    obstacle_ = with_place(std::move(why));
    return obstacle_;
}

void message_fetcher::take(message& out) noexcept {
    std::swap(message_, out);
    discard();
}

void message_fetcher::reset() noexcept {
    discard();
    last_message_id_ = 0;
}

failure message_fetcher::stuck(errc why, std::string_view what) {
    step_ = step::stuck;
    obstacle_ = with_place({make_error_code(why), what});
    return obstacle_;
}

failure message_fetcher::with_place(failure why) const {
    const std::string place = fmt::format("topic {}, vgroup {}, offset {}", message_.topic(), message_.vgroup(), message_.offset());
    why.context = why.context.empty() ? place : fmt::format("{}: {}", place, why.context);
    return why;
}

}  // namespace tmq
