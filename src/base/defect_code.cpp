#include "base/defect_code.hpp"

namespace tmq::base {

std::string_view to_string(defect_code defect) noexcept {
    switch (defect) {
        case defect_code::upgrade_refused: return "the server refused the WebSocket upgrade";
        case defect_code::upgrade_malformed: return "the answer to the WebSocket upgrade is malformed";
        case defect_code::upgrade_too_large: return "the answer to the WebSocket upgrade is too large";
        case defect_code::frame_reserved_bits: return "WebSocket frame with a reserved bit set";
        case defect_code::frame_reserved_opcode: return "WebSocket frame with a reserved opcode";
        case defect_code::frame_masked: return "masked WebSocket frame from the server";
        case defect_code::frame_length_not_minimal: return "WebSocket frame length not in its shortest form";
        case defect_code::frame_length_invalid: return "WebSocket frame length with the top bit set";
        case defect_code::frame_control_fragmented: return "fragmented WebSocket control frame";
        case defect_code::frame_control_too_long: return "WebSocket control frame over 125 bytes";
        case defect_code::frame_unexpected_continuation:
            return "WebSocket continuation without a message to continue";
        case defect_code::frame_expected_continuation:
            return "WebSocket message started inside a fragmented one";
        case defect_code::frame_close_invalid: return "invalid WebSocket close frame";
        case defect_code::frame_after_close: return "WebSocket data after the close frame";
        case defect_code::message_too_big: return "message larger than the configured limit";
        case defect_code::frame_text_not_utf8: return "WebSocket text message that is not UTF-8";
        case defect_code::inflate_corrupt: return "corrupt compressed message";
        case defect_code::inflate_truncated: return "compressed message ends too early";

        case defect_code::reply_not_json: return "reply is not a JSON object";
        case defect_code::reply_malformed: return "reply lacks a field, or a field has the wrong type";
        case defect_code::reply_unexpected: return "reply is of another kind than the request";
        case defect_code::reply_message_id:
            return "binary reply belongs to another message than the requested one";
        case defect_code::raw_data_unanswered:
            return "the fetch of a raw data message got no reply; a second one would crash the server";
        case defect_code::message_type_unsupported:
            return "message of a kind that this version does not read";
        case defect_code::block_unanswered:
            return "the fetch of a block got no reply; a second one would skip the block";
        case defect_code::meta_json_malformed: return "change of tables in JSON of an unknown form";
        case defect_code::topic_not_subscribed: return "message of a topic that was not subscribed to";
        case defect_code::message_type_mismatch: return "message is of another kind than the poll announced";
        case defect_code::envelope_marker: return "raw reply without its marker";
        case defect_code::envelope_action: return "raw reply whose action number is not 8";
        case defect_code::envelope_version: return "raw reply of an unknown version";
        case defect_code::envelope_number: return "raw reply whose message number is not 3";
        case defect_code::envelope_excess: return "bytes after the end of a raw reply";
        case defect_code::envelope_truncated: return "binary reply ends too early";
        case defect_code::envelope_length_negative: return "block in a binary reply with a negative length";

        case defect_code::truncated: return "the data end too early";
        case defect_code::varint_too_large: return "variable-length number is larger than its type";
        case defect_code::head_unknown: return "message of an unknown form";
        case defect_code::offsets_length_negative: return "length of the message's offsets is negative";
        case defect_code::offsets_excess: return "message's offsets are longer than their content";
        case defect_code::offset_type_unknown: return "message offset of an unknown type";
        case defect_code::block_count_invalid:
            return "number of blocks is negative or more than the message has room for";
        case defect_code::flag_invalid: return "flag is neither 0 nor 1";
        case defect_code::block_size_invalid: return "block is announced smaller than its header";
        case defect_code::block_header_version: return "block header of an unknown version";
        case defect_code::block_header_rows: return "block header and block have different numbers of rows";
        case defect_code::block_compressed: return "compressed block";
        case defect_code::precision_unknown: return "unknown timestamp precision";
        case defect_code::block_version: return "block of an unknown version";
        case defect_code::block_length_mismatch: return "block length differs from its bytes";
        case defect_code::block_rows_invalid: return "block without rows";
        case defect_code::block_columns_invalid: return "number of columns outside 1 to 4096";
        case defect_code::block_excess: return "bytes after the last column of a block";
        case defect_code::column_type_unknown: return "column of an unknown type";
        case defect_code::column_type_unsupported: return "column of a type that this version does not read";
        case defect_code::column_bytes_negative: return "column with a negative size";
        case defect_code::column_length_negative: return "column with a negative length";
        case defect_code::column_length_mismatch: return "column length differs from rows x width";
        case defect_code::cell_offset_invalid: return "cell begins outside its column";
        case defect_code::cell_length_invalid: return "cell ends outside its column";
        case defect_code::nchar_length_invalid: return "NCHAR length is not a multiple of four";
        case defect_code::nchar_cells_overlap: return "NCHAR cells overlap";
        case defect_code::nchar_code_point_invalid: return "NCHAR text is not Unicode";
        case defect_code::schema_columns_mismatch:
            return "schema and block have different numbers of columns";
        case defect_code::schema_type_mismatch: return "schema and block have different column types";
        case defect_code::schema_bytes_negative: return "schema with a negative column size";
        case defect_code::name_length_invalid: return "name without room for its NUL, or too long";
        case defect_code::name_not_terminated: return "name without a NUL at its end";
        case defect_code::name_has_nul: return "name with a NUL inside";
        case defect_code::name_not_utf8: return "name that is not UTF-8";
        case defect_code::tail_invalid: return "bytes of unknown meaning after the last block";
        case defect_code::decimal_width_invalid: return "DECIMAL column with a width that is not its type's";
        case defect_code::decimal_digits_invalid: return "DECIMAL column with no digits or too many";
        case defect_code::decimal_scale_invalid:
            return "DECIMAL column with more digits after the point than digits";
        case defect_code::tags_flags_unknown: return "set of tags with an unknown flag";
        case defect_code::tags_size_invalid:
            return "set of tags smaller than its header or larger than the space for it";
        case defect_code::tags_count_invalid:
            return "number of tags is negative or more than their set has room for";
        case defect_code::tags_index_invalid: return "tag begins outside its set or inside the previous tag";
        case defect_code::tag_type_unknown: return "tag of an unknown type";
        case defect_code::json_form_unknown: return "JSON value of an unknown form";
        case defect_code::json_cells_overlap: return "JSON cells overlap";
        case defect_code::json_column_too_large: return "JSON column of 256 MiB or more";
        case defect_code::meta_count_invalid:
            return "number of created tables is negative or more than the message has room for";

        case defect_code::meta_type_invalid: return "raw message without metadata";
        case defect_code::meta_size_mismatch: return "size of a change differs from its head";
        case defect_code::meta_length_negative: return "part of a change with a negative length";
        case defect_code::meta_excess: return "bytes after the end of a change";
        case defect_code::meta_batch_count_invalid:
            return "number of changes is negative or more than the message has room for";
        case defect_code::meta_batch_item_too_small: return "change of a batch is smaller than its head";
        case defect_code::meta_table_count_invalid:
            return "number of tables is negative or more than the change has room for";
        case defect_code::meta_table_kind_unknown: return "created table of an unknown kind";
        case defect_code::meta_column_count_invalid:
            return "number of columns or tags is negative, above 4096 or more than the change has room for";
        case defect_code::meta_compression_count_invalid:
            return "number of compressed columns is negative or more than the change has room for";
        case defect_code::meta_field_count_invalid:
            return "wrong number of altered columns for this alteration";
        case defect_code::meta_tag_count_invalid:
            return "number of altered tags is negative or more than the change has room for";
        case defect_code::meta_id_count_invalid:
            return "number of ids is negative or more than the change has room for";
        case defect_code::meta_comment_length_invalid: return "comment with a length below -1";
        case defect_code::meta_sql_length_mismatch: return "length of a statement differs from its bytes";
        case defect_code::meta_query_length_mismatch:
            return "length of a rollup query differs from its bytes";
        case defect_code::meta_alteration_length_mismatch:
            return "length of an alteration differs from its bytes";
        case defect_code::meta_alteration_missing: return "altered super table without its alteration";
        case defect_code::meta_tags_length_mismatch: return "size of a set of tags differs from its bytes";
        case defect_code::meta_tag_names_mismatch: return "number of tag names differs from number of tags";
        case defect_code::meta_value_length_mismatch: return "length of a tag value differs from its type";
    }
    return "no defect";
}

errc errc_of(defect_code defect) noexcept {
    if (defect == defect_code{}) return errc{};
    switch (defect) {
        case defect_code::upgrade_refused: return errc::upgrade_refused;
        case defect_code::message_too_big: return errc::message_too_big;
        case defect_code::upgrade_malformed:
        case defect_code::upgrade_too_large:
        case defect_code::frame_reserved_bits:
        case defect_code::frame_reserved_opcode:
        case defect_code::frame_masked:
        case defect_code::frame_length_not_minimal:
        case defect_code::frame_length_invalid:
        case defect_code::frame_control_fragmented:
        case defect_code::frame_control_too_long:
        case defect_code::frame_unexpected_continuation:
        case defect_code::frame_expected_continuation:
        case defect_code::frame_close_invalid:
        case defect_code::frame_after_close:
        case defect_code::frame_text_not_utf8:
        case defect_code::inflate_corrupt:
        case defect_code::inflate_truncated: return errc::websocket_violation;
        case defect_code::reply_not_json:
        case defect_code::reply_malformed:
        case defect_code::reply_unexpected:
        case defect_code::reply_message_id:
        case defect_code::topic_not_subscribed:
        case defect_code::envelope_marker:
        case defect_code::envelope_action:
        case defect_code::envelope_version:
        case defect_code::envelope_number:
        case defect_code::envelope_excess:
        case defect_code::envelope_truncated:
        case defect_code::envelope_length_negative: return errc::unexpected_reply;
        case defect_code::raw_data_unanswered:
        case defect_code::block_unanswered: return errc::fetch_unanswered;
        case defect_code::message_type_unsupported:
        case defect_code::block_compressed:
        case defect_code::column_type_unsupported: return errc::unsupported_message;
        default: return errc::malformed_message;
    }
}

}  // namespace tmq::base
