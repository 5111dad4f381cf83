#include "received_message.hpp"

#include "built_message.hpp"
#include "wire/data_message.hpp"

#include <cstring>
#include <stdexcept>

namespace tmq::test {

std::shared_ptr<message> received_message(const message_spec& spec, std::size_t shift) {
    const byte_builder bytes = build_message(spec);
    auto received = std::make_shared<message>();
    detail::message_content& content = detail::message_access::content(*received);
    content.message_id = 1;
    content.bytes.grow(shift + bytes.size(), 0);
    std::memcpy(content.bytes.data() + shift, bytes.bytes().data(), bytes.size());
    if (wire::parse_data_message({content.bytes.data() + shift, bytes.size()}, content.layout))
        throw std::logic_error("the message is not valid");
    return received;
}

std::shared_ptr<message> received_block(std::size_t rows, const std::vector<column_spec>& columns,
                                        std::size_t shift) {
    message_spec spec;
    spec.blocks.push_back(block_of(rows, columns));
    return received_message(spec, shift);
}

void make_json(message& of, std::size_t column) {
    detail::message_access::content(of).layout.columns.at(column).type = data_type::json;
}

}  // namespace tmq::test
