#include "tools/cell_text.hpp"

#include "text/value_text.hpp"

namespace tmq::tools {

void write_json_cell(fmt::memory_buffer& out, const block_view& block, std::size_t row, std::size_t column) {
    text::append_json(out, block.value(row, column));
}

void write_plain_cell(fmt::memory_buffer& out, const block_view& block, std::size_t row, std::size_t column) {
    const std::size_t start = out.size();
    text::append_plain(out, block.value(row, column));
    for (std::size_t i = start; i < out.size(); ++i)
        if (static_cast<unsigned char>(out[i]) < 0x20 || out[i] == 0x7F) out[i] = ' ';
}

}  // namespace tmq::tools
