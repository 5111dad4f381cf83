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

        case errc::upgrade_malformed: return "the answer to the WebSocket upgrade is malformed";
        case errc::upgrade_too_large: return "the answer to the WebSocket upgrade is too large";
        case errc::frame_reserved_bits: return "WebSocket frame with a reserved bit set";
        case errc::frame_reserved_opcode: return "WebSocket frame with a reserved opcode";
        case errc::frame_masked: return "masked WebSocket frame from the server";
        case errc::frame_length_not_minimal: return "WebSocket frame length not in its shortest form";
        case errc::frame_length_invalid: return "WebSocket frame length with the top bit set";
        case errc::frame_control_fragmented: return "fragmented WebSocket control frame";
        case errc::frame_control_too_long: return "WebSocket control frame over 125 bytes";
        case errc::frame_unexpected_continuation:
            return "WebSocket continuation without a message to continue";
        case errc::frame_expected_continuation: return "WebSocket message started inside a fragmented one";
        case errc::frame_close_invalid: return "invalid WebSocket close frame";
        case errc::frame_after_close: return "WebSocket data after the close frame";
        case errc::message_too_big: return "message larger than the configured limit";
        case errc::frame_text_not_utf8: return "WebSocket text message that is not UTF-8";
        case errc::inflate_corrupt: return "corrupt compressed message";
        case errc::inflate_truncated: return "compressed message ends too early";

        case errc::reply_not_json: return "reply is not a JSON object";
        case errc::reply_malformed: return "reply lacks a field, or a field has the wrong type";
        case errc::reply_unexpected: return "reply is of another kind than the request";
        case errc::reply_message_id: return "binary reply belongs to another message than the requested one";
        case errc::raw_data_unanswered:
            return "the fetch of a raw data message got no reply; a second one would crash the server";
        case errc::message_type_unsupported: return "message of a kind that this version does not read";
        case errc::block_unanswered:
            return "the fetch of a block got no reply; a second one would skip the block";
        case errc::meta_json_malformed: return "change of tables in JSON of an unknown form";
        case errc::topic_not_subscribed: return "message of a topic that was not subscribed to";
        case errc::message_type_mismatch: return "message is of another kind than the poll announced";

        case errc::truncated: return "the data end too early";
        case errc::varint_too_large: return "variable-length number is larger than its type";
        case errc::envelope_marker: return "raw reply without its marker";
        case errc::envelope_action: return "raw reply whose action number is not 8";
        case errc::envelope_version: return "raw reply of an unknown version";
        case errc::envelope_excess: return "bytes after the end of a raw reply";
        case errc::head_unknown: return "message of an unknown form";
        case errc::offsets_length_negative: return "length of the message's offsets is negative";
        case errc::offsets_excess: return "message's offsets are longer than their content";
        case errc::offset_type_unknown: return "message offset of an unknown type";
        case errc::block_count_invalid:
            return "number of blocks is negative or more than the message has room for";
        case errc::flag_invalid: return "flag is neither 0 nor 1";
        case errc::block_size_invalid: return "block is announced smaller than its header";
        case errc::block_header_version: return "block header of an unknown version";
        case errc::block_header_rows: return "block header and block have different numbers of rows";
        case errc::block_compressed: return "compressed block";
        case errc::precision_unknown: return "unknown timestamp precision";
        case errc::block_version: return "block of an unknown version";
        case errc::block_length_mismatch: return "block length differs from its bytes";
        case errc::block_rows_invalid: return "block without rows";
        case errc::block_columns_invalid: return "number of columns outside 1 to 4096";
        case errc::block_excess: return "bytes after the last column of a block";
        case errc::column_type_unknown: return "column of an unknown type";
        case errc::column_type_unsupported: return "column of a type that this version does not read";
        case errc::column_bytes_negative: return "column with a negative size";
        case errc::column_length_negative: return "column with a negative length";
        case errc::column_length_mismatch: return "column length differs from rows x width";
        case errc::cell_offset_invalid: return "cell begins outside its column";
        case errc::cell_length_invalid: return "cell ends outside its column";
        case errc::nchar_length_invalid: return "NCHAR length is not a multiple of four";
        case errc::nchar_cells_overlap: return "NCHAR cells overlap";
        case errc::nchar_code_point_invalid: return "NCHAR text is not Unicode";
        case errc::schema_columns_mismatch: return "schema and block have different numbers of columns";
        case errc::schema_type_mismatch: return "schema and block have different column types";
        case errc::schema_bytes_negative: return "schema with a negative column size";
        case errc::name_length_invalid: return "name without room for its NUL, or too long";
        case errc::name_not_terminated: return "name without a NUL at its end";
        case errc::name_has_nul: return "name with a NUL inside";
        case errc::name_not_utf8: return "name that is not UTF-8";
        case errc::tail_invalid: return "bytes of unknown meaning after the last block";
        case errc::envelope_number: return "raw reply whose message number is not 3";
        case errc::decimal_width_invalid: return "DECIMAL column with a width that is not its type's";
        case errc::decimal_digits_invalid: return "DECIMAL column with no digits or too many";
        case errc::decimal_scale_invalid:
            return "DECIMAL column with more digits after the point than digits";
        case errc::tags_flags_unknown: return "set of tags with an unknown flag";
        case errc::tags_size_invalid:
            return "set of tags smaller than its header or larger than the space for it";
        case errc::tags_count_invalid:
            return "number of tags is negative or more than their set has room for";
        case errc::tags_index_invalid: return "tag begins outside its set or inside the previous tag";
        case errc::tag_type_unknown: return "tag of an unknown type";
        case errc::json_form_unknown: return "JSON value of an unknown form";
        case errc::json_cells_overlap: return "JSON cells overlap";
        case errc::json_column_too_large: return "JSON column of 256 MiB or more";
        case errc::meta_count_invalid:
            return "number of created tables is negative or more than the message has room for";

        case errc::meta_type_invalid: return "raw message without metadata";
        case errc::meta_size_mismatch: return "size of a change differs from its head";
        case errc::meta_length_negative: return "part of a change with a negative length";
        case errc::meta_excess: return "bytes after the end of a change";
        case errc::meta_batch_count_invalid:
            return "number of changes is negative or more than the message has room for";
        case errc::meta_batch_item_too_small: return "change of a batch is smaller than its head";
        case errc::meta_table_count_invalid:
            return "number of tables is negative or more than the change has room for";
        case errc::meta_table_kind_unknown: return "created table of an unknown kind";
        case errc::meta_column_count_invalid:
            return "number of columns or tags is negative, above 4096 or more than the change has room for";
        case errc::meta_compression_count_invalid:
            return "number of compressed columns is negative or more than the change has room for";
        case errc::meta_field_count_invalid: return "wrong number of altered columns for this alteration";
        case errc::meta_tag_count_invalid:
            return "number of altered tags is negative or more than the change has room for";
        case errc::meta_id_count_invalid:
            return "number of ids is negative or more than the change has room for";
        case errc::meta_comment_length_invalid: return "comment with a length below -1";
        case errc::meta_sql_length_mismatch: return "length of a statement differs from its bytes";
        case errc::meta_query_length_mismatch: return "length of a rollup query differs from its bytes";
        case errc::meta_alteration_length_mismatch: return "length of an alteration differs from its bytes";
        case errc::meta_alteration_missing: return "altered super table without its alteration";
        case errc::meta_tags_length_mismatch: return "size of a set of tags differs from its bytes";
        case errc::meta_tag_names_mismatch: return "number of tag names differs from number of tags";
        case errc::meta_value_length_mismatch: return "length of a tag value differs from its type";

        case errc::closed: return "the consumer is closed";
        case errc::bounds_unknown: return "the server does not know the bounds of the log yet";
        case errc::data_lost: return "the server removed rows before they were read";
    }
    return "unknown error";
}

class tmq_category final : public boost::system::error_category {
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

const boost::system::error_category& error_category() noexcept {
    static const tmq_category instance;
    return instance;
}

const boost::system::error_category& server_category() noexcept {
    static const tmq_server_category instance;
    return instance;
}

boost::system::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), error_category()};
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
    if (code.category() != error_category()) return error_kind::transport;
    const int value = code.value();
    if (value < 100) return error_kind::usage;
    if (value < 200) return error_kind::transport;
    if (value < 600) return error_kind::protocol;
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
    if (code.category() != error_category()) return code.failed();
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
      server_message_(server_message.substr(0, max_server_text)),
      action_(action),
      req_id_(req_id) {}

}  // namespace tmq
