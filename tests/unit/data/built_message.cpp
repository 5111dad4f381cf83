#include "built_message.hpp"

#include "wire/data_message.hpp"

#include <stdexcept>

namespace tmq::test {

built_message::built_message(const message_spec& spec) : bytes_(build_message(spec).bytes()) {
    if (wire::parse_data_message(bytes_.view(), layout_))
        throw std::logic_error("the built message is not valid");
}

block_spec block_of(std::size_t rows, const std::vector<column_spec>& columns) {
    block_spec block;
    block.rows = static_cast<std::uint32_t>(rows);
    block.columns = columns;
    block.table = "d1001";
    return block;
}

built_message one_block(std::size_t rows, const std::vector<column_spec>& columns) {
    message_spec spec;
    spec.blocks.push_back(block_of(rows, columns));
    return built_message(spec);
}

}  // namespace tmq::test
