#include "consumer/message_fetcher.hpp"

#include "wire/data_message.hpp"

#include <fmt/format.h>

#include <utility>

namespace tmq {
namespace {

constexpr std::int32_t data_message = 1;

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
    last_message_id_ = reply.message_id;
    is_announced_ = true;
    step_ = step::fetch;
    if (reply.message_type != data_message) return stuck(fmt::format("message type {}", reply.message_type));
    return {};
}

failure message_fetcher::on_fetch_reply(const wire::fetch_reply& reply, const std::function<void(detail::byte_buffer&)>& take_payload) {
    step_ = step::fetch;
    if (reply.code != 0) {
        failure why(make_server_error(reply.code));
        why.server_message = std::string(reply.error_text.substr(0, 1024));
        return with_place(std::move(why)).of(protocol::action::fetch_raw_data, reply.req_id);
    }
    if (reply.message_id != last_message_id_)
        return with_place({make_error_code(errc::reply_message_id), fmt::format("message {} instead of {}", reply.message_id, last_message_id_)});
    if (reply.raw_type != wire::raw_type_data) return stuck(fmt::format("raw type {}", reply.raw_type));

    detail::message_content& content = detail::message_access::content(message_);
    take_payload(content.bytes);
    if (const wire::failure malformed = wire::parse_data_message(reply.raw, content.layout)) return with_place(failure_of(malformed));
    step_ = step::take;
    return {};
}

failure message_fetcher::on_fetch_text(const protocol::reply& reply) {
    step_ = step::fetch;
    if (reply.code != 0) return with_place(failure_of(reply));
    return with_place({make_error_code(errc::reply_unexpected), "text instead of a binary message"});
}

void message_fetcher::take(message& out) noexcept {
    std::swap(message_, out);
    discard();
}

void message_fetcher::reset() noexcept {
    discard();
    last_message_id_ = 0;
}

failure message_fetcher::stuck(std::string_view what) {
    step_ = step::stuck;
    obstacle_ = with_place({make_error_code(errc::message_type_unsupported), what});
    return obstacle_;
}

failure message_fetcher::with_place(failure why) const {
    const std::string place = fmt::format("topic {}, vgroup {}, offset {}", message_.topic(), message_.vgroup(), message_.offset());
    why.context = why.context.empty() ? place : fmt::format("{}: {}", place, why.context);
    return why;
}

}  // namespace tmq
