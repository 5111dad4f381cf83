#pragma once

#include "support/message_builder.hpp"
#include "tmq/message.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace tmq::test {

/// A message as the consumer would have filled it, its bytes `shift` behind an aligned address.
std::shared_ptr<message> received_message(const message_spec& spec, std::size_t shift = 0);
std::shared_ptr<message> received_block(std::size_t rows, const std::vector<column_spec>& columns,
                                        std::size_t shift = 0);

/// Makes a VARCHAR column one of JSON text, as blocks have it that were fetched one by one.
void make_json(message& of, std::size_t column);

}  // namespace tmq::test
