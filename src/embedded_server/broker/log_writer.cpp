#include "embedded_server/broker/log_writer.hpp"

#include "embedded_server/broker/gathered_message.hpp"
#include "embedded_server/encode/block_writer.hpp"
#include "embedded_server/encode/meta_bytes.hpp"
#include "embedded_server/encode/meta_json.hpp"
#include "embedded_server/encode/raw_head.hpp"

#include <cassert>
#include <utility>

namespace tmq::embedded::broker {

namespace {

constexpr std::uint16_t data_type_number = 2;
constexpr std::uint16_t data_with_tables_number = 4;
constexpr std::uint16_t batch_number = 5;

/// Returns null for "null".
std::shared_ptr<const std::string> shared_json(std::string text) {
    return text == "null" ? nullptr : std::make_shared<const std::string>(std::move(text));
}

}  // namespace

void append_rows(const topic& source, vgroup_log& log, std::span<const testing::block_builder> blocks) {
    std::vector<std::byte> raw =
        encode::encode_data_message(blocks, source.kind(), log.next_begin(), log.end() + 1);
    if (raw.empty())
        log.insert_unselected();
    else
        log.append(data_type_number, std::move(raw), nullptr, log_entry_kind::message);
}

void append_insert(const topic& source, vgroup_log& log, std::span<const testing::block_builder> blocks) {
    std::size_t rows = 0;
    for (const testing::block_builder& block : blocks)
        rows += block.rows();
    log.insert(encode_insert(blocks, source.kind()), rows);
}

encoded_change encode_change(const meta& change, std::int32_t vgroup, const server_version& version) {
    encode::raw_meta raw = encode::encode_raw_meta(change, vgroup, version);
    // No poll reply has a message type for such a raw type, so the change is sent in a batch.
    if (encode::message_type_of(raw.type) == 0) raw = {batch_number, encode::encode_raw_batch({&raw, 1})};
    return {raw.type, std::move(raw.bytes), shared_json(encode::encode_json_meta(change, version))};
}

encoded_change encode_changes(std::span<const meta> changes, std::int32_t vgroup,
                              const server_version& version) {
    assert(!changes.empty());
    std::vector<encode::raw_meta> raw;
    for (const meta& change : changes)
        raw.push_back(encode::encode_raw_meta(change, vgroup, version));
    return {batch_number, encode::encode_raw_batch(raw),
            shared_json(encode::encode_json_batch(changes, version))};
}

void append_change(const topic& source, vgroup_log& log, encoded_change change) {
    if (source.with_meta())
        log.append(change.raw_type, std::move(change.raw), std::move(change.json));
    else
        log.advance(1);
}

void append_created(const topic& source, vgroup_log& log, const create_table& created,
                    std::span<const testing::block_builder> blocks, const server_version& version) {
    const auto tables = encode::encode_created_tables(created, version);
    auto json = shared_json(encode::encode_json_meta(created, version));
    if (!source.with_meta()) return append_rows(source, log, blocks);
    log.append(data_with_tables_number,
               encode::encode_data_message_with_tables(blocks, source.kind(), log.next_begin(), log.end() + 1,
                                                       tables),
               std::move(json), log_entry_kind::message);
}

}  // namespace tmq::embedded::broker
