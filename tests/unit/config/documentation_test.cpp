#include "config/property.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace tmq {
namespace {

constexpr std::string_view begin_mark = "<!-- The tables up to the next mark are written by the tests. -->\n";
constexpr std::string_view end_mark = "<!-- The end of the tables. -->\n";
const std::string path = TMQ_DOCS "/configuration.md";

std::string code(std::string_view text) { return '`' + std::string(text) + '`'; }

std::string default_of(const settings::property& known) {
    if (known.default_value.empty()) return "";
    if (known.default_value.starts_with('<'))
        return std::string(known.default_value.substr(1, known.default_value.size() - 2));
    return code(known.default_value);
}

std::string row_of(const settings::property& known) {
    std::string names = code(known.key);
    for (const std::string_view alias : known.aliases)
        if (!alias.empty()) names += ", " + code(alias);
    return "| " + names + " | " + known.values() + " | " + default_of(known) + " | " +
           std::string(known.meaning) + " |\n";
}

std::string tables() {
    std::string text;
    std::string_view group;
    for (const settings::property& known : settings::properties()) {
        if (known.group != group) {
            group = known.group;
            text += "\n## " + std::string(group) +
                    "\n\n| key, aliases | values | default | meaning |\n|---|---|---|---|\n";
        }
        text += row_of(known);
    }
    return text + '\n';
}

TEST(documentation, has_every_property) {
    std::ifstream file(path, std::ios::binary);
    const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const std::size_t begin = page.find(begin_mark);
    const std::size_t end = page.find(end_mark);
    ASSERT_NE(begin, std::string::npos) << path;
    ASSERT_NE(end, std::string::npos) << path;
    const std::size_t first = begin + begin_mark.size();
    ASSERT_LE(first, end) << path;
    const std::string expected = tables();
    if (std::getenv("TMQ_WRITE_DOCS") != nullptr) {
        std::ofstream(path, std::ios::binary) << page.substr(0, first) << expected << page.substr(end);
        return;
    }
    EXPECT_EQ(page.substr(first, end - first), expected)
        << path << " and the table of properties differ; TMQ_WRITE_DOCS=1 with this test writes the page";
}

TEST(documentation, keeps_each_heading_together_and_the_tables_whole) {
    std::string_view group;
    std::string seen;
    for (const settings::property& known : settings::properties()) {
        if (known.group != group) {
            EXPECT_EQ(seen.find('\n' + std::string(known.group) + '\n'), std::string::npos) << known.group;
            seen += '\n' + std::string(known.group) + '\n';
            group = known.group;
        }
        EXPECT_EQ(row_of(known).find('\n'), row_of(known).size() - 1) << known.key;
        EXPECT_FALSE(known.meaning.empty()) << known.key;
    }
}

}  // namespace
}  // namespace tmq
