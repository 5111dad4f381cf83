#include "tmq/testing/message.hpp"

#include "embedded_server/broker/gathered_message.hpp"
#include "embedded_server/broker/log_writer.hpp"
#include "embedded_server/broker/topics.hpp"
#include "embedded_server/encode/block_writer.hpp"
#include "embedded_server/encode/meta_bytes.hpp"
#include "embedded_server/encode/raw_head.hpp"
#include "embedded_server/server_version.hpp"
#include "protocol/reply.hpp"
#include "subscription/message_fetcher.hpp"
#include "tmq/testing/topic_options.hpp"
#include "wire/data_message.hpp"
#include "wire/envelope.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace tmq::testing {
namespace {

/// Version of the server whose messages these are: the newest one known, since it sends every type.
const embedded::server_version& version() {
    static const embedded::server_version newest("3.4.1.6");
    return newest;
}

/// Topics of kind select do not send the names of tables.
topic_kind kind_of(std::span<const block_builder> blocks) {
    const bool has_names = std::any_of(
        blocks.begin(), blocks.end(), [](const block_builder& block) { return !block.table_name().empty(); });
    return has_names ? topic_kind::stable : topic_kind::select;
}

struct log_range {
    std::int64_t begin = 0;
    std::int64_t end = 0;
};

log_range range_of(const message_options& options) {
    const std::int64_t begin = options.offset().value_or(0);
    if (begin == std::numeric_limits<std::int64_t>::max()) throw std::invalid_argument("offset is too large");
    const std::int64_t end = options.next_offset().value_or(begin + 1);
    if (begin < 0) throw std::invalid_argument("offset is negative");
    if (end <= begin) throw std::invalid_argument("next_offset is not after offset");
    return {begin, end};
}

void require(const subscription::failure& cause) {
    if (cause) throw std::invalid_argument(base::error_of(cause).what());
}

/// Returns the message that a consumer reads from these bytes, after a poll that announced them at `offset`.
message read(const message_options& options, std::int64_t offset, std::uint16_t raw_type,
             std::span<const std::byte> raw) {
    if (options.vgroup() < 1) throw std::invalid_argument("vgroup is not positive");
    constexpr std::uint64_t message_id = 1;
    protocol::reply announcement;
    announcement.action = protocol::action::poll;
    announcement.has_have_message = announcement.have_message = true;
    announcement.has_vgroup = announcement.has_offset = true;
    announcement.topic = options.topic();
    announcement.database = options.database();
    announcement.vgroup = options.vgroup();
    announcement.message_type = embedded::encode::message_type_of(raw_type);
    announcement.message_id = message_id;
    announcement.offset = offset;

    detail::byte_buffer bytes;
    bytes.grow(raw.size(), 0);
    std::memcpy(bytes.data(), raw.data(), raw.size());
    wire::fetch_reply content;
    content.message_id = message_id;
    content.raw_type = raw_type;
    content.raw = {bytes.data(), raw.size()};

    subscription::message_fetcher fetcher;
    require(fetcher.on_poll_reply(announcement));
    require(fetcher.on_fetch_reply(content, [&bytes](detail::byte_buffer& frame) { swap(frame, bytes); }));
    message result;
    fetcher.take(result);
    return result;
}

message read_snapshot(const message_options& options, std::span<const block_builder> blocks) {
    if (options.offset() || options.next_offset())
        throw std::invalid_argument("a message of a snapshot has no offset in the log");
    embedded::broker::gathering rules;
    rules.rows = std::numeric_limits<std::size_t>::max();
    rules.kind = kind_of(blocks);
    const std::vector<std::byte> rows = embedded::broker::encode_insert(blocks, rules.kind);
    if (rows.empty()) throw std::invalid_argument("a message needs rows");
    const std::span<const std::byte> entry = rows;
    const auto messages = embedded::broker::encode_snapshot({&entry, 1}, rules, 1);
    if (messages.size() != 1) throw std::invalid_argument("too many rows for one message");
    return read(options, embedded::broker::snapshot_offset, wire::raw_type_data, *messages.front());
}

message read_change(const message_options& options, const embedded::broker::encoded_change& change) {
    if (options.snapshot()) throw std::invalid_argument("a snapshot has no table changes");
    const std::int64_t offset = options.offset().value_or(0);
    if (offset < 0) throw std::invalid_argument("offset is negative");
    if (options.next_offset().value_or(offset) != offset)
        throw std::invalid_argument("a message of kind metadata has one offset");
    return read(options, offset, change.raw_type, change.raw);
}

}  // namespace

message make_message(const message_options& options, std::span<const block_builder> blocks) {
    if (options.snapshot()) return read_snapshot(options, blocks);
    const log_range range = range_of(options);
    const std::vector<std::byte> raw =
        embedded::encode::encode_data_message(blocks, kind_of(blocks), range.begin, range.end);
    if (raw.empty()) throw std::invalid_argument("a message needs rows");
    return read(options, range.begin, wire::raw_type_data, raw);
}

message make_message(const message_options& options, const block_builder& block) {
    return make_message(options, std::span(&block, 1));
}

message make_message(const message_options& options, const meta& change) {
    return read_change(options, embedded::broker::encode_change(change, options.vgroup(), version()));
}

message make_message(const message_options& options, std::span<const meta> changes) {
    if (changes.empty()) throw std::invalid_argument("a message needs a table change");
    return read_change(options, embedded::broker::encode_changes(changes, options.vgroup(), version()));
}

message make_message(const message_options& options, const create_table& created,
                     std::span<const block_builder> blocks) {
    if (options.snapshot()) throw std::invalid_argument("a snapshot has no table changes");
    const log_range range = range_of(options);
    const auto tables = embedded::encode::encode_created_tables(created, version());
    return read(options, range.begin, wire::raw_type_meta_data,
                embedded::encode::encode_data_message_with_tables(blocks, kind_of(blocks), range.begin,
                                                                  range.end, tables));
}

message make_message(const message_options& options, const create_table& created,
                     const block_builder& block) {
    return make_message(options, created, std::span(&block, 1));
}

}  // namespace tmq::testing
