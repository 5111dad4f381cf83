#include "tools/text_sink.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>

namespace tmq::tools {
namespace {

[[noreturn]] void throw_refusal() { throw std::system_error(errno, std::generic_category(), "writing rows"); }

}  // namespace

void text_sink::append(std::string_view text) {
    while (!text.empty()) {
        const std::string_view some = text.substr(0, enough);
        text_.append(some.data(), some.data() + some.size());
        text.remove_prefix(some.size());
        pass_on_when_full();
    }
}

void text_sink::fill(std::size_t count, char with) {
    while (count != 0) {
        const std::size_t some = std::min(count, enough);
        std::fill_n(std::back_inserter(text_), some, with);
        count -= some;
        pass_on_when_full();
    }
}

void text_sink::pass_on_when_full() {
    if (text_.size() >= enough) pass_on();
}

void text_sink::flush() {
    pass_on();
    if (std::fflush(out_) != 0) throw_refusal();
}

void text_sink::pass_on() {
    if (std::fwrite(text_.data(), 1, text_.size(), out_) != text_.size()) throw_refusal();
    text_.clear();
}

}  // namespace tmq::tools
