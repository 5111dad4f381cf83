#include "tmq/error.hpp"

#include "base/failure.hpp"
#include "text/error_text.hpp"

#include <fmt/format.h>

namespace tmq {
namespace {

constexpr std::size_t max_server_text = 1024;

std::string_view message(errc code) noexcept {
    switch (code) {
        case errc::invalid_argument: return "invalid argument";
        case errc::invalid_url: return "the address is not of the form ws://host[:port][/path]";
        case errc::operation_in_progress: return "another operation of this kind is already waiting";
        case errc::not_subscribed: return "not subscribed";
        case errc::already_subscribed: return "already subscribed; unsubscribe first";
        case errc::no_such_column: return "no such column";
        case errc::column_type_mismatch: return "the column cannot be read as that type";
        case errc::unexpected_null: return "the column has nulls; read it as std::optional";
        case errc::no_exact_offset:
            return "the delivered message has no log offset and cannot be committed exactly";

        case errc::resolve_timeout: return "the host name was not resolved in time";
        case errc::connect_timeout: return "no connection in time";
        case errc::request_timeout: return "the server did not answer in time; the connection was dropped";
        case errc::connection_closed: return "the server closed the connection";
        case errc::connection_lost: return "the connection was lost";
        case errc::upgrade_refused: return "the server refused the WebSocket upgrade";
        case errc::write_timeout: return "the server stopped reading";
        case errc::handshake_timeout: return "TLS or the WebSocket upgrade was not completed in time";
        case errc::idle_timeout: return "the server has gone silent and does not answer a ping";
        case errc::tls_settings: return "a TLS certificate or key of the settings cannot be used";
        case errc::tls_failed: return "TLS failed";
        case errc::certificate_refused: return "the server's certificate is not trusted";

        case errc::websocket_violation: return "WebSocket violation";
        case errc::message_too_big: return "message larger than the configured limit";
        case errc::unexpected_reply: return "unexpected reply";
        case errc::malformed_message: return "malformed message";
        case errc::unsupported_message: return "unsupported message";
        case errc::fetch_unanswered: return "unanswered fetch, which must not be repeated";

        case errc::closed: return "the consumer is closed";
        case errc::bounds_unknown: return "the server does not know the bounds of the log yet";
        case errc::data_lost: return "the server removed rows before they were read";
        case errc::hook_failed: return "a hook of the application failed";
    }
    return "unknown error";
}

class tmq_error_category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "tmq"; }
    std::string message(int value) const override {
        return std::string(tmq::message(static_cast<errc>(value)));
    }
};

/// Returns the meaning of a TDengine error code, given the 16 bits of it that taosAdapter sends; empty if
/// unknown.
std::string_view server_message(int code) noexcept {
    switch (static_cast<server_errc>(code)) {
        case server_errc::network_unavailable: return "network unavailable";
        case server_errc::node_not_connected: return "server node not connected";
        case server_errc::invalid_parameter: return "invalid parameter";
        case server_errc::topic_exists: return "topic already exists";
        case server_errc::topic_not_found: return "topic does not exist";
        case server_errc::consumer_not_found: return "consumer does not exist";
        case server_errc::subscription_not_found: return "subscription does not exist";
        case server_errc::offset_not_found: return "offset does not exist";
        case server_errc::consumer_not_ready: return "consumer not ready";
        case server_errc::topic_in_use: return "topic is subscribed or was dropped";
        case server_errc::group_in_use: return "consumer group in use";
        case server_errc::group_rebalancing: return "consumer group is rebalancing";
        case server_errc::no_start_offset: return "nothing committed to start from";
        case server_errc::invalid_message: return "invalid TMQ message";
        case server_errc::consumer_mismatch:
            return "consumer mismatch: the group was rebalanced or the consumer evicted";
        case server_errc::consumer_closed: return "consumer closed";
        case server_errc::consumer_failed: return "consumer error";
        case server_errc::topic_out_of_range: return "topic out of range";
        case server_errc::group_out_of_range: return "group out of range";
        case server_errc::snapshot_offset: return "operation does not apply to a snapshot offset";
        case server_errc::offset_out_of_range: return "offset out of range";
        case server_errc::foreign_vgroup: return "vgroup does not belong to this consumer";
        case server_errc::foreign_topic: return "topic does not belong to this consumer";
        case server_errc::not_initialised: return "consumer needs initialising";
        case server_errc::nothing_committed: return "nothing committed";
        case server_errc::same_offset: return "the same offset was committed already";
        case server_errc::replay_needs_one_vgroup: return "replay needs a single vgroup";
        case server_errc::replay_unsupported: return "replay is not supported here";
        case server_errc::no_qualified_table: return "no table qualifies";
        case server_errc::no_rebalance_needed: return "no rebalance needed";
        case server_errc::invalid_consumer_status: return "invalid consumer status";
        case server_errc::setting_refused: return "setting refused";
        case server_errc::adapter_failed: return "taosAdapter error";
        default: return {};
    }
}

