// NCHAR becomes UTF-8 while a message is checked: twelve characters a row, by what they are.
#include "micro/meter_block.hpp"
#include "micro/parsing.hpp"

#include <random>
#include <string>
#include <string_view>

namespace tmq::bench {
namespace {

constexpr std::size_t row_count = 1000;

/// Characters taken at random, so that their order cannot be learned.
measure converting(std::string name, std::u32string_view alphabet) {
    constexpr std::size_t length = 12;
    std::mt19937 random(1);
    std::vector<std::u32string> texts(row_count);
    for (std::u32string& text : texts)
        for (std::size_t i = 0; i < length; ++i)
            text += alphabet[random() % alphabet.size()];
    test::block_spec block;
    block.rows = row_count;
    block.columns.push_back(test::nchar_column("text", {texts.begin(), texts.end()}));
    return parsing(std::move(name), "row", row_count, message_of(block));
}

}  // namespace

std::vector<measure> nchar_measures() {
    std::vector<measure> all;
    all.push_back(converting("nchar/ascii", U"California.Campbell 0123456789"));
    all.push_back(converting("nchar/latin", U"nordöstlich von München"));
    all.push_back(converting("nchar/cjk", U"北京市朝阳区电表读数电流电压"));
    all.push_back(converting("nchar/supplementary", U"北京市😀🚀🌍"));
    return all;
}

}  // namespace tmq::bench
