#include "wire/meta/meta_message.hpp"

#include "wire/meta/bodies.hpp"
#include "wire/meta/fields.hpp"
#include "wire/offset.hpp"

#include <utility>

namespace tmq::wire {
namespace {

constexpr std::uint16_t last_type_of_data =
    6;  // up to here a raw type says what kind of message it is; behind, the kind of change
constexpr std::size_t response_head_size = 33;
constexpr std::size_t least_item_size =
    response_head_size + 1 + 2 + 1;  // an offset, a raw type, the length of the message

using read_body = void (*)(reader&, std::vector<meta>&);

/// Null for types that are not known.
read_body body_of(std::uint16_t raw_type) noexcept {
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

/// One change with its message head. `message` is all of it.
void read_change(std::span<const std::uint8_t> message, std::uint64_t base, std::uint16_t raw_type,
                 reader& outer, std::vector<meta>& out) {
    const read_body read = body_of(raw_type);
    if (read == nullptr) return void(out.emplace_back(unknown_change(raw_type, message)));
    reader in(message, base);
    const auto size = in.fixed<std::int32_t>();
    in.fixed<std::int32_t>();  // vgroup
    if (in.ok() && (size < 0 || static_cast<std::uint32_t>(size) != message.size()))
        in.refuse(errc::meta_size_mismatch, base);
    read(in, out);
    if (in.ok() && in.remaining() != 0) in.refuse(errc::meta_excess, in.position());
    outer.refuse(in.error());
    if (in.ok() && std::holds_alternative<unknown_meta>(out.back()))
        out.back() = unknown_change(raw_type, message);
}

void read_item(reader& in, std::vector<meta>& out) {
    in.take(response_head_size, in.position());
    read_offset(in);
    const std::uint64_t type_at = in.position();
    const auto raw_type = in.fixed<std::uint16_t>();
    if (in.ok() && raw_type <= last_type_of_data) in.refuse(errc::meta_type_invalid, type_at);
    const auto message = read_binary(in);
    if (in.ok()) read_change(message, in.position() - message.size(), raw_type, in, out);
    if (in.ok() && in.remaining() != 0) in.refuse(errc::meta_excess, in.position());
}

void read_batch(reader& in, std::vector<meta>& out) {
    const std::size_t count = read_i32_count(in, 1 + least_item_size, errc::meta_batch_count_invalid);
    out.reserve(count);
    for (std::size_t i = 0; in.ok() && i < count; ++i) {
        const std::uint64_t at = in.position();
        const auto item = read_binary(in);
        if (in.ok() && item.size() < least_item_size) in.refuse(errc::meta_batch_item_too_small, at);
        if (!in.ok()) return;
        reader inner(item, in.position() - item.size());
        read_item(inner, out);
        in.refuse(inner.error());
    }
    if (in.ok() && in.remaining() != 0) in.refuse(errc::meta_excess, in.position());
}

}  // namespace

defect parse_meta_message(std::uint16_t raw_type, std::span<const std::uint8_t> raw, std::vector<meta>& out) {
    out.clear();
    reader in(raw);
    if (raw_type == raw_type_batch_meta)
        read_batch(in, out);
    else if (raw_type <= last_type_of_data)
        in.refuse(errc::meta_type_invalid, 0);
    else
        read_change(raw, 0, raw_type, in, out);
    if (!in.ok()) out.clear();
    return in.error();
}

defect parse_created_tables(std::span<const std::uint8_t> raw,
                            std::span<const std::span<const std::uint8_t>> items, std::vector<meta>& out) {
    out.clear();
    if (items.empty()) return {};
    create_table change;
    change.tables.reserve(items.size());
    for (const auto item : items) {
        reader in(item, static_cast<std::uint64_t>(item.data() - raw.data()));
        change.tables.push_back(read_created_table(in));
        if (in.ok() && in.remaining() != 0) in.refuse(errc::meta_excess, in.position());
        if (!in.ok()) return in.error();
    }
    out.emplace_back(std::move(change));
    return {};
}

}  // namespace tmq::wire
