#include "tools/row_printer.hpp"

#include "text/json.hpp"
#include "tools/cell_text.hpp"

#include "tmq/value.hpp"

#include <algorithm>
#include <string_view>

namespace tmq::tools {
namespace {

void append(fmt::memory_buffer& out, std::string_view text) {
    out.append(text.data(), text.data() + text.size());
}

}  // namespace

std::uint64_t row_printer::print(const message& source, std::uint64_t limit) {
    std::uint64_t printed = 0;
    for (const meta& change : source.metas())
        print_meta(source, change);
    for (const block_view block : source.blocks()) {
        const auto rows =
            static_cast<std::size_t>(std::min<std::uint64_t>(block.row_count(), limit - printed));
        if (json_)
            for (std::size_t row = 0; row < rows; ++row)
                print_json_row(source, block, row);
        else if (rows != 0)
            table_.print(block, rows);
        printed += rows;
    }
    out_.flush();
    return printed;
}

void row_printer::print_position(const message& source) {
    fmt::memory_buffer& text = out_.text();
    append(text, R"({"topic":)");
    text::append_printable_json_string(text, source.topic());
    append(text, R"(,"database":)");
    text::append_printable_json_string(text, source.database());
    fmt::format_to(fmt::appender(text), R"(,"vgroup":{},"offset":{})", source.vgroup(), source.offset());
}

void row_printer::print_meta(const message& source, const meta& change) {
    fmt::memory_buffer& text = out_.text();
    if (json_) {
        print_position(source);
        append(text, R"(,"meta":)");
    } else {
        append(text, "meta: ");
    }
    out_.append(to_json(change));
    append(text, json_ ? "}\n" : "\n");
    out_.write_when_full();
}

void row_printer::print_json_row(const message& source, const block_view& block, std::size_t row) {
    fmt::memory_buffer& text = out_.text();
    print_position(source);
    append(text, R"(,"table":)");
    if (block.table_name().empty())
        append(text, "null");
    else
        text::append_printable_json_string(text, block.table_name());
    append(text, R"(,"row":{)");
    for (std::size_t column = 0; column < block.column_count(); ++column) {
        if (column != 0) text.push_back(',');
        text::append_printable_json_string(text, block.column_name(column));
        text.push_back(':');
        write_json_cell(out_, block.value(row, column));
    }
    append(text, "}}\n");
    out_.write_when_full();
}

}  // namespace tmq::tools
