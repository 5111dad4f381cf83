#pragma once

#include "tmq/error.hpp"

#include <cstdint>
#include <string_view>

namespace tmq::base {

/// Defects of what the server sends, one value per cause. They stay inside the library: an application gets
/// errc_of(defect), and the cause as text. defect_code{} is no defect.
enum class defect_code : std::uint8_t {
    // The WebSocket, RFC 6455.
    upgrade_refused = 1,  ///< the HTTP reply was not 101 Switching Protocols
    upgrade_malformed,    ///< the reply to the upgrade is not HTTP, or lacks or contradicts a required header
    upgrade_too_large,    ///< the reply to the upgrade exceeds 8 KiB
    frame_reserved_bits,  ///< a reserved bit is set that no extension defined
    frame_reserved_opcode,          ///< an opcode that RFC 6455 reserves
    frame_masked,                   ///< a masked frame, which a server must not send
    frame_length_not_minimal,       ///< a length in a longer form than needed
    frame_length_invalid,           ///< a 64-bit length with the top bit set
    frame_control_fragmented,       ///< a control frame without FIN
    frame_control_too_long,         ///< a control frame of more than 125 bytes
    frame_unexpected_continuation,  ///< a continuation without a message to continue
    frame_expected_continuation,    ///< a new message inside a fragmented one
    frame_close_invalid,            ///< a close frame with a bad length, code or reason text
    frame_after_close,              ///< data after the close frame
    message_too_big,                ///< a message larger than the configured limit
    frame_text_not_utf8,            ///< a text message that is not UTF-8
    inflate_corrupt,    ///< a compressed message that is not DEFLATE data, or has bytes after its final block
    inflate_truncated,  ///< a compressed message that ends inside a block

    // The conversation, see docs/protocol.md.
    reply_not_json,            ///< a text message that is not a JSON object
    reply_malformed,           ///< a field of the reply is missing or has the wrong type
    reply_unexpected,          ///< text instead of binary, binary instead of text, or the wrong action
    reply_message_id,          ///< the binary reply belongs to another message than the requested one
    raw_data_unanswered,       ///< the one fetch of a raw data message got no reply; a second would crash the
                               ///< server
    message_type_unsupported,  ///< a poll announced a kind of message that this version does not read
    block_unanswered,          ///< the fetch of a block got no reply; a second would skip the block
    meta_json_malformed,    ///< the JSON of a change lacks a field of its kind, or has it with another type
    topic_not_subscribed,   ///< a poll announced a message of a topic that was not subscribed to
    message_type_mismatch,  ///< the bytes of a message are of another kind than the poll announced
    envelope_marker,        ///< a raw reply does not begin with eight bytes 0xFF
    envelope_action,        ///< a raw reply whose action number is not 8
    envelope_version,       ///< a raw reply in another version than 1
    envelope_number,        ///< a reply to fetch_raw whose message number is not 3
    envelope_excess,        ///< bytes after the end of a binary reply
    envelope_truncated,     ///< a binary reply that ends before the field does
    envelope_length_negative,  ///< a block in a binary reply with a negative length

