#include "text/printable.hpp"

#include "text/utf8.hpp"

#include <algorithm>

namespace tmq::text {

std::string printable(std::string_view said, std::size_t limit) {
    said = said.substr(0, limit);
    std::string result(said.substr(0, valid_utf8_prefix(said)));
    std::replace_if(result.begin(), result.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
    result.erase(result.find_last_not_of(' ') + 1);
    return result;
}

}  // namespace tmq::text
