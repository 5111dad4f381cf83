#pragma once

#include "support/bytes.hpp"
#include "support/layout_access.hpp"
#include "support/message_builder.hpp"
#include "wire/block.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace tmq::wire {

/// The only column of a block.
struct parsed_column {
    explicit parsed_column(test::column_spec spec, json_form form = json_form::binary)
        : block(build(std::move(spec))), bytes(block.bytes()) {
        error = parse_block(bytes.view(), 0, {}, form, layout);
    }

    std::optional<std::string_view> operator[](std::size_t row) const {
        return test::text_of(test::column_of(layout, 0, 0), row);
    }

    std::uint64_t cells_position() const { return block.at("cells0"); }

    test::byte_builder block;
    test::exact_bytes bytes;
    detail::message_layout layout;
    defect error;

  private:
    static test::byte_builder build(test::column_spec column) {
        test::block_spec spec;
        spec.rows = static_cast<std::uint32_t>(column.front.size() / 4);
        spec.columns.push_back(std::move(column));
        return test::build_block(spec);
    }
};

}  // namespace tmq::wire