    // The bytes of a message.
    truncated,                ///< the bytes end before the field does
    varint_too_large,         ///< a variable-length number is longer or larger than its type
    head_unknown,             ///< the first byte of a message is neither a version nor a type of offset
    offsets_length_negative,  ///< the head's offsets have a negative length
    offsets_excess,           ///< bytes between the two offsets of the head and their announced end
    offset_type_unknown,      ///< an offset of the head is of an unknown type
    block_count_invalid,      ///< a number of blocks that is negative or more than the message has room for
    flag_invalid,             ///< a flag that is neither 0 nor 1
    block_size_invalid,       ///< a block announced with fewer bytes than its header has
    block_header_version,     ///< a block's inner header in another version than 1
    block_header_rows,  ///< a block and its header, or its `fetch` reply, disagree about the number of rows
    block_compressed,   ///< a block that is compressed
    precision_unknown,  ///< a timestamp precision other than 0, 1 and 2
    block_version,      ///< a block in another version than 1 and 2
    block_length_mismatch,     ///< the length inside a block differs from the bytes it has
    block_rows_invalid,        ///< a block without rows, or with a negative number of them
    block_columns_invalid,     ///< a number of columns outside 1 to 4096
    block_excess,              ///< more than one byte after the last column of a block
    column_type_unknown,       ///< a column of a type that TDengine does not have
    column_type_unsupported,   ///< a column of a type that this version does not read
    column_bytes_negative,     ///< a column's declared size is negative
    column_length_negative,    ///< a column's length is negative
    column_length_mismatch,    ///< a fixed column's length differs from rows x width
    cell_offset_invalid,       ///< a cell begins outside its column
    cell_length_invalid,       ///< a cell ends outside its column
    nchar_length_invalid,      ///< an NCHAR cell, or a string in JSON, whose length is not a multiple of four
    nchar_cells_overlap,       ///< two different NCHAR cells share bytes
    nchar_code_point_invalid,  ///< an NCHAR cell, or a string in JSON, holds a surrogate or a number above
                               ///< 0x10FFFF
    schema_columns_mismatch,   ///< a schema and its block have different numbers of columns
    schema_type_mismatch,      ///< a schema and its block disagree about a column's type
    schema_bytes_negative,     ///< a schema declares a negative size
    name_length_invalid,  ///< a name whose length leaves no room for its NUL, or is above the server's limit
    name_not_terminated,  ///< a name that does not end with NUL
    name_has_nul,         ///< a name with a NUL before its end
    name_not_utf8,        ///< a name that is not UTF-8
    tail_invalid,         ///< the rest after the last block has a size that no server writes
    decimal_width_invalid,   ///< a DECIMAL column that declares another width of its values than its type has
    decimal_digits_invalid,  ///< a DECIMAL column without digits, or with more than its type holds
    decimal_scale_invalid,   ///< a DECIMAL column with more digits after the point than digits
    tags_flags_unknown,      ///< a set of tags with a flag that no server writes
    tags_size_invalid,       ///< a set of tags smaller than its header or larger than the space for it
    tags_count_invalid,      ///< a number of tags that is negative or more than the set has room for
    tags_index_invalid,      ///< a tag that begins outside the set or inside the tag before
    tag_type_unknown,        ///< a tag of a type that tags cannot have
    json_form_unknown,   ///< a JSON value that is neither an object nor null, a number, a string or a boolean
    json_cells_overlap,  ///< two different JSON cells share bytes
    json_column_too_large,  ///< a JSON column of 256 MiB or more in one block
    meta_count_invalid,     ///< a number of created tables that is negative or more than the message has room
                            ///< for

    // The bytes of changes of tables.
    meta_type_invalid,         ///< a raw message that has no metadata, or a batch inside a batch
    meta_size_mismatch,        ///< a change whose head announces another size than it has
    meta_length_negative,      ///< a part of a change with a negative length
    meta_excess,               ///< bytes after the end of a change
    meta_batch_count_invalid,  ///< a number of changes that is negative or more than the message has room for
    meta_batch_item_too_small,  ///< a change of a batch that is smaller than its head
    meta_table_count_invalid,   ///< a number of tables that is negative or more than the change has room for
    meta_table_kind_unknown,    ///< a created table that is neither a child nor a normal table
    meta_column_count_invalid,  ///< a number of columns or tags that is negative, above 4096 or more than the
                                ///< change has room for
    meta_compression_count_invalid,  ///< a number of compressed columns that is negative or more than the
                                     ///< change has room for
    meta_field_count_invalid,  ///< a number of altered columns that is negative, too large or not the one
                               ///< that the alteration needs
    meta_tag_count_invalid,    ///< a number of altered tags that is negative or more than the change has room
                               ///< for
    meta_id_count_invalid,     ///< a number of ids that is negative or more than the change has room for
    meta_comment_length_invalid,      ///< a comment whose length is below -1
    meta_sql_length_mismatch,         ///< a statement whose length is negative or not that of its bytes
    meta_query_length_mismatch,       ///< a rollup query whose length is negative or not that of its bytes
    meta_alteration_length_mismatch,  ///< an alteration whose length is negative or not that of its bytes
    meta_alteration_missing,          ///< an altered super table without its alteration
    meta_tags_length_mismatch,        ///< a set of tags whose size is not that of its bytes
    meta_tag_names_mismatch,          ///< not as many names as tags
    meta_value_length_mismatch,       ///< a tag's value of another length than its type has
};

/// Returns the text of a defect, a noun phrase without capital and full stop.
std::string_view to_string(defect_code defect) noexcept;

/// Returns the value by which the application knows a defect; errc{} for none. This is the only place where a
/// defect becomes public.
errc errc_of(defect_code defect) noexcept;

}  // namespace tmq::base