class tmq_server_category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "tmq.server"; }
    std::string message(int value) const override {
        const std::string_view text = server_message(value);
        return text.empty() ? fmt::format("server error 0x{:04X}", value)
                            : fmt::format("{} (0x{:04X})", text, value);
    }
};

class tmq_condition_category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "tmq.condition"; }
    std::string message(int value) const override {
        switch (static_cast<condition>(value)) {
            case condition::vgroup_moved: return "the vgroup belongs to another consumer";
            case condition::not_a_member: return "no member of the group";
            case condition::transport: return "no connection";
        }
        return fmt::format("condition {}", value);
    }
    bool equivalent(const boost::system::error_code& code, int value) const noexcept override {
        switch (static_cast<condition>(value)) {
            case condition::vgroup_moved:
                return code == server_errc::foreign_vgroup || code == server_errc::foreign_topic;
            case condition::not_a_member:
                return code == server_errc::consumer_mismatch || code == server_errc::consumer_closed ||
                       code == server_errc::not_initialised || code == server_errc::consumer_not_found;
            case condition::transport:
                // kind_of() knows these two only as codes of the system.
                return code.failed() && kind_of(code) == error_kind::transport &&
                       code != boost::system::errc::operation_canceled &&
                       code != boost::system::errc::not_enough_memory;
        }
        return false;
    }
};

std::string describe(std::string_view context, std::string_view action, std::string_view server_text) {
    std::string text(action);
    const auto add = [&text](std::string_view part) {
        if (part.empty()) return;
        if (!text.empty()) text += ": ";
        text += part;
    };
    add(context);
    add(server_text.substr(0, max_server_text));
    return text;
}

/// Boost writes its ": " after an empty text too, so an empty `text` is left out.
boost::system::system_error system_error_of(boost::system::error_code code, const std::string& text) {
    code = text::without_location(code);
    return text.empty() ? boost::system::system_error(code) : boost::system::system_error(code, text);
}

}  // namespace

const boost::system::error_category& tmq_category() noexcept {
    static const tmq_error_category instance;
    return instance;
}

const boost::system::error_category& server_category() noexcept {
    static const tmq_server_category instance;
    return instance;
}

boost::system::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), tmq_category()};
}

boost::system::error_code make_server_error(std::uint32_t code) noexcept {
    // Only 0 is success: a code whose lower 16 bits are 0 still is an error.
    const std::uint32_t value = code != 0 && (code & 0xFFFF) == 0 ? 0xFFFF : code & 0xFFFF;
    return {static_cast<int>(value), server_category()};
}

boost::system::error_code make_error_code(server_errc code) noexcept {
    return {static_cast<int>(code), server_category()};
}

boost::system::error_condition make_error_condition(condition group) noexcept {
    static const tmq_condition_category category;
    return {static_cast<int>(group), category};
}

error_kind kind_of(const boost::system::error_code& code) noexcept {
    if (code.category() == server_category()) return error_kind::server;
    if (code == base::cancelled()) return error_kind::state;
    if (code.category() != tmq_category()) return error_kind::transport;
    const int value = code.value();
    if (value < 100) return error_kind::usage;
    if (value < 200) return error_kind::transport;
    if (value < 300) return error_kind::protocol;
    return error_kind::state;
}

bool is_retriable(const boost::system::error_code& code) noexcept {
    if (code.category() == server_category()) {
        switch (static_cast<server_errc>(code.value())) {
            case server_errc::network_unavailable:
            case server_errc::node_not_connected:
            case server_errc::consumer_not_ready:
            case server_errc::group_rebalancing:
            case server_errc::consumer_mismatch:
            case server_errc::consumer_closed:
            case server_errc::not_initialised: return true;
            default: return false;
        }
    }
    if (code.category() != tmq_category()) return code.failed();
    switch (static_cast<errc>(code.value())) {
        case errc::upgrade_refused:
        case errc::tls_settings:
        case errc::tls_failed:
        case errc::certificate_refused:
        case errc::message_too_big: return false;
        default:
            return kind_of(code) == error_kind::transport || code == errc::bounds_unknown ||
                   code == errc::data_lost;
    }
}

error::error(boost::system::error_code code, std::string_view context) : error(code, context, {}, 0, {}) {}

error::error(boost::system::error_code code, std::string_view context, std::string_view action,
             std::uint64_t req_id, std::string_view server_message)
    : system_error(system_error_of(code, describe(context, action, server_message))),
      detail_(context),
      server_message_(server_message.substr(0, max_server_text)),
      action_(action),
      req_id_(req_id) {}

void throw_exception_from_error(const error& failure, const boost::source_location&) { throw failure; }

}  // namespace tmq
