#include "tools/arguments.hpp"

#include <fmt/format.h>

#include <charconv>

namespace tmq::tools {

const std::string& arguments::value() {
    if (position_ == words_.size()) throw usage_error(option_ + " needs a value");
    return words_[position_++];
}

std::uint64_t arguments::number(std::uint64_t least, std::uint64_t most) {
    const std::string& text = value();
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || end != text.data() + text.size() || number < least || number > most)
        throw usage_error(fmt::format("{}: '{}' is not a number from {} to {}", option_, text, least, most));
    return number;
}

}  // namespace tmq::tools
