#include "wire/meta/meta_message.hpp"

#include "wire/meta/bodies.hpp"
#include "wire/meta/fields.hpp"
#include "wire/offset.hpp"

#include <utility>

namespace tmq::wire {
namespace {

// Raw types up to this one are kinds of messages, larger ones are kinds of changes.
constexpr std::uint16_t last_message_type = 6;
constexpr std::size_t response_head_size = 33;
// The head, an offset, a raw type, the length of the message.
constexpr std::size_t least_item_size = response_head_size + 1 + 2 + 1;

using body_reader = void (*)(byte_reader&, std::vector<meta>&);

/// Returns null for an unknown type.
body_reader find_body_reader(std::uint16_t raw_type) noexcept {
    switch (raw_type) {
        case raw_type_created_tables: return read_created_tables;
        case raw_type_altered_table: return read_altered_table;
        case raw_type_dropped_tables: return read_dropped_tables;
        case raw_type_created_super_table: return read_created_super_table;
        case raw_type_altered_super_table: return read_altered_super_table;
        case raw_type_dropped_super_table: return read_dropped_super_table;
        case raw_type_deletion: return read_deletion;
        default: return nullptr;
    }
}

unknown_meta unknown_change(std::uint16_t raw_type, std::span<const std::uint8_t> bytes) {
    unknown_meta change;
    change.raw_type = raw_type;
    change.raw.reserve(bytes.size());
    for (const std::uint8_t byte : bytes)
        change.raw.push_back(static_cast<std::byte>(byte));
    return change;
}

/// Reads one change. `message` is all of it, its head included.
void read_change(std::span<const std::uint8_t> message, std::uint64_t base, std::uint16_t raw_type,
                 byte_reader& outer, std::vector<meta>& out) {
    const body_reader read_body = find_body_reader(raw_type);
    if (read_body == nullptr) {
        out.emplace_back(unknown_change(raw_type, message));
        return;
    }
    byte_reader reader(message, base);
    const auto size = reader.fixed<std::int32_t>();
    reader.fixed<std::int32_t>();  // vgroup
    if (reader.ok() && (size < 0 || static_cast<std::uint32_t>(size) != message.size()))
        reader.refuse(defect_code::meta_size_mismatch, base);
    read_body(reader, out);
    if (reader.ok() && reader.remaining() != 0) reader.refuse(defect_code::meta_excess, reader.position());
    outer.refuse(reader.error());
    if (reader.ok() && std::holds_alternative<unknown_meta>(out.back()))
        out.back() = unknown_change(raw_type, message);
}

void read_item(byte_reader& reader, std::vector<meta>& out) {
    reader.take(response_head_size, reader.position());
    read_offset(reader);
    const std::uint64_t type_position = reader.position();
    const auto raw_type = reader.fixed<std::uint16_t>();
    if (reader.ok() && raw_type <= last_message_type)
        reader.refuse(defect_code::meta_type_invalid, type_position);
    const auto message = read_binary(reader);
    if (reader.ok()) read_change(message, reader.position() - message.size(), raw_type, reader, out);
    if (reader.ok() && reader.remaining() != 0) reader.refuse(defect_code::meta_excess, reader.position());
}

void read_batch(byte_reader& reader, std::vector<meta>& out) {
    const std::size_t count =
        read_i32_count(reader, 1 + least_item_size, defect_code::meta_batch_count_invalid);
    out.reserve(count);
    for (std::size_t i = 0; reader.ok() && i < count; ++i) {
        const std::uint64_t position = reader.position();
        const auto item = read_binary(reader);
        if (reader.ok() && item.size() < least_item_size)
            reader.refuse(defect_code::meta_batch_item_too_small, position);
        if (!reader.ok()) return;
        byte_reader inner(item, reader.position() - item.size());
        read_item(inner, out);
        reader.refuse(inner.error());
    }
    if (reader.ok() && reader.remaining() != 0) reader.refuse(defect_code::meta_excess, reader.position());
}

}  // namespace

defect parse_meta_message(std::uint16_t raw_type, std::span<const std::uint8_t> raw, std::vector<meta>& out) {
    out.clear();
    byte_reader reader(raw);
    if (raw_type == raw_type_batch_meta)
        read_batch(reader, out);
    else if (raw_type <= last_message_type)
        reader.refuse(defect_code::meta_type_invalid, 0);
    else
        read_change(raw, 0, raw_type, reader, out);
    if (!reader.ok()) out.clear();
    return reader.error();
}

defect parse_created_tables(std::span<const std::uint8_t> raw,
                            std::span<const std::span<const std::uint8_t>> items, std::vector<meta>& out) {
    out.clear();
    if (items.empty()) return {};
    create_table change;
    change.tables.reserve(items.size());
    for (const auto item : items) {
        byte_reader reader(item, static_cast<std::uint64_t>(item.data() - raw.data()));
        change.tables.push_back(read_created_table(reader));
        if (reader.ok() && reader.remaining() != 0)
            reader.refuse(defect_code::meta_excess, reader.position());
        if (!reader.ok()) return reader.error();
    }
    out.emplace_back(std::move(change));
    return {};
}

}  // namespace tmq::wire
