#include "subscription/block_gatherer.hpp"

#include <cstring>

namespace tmq::subscription {

void block_gatherer::begin(std::uint64_t limit) noexcept {
    limit_ = limit;
    taken_ = 0;
}

bool block_gatherer::expect(const protocol::reply& fetched) {
    const std::size_t count = fetched.fields_names.size();
    if (count != fetched.fields_types.size() || fetched.fields_count < 0 ||
        static_cast<std::uint64_t>(fetched.fields_count) != count)
        return false;
    table_name_.assign(fetched.table_name);
    names_.clear();
    for (const std::string_view name : fetched.fields_names)
        names_ += name;
    fields_.clear();
    std::size_t position = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t size = fetched.fields_names[i].size();
        fields_.push_back({std::string_view(names_).substr(position, size), fetched.fields_types[i]});
        position += size;
    }
    schema_ = {table_name_, fetched.rows, fetched.precision, fields_};
    return true;
}

wire::defect block_gatherer::append(std::span<const std::uint8_t> block, detail::message_layout& out) {
    // The names and the layout of a block are kept as well, and can be larger than it.
    taken_ += block.size() + table_name_.size() + names_.size() +
              fields_.size() * sizeof(detail::column_layout) + sizeof(detail::block_layout);
    if (taken_ > limit_) return {wire::defect_code::message_too_big, 0};
    std::uint8_t* const copy = out.text.take(block.size());
    std::memcpy(copy, block.data(), block.size());
    return wire::append_block({copy, block.size()}, schema_, out);
}

}  // namespace tmq::subscription
